"""The signed hand-off: whom the host's server vouches for."""

import time
from datetime import timedelta
from uuid import uuid4

import jwt
import pytest
from django.utils import timezone

from chatapp.models import Conversation, EmbedSite, EmbedVisit, UsedIdentity

from .conftest import HOST, Frame
from .test_visits import answer_of

FAR = 99_999_999_999  # in the year 5138


@pytest.fixture
def sign(site):
    def signed(sub: object = "ann", secret: str = "", **claims: object) -> str:
        claims = {"sub": sub, "exp": int(time.time()) + 300, "jti": str(uuid4())} | claims
        told = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(told, secret or site.secrets[0], "HS256")

    return signed


def test_a_visitor_is_who_the_server_says(stranger, sign):
    arrived = stranger.arrive(host=HOST, identity=sign("ann@example.org")).json()

    visit = EmbedVisit.objects.get()
    assert arrived["token"]
    assert visit.subject == "ann@example.org"
    assert visit.visitor.startswith("ann@example.org~")
    assert answer_of(stranger.ask()).conversation.visitor == visit.visitor


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        ({"secret": "x" * 32}, "not signed with the site's secret"),
        ({"exp": 1}, "expired"),
        ({"exp": None}, "exp"),
        ({"exp": FAR}, "ten minutes"),
        ({"jti": None}, "jti"),
        ({"jti": ""}, "jti"),
        ({"sub": "a\0b"}, "printable"),
        ({"sub": "a\nb"}, "printable"),
        ({"jti": "\ud800"}, "printable"),
        ({"jti": "x" * 201}, "jti"),
        ({"sub": None}, "sub"),
        ({"sub": ""}, "sub"),
        ({"sub": "x" * 201}, "sub"),
        ({"nbf": FAR}, "not yet valid"),
    ],
)
def test_what_does_not_vouch_is_refused_with_the_reason(stranger, sign, claims, why):
    response = stranger.arrive(identity=sign(**claims))

    told = response.json()
    assert (response.status_code, told["code"]) == (403, "identity")
    assert why in told["why"]
    assert told["detail"] == "This page could not say who you are. Reload it, and try again."
    assert not EmbedVisit.objects.exists()


def test_a_subject_that_is_no_text_is_refused(stranger, sign, site):
    raw = jwt.api_jws.encode(
        b'{"sub": 7, "exp": 99999999999, "jti": "a"}', site.secrets[0], "HS256"
    )

    assert stranger.arrive(identity=raw).status_code == 403


@pytest.mark.parametrize("text", ["x", "a.b.c", "\0", "é" * 50])
def test_what_is_no_token_is_refused(stranger, text):
    assert stranger.arrive(identity=text).status_code == 403


def test_an_unsigned_token_vouches_for_nobody(stranger):
    claims = {"sub": "ann", "exp": int(time.time()) + 60, "jti": "a"}

    assert stranger.arrive(identity=jwt.encode(claims, None, "none")).status_code == 403


def test_the_secret_of_another_site_vouches_for_nobody(stranger, sign):
    other = EmbedSite.objects.create(name="Other")

    assert stranger.arrive(identity=sign(secret=other.secrets[0])).status_code == 403


def test_each_is_good_once_but_for_whom_it_names_already(site, sign):
    text, frame = sign("ann"), Frame(site)
    ticket = frame.arrive(identity=text).json()["ticket"]

    again = Frame(site).arrive(identity=text, ticket=ticket)
    elsewhere = Frame(site).arrive(identity=text)

    assert again.json()["is_resumed"]
    assert (elsewhere.status_code, elsewhere.json()["why"]) == (403, "its jti was used before")


def test_a_page_that_was_open_for_long_goes_on_with_the_same_person(site, sign):
    frame = Frame(site)
    ticket = frame.arrive(identity=sign("ann")).json()["ticket"]

    expired = sign("ann", exp=int(time.time()) - 3600)

    assert Frame(site).arrive(identity=expired, ticket=ticket).json()["is_resumed"]


def test_another_person_sees_nothing_of_the_one_before(site, sign):
    frame = Frame(site)
    ticket = frame.arrive(identity=sign("ann")).json()["ticket"]
    frame.ask("Ann's secret")

    other = Frame(site)
    arrived = other.arrive(identity=sign("bob"), ticket=ticket).json()

    assert not arrived["is_resumed"]
    assert arrived["turns"] == ""
    assert other.get("state").json()["turns"] == []
    assert frame.get("state").status_code == 401
    assert Frame(site).arrive(ticket=ticket).json()["token"] == ""


def test_somebody_who_was_anonymous_is_cleared_when_they_are_known(stranger, site, sign):
    ticket = stranger.arrive(begin="1").json()["ticket"]
    stranger.ask("Before")

    arrived = Frame(site).arrive(identity=sign("ann"), ticket=ticket).json()

    assert (arrived["is_resumed"], arrived["turns"]) == (False, "")


def test_an_identity_alone_opens_nothing_that_was_said_before(site, sign):
    """Whoever can run a script on the page can have it vouch for its visitor."""
    frame = Frame(site)
    frame.arrive(identity=sign("ann"))
    frame.ask("Ann's secret")

    thief = Frame(site)
    arrived = thief.arrive(identity=sign("ann")).json()

    assert arrived["turns"] == ""
    assert "secret" not in thief.get("state").content.decode()


def test_all_visits_of_a_person_are_one_person_on_one_site(site, sign):
    other = EmbedSite.objects.create(name="Other")
    visits = [EmbedVisit.objects.begin(each, "ann") for each in (site, site, other)]

    assert visits[0].visitor == visits[1].visitor != visits[2].visitor
    assert max(len(each.visitor) for each in visits) <= 64
    assert len(EmbedVisit.objects.begin(site, "x" * 200).visitor) <= 64


def test_after_a_new_secret_the_old_one_is_good_for_a_day(site, sign):
    old = site.secrets[0]
    new = site.renew_secret()

    assert Frame(site).arrive(identity=sign(secret=old)).status_code == 200
    assert Frame(site).arrive(identity=sign(secret=new)).status_code == 200
    EmbedSite.objects.update(secret_renewed_at=timezone.now() - timedelta(days=1, seconds=1))
    assert Frame(site).arrive(identity=sign(secret=old)).status_code == 403


def test_a_secret_that_cannot_be_read_vouches_for_nobody(stranger, site, sign):
    text = sign()
    EmbedSite.objects.update(encrypted_secret="garbage")

    response = stranger.arrive(identity=text)

    assert (response.status_code, response.json()["code"]) == (403, "identity")
    assert not Conversation.objects.exists()


def test_used_identities_are_forgotten_once_they_would_have_expired(stranger, sign):
    stranger.arrive(identity=sign())
    assert UsedIdentity.forget() == 0

    UsedIdentity.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    assert UsedIdentity.forget() == 1
