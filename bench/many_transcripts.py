"""A year of a busy chat, made up fast: conversations as they are after 100,000 of them.

    make(conversations=100_000)

fills the database that Django is set up with, which must be migrated and empty: ten messages a
conversation on average, half of them answers; accounts and visitors, three models at two upstreams,
two embed sites; verdicts, flags, tags, comments and reviews in proportion; summaries and the search
index as the chat itself would have them. The same each time but for the ids.
"""

import itertools
import json
import random
import secrets
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.contrib.auth.models import Group, User
from django.db import connection, models

from chatapp.desk.summaries import Fact, summary_of
from chatapp.models import (
    Comment,
    Conversation,
    Feedback,
    Flag,
    Message,
    Review,
    SearchEntry,
    Summary,
    Tag,
    Tagging,
)
from chatapp.search.words import words
from predictions.models import LanguageModel, Prediction, Upstream, Version
from predictions.upstreams.openai import SCHEMA

STEP = 2000  # conversations whose rows are in memory at once
YEAR = timedelta(days=365)
SITES = ["", "", "", "docs", "shop"]
REASONS = [Feedback.Reason.WRONG, Feedback.Reason.UNHELPFUL, Feedback.Reason.STYLE, ""]
TAGS = [
    *("billing", "bug", "docs", "escalated", "good example", "hallucination", "language", "legal"),
    *("off topic", "privacy", "prompt injection", "tone"),
]
FREQUENT, RARE = "river", "quokka"
RUNNING = {"status": "processing", "output": None, "metrics": {}, "cost": None} | {
    "cost_currency": "",
    "error": "",
    "completed_at": None,
}
SYLLABLES = [
    *("ba", "co", "di", "fu", "ga", "ho", "ju", "ka", "le", "mi"),
    *("no", "pa", "ri", "su", "ta", "ve", "wo", "xi", "ya", "zu"),
]


class Text(NamedTuple):
    """A sentence, and its words as the index has them."""

    text: str
    words: list[str]


class People(NamedTuple):
    owners: list[int]
    visitors: list[str]
    reviewers: list[int]


def make(conversations: int = 100_000, *, seed: int = 6) -> None:
    """So many conversations, and ten times as many messages."""
    chance = random.Random(seed)
    people, versions = _people(conversations, chance), _versions()
    tags = [Tag.objects.create(name=name).id for name in TAGS]
    texts = _texts(chance)
    numbers = itertools.count(1)
    ages = sorted((chance.random() ** 1.5 for _ in range(conversations)), reverse=True)
    with _in_a_hurry():
        for start in range(0, conversations, STEP):
            part = ages[start : start + STEP]
            rows = Rows(chance, people, versions, tags, texts, numbers)
            for age, size in zip(part, _sizes(len(part), chance), strict=True):
                rows.add_conversation(age, size)
            rows.store()


def _sizes(count: int, chance: random.Random) -> list[int]:
    """How many turns each has: most few, some many, five on average."""
    sizes = [min(60, 1 + int(chance.expovariate(1 / 4.5))) for _ in range(count)]
    while left := count * 5 - sum(sizes):
        place = chance.randrange(count)
        step = 1 if left > 0 else -1
        sizes[place] = max(1, sizes[place] + step)
    return sizes


