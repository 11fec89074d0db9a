from django.contrib.auth import get_user_model
from django.core.management import BaseCommand, CommandError

from predictions.models import ApiToken


class Command(BaseCommand):
    help = "Makes an API token and prints it, and nothing else. It is not shown again."

    def add_arguments(self, parser):
        parser.add_argument("name", help="what the token is for")
        parser.add_argument("--user", default="admin", help="whose token it is (default: admin)")

    def handle(self, *, name: str, user: str, **options):
        owner = get_user_model().objects.filter(username=user).first()
        if owner is None:
            raise CommandError(f"There is no user {user!r}; `make up` makes the user admin.")
        self.stdout.write(ApiToken.make(owner, name))
