"""Upkeep: what is really gone, and when."""

from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone

from chatapp import upkeep
from chatapp.models import Attachment, Conversation, Message, SearchEntry, Share
from predictions import retention
from predictions.models import Prediction
from tests.running import wait_until

from .conftest import end


@pytest.fixture
def answer(conversation) -> Message:
    return end(conversation.ask("Where do rivers go?"), "To the sea.")


def attach(message: Message | None, **fields) -> Attachment:
    content = ContentFile(b"a map", name="map.txt")
    facts = {"name": "map.txt", "content_type": "text/plain", "size": 5}
    return Attachment.objects.create(message=message, content=content, **facts, **fields)


def test_a_deleted_conversation_is_gone_after_ten_minutes_with_all_it_had(
    answer, django_capture_on_commit_callbacks
):
    attachment = attach(answer.parent)
    answer.conversation.shares.create()
    answer.conversation.throw_away()
    too_early = upkeep.remove_deleted()
    Conversation.objects.update(deleted_at=timezone.now() - timedelta(minutes=10, seconds=1))

    with django_capture_on_commit_callbacks(execute=True):
        removed = [upkeep.remove_deleted() for _ in range(3)]

    assert (too_early, removed) == (0, [2, 1, 0])
    for model in (Conversation, Message, Prediction, Attachment, Share, SearchEntry):
        assert not model.objects.exists(), model
    assert not attachment.content.storage.exists(attachment.content.name)


def test_a_long_conversation_is_removed_in_short_steps(db):
    conversation = Conversation.objects.create(title="long", deleted_at=timezone.now())
    Conversation.objects.update(deleted_at=timezone.now() - timedelta(hours=1))
    parent = None
    for n in range(50):
        parent = conversation.messages.create(parent=parent, role="user", text=str(n))

    assert [upkeep.remove_deleted() for _ in range(5)] == [20, 20, 10, 1, 0]


def test_what_is_not_deleted_stays(answer):
    assert upkeep.remove_deleted() == 0
    assert Conversation.objects.exists()


@pytest.mark.parametrize(("hours", "is_gone"), [(1.9, False), (2.1, True)])
def test_a_temporary_chat_goes_hours_after_its_last_message(answer, settings, hours, is_gone):
    settings.CHAT_TEMPORARY_HOURS = 2
    then = timezone.now() - timedelta(hours=hours)
    Conversation.objects.update(is_temporary=True, updated_at=then)

    while upkeep.remove_temporary():
        pass

    assert Prediction.objects.exists() != is_gone


def test_an_ordinary_chat_does_not_go(answer):
    Conversation.objects.update(updated_at=timezone.now() - timedelta(days=1000))

    assert upkeep.remove_temporary() == 0


def test_a_file_that_was_never_sent_goes_after_a_day(answer):
    long_ago = timezone.now() - timedelta(hours=25)
    attach(None, created_at=long_ago)
    kept = {attach(None).id, attach(answer.parent, created_at=long_ago).id}

    assert [Attachment.remove_unsent(), Attachment.remove_unsent()] == [1, 0]
    assert {each.id for each in Attachment.objects.all()} == kept


def test_the_engine_does_the_steps_of_the_chat():
    assert upkeep.remove_deleted in retention._further_steps


def test_a_server_removes_what_was_deleted_by_itself(make_server):
    server = make_server(API_RETENTION="1")
    server.shell(
        "from datetime import timedelta; from django.utils import timezone;"
        "from chatapp.models import Conversation;"
        "Conversation.objects.create(title='x', deleted_at=timezone.now() - timedelta(hours=1))"
    )
    count = "from chatapp.models import Conversation; print(Conversation.objects.count())"

    wait_until(lambda: server.shell(count).strip() == "0", seconds=20)


def test_turns_of_the_same_moment_are_removed_too(conversation):
    end(conversation.ask("Hello"), "Hi")
    Message.objects.update(created_at=timezone.now())
    conversation.throw_away()
    Conversation.objects.update(deleted_at=timezone.now() - timedelta(days=1))

    while upkeep.remove_deleted():
        pass

    assert not Message.objects.exists()
    assert not Conversation.objects.exists()