class Rows:
    """The rows of some conversations, table by table, until they are stored."""

    def __init__(self, chance, people, versions, tags, texts, numbers) -> None:
        self._chance, self._people, self._versions = chance, people, versions
        self._tags, self._texts, self._numbers = tags, texts, numbers
        self._now = datetime.now(UTC)
        self._rows: dict[type[models.Model], list[dict]] = defaultdict(list)
        self._words: list[tuple[int, list[str]]] = []

    def add_conversation(self, age: float, turns: int) -> None:
        """`age` in years."""
        chance = self._chance
        is_anonymous = chance.random() < 0.6
        row = {
            "id": uuid.uuid4(),
            "version_id": chance.choices(self._versions, [6, 3, 1])[0].id,
            "owner_id": None if is_anonymous else chance.choice(self._people.owners),
            "visitor": chance.choice(self._people.visitors) if is_anonymous else "",
            "site": chance.choice(SITES),
            "is_temporary": chance.random() < 0.01,
            "created_at": self._now - YEAR * age - timedelta(hours=2),
        }
        facts = [fact for turn in self._turns(row, turns) for fact in turn]
        row["updated_at"] = facts[-1].said_at
        row["deleted_at"] = self._now if chance.random() < 0.005 else None
        self._rows[Conversation].append(row)
        flagged_at = self._remarks(row)
        if not row["deleted_at"]:
            conversation = Conversation(**row)
            summary = summary_of(conversation, facts, flagged_at)
            self._rows[Summary].append(
                {field.attname: getattr(summary, field.attname) for field in _columns(Summary)}
            )

    def _turns(self, conversation: dict, count: int) -> Iterator[list[Fact]]:
        chance, at, parent = self._chance, conversation["created_at"], None
        version = next(v for v in self._versions if v.id == conversation["version_id"])
        for number in range(count):
            at += timedelta(seconds=chance.uniform(5, 120))
            question = self._text(1)
            if not number:
                conversation["title"] = question.text[:60]
            asked = self._message(conversation, "user", at, question, parent)
            prediction = self._prediction(version, at, conversation["owner_id"])
            if number == count - 1 and chance.random() < 0.0003:
                prediction |= RUNNING
            self._rows[Prediction].append(prediction)
            answer = Text("", self._answer_words)
            parent = self._message(conversation, "assistant", at, answer, asked, prediction["id"])
            verdict = self._verdict(parent, prediction)
            at = prediction["completed_at"] or at
            nothing = [None] * 11
            yield [
                Fact(conversation["id"], prediction["created_at"], *nothing),
                _fact(conversation["id"], version, prediction, verdict),
            ]
        conversation["head_id"] = parent

    def _text(self, sentences: int) -> Text:
        chosen = [self._chance.choice(self._texts) for _ in range(sentences)]
        if self._chance.random() < 0.00002:
            chosen.append(Text(f"A {RARE}!", ["a", RARE]))
        return Text(
            " ".join(each.text for each in chosen), [word for each in chosen for word in each.words]
        )

    def _message(self, conversation, role, at, text, parent, prediction=None) -> uuid.UUID:
        id = uuid.uuid4()
        self._rows[Message].append(
            {
                "id": id,
                "conversation_id": conversation["id"],
                "parent_id": parent,
                "role": role,
                "text": "" if prediction else text.text,
                "prediction_id": prediction,
                "created_at": at,
            }
        )
        if not conversation["is_temporary"]:
            number = next(self._numbers)
            self._rows[SearchEntry].append({"id": number, "message_id": id})
            self._words.append((number, text.words))
        return id

    def _prediction(self, version: Version, at: datetime, owner: int | None) -> dict:
        chance = self._chance
        status = chance.choices(["succeeded", "failed", "canceled"], [945, 30, 25])[0]
        answer = self._text(0 if status == "failed" and chance.random() < 0.6 else 3)
        if status == "canceled":
            answer = Text(answer.text[: len(answer.text) // 2], answer.words[:15])
        self._answer_words = answer.words
        queued, first_word = chance.expovariate(20), chance.lognormvariate(-0.4, 0.9)
        started_at = at + timedelta(seconds=queued)
        seconds = first_word + len(answer.words) / 30
        counts = {"input_token_count": 200, "output_token_count": len(answer.words) * 4 // 3}
        metrics = {"predict_time": round(seconds, 3)}
        if answer.text:
            metrics |= {"time_to_first_word": round(first_word, 3), **counts}
        return {
            "id": _random_id(26),
            "version_id": version.id,
            "upstream_id": version.upstream_id,
            "owner_id": owner,
            "source": "web",
            "status": status,
            "input": {"prompt": "…"},
            "output": [f"{answer.text[:40]}", answer.text[40:]] if answer.text else [],
            "error": "The model could not be reached." if status == "failed" else "",
            "metrics": metrics,
            "cost": Decimal(len(answer.words)) / 100_000 if answer.text else None,
            "cost_currency": "USD" if answer.text else "",
            "created_at": at,
            "started_at": started_at,
            "completed_at": started_at + timedelta(seconds=seconds),
            "stream_key": _random_id(52),
            "epoch": 1,
        }

    def _verdict(self, message: uuid.UUID, prediction: dict) -> dict | None:
        if prediction["status"] != "succeeded" or self._chance.random() > 0.04:
            return None
        is_good = self._chance.random() < 0.7
        verdict = {
            "message_id": message,
            "is_good": is_good,
            "reason": "" if is_good else self._chance.choice(REASONS),
            "comment": self._chance.choice(self._texts).text if self._chance.random() < 0.3 else "",
            "created_at": prediction["completed_at"],
            "updated_at": prediction["completed_at"],
        }
        self._rows[Feedback].append(verdict)
        return verdict

    def _remarks(self, conversation: dict) -> list[datetime]:
        """What reviewers added; when the flags that are open were set."""
        chance, reviewers = self._chance, self._people.reviewers
        at = conversation["updated_at"] + timedelta(minutes=30)
        remark = {"conversation_id": conversation["id"], "created_at": at}
        opened = []
        if chance.random() < 0.005:
            cleared_at = None if chance.random() < 0.5 else self._now
            flag = {"reason": chance.choice(self._texts).text, "cleared_at": cleared_at}
            self._rows[Flag].append(remark | flag | {"by_id": chance.choice(reviewers)})
            opened += [] if cleared_at else [at]
        if chance.random() < 0.02:
            for tag in chance.sample(self._tags, chance.choice([1, 1, 2])):
                tagging = {"tag_id": tag, "by_id": chance.choice(reviewers)}
                self._rows[Tagging].append(remark | tagging)
        if chance.random() < 0.01:
            comment = {"text": chance.choice(self._texts).text, "by_id": chance.choice(reviewers)}
            self._rows[Comment].append(remark | comment)
        if chance.random() < 0.05:
            self._rows[Review].append(self._review(conversation["id"], at))
        return opened

    def _review(self, conversation: uuid.UUID, at: datetime) -> dict:
        who = self._chance.choice(self._people.reviewers)
        done = {"done_at": at, "done_by_id": who} if self._chance.random() < 0.8 else {}
        return {"conversation_id": conversation, "assignee_id": who} | done

    def store(self) -> None:
        if connection.vendor == "postgresql":
            vectors = {number: _vector(found) for number, found in self._words}
            for row in self._rows[SearchEntry]:
                row["words"] = vectors[row["id"]]
        for model, rows in self._rows.items():
            _insert(model, rows)
        if connection.vendor == "sqlite":
            rows = ((number, " ".join(found)) for number, found in self._words)
            _insert_many("chatapp_words", ["rowid", "words"], rows)


def _fact(conversation: uuid.UUID, version: Version, prediction: dict, verdict) -> Fact:
    return Fact(
        conversation,
        prediction["created_at"],
        prediction["status"],
        prediction["created_at"],
        prediction["started_at"],
        prediction["completed_at"],
        prediction["metrics"],
        prediction["cost"],
        prediction["cost_currency"],
        version.model_id,
        version.upstream_id,
        verdict and verdict["is_good"],
        verdict and verdict["updated_at"],
    )


def _people(conversations: int, chance: random.Random) -> People:
    accounts = [User(username=f"person{n}") for n in range(max(5, conversations // 50))]
    reviewers = [User(username=f"reviewer{n}", is_staff=True) for n in range(5)]
    User.objects.bulk_create([*accounts, *reviewers])
    Group.objects.get(name="Reviewer").user_set.set(reviewers)
    visitors = [_random_id(32) for _ in range(max(5, conversations // 4))]
    return People([each.id for each in accounts], visitors, [each.id for each in reviewers])


def _versions() -> list[Version]:
    upstreams = [
        Upstream.objects.get_or_create(name=name, defaults={"kind": "openai"})[0]
        for name in ("cloud", "cellar")
    ]
    made = []
    for owner, name, upstream in (("big", "sea", 0), ("big", "lake", 0), ("small", "brook", 1)):
        model = LanguageModel.objects.create(owner=owner, name=name)
        id = Version.id_for(owner, name)
        fields = {"model": model, "upstream": upstreams[upstream], "openapi_schema": SCHEMA}
        made.append(Version.objects.create(id=id, **fields))
    return made


def _texts(chance: random.Random) -> list[Text]:
    """Sentences of ten words, some words in many of them and most in few."""
    vocabulary = list(
        {"".join(chance.choices(SYLLABLES, k=chance.choice([2, 3, 4]))): 1 for _ in range(20_000)}
    )
    weights = list(itertools.accumulate(1 / (rank + 10) for rank in range(len(vocabulary))))
    texts = []
    for number in range(20_000):
        chosen = chance.choices(vocabulary, cum_weights=weights, k=10)
        if number % 10 == 0:
            chosen[3] = FREQUENT
        text = f"{' '.join(chosen).capitalize()}."
        texts.append(Text(text, words(text)))
    return texts


def _random_id(length: int) -> str:
    return secrets.token_hex(length // 2)


# Into the database, past the ORM where that is the slow part.


def _columns(model: type[models.Model]) -> list[models.Field]:
    return model._meta.concrete_fields


def _insert(model: type[models.Model], rows: list[dict]) -> None:
    """These rows by attribute; what they leave out is as the model's default."""
    if not rows:
        return
    is_postgres = connection.vendor == "postgresql"
    adapted = _plain if is_postgres else _for_sqlite
    columns = {field.attname: field.column for field in _columns(model)}
    if not any(columns.keys() & row.keys() & {model._meta.pk.attname} for row in rows[:1]):
        del columns[model._meta.pk.attname]  # the database counts
    if "words" in rows[0]:
        columns["words"] = "words"
    blank = model()
    default = {name: adapted(getattr(blank, name, None)) for name in columns}
    whole = (
        (default | {name: adapted(value) for name, value in row.items()}).values() for row in rows
    )
    (_copy if is_postgres else _insert_many)(model._meta.db_table, columns.values(), whole)


def _copy(table: str, columns: Iterable[str], rows: Iterable[Iterable]) -> None:
    names = ", ".join(f'"{column}"' for column in columns)
    statement = f'COPY "{table}" ({names}) FROM STDIN'
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(list(row))


def _insert_many(table: str, columns: Iterable[str], rows: Iterable[Iterable]) -> None:
    names = ", ".join(f'"{column}"' for column in columns)
    marks = ", ".join(["?"] * len(columns))
    statement = f'INSERT INTO "{table}" ({names}) VALUES ({marks})'
    connection.connection.executemany(statement, (tuple(row) for row in rows))


def _plain(value: object) -> object:
    return json.dumps(value) if isinstance(value, (dict, list)) else value


def _for_sqlite(value: object) -> object:
    """As Django would write it."""
    kind = type(value)
    if kind is uuid.UUID:
        return value.hex
    if kind is datetime:
        return value.replace(tzinfo=None).isoformat(" ", "microseconds")
    if kind is Decimal:
        return str(value)
    return _plain(value)


def _vector(found: list[str]) -> str:
    places = defaultdict(list)
    for place, word in enumerate(found, 1):
        places[word].append(str(place))
    return " ".join(f"'{word}':{','.join(at)}" for word, at in places.items())


HURRY = {  # before, and afterwards; what is made can be made again, so nothing need be safe
    "sqlite": (
        (
            *("PRAGMA foreign_keys=OFF", "PRAGMA synchronous=OFF", "PRAGMA temp_store=MEMORY"),
            *("PRAGMA cache_size=-1000000", "BEGIN"),
        ),
        ("COMMIT", "PRAGMA wal_checkpoint(TRUNCATE)"),
    ),
    "postgresql": (
        (
            "SET session_replication_role = replica",  # no look at foreign keys
            "SET synchronous_commit = off",
            "SET maintenance_work_mem = '512MB'",
            "DROP INDEX chatapp_words",
        ),
        (
            "CREATE INDEX chatapp_words ON chatapp_searchentry USING gin (words)",
            "SELECT setval(pg_get_serial_sequence('chatapp_searchentry', 'id'), "
            "(SELECT max(id) FROM chatapp_searchentry))",
            "VACUUM ANALYZE",  # as its own vacuum would soon
        ),
    ),
}


@contextmanager
def _in_a_hurry() -> Iterator[None]:
    before, afterwards = HURRY[connection.vendor]
    with connection.cursor() as cursor:
        for statement in before:
            cursor.execute(statement)
        yield
        for statement in afterwards:
            cursor.execute(statement)
    connection.close()
