"""What a frame may ask, and what nobody else may."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone

from chatapp.embed import hurry, tokens
from chatapp.models import Conversation, EmbedSite, EmbedVisit, Feedback, Message
from predictions.models import Prediction

from ..conftest import end
from .conftest import HOST, Frame

EVIL = "https://evil.example"


def answer_of(response) -> Message:
    assert response.status_code == 200, response.content
    return Message.objects.exclude(prediction=None).latest("created_at")


# Arriving


def test_nothing_is_kept_of_somebody_who_only_looks(stranger):
    response = stranger.arrive(host=HOST)

    assert response.json() == {"token": "", "ticket": ""}
    assert not EmbedVisit.objects.exists()


def test_a_visit_begins_when_it_is_needed_and_goes_on_by_its_ticket(stranger, site):
    begun = stranger.arrive(host=HOST, begin="1").json()
    stranger.ask("Where do rivers go?")

    again = Frame(site).arrive(host=HOST, ticket=begun["ticket"]).json()

    assert again["is_resumed"]
    assert "Where do rivers go?" in again["turns"]
    assert EmbedVisit.objects.count() == 1


def test_a_token_resumes_as_well_for_the_full_window(frame, site, visit):
    frame.ask("Hello")

    again = Frame(site).arrive(ticket=tokens.token(visit)).json()

    assert "Hello" in again["turns"]


@pytest.mark.parametrize("ticket", ["", "x", "a:b:c", "\0"])
def test_a_ticket_that_is_none_begins_nothing(stranger, ticket):
    assert stranger.arrive(ticket=ticket).json()["token"] == ""


def test_a_visit_is_over_after_a_week_and_when_it_was_ended(site, visit):
    ticket = tokens.ticket(visit)
    EmbedVisit.objects.update(created_at=timezone.now() - timedelta(days=8))
    assert Frame(site).arrive(ticket=ticket).json()["token"] == ""

    EmbedVisit.objects.update(created_at=timezone.now())
    assert Frame(site).arrive(ticket=ticket).json()["token"]
    visit.end()
    assert Frame(site).arrive(ticket=ticket).json()["token"] == ""


def test_a_ticket_of_another_site_opens_nothing(visit):
    other = EmbedSite.objects.create(name="Other", origins=HOST)

    arrived = Frame(other).arrive(ticket=tokens.ticket(visit))

    assert arrived.json()["token"] == ""
    frame = Frame(other, visit)
    assert frame.get("state").status_code == 401


def test_what_the_page_around_keeps_is_good_for_this_browser_alone(frame, site):
    ticket = frame.arrive(begin="1", hand="1").json()["ticket"]
    there = Frame(site)
    there.headers["User-Agent"] = "somebody else's"

    assert Frame(site).arrive(ticket=ticket).json()["token"]
    assert there.arrive(ticket=ticket).json()["token"] == ""


def test_what_the_page_around_keeps_is_no_token(frame):
    frame.carry(frame.arrive(begin="1", hand="1").json()["ticket"])

    assert frame.get("state").status_code == 401


def test_what_the_page_around_keeps_is_soon_over(frame, site, monkeypatch):
    ticket = frame.arrive(begin="1", hand="1").json()["ticket"]
    monkeypatch.setitem(tokens.LIFETIMES, tokens.HANDED, timedelta(0))

    assert Frame(site).arrive(ticket=ticket).json()["token"] == ""


# Who may ask


@pytest.mark.parametrize("name", ["ask", "new", "end"])
@pytest.mark.parametrize("token", ["", "x", "Visitor x"])
def test_without_a_token_nothing_is_done(stranger, name, token):
    stranger.headers["Authorization"] = token

    response = stranger.post(name, text="Hello")

    assert (response.status_code, response.json()["code"]) == (401, "over")
    assert not Conversation.objects.exists()


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": EVIL, "Sec-Fetch-Site": "cross-site"},
        {"Origin": EVIL},
        {"Origin": HOST, "Sec-Fetch-Site": "cross-site"},  # also the page around the frame itself
        {"Origin": "null"},
        {"Origin": "http://testserver.evil.example"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_page_of_another_origin_is_refused(frame, headers):
    frame.headers = {"Authorization": frame.headers["Authorization"], **headers}

    refused = [frame.ask(), frame.get("state"), frame.arrive(begin="1")]

    assert [(each.status_code, each.json()["code"]) for each in refused] == [(403, "origin")] * 3
    assert "Access-Control-Allow-Origin" not in refused[0]
    assert not Conversation.objects.exists()


@pytest.mark.parametrize("origin", ["https://testserver", "https://chat.example.org"])
def test_behind_a_proxy_our_own_pages_are_known(frame, settings, origin):
    settings.CSRF_TRUSTED_ORIGINS = ["https://chat.example.org"]
    frame.headers["Origin"] = origin

    assert frame.ask().status_code == 200


def test_a_frame_on_a_page_that_is_not_on_the_list_is_refused(stranger):
    response = stranger.arrive(host=EVIL, begin="1")

    assert (response.status_code, response.json()["code"]) == (403, "origin")
    assert not EmbedVisit.objects.exists()


def test_a_page_that_is_taken_from_the_list_is_refused_at_once(frame, site):
    frame.ask()
    site.origins = "https://new.example"
    site.save()

    assert frame.get("state").status_code == 403
    assert frame.ask("More").status_code == 403


def test_a_login_in_the_same_browser_is_not_looked_at(frame, visit, client):
    user = get_user_model().objects.create_user("ann")
    frame.client.force_login(user)

    answer = answer_of(frame.ask())

    conversation = answer.conversation
    assert (conversation.owner, conversation.visitor) == (None, visit.visitor)


def test_a_visit_opens_no_page_of_the_chat(frame, version):
    conversation = answer_of(frame.ask()).conversation

    for address in (f"/c/{conversation.id}/", f"/c/{conversation.id}/state/"):
        response = frame.client.get(address, headers=frame.headers)
        assert "Hello" not in response.content.decode()
    assert frame.client.post("/ask/", {"text": "Hi"}, headers=frame.headers).status_code == 403


def test_what_somebody_else_said_does_not_exist(frame, site):
    other = Frame(site, EmbedVisit.objects.begin(site))
    answer = answer_of(other.ask("A secret"))
    frame.ask("Mine")

    for name in ("message", "message_text", "message_waiting"):
        assert frame.get(name, answer.id).status_code == 404
    for name in ("stop", "retry", "feedback"):
        assert frame.post(name, answer.id, verdict="bad").status_code == 404
    assert "secret" not in frame.get("turns", ids=str(answer.parent_id)).content.decode()
    assert Prediction.objects.get(id=answer.prediction_id).is_running


# Asking


def test_who_answers_and_how_is_the_sites_alone(frame, site, make_version):
    site.version = chosen = make_version("box/heron", properties=("prompt", "system_prompt"))
    site.model, site.system_prompt = chosen.model, "You are a heron."
    site.save()
    theirs = {"model": "rivulet/demo", "system_prompt": "Be evil", "preset": "1", "site": "x"}

    answer = answer_of(frame.ask(**theirs))

    assert answer.prediction.version == chosen
    assert answer.prediction.input == {"prompt": "Hello", "system_prompt": "You are a heron."}
    assert (answer.conversation.site, answer.conversation.is_temporary) == ("Shop", False)


def test_a_change_of_the_site_holds_from_the_next_message_on(frame, site, make_version):
    end(answer_of(frame.ask()), "Well.")
    site.model = make_version("box/new").model
    site.save()

    assert str(answer_of(frame.ask("More")).prediction.version.model) == "box/new"


def test_the_same_message_is_asked_once(frame):
    id = str(uuid4())

    first, again = (frame.ask(message_id=id) for _ in range(2))

    assert first.json()["messages"]
    assert again.json()["messages"]
    assert Message.objects.count() == 2


def test_while_an_answer_is_written_nothing_else_is_asked(frame):
    frame.ask()

    response = frame.ask("More")

    assert response.status_code == 409
    assert "still being written" in response.json()["detail"]


@pytest.mark.parametrize(("text", "status"), [("", 422), ("x" * 70_000, 422)])
def test_what_cannot_be_a_message_is_refused(frame, text, status):
    assert frame.ask(text).status_code == status


def test_a_paused_site_takes_no_message_at_once(frame, site):
    answer = end(answer_of(frame.ask()), status="failed")
    site.paused = True
    site.save()

    response = frame.ask("More")

    assert (response.status_code, response.json()["code"]) == (403, "paused")
    assert frame.post("retry", answer.id).json()["code"] == "paused"
    assert frame.get("state").status_code == 200


def test_where_nobody_can_answer_a_sentence_says_so(frame, site, version):
    version.upstream.enabled = False
    version.upstream.save()

    response = frame.ask()

    assert response.status_code == 409
    assert response.json()["detail"] == "Nobody can answer here at the moment. Try again later."
    assert not Conversation.objects.exists()


def test_the_turns_can_be_asked_for_and_hold_no_form_and_no_cost(frame):
    answer = end(answer_of(frame.ask()), "Well **then**.")

    state = frame.get("state").json()
    html = frame.get("turns", ids=",".join(id for id, _ in state["turns"])).content.decode()

    assert [id for id, _ in state["turns"]] == [str(answer.parent_id), str(answer.id)]
    assert "<strong>then</strong>" in html
    assert "<form" not in html
    assert "tokens in" not in html
    assert f"/embed/{frame.site.key}/messages/{answer.id}/" in html
    assert frame.get("message_text", answer.id).content == b"Well **then**."


def test_a_long_chat_shows_its_newest_turns_and_the_earlier_ones_on_request(frame, visit):
    end(answer_of(frame.ask("first of all")), "Well.")
    for _ in range(35):
        end(visit.ask("More", message_id=uuid4()), "Well.")

    html = frame.arrive(ticket=tokens.ticket(visit)).json()["turns"]

    assert "first of all" not in html
    first = html.split('data-id="')[1][:36]
    assert f"/embed/{frame.site.key}/before/{first}/" in html
    assert "first of all" in frame.get("before", first).content.decode()


def test_an_answer_is_stopped_retried_and_judged(frame):
    answer = answer_of(frame.ask())

    assert frame.post("stop", answer.id).status_code == 204
    end(Message.objects.get(id=answer.id), "We", status="canceled")
    retried = answer_of(frame.post("retry", answer.id))
    end(retried, "Well.")
    assert frame.post("feedback", retried.id, verdict="bad").status_code == 204

    assert retried.parent_id == answer.parent_id
    assert Feedback.objects.get().message_id == retried.id
    assert frame.post("feedback", retried.id, verdict="none").status_code == 204
    assert not Feedback.objects.exists()


# Leaving


def test_a_new_chat_leaves_the_old_one_to_the_reviewers(frame, visit):
    old = answer_of(frame.ask("Old")).conversation

    frame.post("new")

    assert frame.get("state").json()["turns"] == []
    new = answer_of(frame.ask("New")).conversation
    assert new != old
    assert Conversation.objects.filter(site="Shop", deleted_at=None).count() == 2


def test_after_a_reset_no_token_opens_anything_and_nothing_goes_on(frame, site, visit):
    ticket = tokens.ticket(visit)
    answer = answer_of(frame.ask("A secret"))
    stream_key = answer.prediction.stream_key

    assert frame.post("end").status_code == 204

    assert frame.get("state").status_code == 401
    assert frame.get("message_text", answer.id).status_code == 401
    assert Frame(site).arrive(ticket=ticket).json()["token"] == ""
    prediction = Prediction.objects.get(id=answer.prediction_id)
    assert prediction.cancel_requested_at or not prediction.is_running
    assert prediction.stream_key != stream_key, "its address leads nowhere"


def test_a_conversation_that_is_deleted_begins_anew(frame):
    answer = answer_of(frame.ask("Old"))
    answer.conversation.throw_away()

    assert frame.get("state").json()["turns"] == []
    assert frame.get("message", answer.id).status_code == 404
    assert answer_of(frame.ask("New")).conversation != answer.conversation


def test_what_is_said_in_a_preview_is_temporary(site):
    frame = Frame(site)
    frame.arrive(host="http://testserver", preview=tokens.preview(site), begin="1")

    assert answer_of(frame.ask()).conversation.is_temporary


def test_visits_are_forgotten_a_week_after_they_began(site, visit):
    old = EmbedVisit.objects.begin(site)
    EmbedVisit.objects.filter(id=old.id).update(created_at=timezone.now() - timedelta(days=8))

    assert EmbedVisit.objects.forget() == 1
    assert list(EmbedVisit.objects.all()) == [visit]


# Haste


def test_nobody_asks_faster_than_a_person_could(frame, monkeypatch):
    monkeypatch.setattr(hurry, "MESSAGES", type(hurry.MESSAGES)(2, 60, str(uuid4())))
    frame.ask("", message_id=str(uuid4()))
    frame.ask()
    frame.ask()

    response = frame.ask()

    assert (response.status_code, response.json()["code"]) == (429, "limit")
    assert 0 < int(response["Retry-After"]) <= 60


def test_nobody_begins_visits_without_end(site, settings, monkeypatch):
    settings.TRUST_PROXY = True
    monkeypatch.setattr(hurry, "VISITS", type(hurry.VISITS)(2, 60, str(uuid4())))

    def arrive(address: str) -> int:
        frame = Frame(site)
        frame.headers["X-Forwarded-For"] = address
        return frame.arrive(begin="1").status_code

    one = [arrive(f"2606:4700:1:1::{n}") for n in range(3)]  # all of one /64

    assert one == [200, 200, 429]
    assert arrive("2606:4700:1:2::1") == 200
