"""Files that clients upload, and what a model gets for one that its input names."""

import hashlib
import os
import re
import stat
from datetime import datetime

import httpx
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from predictions.files import download_url, may_download
from predictions.models import File
from predictions.models.files import clean_content_type
from tests.conftest import copy_of
from tests.running import RunningServer, wait_until
from tests.upstreams.cog_servers import wrapped

MB = 1024 * 1024


@pytest.fixture(scope="module")
def server(server, openai_server):
    server.manage("upstream", "add", "openai", openai_server.url, "--name", "test")
    return server


@pytest.fixture(scope="module")
def strict_server(first_run, tmp_path_factory):
    """Takes small files only, and forgets them after a second: it looks that often what is old."""
    limits = {"MAX_FILE_BYTES": "1000", "FILE_RETENTION": "1", "API_RETENTION": "1"}
    server = copy_of(first_run, tmp_path_factory.mktemp("strict") / "data", limits)
    server.start()
    yield server
    server.kill()


@pytest.fixture(scope="module")
def eve(server) -> dict[str, str]:
    return server.stranger("eve")


def send(server: RunningServer, headers: dict | None = None, **parts: object) -> httpx.Response:
    """POST these parts: a text is a field, a tuple (name, content, type) a file."""
    fields = {name: part for name, part in parts.items() if isinstance(part, str)}
    files = {name: part for name, part in parts.items() if not isinstance(part, str)}
    return httpx.post(
        f"{server.url}/v1/files",
        data=fields,
        files=files,
        headers=headers or server.authorization,
        timeout=30,
    )


def upload(server: RunningServer, content: bytes = b"words", name: str = "a.txt", **more) -> dict:
    response = send(server, content=(name, content, "text/plain"), **more)
    assert response.status_code == 201, response.text
    return response.json()


def told(server: RunningServer, openai_server, prompt: str, **how: object) -> str:
    """What the model is told where the input says `prompt`."""
    body = {"version": "test/words", "input": {"prompt": prompt}}
    created = httpx.post(
        f"{server.url}/v1/predictions", json=body, headers=server.authorization, **how
    ).json()
    server.ended(created["id"])
    assert server.prediction(created["id"])["input"] == {"prompt": prompt}
    return openai_server.stats["requests"][-1]["messages"][-1]["content"]


def contents(server: RunningServer) -> set[str]:
    return {path.name for path in (server.data_dir / "files").iterdir()}


def test_a_file_is_kept_and_described(server):
    file = upload(server)

    moments = [datetime.fromisoformat(file.pop(name)) for name in ("created_at", "expires_at")]
    assert 86399 < (moments[1] - moments[0]).total_seconds() < 86401
    assert re.fullmatch(r"[a-z2-7]{26}", file["id"])
    digest = hashlib.sha256(b"words").hexdigest()
    assert file == {
        "id": file["id"],
        "name": "a.txt",
        "content_type": "text/plain",
        "size": 5,
        "etag": digest,
        "checksums": {"sha256": digest, "md5": hashlib.md5(b"words").hexdigest()},
        "metadata": {},
        "urls": {"get": f"{server.url}/v1/files/{file['id']}"},
    }


@pytest.mark.parametrize(
    "metadata",
    ['{"a": {"b": "ü"}}', ("blob", b'{"a": {"b": "\xc3\xbc"}}', "application/json")],
    ids=["as a text, by the Python client", "as a file, by the JavaScript client"],
)
def test_metadata_is_taken_in_both_forms(server, metadata):
    assert upload(server, metadata=metadata)["metadata"] == {"a": {"b": "ü"}}


@pytest.mark.parametrize("size", [0, 1, 5 * MB])
def test_every_byte_comes_back(server, openai_server, size):
    content = os.urandom(size)
    file = upload(server, content)

    downloaded = httpx.get(told(server, openai_server, file["urls"]["get"]))

    assert downloaded.content == content
    assert downloaded.headers["content-length"] == str(size) == str(file["size"])
    assert file["checksums"] == {
        "sha256": hashlib.sha256(content).hexdigest(),
        "md5": hashlib.md5(content).hexdigest(),
    }


