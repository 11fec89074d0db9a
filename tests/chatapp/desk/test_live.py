from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.utils import timezone

from chatapp.desk import progress
from chatapp.models import AuditEntry, Conversation, Naming
from predictions.models import Prediction, Segment
from tests.chatapp.conftest import end

URL = "/admin/chatapp/transcript/live/"


@pytest.fixture
def answer(conversation):
    return conversation.ask("What is a <b>river</b>?")


@pytest.fixture
def operator(login):
    """Reads transcripts, and may stop what runs."""
    return login("Reviewer", "Operator", name="olga")


def say(prediction: Prediction, *words: str, kind: str = "output") -> None:
    """Log them as the writer does, one commit each."""
    start = prediction.last_cursor or 1_692_041_342_000_000
    for n, word in enumerate(words, start=1):
        event = [start + n, kind, word, n * 100]
        Segment.objects.create(prediction=prediction, last_cursor=start + n, events=[event])
    prediction.last_cursor = start + len(words)
    prediction.status = "processing"
    prediction.started_at = prediction.started_at or timezone.now() - timedelta(seconds=2)
    prediction.lease_expires_at = timezone.now() + timedelta(minutes=1)
    prediction.save()


def page(client, path="") -> str:
    reply = client.get(URL + path)
    assert reply.status_code == 200, reply.status_code
    return reply.content.decode()


def entries() -> list[str]:
    return list(AuditEntry.objects.order_by("id").values_list("verb", flat=True))


# How far it is


def test_words_are_counted_as_they_come_each_once(answer):
    prediction = answer.prediction
    say(prediction, "A ", "riv", "er ", "flows ")
    assert progress.of([prediction.id])[prediction.id].words == 3

    say(prediction, "on", "wards.")
    found = progress.of([prediction.id])[prediction.id]

    assert (found.words, found.first_at) == (4, 100)
    assert 1 < found.speed(prediction) < 4


def test_a_second_look_reads_only_what_is_new(answer, django_assert_num_queries):
    say(answer.prediction, "A ", "river ")
    progress.of([answer.prediction.id])
    Segment.objects.all().delete()

    with django_assert_num_queries(1):
        found = progress.of([answer.prediction.id])

    assert found[answer.prediction.id].words == 2


def test_nothing_running_asks_nothing(db, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert progress.of([]) == {}


# The list


def test_it_lists_what_is_being_written(answer, version, reviewer):
    say(answer.prediction, "A ", "river ", "flows.")
    owner = User.objects.create_user("ann")
    version.predict({"prompt": "By the API"}, owner=owner, source="api")

    html = page(reviewer)

    assert "2 answers are being written." in html
    assert "What is a &lt;b&gt;river" in html
    assert "visitor mine" in html
    assert all(each in html for each in ("ann", "API", "chat page", "writing", "rivulet/demo"))
    assert 'class="number">3<' in html
    assert "Stop</button>" not in html
    assert answer.prediction.stream_key not in html


def test_it_says_when_nothing_runs_and_leaves_out_titles_and_the_deleted(
    conversation, version, reviewer
):
    answer = end(conversation.ask("Over"), "Yes")
    Naming.objects.create(conversation=conversation, prediction=version.predict({"prompt": "t"}))
    gone = Conversation(visitor="mine", version=version)
    gone.ask("Deleted")
    gone.throw_away()

    html = page(reviewer)

    assert answer.status == "succeeded"
    assert "Nothing is being written at the moment." in html
    assert entries() == []


def test_who_waits_is_told_with_their_place(version, reviewer):
    for n in range(3):
        Conversation(visitor="mine", version=version).ask(f"Question {n}")
    Prediction.objects.update(created_at=timezone.now() - timedelta(seconds=5))
    assert "Waiting: next in line" in page(reviewer)


def test_a_fragment_is_the_list_alone(answer, reviewer):
    html = page(reviewer, "?fragment=1&page=1")

    assert html.lstrip().startswith("<p")
    assert str(answer.prediction.id) in html


# One of them


def test_watching_gives_the_words_so_far_and_the_key_and_is_written_down(answer, reviewer):
    say(answer.prediction, "A ", "river ")

    html = page(reviewer, f"{answer.prediction.id}/")

    assert f'data-stream-url="/live/{answer.prediction.stream_key}"' in html
    assert 'data-source="A river "' in html
    assert "What is a &lt;b&gt;river" in html
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.conversation) == ("watched", answer.conversation_id)
    assert entry.details == {"prediction": answer.prediction.id}


