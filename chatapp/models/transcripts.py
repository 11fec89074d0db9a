"""A conversation as reviewers read it."""

from django.conf import settings

from .conversations import Conversation, ConversationQuerySet
from .owned import called


class TranscriptQuerySet(ConversationQuerySet):
    def there(self) -> "TranscriptQuerySet":
        """Those that their owners have not deleted, with what is known of each."""
        return self.filter(deleted_at=None, summary__isnull=False).select_related("summary")


class Transcript(Conversation):
    objects = TranscriptQuerySet.as_manager()

    class Meta:
        proxy = True
        ordering = ["-summary__last_activity"]
        # `view` reads; `delete` deletes one; what else a reviewer may do:
        default_permissions = ("view", "delete")
        permissions = [
            ("review_transcript", "Can flag, tag, comment on and assign transcripts"),
            ("export_transcript", "Can export transcripts"),
            ("redact_transcript", "Can redact messages"),
            ("erase_person", "Can export and erase everything of one person"),
        ]

    def __str__(self) -> str:
        return str(self.id) if settings.CHAT_HIDE_CONTENTS else super().__str__()

    @property
    def person(self) -> str:
        """Whose it is: the account's name, or what somebody is called who is not logged in."""
        return str(self.owner) if self.owner_id else called(self.visitor)
