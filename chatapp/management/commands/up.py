"""`manage.py up`: everything a first run needs, then the server."""

import secrets
import socket

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import BaseCommand, CommandError, call_command
from django.db import DatabaseError

from chatapp import storage
from chatapp.embed import demo
from predictions import catalogue
from predictions.models import ApiToken

STORY = "58d078176e02c219e11eb4da5a02a7830a283b14cf8f94537af893ccff5ee781"

WELCOME = """
  Rivulet is ready.

  Chat    {url}/
{embed}  Admin   {url}/admin/   user: admin   password: {password}
  Token   {token}

  Try it in another terminal:

  STREAM_URL=$(curl -s -X POST \\
  -d '{{"version": "{version}", "input": {{"prompt": "Tell me a story"}}, "stream": true}}' \\
  -H "Authorization: Bearer {token}" \\
  "{url}/v1/predictions" | grep -o 'http[^"]*/v1/streams/[^"]*')
  curl -N -H 'Accept: text/event-stream' $STREAM_URL

  The password and the token are shown this once. New ones:

  .venv/bin/python manage.py changepassword admin
  .venv/bin/python manage.py token NAME

"""


class Command(BaseCommand):
    help = "Prepares the database, makes what a first run needs, and serves the chat."

    def handle(self, **options):
        self._check_address()
        try:
            call_command("migrate", verbosity=0)
            storage.gather()
            catalogue.install()
            self._welcome(demo.keep())
        except (DatabaseError, OSError) as error:
            raise CommandError(f"Cannot prepare {settings.DATA_DIR}: {error}") from error
        self.stdout.write(f"Serving on {self._url()} (Ctrl-C stops)")
        self.stdout.flush()
        self._serve()

    def _check_address(self) -> None:
        address = (settings.HOST, settings.PORT)
        try:
            family = socket.getaddrinfo(*address, type=socket.SOCK_STREAM)[0][0]
            with socket.create_server(address, family=family):
                pass
        except OSError as error:
            reason = (error.strerror or str(error)).partition(" (")[0]
            raise CommandError(
                f"Cannot serve on {settings.HOST}:{settings.PORT} ({reason}). "
                "Stop what listens there, or choose another port: PORT=8001 make up"
            ) from error

    def _welcome(self, embedded: str) -> None:
        """`embedded`: the page with the chat in a frame, "" where there is none."""
        User = get_user_model()
        if User.objects.filter(is_superuser=True).exists():
            return
        password = secrets.token_urlsafe(12)
        admin = User.objects.create_superuser("admin", password=password)
        token = ApiToken.make(admin, "made on the first run")
        told = {"url": self._url(), "password": password, "token": token, "version": STORY}
        embed = f"  Embed   {embedded}\n" if embedded else ""
        self.stdout.write(WELCOME.format(embed=embed, **told))

    def _url(self) -> str:
        host = "127.0.0.1" if settings.HOST in {"0.0.0.0", "::"} else settings.HOST
        return (
            settings.PUBLIC_URL or f"http://{f'[{host}]' if ':' in host else host}:{settings.PORT}"
        )

    def _serve(self) -> None:
        # daphne installs Twisted's reactor as it is imported.
        from chatapp.asgi import application
        from predictions.server import serve

        serve(application, settings.HOST, settings.PORT)
