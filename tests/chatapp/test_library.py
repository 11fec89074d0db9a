"""The library: what is done with a conversation, and who may."""

import json
import uuid
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.utils import timezone

from chatapp.models import AskRefused, Conversation, Feedback, Message
from predictions.models import Prediction

from .conftest import end

JSON = {"Accept": "application/json"}


@pytest.fixture
def answer(conversation) -> Message:
    return end(conversation.ask("Where do *rivers* go?"), "To the ", "**sea**.")


def stored() -> Conversation:
    return Conversation.objects.get()


def body(response) -> str:
    return b"".join(response.streaming_content).decode()


def test_a_conversation_is_renamed_and_stays_so(visitor, answer):
    before = stored().updated_at

    visitor.post(f"/c/{answer.conversation_id}/rename/", {"title": "  My \n rivers\0 "})

    assert (stored().title, stored().is_renamed) == ("My rivers", True)
    assert stored().updated_at == before, "it moved in the list"


def test_a_long_title_is_cut(visitor, answer):
    visitor.post(f"/c/{answer.conversation_id}/rename/", {"title": "河" * 300})

    assert stored().title == "河" * 100


@pytest.mark.parametrize("headers", [JSON, {}], ids=["the script", "a form"])
def test_a_title_of_nothing_is_refused_with_a_sentence(visitor, answer, headers):
    title = stored().title

    url = f"/c/{answer.conversation_id}/rename/"
    response = visitor.post(url, {"title": " \0 "}, headers=headers)

    assert response.status_code == 422
    assert "at least one letter" in response.content.decode()
    assert stored().title == title


@pytest.mark.parametrize(
    ("verb", "field", "is_set"),
    [
        ("pin", "pinned_at", True),
        ("unpin", "pinned_at", False),
        ("archive", "archived_at", True),
        ("unarchive", "archived_at", False),
    ],
)
def test_a_verb_does_what_it_says_and_moves_nothing(visitor, answer, verb, field, is_set):
    Conversation.objects.update(**{field: None if is_set else timezone.now()})
    before = stored().updated_at

    response = visitor.post(f"/c/{answer.conversation_id}/{verb}/")

    assert response["Location"] == stored().get_absolute_url()
    assert (getattr(stored(), field) is not None) == is_set
    assert stored().updated_at == before


def test_what_is_archived_is_on_its_own_page(visitor, answer):
    visitor.post(f"/c/{answer.conversation_id}/archive/")

    assert "Where do" not in visitor.get("/conversations/").content.decode()
    assert "Where do" in visitor.get("/archive/").content.decode()


def test_an_empty_archive_says_how_to_fill_it(visitor):
    assert "Nothing is archived" in visitor.get("/archive/").content.decode()


def test_a_title_is_text_in_the_list(visitor, answer):
    Conversation.objects.update(title="<script>alert(1)</script>")

    page = visitor.get("/conversations/").content.decode()

    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_the_list_marks_the_conversation_on_the_page(visitor, answer):
    url = f"/conversations/?current={answer.conversation_id}"

    assert visitor.get(url).content.decode().count('aria-current="page"') == 1
    assert "aria-current" not in visitor.get("/conversations/?current=nonsense").content.decode()


def test_delete_hides_at_once_stops_the_answer_and_empties_the_queue(visitor, conversation):
    answer = conversation.ask("Hello")
    conversation.queue.create(text="And then?")

    response = visitor.post(f"/c/{conversation.id}/delete/")

    assert response["Location"] == "/"
    assert visitor.get(f"/c/{conversation.id}/").status_code == 404
    assert visitor.get(f"/messages/{answer.id}/").status_code == 404
    assert "Hello" not in visitor.get("/conversations/").content.decode()
    assert Prediction.objects.get().cancel_requested_at
    assert not conversation.queue.exists()


def test_the_next_page_offers_once_to_undo(visitor, answer):
    undo = f"/c/{answer.conversation_id}/undelete/"
    visitor.post(f"/c/{answer.conversation_id}/delete/")

    first, second = (visitor.get("/").content.decode() for _ in range(2))

    assert undo in first
    assert undo not in second


