"""Static files are gathered when they have changed, and left alone when not."""

import json
from pathlib import Path

import pytest

from chatapp.storage import HashedModulesStorage, gather


@pytest.fixture
def page(tmp_path, settings) -> Path:
    """The only static file that there is."""
    page = tmp_path / "source" / "page.css"
    page.parent.mkdir()
    page.write_text("a { color: blue }")
    settings.STATICFILES_DIRS = [page.parent]
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.STATIC_ROOT = tmp_path / "static"
    name = f"{HashedModulesStorage.__module__}.{HashedModulesStorage.__name__}"
    settings.STORAGES = settings.STORAGES | {"staticfiles": {"BACKEND": name}}
    return page


def manifest(settings) -> Path:
    return settings.STATIC_ROOT / "staticfiles.json"


def test_files_are_gathered_once(page, settings):
    gather()
    manifest(settings).write_text("untouched")

    gather()

    assert manifest(settings).read_text() == "untouched"


def test_a_file_that_changed_is_gathered_again(page, settings):
    gather()
    before = json.loads(manifest(settings).read_text())["paths"]
    page.write_text("a { color: green }")

    gather()

    assert json.loads(manifest(settings).read_text())["paths"] != before


def test_what_was_removed_is_gathered_again(page, settings):
    gather()
    for path in settings.STATIC_ROOT.iterdir():
        path.unlink()

    gather()

    assert manifest(settings).exists()
