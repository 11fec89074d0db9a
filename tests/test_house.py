"""The house itself: imports go down only, installs are pinned, the page stays light."""

import ast
import gzip
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from chatapp.models import EmbedSite
from tests.running import ROOT


def imported(path: Path) -> set[str]:
    """The first names of what a module imports, wherever in it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names.add(node.module.partition(".")[0])
    return names


def test_the_engine_has_never_heard_of_a_chat():
    modules = list((ROOT / "predictions").rglob("*.py"))

    assert len(modules) > 40
    assert [path for path in modules if imported(path) & {"chatapp", "tests", "bench"}] == []


@pytest.mark.parametrize(
    ("floor", "above"),
    [("api", ()), ("operators", ("admin", "management"))],
)
def test_the_engine_does_not_lean_on(floor, above):
    engine = ROOT / "predictions"
    modules = set(engine.rglob("*.py"))
    for upper in (floor, *above):
        modules -= set((engine / upper).rglob("*.py"))
    leans = re.compile(
        rf"^\s*(from|import) (predictions\.{floor}\b|predictions import .*\b{floor}\b)", re.M
    )

    assert [path for path in modules if leans.search(path.read_text())] == []


def test_httpx_is_imported_in_one_place():
    modules = (ROOT / "predictions").rglob("*.py")

    assert {path.name for path in modules if "httpx" in imported(path)} == {"http.py"}


@pytest.mark.parametrize(
    "name", ["requirements.lock", "requirements-cog.lock", "requirements-dev.lock"]
)
def test_installs_are_pinned_by_hash_and_name_no_address(name):
    lock = (ROOT / name).read_text()
    pins = re.findall(r"^\S+==\S+", lock, re.M)

    assert len(pins) > 40
    assert len(re.findall(r"^\S+==.*\\\n    --hash=sha256:", lock, re.M)) == len(pins)
    assert "://" not in lock
    assert not re.search(r"^-|--index|--find-links", lock, re.M)


TEMPLATES = ROOT / "templates"
# But what comes with Django.
STATIC = re.compile(r"""{% static ['"](?!admin/)(\S+\.(?:js|css))['"] %}""")
PART = re.compile(r"""{% (?:extends|include) ['"](?!admin/(?!desk/|chatapp/))(\S+)['"]""")
IMPORT = re.compile(r"""^(?:import|export)\b[^;]*?["'](\.[^"']+)["'];""", re.M)


def reached(start: list[Path], named: re.Pattern, folder: Callable[[Path], Path]) -> set[Path]:
    """These files and whatever they name, and so on; a name is an address in `folder`."""
    found, waiting = set(), start
    while waiting:
        path = waiting.pop().resolve()
        if path not in found:
            found.add(path)
            waiting += [folder(path) / name for name in named.findall(path.read_text())]
    return found


def loaded_by(page: str) -> set[Path]:
    """The scripts and styles that come with a page, by its templates and by what they import."""
    parts = reached([TEMPLATES / page], PART, lambda path: TEMPLATES)
    named = {name for path in parts for name in STATIC.findall(path.read_text())}
    return reached([ROOT / "static" / name for name in named], IMPORT, lambda path: path.parent)


@pytest.mark.parametrize("page", ["chat", "share", "search", "model"])
def test_a_page_has_less_than_60_kb_of_scripts_and_styles(page):
    files = loaded_by(f"{page}.html")

    assert len(files) > 10
    assert weight_of(files) < 60_000


def test_the_page_in_an_embed_has_less_than_41_kb_of_them():
    """And 45 with its HTML and the words of another language: tests/pages/test_embed.py."""
    assert weight_of(loaded_by("embed.html")) < 41_000


def weight_of(files: set[Path]) -> int:
    return sum(len(gzip.compress(path.read_bytes())) for path in files)


@pytest.mark.parametrize(
    ("language", "title", "launcher"),
    [
        ("en", "Ask Heron Books", ""),
        ("en", "Questions about your order, a book or the next boat? Ask us.", "Ask the people at "
         "the willow below the mill, at any hour"),
        ("zh-hans", "关于订单、图书、送货的船和开门时间,苍鹭书店的人都乐意回答您,不必客气",
         "在磨坊下游那棵老柳树旁的书店里,随时可以和我们聊聊您想读的书和想去的地方"),
    ],
)  # fmt: skip
def test_the_launchers_script_has_at_most_3_kb_as_it_is_served(
    client, db, language, title, launcher
):
    longest = EmbedSite._meta.get_field("title").max_length
    texts = {"title": title[:longest], "launcher": launcher[:longest]}
    site = EmbedSite.objects.create(name="Shop", position="right", **texts)
    site.full_clean()

    response = client.get(
        f"/embed.js?site={site.key}&language={language}", headers={"Accept-Encoding": "gzip"}
    )

    assert response["Content-Encoding"] == "gzip"
    assert texts["title"] in gzip.decompress(response.content).decode()
    assert len(response.content) <= 3_000


def test_every_script_and_style_is_on_some_page():
    whole = [*TEMPLATES.glob("*.html"), *(TEMPLATES / "admin").rglob("*.html")]
    pages = [loaded_by(str(page.relative_to(TEMPLATES))) for page in whole]
    files = {*(ROOT / "static").rglob("*.js"), *(ROOT / "static").rglob("*.css")}

    assert files == set().union(*pages)


def test_the_javascript_clients_are_pinned_by_hash_and_name_no_address():
    lock = (ROOT / "tests/clients/package-lock.json").read_text()
    packages = [package for name, package in json.loads(lock)["packages"].items() if name]

    assert len(packages) > 3
    assert all(package["integrity"].startswith("sha512-") for package in packages)
    assert "http" not in lock
