"""What reviewers add to a conversation: who looks at it, flags, tags, comments, better answers.

Each is on the whole conversation, or on one message of it (then it has a `message`, too).
"""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

PERSON = settings.AUTH_USER_MODEL


class Review(models.Model):
    """Where a conversation stands in the inbox. Without one, or with what concerns since `done_at`,
    it deserves a look."""

    conversation = models.OneToOneField(
        "Conversation", models.CASCADE, primary_key=True, related_name="review"
    )
    assignee = models.ForeignKey(
        PERSON, models.SET_NULL, null=True, blank=True, related_name="assigned_reviews"
    )
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(
        PERSON, models.SET_NULL, null=True, blank=True, related_name="done_reviews"
    )

    def __str__(self) -> str:
        return f"{self.conversation_id}: {'done' if self.done_at else 'open'}"


class Remark(models.Model):
    """What a flag, a tag and a comment have in common."""

    conversation = models.ForeignKey("Conversation", models.CASCADE, related_name="%(class)ss")
    message = models.ForeignKey(
        "Message", models.CASCADE, null=True, blank=True, related_name="%(class)ss"
    )
    by = models.ForeignKey(PERSON, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        abstract = True
        ordering = ["created_at"]


class Flag(Remark):
    """Somebody should look at this. It is open until it is cleared."""

    reason = models.CharField(max_length=200, blank=True)
    cleared_at = models.DateTimeField(null=True, blank=True)
    cleared_by = models.ForeignKey(PERSON, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta(Remark.Meta):
        indexes = [
            models.Index(
                fields=["conversation"], name="flag_open", condition=Q(cleared_at__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return self.reason or "flagged"


class Tag(models.Model):
    name = models.CharField(max_length=40, unique=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Tagging(Remark):
    tag = models.ForeignKey(Tag, models.CASCADE, related_name="taggings")

    class Meta(Remark.Meta):
        constraints = [
            models.UniqueConstraint(
                "tag",
                "conversation",
                name="one_tagging_a_conversation",
                condition=Q(message__isnull=True),
            ),
            models.UniqueConstraint("tag", "message", name="one_tagging_a_message"),
        ]
        indexes = [models.Index(fields=["conversation", "tag"], name="tagging_of_conversation")]

    def __str__(self) -> str:
        return str(self.tag)


class Comment(Remark):
    text = models.TextField()

    def __str__(self) -> str:
        return self.text[:80]


class ExpectedAnswer(models.Model):
    """What the answer should have been."""

    message = models.OneToOneField("Message", models.CASCADE, related_name="expected_answer")
    text = models.TextField()
    by = models.ForeignKey(PERSON, models.SET_NULL, null=True, related_name="+")
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return self.text[:80]
