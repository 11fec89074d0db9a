"""Limits: so many messages in any 24 hours, whichever way one asks."""

import threading
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from chatapp import limits
from chatapp.models import AskRefused, Conversation, Message, Spent
from predictions.models import Prediction

from .conftest import end

PUBLIC = "93.184.216.34"
JSON = {"Accept": "application/json"}


@pytest.fixture(autouse=True)
def three_a_day(settings):
    settings.CHAT_DAILY_MESSAGES_ANONYMOUS = 3


def ask(client: Client, text: str = "Hello", **how):
    """A new conversation; its answer has ended."""
    response = client.post("/ask/", {"text": text}, **how)
    end_all()
    return response


def end_all() -> None:
    for answer in Message.objects.filter(prediction__status__in=Prediction.RUNNING):
        end(answer, "Well.")


def used_up(client: Client, **how) -> None:
    for _ in range(3):
        assert ask(client, **how).status_code in {200, 302}


def test_the_fourth_of_three_is_refused_with_the_time_it_opens_again(visitor, version):
    used_up(visitor)

    response = ask(visitor, headers=JSON)

    assert response.status_code == 429
    tomorrow = timezone.now() + timedelta(days=1)
    told = (
        f"You have sent 3 messages in a day. You can write again at {tomorrow:%Y-%m-%d %H:%M} UTC"
    )
    assert response.json()["detail"] == f"{told}, or log in."
    assert 86_300 < int(response["Retry-After"]) <= 86_400
    assert Conversation.objects.count() == 3
    assert Prediction.objects.count() == 3


def test_without_a_script_the_text_stays_in_the_box(visitor, version):
    used_up(visitor)

    response = ask(visitor, "My long thought")

    assert response.status_code == 429
    assert "Retry-After" in response
    assert "My long thought</textarea>" in response.content.decode()
    assert "You can write again at" in response.content.decode()


def test_it_opens_when_the_first_message_is_a_day_old(visitor, version):
    used_up(visitor)
    first = Spent.objects.order_by("sent_at").first()
    first.sent_at -= timedelta(hours=23, minutes=50)
    first.save()

    assert 500 < int(ask(visitor)["Retry-After"]) <= 600
    Spent.objects.filter(id=first.id).update(sent_at=first.sent_at - timedelta(minutes=10))
    assert ask(visitor).status_code == 302


def test_a_retry_counts(visitor, conversation):
    answer = end(conversation.ask("Hello"), status="failed")
    conversation.retry(answer)
    end_all()

    assert Spent.objects.filter(visitor="mine").count() == 2


def test_a_try_of_a_model_counts_and_is_refused_in_the_same_words(visitor, version):
    url, form = f"/models/{version.model}/try/", {"version": version.id, "input-prompt": "Hi"}
    for _ in range(3):
        assert visitor.post(url, form, headers=JSON).status_code == 200

    response = visitor.post(url, form, headers=JSON)

    assert response.status_code == 429
    assert "You have sent 3 messages in a day." in response.json()["detail"]
    assert Prediction.objects.count() == 3
    page = visitor.post(url, form).content.decode()
    assert "You have sent 3 messages in a day." in page
    assert "Hi</textarea>" in page


def test_a_refused_turn_does_not_count(visitor, version):
    version.upstream.enabled = False
    version.upstream.save()

    ask(visitor)

    assert Spent.objects.count() == 0


def test_a_turn_that_is_sent_twice_counts_once(visitor, conversation):
    answer = conversation.ask("Hello")

    conversation.ask("Hello", message_id=answer.parent_id)

    assert Spent.objects.count() == 1


def test_deleting_conversations_gives_nothing_back(visitor, version):
    used_up(visitor)
    for conversation in Conversation.objects.all():
        visitor.post(f"/c/{conversation.id}/delete/")

    assert ask(visitor).status_code == 429


def test_without_cookies_the_address_is_counted(version):
    used_up(Client(), REMOTE_ADDR=PUBLIC)

    response = ask(Client(), headers=JSON, REMOTE_ADDR=PUBLIC)

    assert response.status_code == 429
    assert response.json()["detail"].startswith("3 messages were sent from your network in a day.")
    assert ask(Client(), REMOTE_ADDR="93.184.216.35").status_code == 302


def test_a_network_of_ipv6_is_one_address(version):
    used_up(Client(), REMOTE_ADDR="2600:1f18:1:2::1")

    assert ask(Client(), REMOTE_ADDR="2600:1f18:1:2:ffff::9").status_code == 429
    assert ask(Client(), REMOTE_ADDR="2600:1f18:1:3::1").status_code == 302


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "::1", "10.1.2.3", "192.168.0.9", "::ffff:10.0.0.1", "fe80::1", ""]
)
def test_addresses_that_many_may_share_are_not_counted(address, version):
    for _ in range(4):
        assert ask(Client(), REMOTE_ADDR=address).status_code == 302