def test_the_end_is_shown_with_its_links_and_not_written_down_twice(answer, reviewer):
    say(answer.prediction, "A river")
    page(reviewer, f"{answer.prediction.id}/")
    end(answer, "A *river*", status="canceled")

    html = page(reviewer, f"{answer.prediction.id}/answer/")

    assert "A <em>river</em>" in html
    assert "Stopped." in html
    assert f"{answer.conversation_id}/change/?message={answer.id}" in html
    assert f"replay/{answer.prediction.id}/" in html
    assert entries() == ["watched"]


def test_the_answer_alone_is_written_down_where_its_page_was_not(answer, reviewer):
    page(reviewer, f"{answer.prediction.id}/answer/")

    assert entries() == ["watched"]


def test_an_api_prediction_is_watched_without_a_transcript(version, reviewer):
    prediction = version.predict({"prompt": "By the API"}, source="api")

    html = page(reviewer, f"{prediction.id}/")

    assert "at this message" not in html
    assert AuditEntry.objects.get().subject == "rivulet/demo, API"


def test_what_is_not_there_is_not_found(answer, reviewer):
    answer.conversation.throw_away()

    for id in (answer.prediction.id, "nonsense", "\0"):
        for path in ("", "answer/", "waiting/"):
            assert reviewer.get(f"{URL}{id}/{path}").status_code == 404


def test_a_redacted_message_shows_nothing(answer, reviewer):
    end(answer, "Secret")
    type(answer).objects.filter(id=answer.id).update(redacted_at=timezone.now())

    assert "Secret" not in page(reviewer, f"{answer.prediction.id}/")


def test_hidden_contents_give_no_words_and_no_key(answer, operator, settings):
    settings.CHAT_HIDE_CONTENTS = True
    say(answer.prediction, "A ", "tributary ")

    html = page(operator) + page(operator, f"{answer.prediction.id}/")

    for secret in ("tributary", "river", answer.prediction.stream_key):
        assert secret not in html
    assert "Hidden: CHAT_HIDE_CONTENTS is on." in html
    assert "Stop</button>" in html
    assert operator.get(f"{URL}{answer.prediction.id}/answer/").status_code == 403
    assert entries() == []


# Stop


def test_stop_asks_the_run_to_stop_and_is_written_down(answer, operator):
    assert "Stop</button>" in page(operator)

    reply = operator.post(f"{URL}{answer.prediction.id}/stop/", {"watching": "1"})

    assert reply["Location"] == f"{URL}{answer.prediction.id}/"
    answer.prediction.refresh_from_db()
    assert answer.prediction.cancel_requested_at is not None
    assert entries() == ["stopped"]
    assert "being stopped" in page(operator)


def test_stopping_what_has_ended_says_so(answer, operator):
    end(answer, "A river")

    reply = operator.post(f"{URL}{answer.prediction.id}/stop/", follow=True)

    assert "It had ended already." in reply.content.decode()
    assert entries() == []


def test_only_who_may_change_predictions_stops_them(answer, login, reviewer, client):
    url = f"{URL}{answer.prediction.id}/stop/"
    only_stop = Permission.objects.filter(codename="change_prediction")
    stopper = login(name="stan", permissions=only_stop)

    for browser, status in ((reviewer, 403), (stopper, 403), (client, 302)):
        assert browser.post(url).status_code == status
    assert reviewer.get(url).status_code == 403

    answer.prediction.refresh_from_db()
    assert answer.prediction.cancel_requested_at is None


def test_nobody_without_the_permission_sees_what_runs(answer, login, client):
    stranger = login("Operator", name="olga")

    for path in ("", f"{answer.prediction.id}/", f"{answer.prediction.id}/answer/"):
        assert stranger.get(URL + path).status_code == 403
        assert client.get(URL + path).status_code == 302
