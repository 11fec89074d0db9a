from datetime import timedelta

from django.contrib.auth import get_user_model
from django.core.management import BaseCommand, CommandError
from django.utils import timezone

from predictions.models import ApiToken

CENTURY = 36525  # days


class Command(BaseCommand):
    help = "Makes an API token and prints it, and nothing else. It is not shown again."

    def add_arguments(self, parser):
        parser.add_argument("name", help="what the token is for")
        parser.add_argument("--user", default="admin", help="whose token it is (default: admin)")
        parser.add_argument(
            "--read-only", action="store_true", help="it creates and changes nothing"
        )
        parser.add_argument("--days", type=int, help="how long it is valid (default: for ever)")

    def handle(self, *, name: str, user: str, read_only: bool, days: int | None, **options):
        owner = get_user_model().objects.filter(username=user).first()
        if owner is None:
            raise CommandError(f"There is no user {user!r}; `make up` makes the user admin.")
        if days is not None and not 1 <= days <= CENTURY:
            raise CommandError(f"A token is valid for 1 to {CENTURY} days, not {days}.")
        expires_at = days and timezone.now() + timedelta(days=days)
        self.stdout.write(
            ApiToken.make(owner, name, can_write=not read_only, expires_at=expires_at)
        )
