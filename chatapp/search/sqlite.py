"""The words in SQLite: an FTS5 table beside the entries, by their ids. A trigger takes out what is
deleted. (A migration that remakes the entries' table must make the trigger anew.)
"""

from django.db import connection

from .words import Phrase


def put(entry_id: int, words: list[str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO chatapp_words (rowid, words) VALUES (%s, %s)", [entry_id, " ".join(words)]
        )


# CROSS JOIN: in this order, so that the newest are found first and the rest is not looked at.
NEWEST = """
SELECT entry.message_id FROM chatapp_words
CROSS JOIN chatapp_searchentry entry ON entry.id = chatapp_words.rowid
CROSS JOIN chatapp_message message ON message.id = entry.message_id
WHERE chatapp_words MATCH %s AND {where}
ORDER BY chatapp_words.rowid DESC LIMIT %s OFFSET %s
"""
# The plus: all that has the words is gone through once, and not asked again for each entry.
NEWEST_OF = """
SELECT entry.message_id FROM chatapp_words
CROSS JOIN chatapp_searchentry entry ON entry.id = chatapp_words.rowid
WHERE chatapp_words MATCH %s AND +chatapp_words.rowid IN ({entries})
ORDER BY chatapp_words.rowid DESC LIMIT %s OFFSET %s
"""
WHERE = """
SELECT message.conversation_id FROM chatapp_words
CROSS JOIN chatapp_searchentry entry ON entry.id = chatapp_words.rowid
CROSS JOIN chatapp_message message ON message.id = entry.message_id
WHERE chatapp_words MATCH %s
"""


def newest(query: str) -> str:
    """The statement that finds the newest of all."""
    return NEWEST


def query(phrases: list[Phrase]) -> str:
    return " AND ".join(_term(phrase) for phrase in phrases)


def _term(phrase: Phrase) -> str:
    """A word has letters, marks and digits only: nothing in it is an operator's."""
    return f'"{" ".join(phrase.words)}"{" *" if phrase.is_open else ""}'