def test_another_tab_does_not_take_the_offer_away(visitor, answer):
    visitor.post(f"/c/{answer.conversation_id}/delete/")
    visitor.get("/conversations/")

    assert "undelete" in visitor.get("/").content.decode()


def test_undo_brings_everything_back(visitor, answer):
    visitor.post(f"/c/{answer.conversation_id}/delete/", headers=JSON)

    response = visitor.post(f"/c/{answer.conversation_id}/undelete/", follow=True)

    assert "<strong>sea</strong>" in response.content.decode()


def test_the_script_gets_the_toast(visitor, answer):
    response = visitor.post(f"/c/{answer.conversation_id}/delete/", headers=JSON)

    assert "was deleted" in response.json()["html"]
    assert "was deleted" not in visitor.get("/").content.decode()


def test_after_ten_minutes_there_is_nothing_to_undo(visitor, answer):
    visitor.post(f"/c/{answer.conversation_id}/delete/", headers=JSON)
    Conversation.objects.update(deleted_at=timezone.now() - timedelta(minutes=10, seconds=1))

    assert visitor.post(f"/c/{answer.conversation_id}/undelete/").status_code == 404


VERBS = ["rename", "delete", "undelete", "pin", "unpin", "archive", "unarchive", "keep", "share"]
PLACES = ["options", "share", "export.md", "export.json"]


@pytest.mark.parametrize("verb", VERBS)
def test_nobody_does_anything_with_somebody_elses(verb, client, answer):
    if verb == "undelete":
        stored().throw_away()
    before = Conversation.objects.values().get()

    response = client.post(f"/c/{answer.conversation_id}/{verb}/", {"title": "Mine", "days": ""})

    assert response.status_code == 404
    assert Conversation.objects.values().get() == before
    assert not stored().shares.exists()


@pytest.mark.parametrize("place", PLACES)
def test_nobody_sees_somebody_elses(place, client, answer):
    place = place if "." in place else f"{place}/"
    assert client.get(f"/c/{answer.conversation_id}/{place}").status_code == 404


@pytest.mark.parametrize("verb", [verb for verb in VERBS if verb != "share"])
def test_nothing_is_done_by_a_link(verb, visitor, answer):
    assert visitor.get(f"/c/{answer.conversation_id}/{verb}/").status_code == 405


def test_the_options_are_a_page_of_forms_for_those_without_script(visitor, answer):
    page = visitor.get(f"/c/{answer.conversation_id}/options/").content.decode()

    for verb in ("rename", "pin", "archive", "delete"):
        assert f'action="/c/{answer.conversation_id}/{verb}/"' in page


def test_markdown_tells_the_shown_branch_to_a_reader(visitor, conversation, answer):
    question = answer.parent
    question.attachments.create(name="map.txt", content_type="text/plain", size=3)
    stopped = end(conversation.ask("And then?"), "Rai", status="canceled")

    response = visitor.get(f"/c/{conversation.id}/export.md")

    text = body(response)
    assert response["Content-Disposition"] == 'attachment; filename="Where-do-rivers-go.md"'
    assert text.startswith("# Where do *rivers* go?\n")
    assert "## You" in text
    assert "- Attachment: map.txt" in text
    assert "## rivulet/demo" in text
    assert "\nTo the **sea**.\n" in text
    assert text.endswith("\nRai\n\n*Stopped.*\n"), stopped


def test_json_has_the_whole_tree(visitor, conversation, answer):
    Feedback.objects.create(message=answer, is_good=False, reason="wrong", comment="No")
    end(answer, "To the sea.", status="failed", error="It broke.")
    other = end(conversation.retry(answer), "Elsewhere.")
    Prediction.objects.update(cost="0.0125", cost_currency="USD", metrics={"total_time": 1.5})

    document = json.loads(body(visitor.get(f"/c/{conversation.id}/export.json")))

    assert document["format"] == 1
    assert document["conversation"]["head"] == str(other.id)
    question, first, second = document["messages"]
    assert [each["parent"] for each in (question, first, second)] == [None] + [question["id"]] * 2
    assert (first["text"], second["text"]) == ("To the sea.", "Elsewhere.")
    assert first["feedback"] == {"is_good": False, "reason": "wrong", "comment": "No"}
    assert first["prediction"]["model"] == "rivulet/demo"
    assert first["prediction"]["cost"] == "0.012500000000"
    assert first["prediction"]["metrics"] == {"total_time": 1.5}
    assert first["prediction"]["status"] == "failed"
    assert second["feedback"] is None


