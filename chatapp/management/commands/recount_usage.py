"""`manage.py recount_usage`: count anew what was used, of what is still there."""

from django.core.management import BaseCommand

from chatapp.desk import usage


class Command(BaseCommand):
    help = (
        "Counts anew how much was asked, how fast it was answered and what it cost. What was "
        "deleted since is not counted any more. Without this, the server counts what is new."
    )

    def handle(self, *args, **options) -> None:
        usage.recount()
        total = 0
        while count := usage.catch_up():
            total += count
        self.stdout.write(f"{total:,} predictions counted.")