def test_no_address_is_kept_as_it_is(version):
    ask(Client(), REMOTE_ADDR=PUBLIC)

    assert len(Spent.objects.get().network) == 32
    assert PUBLIC not in Spent.objects.get().network


@pytest.mark.parametrize(("trusted", "statuses"), [(True, {302}), (False, {302, 429})])
def test_only_a_trusted_proxy_says_whose_address_it_is(trusted, statuses, version, settings):
    settings.TRUST_PROXY = trusted

    said = [
        ask(Client(), REMOTE_ADDR=PUBLIC, HTTP_X_FORWARDED_FOR=f"1.1.1.1, 93.184.216.{each}")
        for each in range(4)
    ]

    assert {response.status_code for response in said} == statuses


def test_of_what_is_forwarded_the_last_is_believed(version, settings):
    settings.TRUST_PROXY = True
    for each in range(3):
        ask(Client(), REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR=f"8.8.8.{each}, {PUBLIC}")

    told = {"HTTP_X_FORWARDED_FOR": f"8.8.4.4, {PUBLIC}"}
    assert ask(Client(), REMOTE_ADDR="10.0.0.1", **told).status_code == 429


def test_what_is_asked_while_nobody_is_there_counts_for_the_same_address(version):
    client = Client()
    ask(client, REMOTE_ADDR=PUBLIC)
    conversation = Conversation.objects.get()

    conversation.ask("A queued turn")

    assert Spent.objects.values("network").distinct().count() == 1


def test_accounts_have_a_limit_of_their_own_and_staff_have_none(conversation, settings):
    settings.CHAT_DAILY_MESSAGES = 1
    conversation.owner = get_user_model().objects.create_user("ann")
    end(conversation.ask("One"))

    with pytest.raises(AskRefused, match=r"sent 1 message in a day\. You can write again at \S+ "):
        conversation.ask("Two")
    conversation.owner.is_staff = True
    assert conversation.ask("Two")


def test_nothing_is_counted_where_there_is_no_limit(visitor, version, settings):
    settings.CHAT_DAILY_MESSAGES_ANONYMOUS = 0

    used_up(visitor)

    assert ask(visitor).status_code == 302
    assert Spent.objects.count() == 0


def test_the_count_comes_along_to_the_account(visitor, version, settings):
    settings.CHAT_DAILY_MESSAGES = 3
    used_up(visitor)
    get_user_model().objects.create_user("ann", password="river-stone-9")

    visitor.post("/login/", {"username": "ann", "password": "river-stone-9"})

    assert ask(visitor).status_code == 429


def test_near_the_end_the_page_says_how_many_are_left(visitor, version, settings):
    settings.CHAT_DAILY_MESSAGES_ANONYMOUS = 7
    assert "left for now" not in visitor.get("/").content.decode()

    assert "Messages-Left" not in ask(visitor, headers=JSON)
    assert ask(visitor, headers=JSON)["Messages-Left"] == "5"
    assert "5 messages left for now." in visitor.get("/").content.decode()
    for _ in range(4):
        ask(visitor)
    assert "1 message left for now." in visitor.get("/").content.decode()


def test_what_is_older_than_a_day_is_forgotten(db):
    for hours in (23, 25):
        Spent.objects.create(visitor="mine", sent_at=timezone.now() - timedelta(hours=hours))

    limits.forget()

    assert Spent.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_tabs_cannot_slip_one_past(make_version, settings):
    version = make_version()
    settings.CHAT_DAILY_MESSAGES_ANONYMOUS = 1
    start, taken = threading.Barrier(6), []

    def ask_in_a_tab() -> None:
        start.wait()
        try:
            taken.append(Conversation(visitor="mine", version=version).ask("Hello"))
        except AskRefused:
            pass
        finally:
            connection.close()

    tabs = [threading.Thread(target=ask_in_a_tab) for _ in range(6)]
    for tab in tabs:
        tab.start()
    for tab in tabs:
        tab.join()

    assert len(taken) == 1
    assert Spent.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_who_asks_meanwhile_waits_for_the_count(settings):
    settings.CHAT_DAILY_MESSAGES_ANONYMOUS = 1
    refused = []

    def spend_in_another_tab() -> None:
        try:
            with transaction.atomic():
                limits.spend(None, "mine")
        except AskRefused:
            refused.append(True)
        finally:
            connection.close()

    tab = threading.Thread(target=spend_in_another_tab)
    with transaction.atomic():
        limits.spend(None, "mine")
        tab.start()
        tab.join(0.5)
        assert tab.is_alive()
    tab.join()

    assert refused
    assert Spent.objects.count() == 1


def test_to_log_in_and_out_again_gives_nothing_back(version):
    get_user_model().objects.create_user("ann", password="river-stone-9")
    visitor = Client(REMOTE_ADDR=PUBLIC)
    used_up(visitor)

    visitor.post("/login/", {"username": "ann", "password": "river-stone-9"})
    visitor.post("/logout/")

    assert ask(visitor).status_code == 429
