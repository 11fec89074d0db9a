"""The page of one transcript, and what reviewers do on it."""

urls = []


class Reading:
    """Mixed into the transcripts' admin: its page of one."""

    fields = readonly_fields = ("title", "person")
