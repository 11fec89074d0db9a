"""The list of transcripts: what it shows of each, and how it is filtered and searched."""


class Listing:
    """Mixed into the transcripts' admin: its list."""

    list_display = ("title", "person")
    show_full_result_count = False
