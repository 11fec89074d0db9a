from datetime import timedelta

import pytest
from django.utils import timezone

from chatapp.desk import replay
from chatapp.models import AuditEntry
from predictions.models import Prediction, Segment
from tests.chatapp.conftest import end

URL = "/admin/chatapp/transcript/replay/"
SECOND = 1_000_000
START = 1_692_041_342


@pytest.fixture
def answer(conversation):
    return conversation.ask("What is a river?")


def log(prediction: Prediction, *events: tuple, line: float = 0.5, status="succeeded") -> None:
    """(at in ms, kind, text) as its log, after so many seconds in line."""
    packed = [
        [(START + at // 1000) * SECOND + n, kind, text, at]
        for n, (at, kind, text) in enumerate(events)
    ]
    Segment.objects.create(prediction=prediction, last_cursor=packed[-1][0], events=packed)
    prediction.started_at = prediction.created_at + timedelta(seconds=line)
    prediction.output = [text for _, kind, text in events if kind == "output"]
    prediction.status = status
    prediction.completed_at = timezone.now()
    prediction.save()


def played(prediction: Prediction) -> replay.Replay:
    return replay.of(Prediction.objects.get(id=prediction.id))


SAID = (
    *(
        (200, "logs", "Hm."),
        (1000, "output", "A "),
        (1100, "output", "riv"),
        (1200, "output", "er "),
    ),
    *((3500, "output", "flows"), (3600, "done", "{}")),
)


# What the log tells


def test_times_are_from_the_question_on_the_wait_in_line_included(answer):
    log(answer.prediction, *SAID)

    found = played(answer.prediction)

    assert (found.wait, found.first, found.end) == (500, 1500, 4100)
    assert found.words.at == [1500, 1600, 1700, 4000]
    assert (found.thoughts.at, found.thoughts.text) == ([700], ["Hm."])


def test_a_stall_is_more_than_a_second_without_a_word(answer):
    log(
        answer.prediction,
        (0, "output", "A"),
        (1000, "output", "b"),
        (2001, "output", "c"),
        (2100, "done", "{}"),
    )

    assert played(answer.prediction).stalls == [(1500, 2501)]


def test_silence_before_the_end_is_a_stall_and_before_the_first_word_is_not(answer):
    log(answer.prediction, (5000, "output", "A"), (9000, "error", "Gone."), (9000, "done", "{}"))

    assert played(answer.prediction).stalls == [(5500, 9500)]


def test_words_are_counted_also_where_a_piece_is_half_of_one(answer):
    log(answer.prediction, *SAID)

    found = played(answer.prediction)

    assert found.counts == [1, 1, 0, 1]
    assert found.word_count == 3
    assert sum(found.speeds) * (found.end / 1000) / len(found.speeds) == pytest.approx(3)


def test_an_end_that_another_process_wrote_comes_after_the_last_word(answer):
    log(answer.prediction, (8000, "output", "A"), status="failed")
    late = [(START + 20) * SECOND, "done", "{}", 3]
    Segment.objects.create(prediction=answer.prediction, last_cursor=late[0], events=[late])

    assert played(answer.prediction).end == 500 + 20_000


def test_without_a_log_there_is_nothing_to_play(answer):
    assert played(answer.prediction) is None
    end(answer, "A river", status="aborted")
    assert played(answer.prediction) is None


# The page


def test_the_page_has_a_picture_and_figures_and_is_written_down(answer, reviewer):
    log(answer.prediction, *SAID, status="canceled")

    html = reviewer.get(f"{URL}{answer.prediction.id}/").content.decode()

    for told in ("<svg", "after 1.5 s", "1, the longest 2.3 s", "after 4.1 s", "Stopped."):
        assert told in html
    assert f"{answer.conversation_id}/change/?message={answer.id}" in html
    assert "style=" not in html
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.conversation) == ("replayed", answer.conversation_id)


def test_the_log_is_told_in_arrays_whose_words_are_the_stored_ones(answer, reviewer):
    log(answer.prediction, *SAID)
    reviewer.get(f"{URL}{answer.prediction.id}/")

    told = reviewer.get(f"{URL}{answer.prediction.id}/log.json").json()

    assert told["words"]["at"] == [1500, 100, 100, 2300]
    assert "".join(told["words"]["text"]) == Prediction.objects.get().text
    assert (told["wait"], told["end"], told["stalls"]) == (500, 4100, [[1700, 4000]])
    assert told["html"] == '<p dir="auto">A river flows</p>\n'
    assert AuditEntry.objects.count() == 1


def test_the_log_alone_is_written_down_where_its_page_was_not(answer, reviewer):
    log(answer.prediction, *SAID)

    reviewer.get(f"{URL}{answer.prediction.id}/log.json")

    assert AuditEntry.objects.get().verb == "replayed"


def test_what_goes_on_from_another_answer_begins_with_its_words(answer, reviewer):
    type(answer).objects.filter(id=answer.id).update(prefix="Once ")
    log(answer.prediction, *SAID)

    told = reviewer.get(f"{URL}{answer.prediction.id}/log.json").json()

    assert told["prefix"] == "Once "


def test_an_api_prediction_is_played_too(version, reviewer):
    prediction = version.predict({"prompt": "By the API"}, source="api")
    log(prediction, *SAID)

    html = reviewer.get(f"{URL}{prediction.id}/").content.decode()

    assert "<svg" in html
    assert AuditEntry.objects.get().subject == "rivulet/demo, API"


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"data_removed": True}, "the data was removed"),
        ({"status": "aborted"}, "There is no log of it"),
        ({"status": "processing", "completed_at": None}, "Nothing has come yet"),
    ],
)
def test_without_a_log_the_page_says_why(answer, reviewer, fields, sentence):
    end(answer, "A river")
    Prediction.objects.update(**fields)

    reply = reviewer.get(f"{URL}{answer.prediction.id}/")

    assert sentence in reply.content.decode()
    assert reviewer.get(f"{URL}{answer.prediction.id}/log.json").status_code == 404
    assert not AuditEntry.objects.exists()


def test_a_redacted_message_is_not_played(answer, reviewer):
    log(answer.prediction, *SAID)
    type(answer).objects.filter(id=answer.id).update(redacted_at=timezone.now())

    html = reviewer.get(f"{URL}{answer.prediction.id}/").content.decode()

    assert "was redacted" in html
    assert reviewer.get(f"{URL}{answer.prediction.id}/log.json").status_code == 404


def test_hidden_contents_leave_the_picture_and_the_figures(answer, reviewer, settings):
    settings.CHAT_HIDE_CONTENTS = True
    log(answer.prediction, *SAID, status="failed")
    Prediction.objects.update(error="It said: river.")

    html = reviewer.get(f"{URL}{answer.prediction.id}/").content.decode()

    assert "river" not in html
    assert "<svg" in html
    assert "Hidden: CHAT_HIDE_CONTENTS is on." in html
    assert reviewer.get(f"{URL}{answer.prediction.id}/log.json").status_code == 403
    assert not AuditEntry.objects.exists()


def test_nobody_without_the_permission_plays_anything(answer, login, client):
    log(answer.prediction, *SAID)
    stranger = login("Operator", name="olga")

    for path in ("", "log.json"):
        assert stranger.get(f"{URL}{answer.prediction.id}/{path}").status_code == 403
        assert client.get(f"{URL}{answer.prediction.id}/{path}").status_code == 302
        answer.conversation.throw_away()
        owner = login("Reviewer", name=f"r{len(path)}")
        assert owner.get(f"{URL}{answer.prediction.id}/{path}").status_code == 404
        answer.conversation.bring_back()
