"""`manage.py cog`: run a Cog predictor's file here, and chat with it until Ctrl-C."""

import asyncio
import contextlib
import importlib.util
import signal
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path

from asgiref.sync import async_to_sync
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from predictions import catalogue
from predictions.local_cog import LocalCog, NotReady
from predictions.models import Upstream

INSTALL = "Install it with: .venv/bin/pip install --require-hashes -r requirements-cog.lock"
ENDINGS = (signal.SIGTERM, signal.SIGHUP)


class Command(BaseCommand):
    help = "Run a Cog predictor's file on this machine and add its model, until Ctrl-C."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("predictor", help="The file and its class: predict.py:Predictor")
        parser.add_argument("--name", help="What to call it; by default the file or its folder.")
        parser.add_argument("--port", type=int, default=0, help="By default any free port.")

    def handle(self, *, predictor: str, name: str | None, port: int, **_: object) -> None:
        if importlib.util.find_spec("cog") is None:
            raise CommandError(f"The cog package is not installed. {INSTALL}")
        file, class_name = _parsed(predictor)
        name = name or _default_name(file)
        _check(name)
        home = settings.DATA_DIR / "cog" / name
        server = LocalCog(file, class_name, home, port=port, log=self.say)
        with _stopped_by_signals(), contextlib.suppress(KeyboardInterrupt):
            try:
                self.run(server, name)
            finally:
                server.stop()
                Upstream.objects.filter(name=name, kind="cog").update(enabled=False)
        self.say(f"Stopped {name}.")

    def run(self, server: LocalCog, name: str) -> None:
        self.say(f"Starting {server.file.name} …")
        server.start()
        try:
            asyncio.run(server.ready())
        except NotReady as error:
            raise CommandError(str(error)) from error
        upstream, _ = Upstream.objects.update_or_create(
            name=name,
            defaults={"kind": "cog", "base_url": server.url, "enabled": True},
        )
        found = async_to_sync(upstream.open().models)()
        for model in catalogue.sync(upstream, found):
            self.say(f"Ready. Chat with {model} at {_chat_url()} (Ctrl-C stops it)")
        server.wait()
        raise CommandError("The Cog server has ended by itself.")

    def say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()


def _parsed(predictor: str) -> tuple[Path, str]:
    path, _, class_name = predictor.rpartition(":")
    file = Path(path)
    if not path or not class_name.isidentifier():
        raise CommandError(f"Name the file and its class, like predict.py:Predictor: {predictor}")
    if not file.is_file():
        raise CommandError(f"There is no file {file}.")
    return file, class_name


def _default_name(file: Path) -> str:
    """The file's name, or its folder's where the file has the name that Cog projects all use."""
    path = file.resolve()
    return catalogue.handle(path.parent.name if path.stem in {"predict", "run"} else path.stem)[:64]


def _check(name: str) -> None:
    try:
        Upstream(name=name, kind="cog").clean_fields()
    except ValidationError as error:
        raise CommandError(f"{name}: {' '.join(error.messages)}") from error
    if Upstream.objects.filter(name=name).exclude(kind="cog").exists():
        raise CommandError(f"The name {name} is taken: choose another with --name.")


def _chat_url() -> str:
    return f"{settings.PUBLIC_URL or f'http://{settings.HOST}:{settings.PORT}'}/"


@contextlib.contextmanager
def _stopped_by_signals() -> Iterator[None]:
    """SIGTERM and a closed terminal end the block as Ctrl-C does."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in ENDINGS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
