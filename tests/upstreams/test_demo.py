import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from predictions.upstreams import Usage
from predictions.upstreams.demo.answers import answer
from predictions.upstreams.demo.prompts import read_prompt
from predictions.upstreams.demo.tokens import tokens

from .listening import hear

LLAMA = "<s>[INST] <<SYS>>\nBe brief.\n<</SYS>>\n\n{} [/INST] Hello! </s><s>[INST] {} [/INST]"


def say(text: str, seed: int = 1) -> str:
    return answer(read_prompt(text), random.Random(seed))


@pytest.fixture
def fast(settings):
    settings.DEMO_WORDS_PER_SECOND = 10_000


def test_a_story_begins_as_in_the_post(fast):
    heard = hear("demo", "", "demo", {"prompt": "Tell me a story"})

    assert heard.words[:9] == ["Sure", "!", " Here", "'", "s", " a", " story", " for", " you"]
    assert heard.usage == Usage(4, len(heard.words))


def test_words_come_at_the_pace_of_a_reader():
    start = time.monotonic()
    heard = hear("demo", "", "demo", {"prompt": "Tell me a story", "max_new_tokens": 15})

    assert len(heard.words) == 15
    assert 0.4 < time.monotonic() - start < 1.5
    assert heard.word_times[0] < 0.2


def test_the_same_seed_gives_the_same_story(fast):
    first, again, other = (
        hear("demo", "", "demo", {"prompt": "Tell me a story", "seed": seed}).text
        for seed in (7, 7, 8)
    )

    assert first == again != other


def test_a_run_can_be_made_to_fail(fast):
    heard = hear("demo", "", "demo", {"prompt": "Tell me a story", "fail_after": 5})

    assert len(heard.words) == 5
    assert heard.error.message == "The model failed after 5 words, as it was asked to."


def test_a_story_is_as_long_as_was_asked():
    short, usual, long = (
        len(say(f"Tell me a {size} story").split()) for size in ("short", "nice", "long")
    )

    assert 100 < short < usual < long


def test_a_story_is_about_what_was_asked():
    assert "an otter" in say("Tell me a story about an otter, please")
    assert "the truth about the sea" in say("Tell me a story about the sea.")


def test_stories_have_no_gaps_left():
    for seed in range(200):
        story = say("Tell me a long story about a very old llama", seed)
        assert "$" not in story
        assert " a an " not in story


@pytest.mark.parametrize(
    ("text", "answered"),
    [
        ("What are you?", "I am a rule-based stand-in, not a language model."),
        ("help", "Here is what I can do:"),
        ("Hello!", "Hello! I am the built-in demo"),
        ("I need a holiday with my sister.", "a holiday with your sister"),
        ("show me a table", "| `output` |"),
        ("some python code, please", "```python"),
        ("Show me some Markdown", "## A stream"),
        ("a list please", "1. "),
        ("讲个故事", "从前"),
        ("你好", "不是真正的语言模型"),
        ("Hola, ¿qué tal?", "no un modelo de lenguaje"),
        ("สวัสดีครับ", "I cannot read this script"),
        ("", "nothing but silence"),
    ],
)
def test_each_kind_of_question_has_its_answer(text, answered):
    assert answered in say(text)


def test_markdown_shows_a_heading_a_list_a_table_and_code():
    shown = say("Show me some Markdown")

    assert all(mark in shown for mark in ("## ", "1. ", "|:---", "```python", "> "))


def test_the_last_turn_of_a_llama_conversation_is_answered():
    assert say(LLAMA.format("Tell me a story", "What are you?")).startswith("I am a rule-based")


def test_a_name_is_remembered_through_the_conversation():
    assert "Your name is Ada" in say(LLAMA.format("My name is Ada.", "What is my name?"))
    assert say(LLAMA.format("My name is Ada.", "Hello")).startswith("Hello, Ada!")


@given(st.text(max_size=200), st.integers())
def test_whatever_is_said_gets_an_answer_whose_pieces_are_its_text(text, seed):
    reply = say(text, seed)

    assert reply
    assert "".join(tokens(reply)) == reply


@given(st.text())
def test_tokens_lose_nothing(text):
    assert "".join(tokens(text)) == text


def test_an_answer_that_was_begun_is_gone_on_with(fast):
    whole = hear("demo", "", "demo", {"prompt": "[INST] What are you? [/INST]"}).text

    for cut in (1, 9, 100):
        prompt = f"[INST] What are you? [/INST] {whole[:cut]}"
        assert hear("demo", "", "demo", {"prompt": prompt}).text == whole[cut:]


def test_an_answer_that_is_whole_is_gone_on_with_in_a_word_or_two(fast):
    whole = hear("demo", "", "demo", {"prompt": "[INST] What are you? [/INST]"}).text

    prompt = f"[INST] What are you? [/INST] {whole}"
    assert hear("demo", "", "demo", {"prompt": prompt}).text == " That is all."
