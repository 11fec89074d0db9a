"""API tokens: what each may do, until when, and what is remembered of it."""

import re

import httpx
import pytest

from predictions.api import api
from tests.running import STORY, RunningServer


def ask(server: RunningServer, token: str, method: str = "GET", path: str = "/v1/predictions/x"):
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.request(method, server.url + path, headers=headers, json={})


def shell(server: RunningServer, *lines: str) -> str:
    setup = ["from datetime import timedelta", "from django.contrib.auth.models import User"]
    setup += ["from django.utils.timezone import now", "from predictions.models import ApiToken"]
    return server.shell("\n".join([*setup, *lines])).strip()


def make_token(server: RunningServer, name: str, **scopes: object) -> str:
    arguments = ", ".join(f"{key}={value}" for key, value in scopes.items())
    owner = "User.objects.get(username='admin')"
    return shell(server, f"print(ApiToken.make({owner}, '{name}', {arguments}))")


def last_use(server: RunningServer, name: str) -> str:
    return shell(server, f"print(ApiToken.objects.get(name='{name}').last_used_at)")


def test_a_read_only_token_reads_and_does_not_write(server):
    token = server.manage("token", "reader", "--read-only").strip()
    created = server.create(max_new_tokens=1)

    assert ask(server, token, path=f"/v1/predictions/{created['id']}").status_code == 200
    for path in ("/v1/predictions", f"/v1/predictions/{created['id']}/cancel"):
        refused = ask(server, token, "POST", path)
        assert refused.status_code == 403
        assert refused.headers["content-type"] == "application/problem+json"
        assert refused.json() == {
            "title": "Forbidden",
            "detail": "This API token is not allowed to write.",
            "status": 403,
        }


def test_a_token_that_may_only_write_does_not_read(server):
    token = make_token(server, "writer", can_read=False)

    created = httpx.post(
        f"{server.url}/v1/predictions",
        headers={"Authorization": f"Token {token}"},
        json={"version": STORY, "input": {"prompt": "x", "max_new_tokens": 1}},
    )
    refused = ask(server, token, path=f"/v1/predictions/{created.json()['id']}")

    assert created.status_code == 201
    assert refused.status_code == 403
    assert refused.json()["detail"] == "This API token is not allowed to read."


def test_an_expired_token_is_as_good_as_none(server):
    expired = make_token(server, "old", expires_at="now() - timedelta(seconds=1)")
    lasting = server.manage("token", "new", "--days", "1").strip()

    assert ask(server, expired).status_code == 401
    assert ask(server, lasting).status_code == 404


def test_a_token_ends_with_its_owner(server):
    token = shell(
        server,
        "eve = User.objects.create_user('eve')",
        "print(ApiToken.make(eve, 'of eve'))",
    )
    assert ask(server, token).status_code == 404

    shell(server, "User.objects.filter(username='eve').update(is_active=False)")

    assert ask(server, token).status_code == 401


def test_a_tokens_use_is_noted_once_a_minute(server):
    token = server.manage("token", "used").strip()
    assert last_use(server, "used") == "None"

    ask(server, token)
    first = last_use(server, "used")
    ask(server, token)
    assert last_use(server, "used") == first != "None"

    shell(
        server,
        "an_hour_ago = now() - timedelta(hours=1)",
        "ApiToken.objects.filter(name='used').update(last_used_at=an_hour_ago)",
    )
    long_ago = last_use(server, "used")
    ask(server, token)
    assert long_ago < first < last_use(server, "used")


def test_a_tokens_text_is_nowhere_in_the_database_or_the_log(server):
    token = server.manage("token", "hidden").strip()

    ask(server, token)

    kept = b"".join(path.read_bytes() for path in server.data_dir.glob("rivulet.sqlite3*"))
    assert b"hidden" in kept
    assert token.encode() not in kept
    assert token not in server.output()


def test_metrics_are_for_tokens_that_may_read(server):
    assert "rivulet_runs" in ask(server, server.token, path="/metrics").text
    writer = make_token(server, "writes figures", can_read=False)
    assert ask(server, writer, path="/metrics").status_code == 403


def test_openapi_knows_how_to_present_a_token():
    schemes = api.get_openapi_schema()["components"]["securitySchemes"]

    assert schemes == {"BearerToken": {"type": "http", "scheme": "bearer"}}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--user", "nobody"), "There is no user 'nobody'"),
        (("--days", "0"), "valid for 1 to 36525 days, not 0"),
        (("--days", "99999999"), "valid for 1 to 36525 days"),
    ],
)
def test_the_token_command_refuses_nonsense_with_a_sentence(server, arguments, sentence):
    with pytest.raises(AssertionError, match=re.escape(sentence)):
        server.manage("token", "x", *arguments)
