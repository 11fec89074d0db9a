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
from predictions.local_cog import CrashLoop, LocalCog, NotReady, kept
from predictions.local_cog.presence import (
    AlreadyRunning,
    disable_abandoned,
    home_of,
    presence,
)
from predictions.models import LanguageModel, Upstream, Version

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
        disable_abandoned()
        try:
            with presence(name), _stopped_by_signals(), contextlib.suppress(KeyboardInterrupt):
                self.run(file, class_name, name, port)
        except AlreadyRunning as error:
            raise CommandError(
                f"{name} is being run by another `manage.py cog`: choose another --name."
            ) from error
        self.say(f"Stopped {name}.")

    def run(self, file: Path, class_name: str, name: str, port: int) -> None:
        server = LocalCog(file, class_name, home_of(name), port=port, log=self.say)
        try:
            self.start(server, port)
            for model in _listed(server, name):
                self.say(f"Ready. {_invitation(model)} (Ctrl-C stops it)")
            for _ in kept(server, self.say):
                _listed(server, name)
                self.say("Ready again.")
        except (NotReady, CrashLoop) as error:
            raise CommandError(str(error)) from error
        finally:
            server.stop()
            Upstream.objects.filter(name=name, kind="cog").update(enabled=False)

    def start(self, server: LocalCog, port: int) -> None:
        self.say(f"Starting {server.file.name} …")
        server.start()
        if port and server.port != port:
            raise CommandError(f"Port {port} is taken: choose another with --port.")
        asyncio.run(server.ready())

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


def _listed(server: LocalCog, name: str) -> list[LanguageModel]:
    """Its models, in the catalogue under `name`, where the server is now."""
    upstream, _ = Upstream.objects.update_or_create(
        name=name,
        defaults={"kind": "cog", "base_url": server.url, "enabled": True},
    )
    return catalogue.sync(upstream, async_to_sync(upstream.open().models)())


def _invitation(model: LanguageModel) -> str:
    """The chat is for models whose words come one by one; each has a page."""
    url = settings.PUBLIC_URL or f"http://{settings.HOST}:{settings.PORT}"
    if Version.objects.streaming().filter(model=model).exists():
        return f"Chat with {model} at {url}/"
    return f"Try {model} at {url}/models/{model}/"


@contextlib.contextmanager
def _stopped_by_signals() -> Iterator[None]:
    """SIGTERM and a closed terminal end the block as Ctrl-C does, which asyncio knows how to
    take: an exception out of nowhere could get lost in an event loop."""

    def interrupt(*_: object) -> None:
        signal.raise_signal(signal.SIGINT)

    before = {number: signal.signal(number, interrupt) for number in ENDINGS}
    # A shell has what it starts in the background ignore this one, and our own with it.
    before[signal.SIGINT] = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
