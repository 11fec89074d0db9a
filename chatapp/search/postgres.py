"""The words in PostgreSQL: a tsvector in each entry's row, with a GIN index.

Vectors and queries are written out, not parsed: the words are cut already, as on SQLite.
"""

from collections import defaultdict

from django.db import connection

from .words import Phrase


def put(entry_id: int, words: list[str]) -> None:
    places = defaultdict(list)
    for place, word in enumerate(words, 1):
        places[word].append(str(place))
    vector = " ".join(f"'{word}':{','.join(at)}" for word, at in places.items())
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE chatapp_searchentry SET words = %s::tsvector WHERE id = %s", [vector, entry_id]
        )


NEWEST = """
SELECT entry.message_id FROM chatapp_searchentry entry
JOIN chatapp_message message ON message.id = entry.message_id
WHERE entry.words @@ %s::tsquery AND {where}
ORDER BY entry.id DESC LIMIT %s OFFSET %s
"""
# All hits first, then the newest of them: the beginning of a rare word is taken for frequent by the
# planner, which would go through all entries from the newest on.
RAREST = """
WITH entry AS MATERIALIZED (
    SELECT id, message_id FROM chatapp_searchentry WHERE words @@ %s::tsquery
)
SELECT entry.message_id FROM entry
JOIN chatapp_message message ON message.id = entry.message_id
WHERE {where}
ORDER BY entry.id DESC LIMIT %s OFFSET %s
"""
MORE = """
SELECT count(*) FROM (
    SELECT 1 FROM chatapp_searchentry WHERE words @@ %s::tsquery LIMIT %s
) entry
"""
RARE = 1000  # entries
NEWEST_OF = """
SELECT entry.message_id FROM chatapp_searchentry entry
WHERE entry.words @@ %s::tsquery AND entry.id IN ({entries})
ORDER BY entry.id DESC LIMIT %s OFFSET %s
"""
WHERE = """
SELECT message.conversation_id FROM chatapp_searchentry entry
JOIN chatapp_message message ON message.id = entry.message_id
WHERE entry.words @@ %s::tsquery
"""


def newest(query: str) -> str:
    """The statement that finds the newest of all."""
    with connection.cursor() as cursor:
        cursor.execute(MORE, [query, RARE])
        return NEWEST if cursor.fetchone()[0] == RARE else RAREST


def query(phrases: list[Phrase]) -> str:
    return " & ".join(f"({_term(phrase)})" for phrase in phrases)


def _term(phrase: Phrase) -> str:
    """A word has letters, marks and digits only: nothing in it is an operator's."""
    return " <-> ".join(f"'{word}'" for word in phrase.words) + (":*" if phrase.is_open else "")
