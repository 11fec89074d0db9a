"""How fast the review desk's list is over 100,000 conversations with 1,000,000 messages.

    python -m bench.review_desk [--conversations N] [--keep FOLDER]

Makes them in a fresh SQLite file and in a fresh private PostgreSQL, asks the admin itself for its
list in every way that reviewers do, and prints milliseconds: median and worst, warm. FOLDER keeps
both databases, and has them used again.
"""

from bench.many_transcripts import make

__all__ = ["make"]
