"""What is sent while an answer is being written waits, and is asked once, in order."""

import re
import uuid

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.utils.translation import override

from chatapp.models import AskRefused, Attachment, Message, QueuedTurn
from chatapp.models.queued import MOST
from predictions.models import Prediction
from predictions.signals import run_over

from .conftest import end

JSON = {"Accept": "application/json"}


@pytest.fixture
def answer(conversation) -> Message:
    return conversation.ask("One")


def over(answer: Message) -> None:
    """What the engine tells when a run is over."""
    run_over.send(Prediction, prediction_id=answer.prediction_id)


def texts(conversation) -> list[str]:
    return [turn.text for turn in conversation.queue.all()]


def questions(conversation) -> list[str]:
    return [message.text for message in conversation.shown() if message.role == "user"]


def test_what_is_sent_while_an_answer_runs_waits(conversation, answer):
    turn = conversation.take("Two")

    assert isinstance(turn, QueuedTurn)
    assert texts(conversation) == ["Two"]
    assert Message.objects.count() == 2


def test_without_an_answer_under_way_it_is_asked_at_once(conversation):
    assert isinstance(conversation.take("One"), Message)


def test_the_end_of_an_answer_asks_the_first(conversation, answer):
    for text in ("Two", "Three"):
        conversation.take(text)
    end(answer, "It is one.")

    over(answer)

    conversation.refresh_from_db()
    assert questions(conversation) == ["One", "Two"]
    assert texts(conversation) == ["Three"]
    assert "It is one." in conversation.running.prediction.input["prompt"]


def test_however_often_the_end_is_told_each_is_asked_once(conversation, answer):
    conversation.take("Two")
    end(answer, "It is one.")

    for _ in range(3):
        over(answer)

    assert Message.objects.filter(text="Two").count() == 1
    assert Prediction.objects.count() == 2


@pytest.mark.parametrize("status", ["failed", "canceled"])
def test_after_an_answer_that_did_not_finish_the_queue_waits(conversation, answer, status):
    conversation.take("Two")
    end(answer, "It", status=status)

    over(answer)

    assert texts(conversation) == ["Two"]
    assert conversation.running is None


def test_who_rewinds_to_ask_from_there_is_not_overtaken_by_the_queue(conversation, answer):
    conversation.take("Two")
    stopped = end(answer, "It is", status="canceled")

    conversation.rewind(stopped, 2)

    assert conversation.go_on() is None
    assert texts(conversation) == ["Two"]


def test_it_goes_on_once_an_answer_has_succeeded_again(conversation, answer):
    conversation.take("Two")
    again = conversation.retry(end(answer, status="failed"))
    end(again, "It is one.")

    over(again)

    conversation.refresh_from_db()
    assert questions(conversation) == ["One", "Two"]


def test_send_now_stops_the_answer_and_asks_before_the_others(conversation, answer):
    conversation.take("Two")
    urgent = conversation.take("Three")

    urgent.send_now()
    answer.prediction.refresh_from_db()
    assert answer.prediction.cancel_requested_at
    end(answer, "It", status="canceled")
    over(answer)

    conversation.refresh_from_db()
    assert questions(conversation) == ["One", "Three"]
    assert texts(conversation) == ["Two"]


def test_send_now_asks_at_once_where_nothing_runs(conversation, answer):
    turn = conversation.take("Two")
    end(answer, status="failed")

    turn.send_now()

    assert conversation.running.parent.text == "Two"


def test_the_same_message_sent_twice_waits_once(conversation, answer):
    id = uuid.uuid4()

    assert conversation.take("Two", message_id=id) == conversation.take("Two", message_id=id)

    assert texts(conversation) == ["Two"]


def test_a_message_that_was_asked_meanwhile_is_not_queued_again(conversation, answer):
    id = uuid.uuid4()
    conversation.take("Two", message_id=id)
    end(answer, "It is one.")
    over(answer)

    again = conversation.take("Two", message_id=id)

    assert again == conversation.running
    assert again.parent_id == id
    assert texts(conversation) == []


def test_another_conversations_id_is_no_hindrance(conversation, answer, make_version):
    theirs = type(conversation)(visitor="theirs", version=conversation.version)
    theirs.ask("Mine")
    id = theirs.take("Waits").id

    assert conversation.take("Two", message_id=id).id != id
    assert conversation.take("Mine", message_id=theirs.head.parent_id)
    end(answer, "It is one.")
    over(answer)
    end(conversation.running, "Two it is.")
    conversation.go_on()

    conversation.refresh_from_db()
    assert questions(conversation) == ["One", "Two", "Mine"]


def test_the_queue_is_not_endless(conversation, answer):
    for number in range(MOST):
        conversation.take(f"Number {number}")

    with pytest.raises(AskRefused, match="Ten messages"):
        conversation.take("One too many")

    assert conversation.queue.count() == MOST


def test_a_turn_that_is_refused_stays_and_says_why(conversation, answer, version):
    turn = conversation.take("Two")
    version.upstream.enabled = False
    version.upstream.save()
    end(answer, "It is one.")

    over(answer)

    turn.refresh_from_db()
    assert "not available any more" in turn.refusal
    assert Message.objects.count() == 2
    version.upstream.enabled = True
    version.upstream.save()
    assert conversation.go_on() is None, "it waits for the visitor"
    QueuedTurn.objects.get().send_now()
    assert texts(conversation) == []


