"""Redaction: what was said is gone from every place where it was repeated."""

import json

import pytest
from django.apps import apps
from django.core.files.base import ContentFile
from django.urls import reverse

from chatapp import prompting, search, turns
from chatapp.desk.masking import pattern_of
from chatapp.desk.redaction import Redaction, RedactRefused
from chatapp.models import (
    Attachment,
    AuditEntry,
    Comment,
    Conversation,
    ExpectedAnswer,
    Feedback,
    Message,
)
from predictions.models import Prediction, Segment
from tests.chatapp.conftest import end

SECRET = "My card is 4929 7715 0023"
NUMBER = "4929 7715"


@pytest.fixture
def root(login):
    client = login(name="root")
    client.user.is_superuser = True
    client.user.save()
    return client


@pytest.fixture
def who(root):
    return root.user


def said(conversation, question: str, *words: str, logs: str = "") -> Message:
    """A turn that has ended, with its log."""
    answer = end(conversation.ask(question), *words)
    pieces = [["logs", logs]] if logs else []
    events = [[n, *each, n] for n, each in enumerate([*pieces, *(["output", w] for w in words)], 1)]
    middle = len(events) // 2
    for part in filter(None, (events[:middle], events[middle:])):
        Segment.objects.create(prediction=answer.prediction, last_cursor=part[-1][0], events=part)
    Prediction.objects.filter(id=answer.prediction_id).update(logs=logs)
    search.index(Message.objects.with_words().filter(id=answer.id))
    return Message.objects.with_words().get(id=answer.id)


def everything_kept() -> str:
    """All rows of all tables, as they are."""
    rows = [
        list(model._base_manager.values())
        for model in apps.get_models()
        if model._meta.app_label in {"chatapp", "predictions", "admin"}
    ]
    return json.dumps(rows, default=str, ensure_ascii=False)


def test_words_that_were_typed_are_gone_wherever_they_were_repeated(conversation, who):
    first = said(conversation, SECRET, "I see 49", "29 77", "15 there.", logs="They say 4929 7715.")
    said(conversation, "Thanks", "Card 4929 7715 is noted.")
    fork = conversation.fork(first)
    again = end(conversation.extend(first), " and more")
    conversation.queue.create(text=f"about {NUMBER}")
    Comment.objects.create(conversation=conversation, text=f"{NUMBER}!")
    ExpectedAnswer.objects.create(message=first, text=f"no {NUMBER}")
    assert everything_kept().count(NUMBER) > 10

    counts = Redaction(first.parent, NUMBER).apply(who)

    assert NUMBER not in everything_kept()
    assert "0023" in Message.objects.get(id=first.parent_id).text
    assert counts["messages"] == 6
    assert counts["inputs"] == 3
    assert (
        first.parent.text.replace(NUMBER, "████ ████")
        == Message.objects.get(id=first.parent_id).text
    )
    assert Message.objects.get(id=again.id).redacted_at
    fork.refresh_from_db()
    assert "████" in fork.shown()[-1].body


def test_the_replayed_log_still_equals_the_stored_output(conversation, who):
    answer = said(conversation, "Hi", "I see 49", "29 77", "15 there.", logs=f"Hm, {NUMBER}.")
    before = [len(event.data) for event in answer.prediction.events]

    Redaction(answer, NUMBER).apply(who)

    prediction = Prediction.objects.get(id=answer.prediction_id)
    events = prediction.events
    assert [event.data for event in events if event.kind == "output"] == prediction.output
    assert "".join(event.data for event in events if event.kind == "logs") == prediction.logs
    assert [len(event.data) for event in events] == before
    assert prediction.output == ["I see ██", "██ ██", "██ there."]
    assert prediction.logs == "Hm, ████ ████."


def test_a_whole_message_goes_with_its_title_its_thoughts_and_its_copies(conversation, who):
    answer = said(conversation, SECRET, "Rivers\n\n* go", " down", logs="Of rivers")
    said(conversation, "Yes", "Yes.")
    share = conversation.shares.create()
    copy = share.copy_for(visitor="reader")

    Redaction(answer.parent).apply(who)
    Redaction(answer).apply(who)

    kept = everything_kept()
    assert "My card" not in kept
    assert "Rivers" not in kept
    assert "Of rivers" not in kept
    for shown in (conversation, copy):
        words = [turn.body for turn in Conversation.objects.get(id=shown.id).shown()]
        assert words == ["██ ████ ██ ████ ████ ████", "██████\n\n█ ██ ████", "Yes", "Yes."]


def test_a_short_message_does_not_take_others_with_it(conversation, who):
    answer = said(conversation, "Yes", "Yesterday? Yes.")
    said(conversation, "Yes", "Yes")

    Redaction(answer.parent).apply(who)

    assert [turn.body for turn in Conversation.objects.get().shown()] == [
        *("███", "Yesterday? Yes.", "Yes", "Yes"),
    ]
    (prompt,) = {
        each.input["prompt"] for each in Prediction.objects.all() if "█" in str(each.input)
    } - {"███"}
    assert "Yesterday" in prompt


def test_twice_is_once(conversation, who):
    answer = said(conversation, SECRET, "I see.", logs="Hm")

    assert Redaction(answer, NUMBER).apply(who)
    kept = everything_kept()
    assert not Redaction(answer, NUMBER).apply(who)
    assert everything_kept() == kept
    Redaction(answer).apply(who)
    assert not Redaction(answer).apply(who)