def test_a_body_in_chunks_is_taken_too(server):
    body = (
        b'--x\r\nContent-Disposition: form-data; name="content"; filename="a"\r\n\r\n',
        b"words",
        b"\r\n--x--\r\n",
    )
    headers = server.authorization | {"Content-Type": "multipart/form-data; boundary=x"}

    response = httpx.post(f"{server.url}/v1/files", content=iter(body), headers=headers)

    assert response.status_code == 201
    assert response.json()["size"] == 5


def test_files_are_listed_newest_first_and_can_be_had_again(server):
    files = [upload(server, name=name) for name in ("first", "second")]

    listed = server.get("/v1/files").json()

    assert listed["results"][:2] == files[::-1]
    assert listed["previous"] is None
    assert server.get(f"/v1/files/{files[0]['id']}").json() == files[0]


def test_a_deleted_file_is_gone_with_its_content(server, openai_server):
    file = upload(server)
    link = told(server, openai_server, file["urls"]["get"])
    assert file["id"] in contents(server)

    response = httpx.delete(file["urls"]["get"], headers=server.authorization)

    assert (response.status_code, response.content) == (204, b"")
    assert file["id"] not in contents(server)
    assert server.get(f"/v1/files/{file['id']}").status_code == 404
    assert httpx.get(link).status_code == 404
    assert httpx.delete(file["urls"]["get"], headers=server.authorization).status_code == 404


def test_somebody_elses_file_is_as_unknown_as_none(server, eve):
    file = upload(server)

    for url in (file["urls"]["get"], f"{server.url}/v1/files/{'a' * 26}"):
        for method in ("GET", "DELETE"):
            response = httpx.request(method, url, headers=eve)
            assert response.status_code == 404
            assert response.headers["content-type"] == "application/problem+json"
    assert httpx.get(f"{server.url}/v1/files", headers=eve).json()["results"] == []
    assert server.get(f"/v1/files/{file['id']}").status_code == 200


def test_without_a_token_nothing_is_kept(server):
    before = contents(server)

    response = send(server, {"Authorization": "Bearer wrong"}, content=("a", b"x", "text/plain"))

    assert response.status_code == 401
    assert contents(server) == before


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\My files\\a.txt", "a.txt"),
        ("a\u202etxt.exe", "atxt.exe"),
        ("Übung \U0001f999.png", "Übung \U0001f999.png"),
        ("x" * 300 + ".txt", "x" * 251 + ".txt"),
    ],
)
def test_a_name_has_no_path_and_at_most_255_characters(server, name, kept):
    assert upload(server, name=name)["name"] == kept


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("image/PNG", "image/png"),
        ("text/html; charset=utf-8", "text/html"),
        ("application/vnd.api+json", "application/vnd.api+json"),
        ("text", "application/octet-stream"),
        ("text/html\nX-Evil: 1", "application/octet-stream"),
        ("text/<script>", "application/octet-stream"),
        ("x/" + "y" * 300, "application/octet-stream"),
        ("", "application/octet-stream"),
        (None, "application/octet-stream"),
    ],
)
def test_a_content_type_is_one_or_plain_bytes(text, kept):
    assert clean_content_type(text) == kept


@pytest.mark.parametrize(
    ("metadata", "description"),
    [
        ("{", "metadata must be a JSON object"),
        ("[]", "metadata must be a JSON object"),
        ('"x"', "metadata must be a JSON object"),
        ("false", "metadata must be a JSON object"),
        ('{"x": NaN}', "metadata must be a JSON object"),
        ('{"x": 1e999}', "metadata must be a JSON object"),
        ("[" * 60000, "metadata must be a JSON object"),
        ('{"a":' * 300 + "1" + "}" * 300, "metadata must be a JSON object"),
        (("blob", b"\xff", "application/json"), "metadata must be a JSON object"),
        ('{"x": "%s"}' % ("y" * 70000), "metadata must be at most 64 KiB"),
        ("y" * 3 * MB, "metadata must be at most 64 KiB"),
        (("blob", b"y" * 70000, "application/json"), "metadata must be at most 64 KiB"),
    ],
    ids=str.split("broken list text false nan inf deep deep-object bytes long huge long-file"),
)
def test_metadata_that_is_no_small_object_is_refused(server, metadata, description):
    before = contents(server)

    response = send(server, content=("a", b"x", "text/plain"), metadata=metadata)

    assert response.status_code == 422
    assert response.json()["invalid_fields"][0]["field"] == "metadata"
    assert response.json()["invalid_fields"][0]["description"] == description
    assert contents(server) == before


