"""The list of predictions: pages that neither repeat nor hide a row, whatever happens meanwhile."""

import base64

import pytest

from tests.running import STORY

FILL = """
from datetime import timedelta
from django.contrib.auth.models import User
from django.utils import timezone
from predictions.models import Prediction
now = timezone.now()
Prediction.objects.bulk_create(
    Prediction(
        version_id="{version}", owner=User.objects.get(), input={{"prompt": str(n)}},
        output=["word"] * {words}, status="succeeded", source="web" if n % 10 == 0 else "api",
        created_at=now - timedelta(seconds=n // 7), completed_at=now, last_cursor=1,
    )
    for n in range({count})
)
"""


def fill(server, count: int, words: int = 1) -> None:
    code = FILL.format(version=STORY, count=count, words=words)
    server.shell(code)


def joined(pages: list[list[str]]) -> list[str]:
    return [id for page in pages for id in page]


def follow(server, url: str | None, way: str = "next") -> list[list[str]]:
    """The ids of each page from `url` on."""
    pages = []
    while url:
        assert url.startswith(server.url), "it must be absolute"
        page = server.get(url.removeprefix(server.url)).json()
        pages.append([each["id"] for each in page["results"]])
        url = page[way]
    return pages


@pytest.fixture(scope="module")
def full_server(server):
    fill(server, 250)
    return server


def test_pages_hold_a_hundred_each_newest_first(full_server):
    pages = follow(full_server, f"{full_server.url}/v1/predictions")

    assert [len(page) for page in pages] == [100, 100, 50]
    ids = joined(pages)
    assert len(set(ids)) == 250
    newest = full_server.get("/v1/predictions").json()
    times = [each["created_at"] for each in newest["results"]]
    assert times == sorted(times, reverse=True)
    assert newest["previous"] is None


def test_the_way_back_shows_the_same_pages(full_server):
    first = full_server.get("/v1/predictions").json()
    second = full_server.get(first["next"].removeprefix(full_server.url)).json()
    third = full_server.get(second["next"].removeprefix(full_server.url)).json()

    back = follow(full_server, third["previous"], way="previous")

    assert third["next"] is None
    assert back == [[each["id"] for each in page["results"]] for page in (second, first)]


def test_rows_that_come_meanwhile_repeat_and_hide_nothing(full_server):
    first = full_server.get("/v1/predictions").json()
    full_server.create(max_new_tokens=1)

    rest = follow(full_server, first["next"])

    ids = [each["id"] for each in first["results"]] + joined(rest)
    assert len(ids) == len(set(ids)) == 250


def test_the_list_can_be_narrowed_and_the_next_page_remembers_it(full_server):
    web = follow(full_server, f"{full_server.url}/v1/predictions?source=web")
    newest = full_server.get("/v1/predictions?source=api").json()
    border = newest["results"][50]["created_at"]

    before = follow(full_server, f"{full_server.url}/v1/predictions?created_before={border}")
    after = follow(full_server, f"{full_server.url}/v1/predictions?created_after={border}")

    assert sum(map(len, web)) == 25
    assert not set(joined(before)) & set(joined(after))
    total = joined(follow(full_server, f"{full_server.url}/v1/predictions"))
    assert len(joined(before) + joined(after)) == len(total)


@pytest.mark.parametrize(
    "cursor", ["x", "%00", "a:b:c", base64.urlsafe_b64encode(b"next 1 1").decode()]
)
def test_a_cursor_that_we_did_not_give_is_a_400(server, cursor):
    response = server.get(f"/v1/predictions?cursor={cursor}")

    assert response.status_code == 400
    assert "cursor" in response.json()["detail"]


@pytest.mark.parametrize(
    "query",
    [
        "source=x",
        "created_after=yesterday",
        "created_before=%00",
        "created_after=0001-01-01T00:00:00%2B14:00",
        "created_before=9999-12-31T23:59:59-14:00",
    ],
)
def test_a_filter_that_is_none_is_a_422(server, query):
    response = server.get(f"/v1/predictions?{query}")

    assert response.status_code == 422
    assert response.json()["invalid_fields"][0]["field"] == query.partition("=")[0]


@pytest.mark.parametrize("path", ["/v1/deployments", "/v1/models", "/v1/files"])
def test_another_lists_cursor_is_a_400(full_server, path):
    cursor = full_server.get("/v1/predictions").json()["next"].partition("cursor=")[2]

    response = full_server.get(f"{path}?cursor={cursor}")

    assert response.status_code == 400
    assert response.json()["detail"] == "The cursor must be one that this list gave."


def test_long_outputs_make_shorter_pages(make_server):
    server = make_server(API_RETENTION="0")
    fill(server, 30, words=200_000)

    pages = follow(server, f"{server.url}/v1/predictions")

    assert {len(page) for page in pages} == {5}
    assert len(set(joined(pages))) == 30
