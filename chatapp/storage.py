"""Static files under hashed names, JavaScript modules' imports of each other included."""

import hashlib
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedModulesStorage(CompressedManifestStaticFilesStorage):
    support_js_module_import_aggregation = True


def gather() -> None:
    """Bring STATIC_ROOT up to date; nearly nothing to do where no file has changed since."""
    mark = Path(settings.STATIC_ROOT) / "gathered"
    digest = _digest()
    if not mark.exists() or mark.read_text() != digest:
        call_command("collectstatic", verbosity=0, interactive=False)
        mark.write_text(digest)


def _digest() -> str:
    """Of what is gathered, by name, size and time, and of how: this module."""
    found = [
        (name, storage.path(name)) for each in get_finders() for name, storage in each.list([])
    ]
    facts = []
    for name, path in sorted([*found, ("", __file__)]):
        status = Path(path).stat()
        facts.append(f"{name} {status.st_size} {status.st_mtime_ns}")
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()
