"""The pages of branching: what the script gets, what a plain form gets, what a stranger gets."""

import re
import uuid

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from chatapp.models import Conversation, Message
from chatapp.views.tree import MOST, MOST_PLACES, words
from predictions.models import Prediction

from .conftest import end

JSON = {"Accept": "application/json"}
WORDS = "To the *sea*,\n\n到海里。 \N{FAMILY}"


@pytest.fixture
def answer(conversation) -> Message:
    return end(conversation.ask("Where do rivers go?"), WORDS)


def act(client: Client, message, verb: str, **fields):
    return client.post(f"/messages/{message.id}/{verb}/", fields, headers=JSON)


def test_a_new_answer_follows_the_question(visitor, answer):
    data = act(visitor, answer, "retry", head=answer.id).json()

    assert data["after"] == str(answer.parent_id)
    assert len(data["messages"]) == 1
    assert "data-running" in data["messages"][0]


def test_an_edited_first_question_follows_nothing(visitor, answer):
    data = act(visitor, answer.parent, "edit", text="Lakes?").json()

    assert data["after"] == ""
    assert "Lakes?" in data["messages"][0]
    assert "Version 2 of 2" in data["messages"][0]


def test_an_edit_that_says_nothing_is_refused(visitor, answer):
    response = act(visitor, answer.parent, "edit", text=" ")

    assert response.status_code == 422
    assert "nothing to send" in response.json()["detail"]


def test_a_variant_comes_with_what_was_said_after_it(visitor, conversation, answer):
    end(conversation.ask("And then?"), "Up.")
    conversation.retry(answer)
    end(conversation.head, "Downhill.")

    data = act(visitor, answer, "show").json()

    assert data["after"] == str(answer.parent_id)
    assert len(data["messages"]) == 3
    assert "Version 1 of 2" in data["messages"][0]
    assert "Up." in data["messages"][2]


def test_a_page_that_shows_a_long_branch_is_loaded(visitor, conversation, answer):
    other = end(conversation.retry(answer), "Downhill.")
    last = answer
    for n in range(MOST):
        last = conversation.messages.create(parent=last, role="user", text=f"{n}?")
    assert Conversation.objects.get().head == other

    data = act(visitor, answer, "show").json()

    assert data == {"reload": f"/c/{conversation.id}/?message={answer.id}"}
    assert Conversation.objects.get().head == last


@pytest.mark.parametrize(
    ("verb", "fields", "page"),
    [
        ("retry", {}, "live/"),
        ("continue", {}, "live/"),
        ("show", {}, ""),
        ("rewind", {"at": 2, "then": "ask"}, ""),
    ],
)
def test_a_plain_form_gets_the_conversation(visitor, conversation, answer, verb, fields, page):
    response = visitor.post(f"/messages/{answer.id}/{verb}/", fields)

    assert response["Location"] == f"/c/{conversation.id}/{page}"


def test_who_lost_a_race_is_told_so(visitor, conversation, answer):
    conversation.retry(answer)
    end(conversation.head, "Downhill.")

    response = act(visitor, answer, "retry", head=answer.id)

    assert response.status_code == 409
    assert "another window" in response.json()["detail"]
    assert Prediction.objects.count() == 2


@pytest.mark.parametrize("fields", [{"head": "x"}, {"at": "x"}])
def test_nonsense_is_refused(visitor, answer, fields):
    assert act(visitor, answer, "rewind", **fields).status_code == 422


def test_an_answer_can_be_asked_of_another_model(visitor, answer, make_version):
    other = make_version("meta/other")

    assert act(visitor, answer, "retry", model="no/such").status_code == 409
    act(visitor, answer, "retry", model="meta/other")

    assert Conversation.objects.get().head.prediction.version == other


def test_every_word_of_an_answer_is_a_place_to_rewind_to(visitor, answer):
    page = visitor.get(f"/messages/{answer.id}/rewind/").content.decode()

    ends = [int(end) for end in re.findall(r'name="at" value="(\d+)"', page)]
    assert [WORDS[:end] for end in ends] == [
        "To",
        "To the",
        "To the *sea*,",
        "To the *sea*,\n\n到",
        "To the *sea*,\n\n到海",
        "To the *sea*,\n\n到海里",
        "To the *sea*,\n\n到海里。",
        WORDS,
    ]


@pytest.mark.parametrize("body", [WORDS, "a", " a\n", "a " * 30_000, "<b>\r\n&", "が\u3099か"])
def test_the_places_of_an_answer_are_its_text(body):
    places = words(body)

    assert "".join(space + word for space, word, _ in places) == body.rstrip()
    assert all(body[:end].endswith(word) for _, word, end in places)
    assert len(places) <= MOST_PLACES


