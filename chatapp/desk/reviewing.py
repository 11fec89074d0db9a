"""What a reviewer does with a transcript: flag, tag, comment, say what was expected, be done.

Each is on the conversation, or on one message of it.
"""

from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from django.utils import timezone

from chatapp.models import (
    Comment,
    Conversation,
    ExpectedAnswer,
    Flag,
    Message,
    Review,
    Tag,
    Tagging,
)

REVIEW = "chatapp.review_transcript"
MOST = 20_000  # characters of a comment, of an expected answer


class ReviewRefused(Exception):
    """It was not done. The text is a sentence for the reviewer."""


def flag(by, conversation: Conversation, message: Message | None, reason: str) -> Flag:
    reason = one_line(reason)
    _refuse_more_than(Flag._meta.get_field("reason").max_length, reason)
    return Flag.objects.create(by=by, conversation=conversation, message=message, reason=reason)


def clear(by, flag: Flag) -> None:
    """Look no more for it; it stays to be read."""
    if flag.cleared_at is None:
        flag.cleared_at, flag.cleared_by = timezone.now(), by
        flag.save(update_fields=["cleared_at", "cleared_by"])


def tag(by, conversation: Conversation, message: Message | None, name: str) -> Tagging:
    """By a name that is known in any case of its letters, or new."""
    name = one_line(name)
    if not name:
        raise ReviewRefused("Give the tag a name.")
    _refuse_more_than(Tag._meta.get_field("name").max_length, name)
    known = Tag.objects.filter(name__iexact=name).first()
    tag = known or Tag.objects.get_or_create(name=name)[0]
    tagging, _ = Tagging.objects.get_or_create(
        tag=tag, conversation=conversation, message=message, defaults={"by": by}
    )
    return tagging


def untag(tagging: Tagging) -> None:
    """A tag that is used nowhere any more goes, too."""
    tagging.delete()
    Tag.objects.filter(id=tagging.tag_id, taggings=None).delete()


def comment(by, conversation: Conversation, message: Message | None, text: str) -> Comment:
    text = text.strip()
    if not text:
        raise ReviewRefused("There is nothing in this comment.")
    _refuse_more_than(MOST, text)
    return Comment.objects.create(by=by, conversation=conversation, message=message, text=text)


def uncomment(by, comment: Comment) -> None:
    """One's own only."""
    if comment.by_id != by.id:
        raise ReviewRefused("Only who wrote a comment deletes it.")
    comment.delete()


def expect(by, message: Message, text: str) -> ExpectedAnswer | None:
    """Say what the answer should have been, say it otherwise, or with "" no more."""
    if message.role != Message.Role.ASSISTANT:
        raise ReviewRefused("Only of an answer one can say what was expected.")
    text = text.strip()
    _refuse_more_than(MOST, text)
    if not text:
        ExpectedAnswer.objects.filter(message=message).delete()
        return None
    given = {"text": text, "by": by}
    return ExpectedAnswer.objects.update_or_create(message=message, defaults=given)[0]


def assign(conversation: Conversation, assignee) -> Review:
    """To a reviewer, or to nobody (None)."""
    return _review(conversation, assignee=assignee)


def done(by, conversation: Conversation) -> Review:
    """Nothing in it deserves a look, until something new does."""
    return _review(conversation, done_at=timezone.now(), done_by=by)


def reopen(conversation: Conversation) -> Review:
    return _review(conversation, done_at=None, done_by=None)


def reviewers() -> QuerySet:
    """Who may be given a transcript."""
    found = get_user_model().objects.with_perm(REVIEW).filter(is_staff=True)
    return found.order_by("username")


def one_line(text: str) -> str:
    """Without what cannot be seen, which may turn the rest around."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())


def _review(conversation: Conversation, **fields: object) -> Review:
    review, _ = Review.objects.update_or_create(conversation=conversation, defaults=fields)
    return review


def _refuse_more_than(most: int, text: str) -> None:
    if len(text) > most:
        raise ReviewRefused(f"This is too long: {most:,} characters are the most.")