def test_a_conversation_without_messages_is_exported_too(visitor, db):
    conversation = Conversation.objects.create(visitor="mine", title="Empty")

    document = json.loads(body(visitor.get(f"/c/{conversation.id}/export.json")))

    assert document["messages"] == []


def test_a_huge_conversation_is_exported_piece_by_piece(visitor, db, django_assert_num_queries):
    conversation = Conversation.objects.create(visitor="mine", title="Huge")
    parent = None
    turns = []
    for n in range(1000):
        parent = Message(conversation=conversation, parent=parent, role="user", text=f"turn {n}")
        turns.append(parent)
    Message.objects.bulk_create(turns)

    response = visitor.get(f"/c/{conversation.id}/export.json")
    with django_assert_num_queries(3):
        first = [next(response.streaming_content) for _ in range(50)]

    assert len(json.loads(b"".join(first) + body(response).encode())["messages"]) == 1000


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("../../etc/passwd", "etc-passwd.md"),
        ('a"b\r\nX: y', "a-b-X-y.md"),
        ("…", "conversation.md"),
        ("CON", "CON.md"),
    ],
)
def test_a_download_has_a_safe_name(visitor, answer, title, name):
    Conversation.objects.update(title=title)

    response = visitor.get(f"/c/{answer.conversation_id}/export.md")

    assert response["Content-Disposition"] == f'attachment; filename="{name}"'


def test_a_download_may_have_a_chinese_name(visitor, answer):
    Conversation.objects.update(title="河流去哪里")

    header = visitor.get(f"/c/{answer.conversation_id}/export.md")["Content-Disposition"]

    assert header.startswith("attachment; filename*=utf-8''%E6%B2%B3")


def ask_temporarily(client: Client, text: str = "A secret") -> Conversation:
    client.post("/ask/", {"text": text, "temporary": "1"})
    return Conversation.objects.get()


def test_a_temporary_chat_says_what_is_kept(client, version, settings):
    settings.CHAT_TEMPORARY_HOURS = 24

    page = client.get("/?temporary=1").content.decode()

    assert "deleted 24 hours after the last message" in page
    assert "operators of this site can read it" in page
    assert 'name="temporary" value="1" form="composer"' in page
    assert 'name="temporary"' not in client.get("/").content.decode()


def test_a_temporary_chat_is_not_in_the_list_and_cannot_be_shared(client, version):
    conversation = ask_temporarily(client)

    assert conversation.is_temporary
    assert "A secret" not in client.get("/conversations/").content.decode()
    assert "Temporary" in client.get(f"/c/{conversation.id}/").content.decode()
    assert client.post(f"/c/{conversation.id}/share/", {"days": "7"}).status_code == 404


def test_a_temporary_chat_can_be_kept(client, version):
    conversation = ask_temporarily(client)

    client.post(f"/c/{conversation.id}/keep/")

    assert not stored().is_temporary
    assert "A secret" in client.get("/conversations/").content.decode()


def test_an_attachment_is_deleted_with_its_conversation(conversation, answer):
    attachment = answer.parent.attachments.create(
        name="a.txt", content_type="text/plain", size=1, content=ContentFile(b"a", name="a.txt")
    )

    conversation.delete()

    assert not Message.objects.filter(id=answer.id).exists()
    assert not type(attachment).objects.exists()


def test_an_unknown_conversation_is_not_found(visitor):
    assert visitor.get(f"/c/{uuid.uuid4()}/options/").status_code == 404


def test_nothing_is_asked_in_what_was_deleted_meanwhile(conversation):
    end(conversation.ask("Where do rivers go?"), "To the sea.")
    stale = Conversation.objects.get(id=conversation.id)
    conversation.throw_away()

    with pytest.raises(AskRefused):
        stale.ask("And then?")

    assert stale.go_on() is None
    assert conversation.running is None