def test_its_attachments_wait_with_it(conversation, answer):
    file = Attachment.objects.create(visitor="mine", name="a.txt", size=1, text="a")
    theirs = Attachment.objects.create(visitor="theirs", name="b.txt", size=1, text="b")

    turn = conversation.take("Two", attachments=[file.id, theirs.id])

    assert list(turn.attachments.all()) == [file]
    end(answer, "It is one.")
    over(answer)
    file.refresh_from_db()
    assert file.message == conversation.running.parent


# Pages


@pytest.fixture
def queued(conversation, answer) -> QueuedTurn:
    return conversation.take("Two <b>")


def test_a_page_shows_what_waits(visitor, conversation, queued):
    page = visitor.get(f"/c/{conversation.id}/").content.decode()

    assert "Two &lt;b&gt;" in page
    assert "Sent after this answer" in page
    assert f"/queue/{queued.id}/send/" in page


def test_a_page_says_that_the_queue_waits_after_a_stop(visitor, conversation, answer, queued):
    end(answer, status="canceled")

    page = visitor.get(f"/c/{conversation.id}/").content.decode()

    assert "did not finish" in page


def test_a_second_send_is_told_as_waiting(visitor, conversation, answer):
    response = visitor.post(f"/c/{conversation.id}/ask/", {"text": "Two"}, headers=JSON)

    assert response.status_code == 200
    assert "Two" in response.json()["queue"]
    assert "messages" not in response.json()


def test_without_javascript_a_second_send_waits_too(visitor, conversation, answer):
    response = visitor.post(f"/c/{conversation.id}/ask/", {"text": "Two"}, follow=True)

    page = response.content.decode()
    assert "queued__text" in page
    assert not re.search(r"data-send[^>]*hidden", page), "the third could not be sent"


def test_what_waits_can_be_taken_back_into_the_box(visitor, conversation, queued):
    page = visitor.post(f"/queue/{queued.id}/edit/").content.decode()

    assert ">Two &lt;b&gt;</textarea>" in page
    assert texts(conversation) == []


def test_its_files_come_back_with_it(visitor, conversation, queued):
    files = ContentFile(b"A brook", name="brook.txt")
    kept = Attachment.keep(files, visitor="mine")
    Attachment.objects.filter(id=kept.id).update(queued=queued)

    page = visitor.post(f"/queue/{queued.id}/edit/").content.decode()

    assert f'name="attachments" value="{kept.id}"' in page
    assert Attachment.objects.unsent().get() == kept


def test_the_script_gets_the_text_back(visitor, conversation, queued):
    reply = visitor.post(f"/queue/{queued.id}/edit/", headers=JSON).json()

    assert reply["text"] == "Two <b>"
    assert "Two" not in reply["queue"]


def test_what_waits_can_be_removed(visitor, conversation, queued):
    visitor.post(f"/queue/{queued.id}/remove/", headers=JSON)

    assert texts(conversation) == []


def test_send_now_from_a_page(visitor, conversation, answer, queued):
    response = visitor.post(f"/queue/{queued.id}/send/")

    assert response["Location"] == conversation.get_absolute_url()
    answer.prediction.refresh_from_db()
    assert answer.prediction.cancel_requested_at


def test_what_was_missed_is_found_when_somebody_looks(visitor, conversation, answer, queued):
    end(answer, "It is one.")

    state = visitor.get(f"/c/{conversation.id}/state/").json()

    assert len(state["turns"]) == 4
    assert state["queue"].strip() == ""
    assert conversation.running.parent.text == "Two <b>"


@pytest.mark.parametrize("verb", ["send", "edit", "remove"])
def test_what_waits_is_nobody_elses(verb, queued):
    stranger = Client()
    stranger.post("/ask/", {"text": "My own"})

    assert stranger.post(f"/queue/{queued.id}/{verb}/").status_code == 404
    assert QueuedTurn.objects.filter(id=queued.id, is_urgent=False).exists()


@pytest.mark.parametrize("verb", ["send", "edit", "remove"])
def test_the_queue_asks_for_a_token(verb, queued):
    client = Client(enforce_csrf_checks=True)

    assert client.post(f"/queue/{queued.id}/{verb}/").status_code == 403


def test_send_now_twice_asks_once_and_stops_nothing_of_its_own(conversation, answer):
    turn = conversation.take("Two")
    end(answer, "It is one.")
    again = QueuedTurn.objects.get()

    turn.send_now()
    again.send_now()

    running = conversation.running
    assert running.parent.text == "Two"
    assert running.prediction.cancel_requested_at is None


def test_what_was_asked_meanwhile_is_not_given_back_to_the_box(conversation, answer):
    turn = conversation.take("Two")
    end(answer, "It is one.")
    over(answer)

    assert not turn.remove()


def test_a_refusal_is_in_the_language_of_whoever_sent_it(conversation, answer, version):
    with override("zh-hans"):
        turn = conversation.take("Two")
    end(answer, "It is one.")
    version.upstream.enabled = False
    version.upstream.save()

    with override("en"):
        over(answer)

    turn.refresh_from_db()
    assert turn.refusal.startswith("模型 ")