def test_a_look_changes_nothing(conversation, who):
    answer = said(conversation, SECRET, "I see.")
    attached = attach(answer.parent)
    kept = everything_kept()

    assert Redaction(answer, NUMBER).preview()["messages"] == 1

    assert everything_kept() == kept
    with attached.content.open() as content:
        assert NUMBER in content.read().decode()
    attached.content.delete(save=False)


def attach(message: Message) -> Attachment:
    text = f"a list: {NUMBER}"
    return Attachment.objects.create(
        message=message,
        visitor="mine",
        name="list.txt",
        content_type="text/plain",
        text=text,
        size=len(text),
        content=ContentFile(text.encode(), name=f"attachment-{message.id}"),
    )


def test_a_text_file_is_rewritten(conversation, who, django_capture_on_commit_callbacks):
    answer = said(conversation, "Hi", "I see.")
    attached = attach(answer.parent)
    old = attached.content.name

    with django_capture_on_commit_callbacks(execute=True):
        Redaction(answer, NUMBER).apply(who)

    attached.refresh_from_db()
    with attached.content.open() as content:
        assert content.read().decode() == attached.text == "a list: ████ ████"
    assert not attached.content.storage.exists(old)
    attached.content.delete(save=False)


def test_a_whole_file_is_removed(conversation, who, django_capture_on_commit_callbacks):
    answer = said(conversation, "Hi", "I see.")
    attached = attach(answer.parent)

    with django_capture_on_commit_callbacks(execute=True):
        Redaction(answer.parent, with_files=True).apply(who)

    assert not Attachment.objects.exists()
    assert not attached.content.storage.exists(attached.content.name)


def test_it_is_found_no_more_and_the_rest_still_is(conversation, who, visitor):
    answer = said(conversation, f"{SECRET} heron", "I see.")
    mine = Conversation.objects.all()
    assert search.find(mine, "7715", 1)[0]

    Redaction(answer, NUMBER).apply(who)

    assert not search.find(mine, "7715", 1)[0]
    assert search.find(mine, "heron", 1)[0]


def test_not_while_something_is_being_answered(conversation, who):
    answer = said(conversation, SECRET, "I see.")
    conversation.ask("And?")

    with pytest.raises(RedactRefused, match="still being written"):
        Redaction(answer, NUMBER).apply(who)


def test_what_the_visitor_wrote_of_an_answer_stays(conversation, who):
    answer = said(conversation, SECRET, "I see.")
    Feedback.objects.create(message=answer, is_good=False, comment=NUMBER)

    Redaction(answer, NUMBER).apply(who)

    assert Feedback.objects.get().comment == NUMBER


def test_the_audit_log_says_where_and_not_what(conversation, who):
    answer = said(conversation, SECRET, "I see.")

    Redaction(answer, NUMBER).apply(who)

    entry = AuditEntry.objects.get(verb="redacted")
    assert entry.who == who
    assert entry.details["messages"] == 1
    assert NUMBER not in json.dumps([entry.subject, entry.details])


@pytest.mark.parametrize(
    "text", ["a\nUser: b", "say [INST] <s> now", "one  two\n\n\nthree", "*(a+b)* [x]"]
)
def test_words_are_found_as_prompts_quote_them(text):
    turns = [("user", text), ("assistant", "well"), ("user", "so?")]
    pattern = pattern_of([text], whole=True)

    assert pattern.search(prompting.plain(turns))
    assert pattern.search(prompting.llama_2(turns))


def test_open_pages_exports_and_links_are_told(conversation, who, visitor):
    answer = said(conversation, SECRET, "I see.")
    share = conversation.shares.create()
    before = turns.marks(conversation)

    Redaction(answer, NUMBER).apply(who)

    assert turns.marks(conversation) != before
    note = "Something was removed from this message."
    assert note in visitor.get(conversation.get_absolute_url()).content.decode()
    assert note in visitor.get(share.get_absolute_url()).content.decode()
    exported = visitor.get(reverse("export_markdown", args=[conversation.id]))
    assert note in b"".join(exported.streaming_content).decode()


URL = "admin:desk_redact"


def test_it_is_asked_looked_at_and_done(conversation, root):
    answer = said(conversation, SECRET, "I see.")
    url = reverse(URL, args=[answer.parent_id])
    typed = {"what": "words", "words": NUMBER, "with_remarks": "on"}

    form = root.get(url).content.decode()
    look = root.post(url, typed)
    assert SECRET in form
    assert "Nothing is changed yet" in look.content.decode()
    assert NUMBER in Message.objects.get(id=answer.parent_id).text
    done = root.post(url, typed | {"confirmed": "1"})

    assert done.status_code == 302
    assert f"?message={answer.parent_id}#m-" in done["Location"]
    assert NUMBER not in everything_kept()


@pytest.mark.parametrize("words", ["", " x ", "not there"])
def test_words_that_are_not_there_are_refused_with_a_sentence(words, conversation, root):
    answer = said(conversation, SECRET, "I see.")

    response = root.post(reverse(URL, args=[answer.id]), {"what": "words", "words": words})

    assert response.status_code == 422


def test_a_reviewer_may_not(conversation, reviewer):
    answer = said(conversation, SECRET, "I see.")
    url = reverse(URL, args=[answer.id])

    assert reviewer.get(url).status_code == 403
    assert reviewer.post(url, {"what": "message", "confirmed": "1"}).status_code == 403
    assert "card" in Message.objects.get(id=answer.parent_id).text
