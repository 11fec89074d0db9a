"""`manage.py prune`: removes the conversations whose time is over, by the retention rules."""

from django.core.management import BaseCommand

from chatapp import upkeep
from chatapp.desk import pruning

LINE = "{0:<24} {1:>6} {2:>13} {3:>10}  {4}"


class Command(BaseCommand):
    help = "Removes conversations that are older than the retention rules allow. There is no undo."

    def add_arguments(self, parser) -> None:
        parser.add_argument(
            "--dry-run", action="store_true", help="Only say what would be removed."
        )
        parser.add_argument("--site", help="One embed site's; \"\" for the chat page's.")

    def handle(self, *, dry_run: bool, site: str | None, **options) -> None:
        rules = pruning.rules(site)
        if not rules:
            self.stdout.write("All is kept: there is no retention rule. Add one in the admin.")
            return
        if dry_run:
            self._tell(pruning.forecast(rules))
            return
        sweep = pruning.Sweep(site=site)
        count = sum(iter(sweep.step, 0))
        for _ in iter(upkeep.remove_deleted, 0):
            pass
        self.stdout.write(f"Removed: {count} conversations.")

    def _tell(self, forecasts: list[pruning.Forecast]) -> None:
        self.stdout.write(LINE.format("site", "days", "conversations", "messages", "last active"))
        for each in forecasts:
            span = f"{each.oldest:%Y-%m-%d} to {each.newest:%Y-%m-%d}"
            facts = (each.site or "(chat page)", each.days, each.conversations, each.messages)
            self.stdout.write(LINE.format(*facts, span))
        if not forecasts:
            self.stdout.write("Nothing would be removed.")
