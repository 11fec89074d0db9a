"""What a search looks through: the words of each message, cut for the database's full text."""

from django.db import models


class SearchEntry(models.Model):
    """A part of a message's words. They are kept beside it, as the database wants them: see
    chatapp.search. A message without words has an entry, too: it was looked at."""

    message = models.ForeignKey("Message", models.CASCADE, related_name="search_entries")

    class Meta:
        verbose_name_plural = "search entries"

    def __str__(self) -> str:
        return f"{self.message_id}, part {self.id}"