def test_rewinding_goes_on_from_there_or_ends_there(visitor, conversation, answer):
    act(visitor, answer, "rewind", at=6, then="continue")
    assert (Conversation.objects.get().head.prefix, Prediction.objects.count()) == ("To the", 2)
    end(Conversation.objects.get().head, " lake.")

    data = act(visitor, answer, "rewind", at=2, then="ask").json()

    assert Prediction.objects.count() == 2
    assert '<div class="message__body prose"><p dir="auto">To</p>' in data["messages"][0]
    assert "Rewound" in data["messages"][0]


def test_a_rewind_to_nowhere_is_refused(visitor, answer):
    assert act(visitor, answer, "rewind").status_code == 409
    assert act(visitor, answer, "rewind", at=999).status_code == 409


def test_a_continued_answer_says_where_also_while_it_is_written(visitor, conversation, answer):
    data = act(visitor, answer, "rewind", at=6, then="continue").json()

    line = "Continued after “… To the”"
    assert line in data["messages"][0]
    assert '<p dir="auto">To the</p>' in data["messages"][0]
    end(Conversation.objects.get().head, " lake.")
    page = visitor.get(f"/c/{conversation.id}/").content.decode()
    assert line in page
    assert re.search(r'<p dir="auto">To the<span class="seam"[^>]*></span> lake.</p>', page)


def test_the_meter_of_a_continued_answer_counts_what_this_run_wrote(visitor, conversation, answer):
    end(conversation.extend(answer, 6), " lake", " there.")

    assert "2 words in" in visitor.get(f"/messages/{conversation.head_id}/").content.decode()


def test_the_words_of_a_continued_answer_have_no_seam(visitor, conversation, answer):
    longer = end(conversation.extend(answer, 6), " lake.")

    assert visitor.get(f"/messages/{longer.id}/text/").content == b"To the lake."


def test_a_fork_opens_and_both_say_where(visitor, conversation, answer):
    response = visitor.post(f"/messages/{answer.id}/fork/", follow=True)

    fork = Conversation.objects.exclude(id=conversation.id).get()
    assert response.redirect_chain == [(f"/c/{fork.id}/", 302)]
    assert f'/c/{conversation.id}/?message={answer.id}"' in response.content.decode()
    origin = visitor.get(f"/c/{conversation.id}/").content.decode()
    assert f'Forked here: <a href="/c/{fork.id}/">Where do rivers go? (fork)</a>' in origin


def test_a_fork_does_not_link_to_what_was_deleted(visitor, conversation, answer):
    fork = conversation.fork(answer)
    Conversation.objects.filter(id=conversation.id).update(deleted_at=fork.created_at)

    page = visitor.get(f"/c/{fork.id}/").content.decode()

    assert str(conversation.id) not in page
    assert "Forked from a conversation that was deleted" in page


def test_without_a_script_a_question_is_edited_on_a_page_of_its_own(visitor, answer):
    page = visitor.get(f"/messages/{answer.parent_id}/edit/").content.decode()

    assert "\nWhere do rivers go?</textarea>" in page
    id = re.search(r'name="message_id" value="([^"]+)"', page)[1]
    fields = {"text": "Lakes?", "message_id": id}
    for _ in range(2):
        visitor.post(f"/messages/{answer.parent_id}/edit/", fields)
    assert Message.objects.filter(role="user").count() == 2


VERBS = ["retry", "continue", "rewind", "edit", "show", "fork"]


@pytest.mark.parametrize("as_user", [False, True], ids=["a visitor", "a user"])
@pytest.mark.parametrize("verb", VERBS)
def test_a_strangers_turn_does_not_exist(verb, as_user, answer):
    stranger = Client()
    stranger.post("/ask/", {"text": "My own"})
    if as_user:
        stranger.force_login(get_user_model().objects.create_superuser("boss"))
    message = answer.parent if verb == "edit" else answer
    count = Message.objects.count()

    response = act(stranger, message, verb, text="Hi", at=2)

    assert response.status_code == 404
    assert stranger.get(f"/messages/{message.id}/{verb}/").status_code in {404, 405}
    assert Message.objects.count() == count


@pytest.mark.parametrize("verb", VERBS)
def test_a_post_without_a_token_is_forbidden(verb, answer):
    client = Client(enforce_csrf_checks=True)

    assert client.post(f"/messages/{answer.id}/{verb}/").status_code == 403


@pytest.mark.parametrize("verb", VERBS)
def test_a_site_for_members_asks_for_login(verb, visitor, answer, settings):
    settings.CHAT_REQUIRE_LOGIN = True

    assert visitor.post(f"/messages/{answer.id}/{verb}/")["Location"].startswith("/login/")


def test_a_turn_that_is_no_answer_or_no_question_does_not_exist(visitor, answer):
    for verb in ("retry", "continue", "rewind"):
        assert act(visitor, answer.parent, verb, at=1).status_code == 404
    assert act(visitor, answer, "edit", text="Hm").status_code == 404
    assert act(visitor, answer, "show", head=uuid.uuid4()).status_code == 409
