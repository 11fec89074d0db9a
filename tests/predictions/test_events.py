"""The event log in one process: what is written is what is heard, whoever reads when and how."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from django.db import DataError, OperationalError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from predictions import claims, events
from predictions.events import log, tape, writer
from predictions.models import OUTPUT, LanguageModel, Prediction, Upstream, Version
from predictions.threads import in_writer
from predictions.upstreams.schemas import streaming_schema
from tests.listening import parse, words

pytestmark = pytest.mark.django_db(transaction=True)

DONE = events.Ending(Prediction.Status.SUCCEEDED)
any_words = st.lists(
    st.text(st.characters(exclude_characters="\r\x00", exclude_categories=["Cs"]), min_size=1),
    max_size=30,
)


@pytest.fixture
def version():
    upstream = Upstream.objects.create(name="script", kind="demo")
    model = LanguageModel.objects.create(owner="script", name="model")
    return Version.objects.create(
        id="a" * 64, model=model, upstream=upstream, openapi_schema=streaming_schema({})
    )


def start(version) -> Prediction:
    return Prediction.objects.create(version=version, input={}, status="processing", epoch=1)


@asynccontextmanager
async def writing(prediction: Prediction, epoch: int = 1):
    writer = events.Writer()
    claim = events.Claim(prediction.id, epoch)
    held = tape.tapes.hold(prediction.id)
    held.start(0)
    task = asyncio.create_task(writer.run())
    try:
        yield writer, claim
    finally:
        task.cancel()
        tape.tapes.release(held)


async def hear(prediction_id: str, after: int = 0) -> list:
    chunks = []
    async with asyncio.timeout(10), events.follow(prediction_id, after) as reader:
        while frames := await reader.read():
            chunks.append(frames)
    return [event[:3] for event in parse(chunks)]


async def write(writer, claim, texts, ending=DONE) -> None:
    for text in texts:
        await writer.append(claim, OUTPUT, text)
        await asyncio.sleep(0)
    await writer.end(claim, ending)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(texts=any_words)
def test_readers_early_and_late_hear_the_stored_output(version, texts):
    prediction = start(version)

    async def scenario():
        async with writing(prediction) as (writer, claim):
            early = asyncio.create_task(hear(prediction.id))
            await asyncio.sleep(0)
            await write(writer, claim, texts)
            middle = await hear(prediction.id)
            return await early, middle

    early, middle = asyncio.run(scenario())
    late = asyncio.run(hear(prediction.id))
    prediction.refresh_from_db()

    assert early == middle == late
    assert words([*map(Heard, early)]) == (prediction.output or []) == texts


class Heard:
    def __init__(self, event):
        self.event, self.id, self.data = event


def test_a_reader_behind_the_window_reads_from_the_database(version, monkeypatch):
    monkeypatch.setattr(tape, "WINDOW", 4096)
    prediction = start(version)
    texts = [f"word {n} " * 10 for n in range(400)]

    async def scenario():
        async with writing(prediction) as (writer, claim):
            for text in texts:
                await writer.append(claim, OUTPUT, text)
            slow = asyncio.create_task(hear(prediction.id))
            await writer.end(claim, DONE)
            held = tape.tapes.get(prediction.id)
            assert held.floor > 0
            assert sum(map(len, held._frames)) < 8192
            return await slow

    heard = asyncio.run(scenario())

    assert [data for event, _, data in heard if event == "output"] == texts


def test_a_fenced_writer_adds_nothing(version):
    prediction = start(version)

    async def scenario():
        async with writing(prediction) as (writer, claim):
            await writer.append(claim, OUTPUT, "kept")
            while not claim.committed:
                await asyncio.sleep(0.001)
            await in_writer(Prediction.objects.filter(id=prediction.id).update, epoch=2)
            await writer.append(claim, OUTPUT, "lost")
            with pytest.raises(events.Fenced):
                await writer.end(claim, DONE)

    asyncio.run(scenario())
    prediction.refresh_from_db()

    assert prediction.status == "processing"
    assert prediction.words == ["kept"]


def test_a_new_owners_cursors_go_on_from_the_log_though_its_clock_is_behind():
    claim = events.Claim("x", 2, committed=5 * 10**15)

    assert claim.event(OUTPUT, "word").cursor == 5 * 10**15 + 1


def test_a_refused_batch_leaves_no_hole(version, monkeypatch):
    prediction, commit = start(version), log.commit

    def refusing(batches):
        if any(event.data == "bad" for batch in batches for event in batch.events):
            raise DataError("refused")
        return commit(batches)

    async def scenario():
        monkeypatch.setattr(log, "commit", refusing)
        async with writing(prediction) as (writer, claim):
            await writer.append(claim, OUTPUT, "good")
            while not claim.committed:
                await asyncio.sleep(0.001)
            await writer.append(claim, OUTPUT, "bad")
            with pytest.raises(events.Fenced):
                await write(writer, claim, ["after"] * 10_000)

    asyncio.run(scenario())

    assert prediction.words == ["good"]


def test_the_writer_goes_on_whatever_happens(version, monkeypatch):
    first, second = start(version), start(version)
    commit, surprises = log.commit, iter([MemoryError()])

    def surprising(batches):
        if surprise := next(surprises, None):
            raise surprise
        return commit(batches)

    async def scenario():
        monkeypatch.setattr(log, "commit", surprising)
        async with writing(first) as (writer, claim):
            with pytest.raises(events.Fenced):
                await writer.end(claim, DONE)
            await writer.end(events.Claim(second.id, 1), DONE)

    asyncio.run(scenario())
    second.refresh_from_db()

    assert second.status == "succeeded"


def test_a_run_that_is_given_back_keeps_its_fence(version):
    prediction = Prediction.objects.create(version=version, input={})
    [first] = claims.claim("a", 1, (), orphans=True)
    claims.release(prediction.id, first.epoch)
    [second] = claims.claim("b", 1, (), orphans=True)

    claim = events.Claim(prediction.id, first.epoch)
    written = log.commit([log.Batch(claim, [claim.event(OUTPUT, "late")])])

    assert second.epoch > first.epoch
    assert written == set()


def test_a_runner_does_not_take_its_own_run_from_itself(version):
    prediction = Prediction.objects.create(version=version, input={})
    claims.claim("a", 1, (), orphans=True)
    Prediction.objects.update(lease_expires_at="2000-01-01T00:00Z")

    assert claims.claim("a", 1, (prediction.id,), orphans=True) == []
    assert claims.claim("b", 1, (), orphans=False) == []
    assert len(claims.claim("b", 1, (), orphans=True)) == 1


def test_only_the_first_of_two_endings_counts(version):
    prediction = start(version)

    async def scenario():
        async with writing(prediction) as (writer, claim):
            await writer.end(claim, DONE)
            with pytest.raises(events.Fenced):
                await writer.end(claim, events.Ending(Prediction.Status.CANCELED))

    asyncio.run(scenario())
    prediction.refresh_from_db()

    assert prediction.status == "succeeded"


def test_a_commit_whose_reply_was_lost_is_not_written_twice(version):
    prediction = start(version)
    claim = events.Claim(prediction.id, 1)
    batch = log.Batch(claim, [claim.event(OUTPUT, "once")])

    first, again = log.commit([batch]), log.commit([batch])

    assert first == again == {prediction.id}
    assert prediction.words == ["once"]


def test_many_runs_share_a_commit(version):
    predictions = [start(version) for _ in range(50)]
    claims = [events.Claim(prediction.id, 1) for prediction in predictions]
    batches = [log.Batch(claim, [claim.event(OUTPUT, claim.id)]) for claim in claims]

    assert log.commit(batches) == {prediction.id for prediction in predictions}
    assert all(prediction.words == [prediction.id] for prediction in predictions)


def test_words_wait_while_the_database_is_away(version, monkeypatch):
    monkeypatch.setattr(writer, "RETRY_SECONDS", 0.001)
    prediction, commit, failures = start(version), log.commit, iter(range(3))

    def failing(batches):
        if next(failures, None) is not None:
            raise OperationalError("database is locked")
        return commit(batches)

    async def scenario():
        async with writing(prediction) as (writer, claim):
            monkeypatch.setattr(log, "commit", failing)
            await write(writer, claim, ["patient ", "words"])

    asyncio.run(scenario())
    prediction.refresh_from_db()

    assert prediction.output == ["patient ", "words"]


def test_a_deleted_prediction_ends_its_streams(version, monkeypatch):
    monkeypatch.setattr(tape, "POLL_SECONDS", 0.01)
    prediction = start(version)

    async def scenario():
        reading = asyncio.create_task(hear(prediction.id))
        await asyncio.sleep(0.02)
        await in_writer(prediction.delete)
        return await reading

    assert asyncio.run(scenario()) == []


def test_metrics_tell_the_first_word_and_the_speed(version):
    prediction = start(version)

    async def scenario():
        async with writing(prediction) as (writer, claim):
            claim.started -= 2
            await writer.append(claim, OUTPUT, "one")
            claim.started -= 0.5
            await writer.append(claim, OUTPUT, " two three, four")
            await writer.end(claim, DONE)

    asyncio.run(scenario())
    prediction.refresh_from_db()

    assert 2 <= prediction.metrics["time_to_first_word"] < 2.4
    assert 6 < prediction.metrics["words_per_second"] <= 8