@pytest.mark.parametrize("parts", [{"other": ("a", b"x", "text/plain")}, {"content": "text"}])
def test_a_form_without_a_file_is_a_422_that_names_it(server, parts):
    response = send(server, **(parts | {"more": ("a", b"x", "text/plain")}))

    assert response.status_code == 422
    assert response.json()["invalid_fields"] == [
        {
            "type": "required",
            "field": "content",
            "description": "content is required, as a file with a name",
        }
    ]


@pytest.mark.parametrize("charset", ["rot13", "idna", "utf-16", "nonsense"])
def test_a_form_is_utf_8_whatever_charset_it_names(server, charset):
    body = (
        b'--b\r\nContent-Disposition: form-data; name="content"; filename="\xc3\xbc.txt"\r\n\r\n'
        b"words\r\n--b--\r\n"
    )
    headers = {"Content-Type": f"multipart/form-data; boundary=b; charset={charset}"}

    response = httpx.post(
        f"{server.url}/v1/files", content=body, headers=server.authorization | headers
    )

    assert response.status_code == 201
    assert response.json()["name"] == "ü.txt"


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "", "multipart/form-data", "application/x-www-form-urlencoded"],
)
def test_a_body_that_is_no_form_is_a_400_that_says_so(server, content_type):
    headers = server.authorization | {"Content-Type": content_type}

    response = httpx.post(f"{server.url}/v1/files", content=b"{}", headers=headers)

    assert response.status_code == 400
    assert "multipart/form-data" in response.json()["detail"]


def test_a_file_over_the_limit_is_a_413(strict_server):
    largest, larger = (
        send(strict_server, content=("a", b"x" * size, "text/plain")) for size in (1000, 1001)
    )

    assert (largest.status_code, larger.status_code) == (201, 413)
    assert larger.headers["content-type"] == "application/problem+json"


def test_an_expired_file_is_gone_and_its_content_removed(strict_server):
    file = upload(strict_server)
    assert file["id"] in contents(strict_server)

    url = f"/v1/files/{file['id']}"
    wait_until(lambda: strict_server.get(url).status_code == 404, seconds=5)

    assert strict_server.get("/v1/files").json()["results"] == []
    wait_until(lambda: file["id"] not in contents(strict_server), seconds=10)


def test_expired_files_are_removed_some_at_a_time(
    admin_user, settings, django_capture_on_commit_callbacks
):
    def keep(retention: float) -> File:
        settings.FILE_RETENTION = retention
        return File.keep(admin_user, SimpleUploadedFile("a", b"x"), {})

    kept, *old = [keep(60), keep(-2), keep(-3), keep(-1)]

    with django_capture_on_commit_callbacks(execute=True):
        removed = [File.remove_expired(2) for _ in range(3)]

    assert removed == [2, 1, 0]
    assert File.objects.get() == kept
    assert not any(file.content.storage.exists(file.id) for file in old)
    kept.content.delete(save=False)


def test_the_files_of_a_user_go_with_them(server):
    headers = server.stranger("mallory")
    file = send(server, headers, content=("a", b"x", "text/plain")).json()
    assert file["id"] in contents(server)

    server.shell(
        "from django.contrib.auth.models import User; User.objects.get(username='mallory').delete()"
    )

    assert file["id"] not in contents(server)


def test_only_the_server_may_read_what_is_kept(server):
    path = server.data_dir / "files" / upload(server)["id"]

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


# What a model gets


def test_a_model_gets_a_link_that_needs_no_token(server, openai_server):
    file = upload(server, name="two words.txt")

    link = told(server, openai_server, file["urls"]["get"])

    assert link.startswith(f"{file['urls']['get']}/download/two%20words.txt?expires=")
    assert httpx.get(link).content == b"words"
    assert httpx.get(link.replace("/two%20words.txt", "")).content == b"words"


def test_a_file_is_found_wherever_it_is_named_in_an_input(server, openai_server):
    url = upload(server)["urls"]["get"]
    messages = [{"role": "user", "content": url}, {"role": "assistant", "content": f"See {url}"}]
    body = {"version": "test/words", "input": {"messages": messages, "prompt": "And?"}}

    server.ended(server.post("/v1/predictions", body).json()["id"])

    said = [each["content"] for each in openai_server.stats["requests"][-1]["messages"]]
    assert said[0].startswith(f"{url}/download/a.txt?")
    assert said[1:] == [f"See {url}", "And?"]


def test_what_is_not_the_callers_own_file_stays_as_it_is(server, openai_server, eve):
    mine = upload(server)["urls"]["get"]
    theirs = send(server, eve, content=("a", b"x", "text/plain")).json()["urls"]["get"]
    elsewhere = mine.replace("127.0.0.1", "evil.example")

    for url in (theirs, elsewhere, f"{mine}/", f"{mine}?x=1", f"{mine[:-26]}{'a' * 26}"):
        assert told(server, openai_server, url) == url


def test_a_public_url_is_the_only_address_of_a_file(server, settings):
    from predictions.files import named_files

    settings.PUBLIC_URL = "https://chat.example.org"
    settings.ALLOWED_HOSTS = ["chat.example.org", "localhost"]
    urls = [
        f"{origin}/v1/files/{'a' * 26}"
        for origin in (
            "https://chat.example.org",
            "http://chat.example.org",
            "https://chat.example.org:444",
            "http://localhost",
        )
    ]

    assert [found[0] for found in named_files(urls)] == urls[:1]


def test_a_cog_model_opens_a_file_by_its_path(server, tmp_path):
    content = os.urandom(100_000)
    file = upload(server, content, name="photo.png")
    with wrapped("digest.py", "Predictor", tmp_path / "cog") as cog:
        server.manage("upstream", "add", "cog", cog.url, "--name", "digest")
        body = {"version": "digest/predictor", "input": {"image": file["urls"]["get"]}}

        ended = server.ended(server.post("/v1/predictions", body).json()["id"])

    assert "".join(ended["output"]) == f"{file['checksums']['sha256']} .png"
    assert ended["input"] == body["input"]


def test_a_link_is_good_only_as_it_was_signed(server, openai_server):
    link = told(server, openai_server, upload(server)["urls"]["get"])
    other = upload(server)
    path, _, query = link.partition("?")
    expires = re.search(r"expires=(\d+)", query)[1]

    for forged in (
        path,
        link[:-1] + ("a" if link[-1] != "a" else "b"),
        link.replace(expires, str(int(expires) + 1)),
        f"{other['urls']['get']}/download?{query}",
        f"{path}?expires={expires}&signature=",
        f"{path}?expires=never&signature=x:y",
    ):
        response = httpx.get(forged)
        assert response.status_code == 403, forged
        assert response.headers["content-type"] == "application/problem+json"


def test_a_link_outlives_the_longest_run_and_no_more(settings):
    def is_good(run_timeout: float) -> bool:
        settings.RUN_TIMEOUT = run_timeout
        url = httpx.URL(download_url("http://x", File(id="a" * 26, name="x")))
        return may_download("a" * 26, url.params["expires"], url.params["signature"])

    assert is_good(1)
    assert is_good(-290)
    assert not is_good(-301)


def test_hostile_html_is_a_download_and_never_a_page(server, openai_server, browser):
    script = "<script>document.title = 'owned'</script>"
    response = send(server, content=("x.html", script.encode(), "text/html"))
    link = told(server, openai_server, response.json()["urls"]["get"])

    headers = httpx.get(link).headers
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{server.url}/login/")
        with page.expect_download() as download:
            page.evaluate("url => { location = url }", link)
        title = page.title()

    assert headers["content-disposition"] == 'attachment; filename="x.html"'
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert headers["cache-control"] == "private, no-store"
    assert download.value.suggested_filename == "x.html"
    assert title != "owned"


def test_a_large_file_passes_without_filling_the_memory(make_server, openai_server):
    server = make_server()
    server.manage("upstream", "add", "openai", openai_server.url, "--name", "test")
    content = os.urandom(MB) * 50

    with server.grows_at_most(110 * MB):  # daphne hands a body on in pieces, but all at once
        file = upload(server, content)
    link = told(server, openai_server, file["urls"]["get"])
    received = hashlib.sha256()
    with server.grows_at_most(20 * MB), httpx.stream("GET", link) as response:
        for chunk in response.iter_bytes():
            received.update(chunk)

    assert received.hexdigest() == file["checksums"]["sha256"]
