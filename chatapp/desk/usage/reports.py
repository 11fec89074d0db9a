"""What was used in a time: in all, and by day, model, site and user."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property

from django.contrib.auth import get_user_model
from django.db.models import Max, Min, QuerySet, Sum

from chatapp.models import UsageDay
from chatapp.models.usage import BUCKETS, EDGES
from predictions.models import LanguageModel, Prediction

from .counting import SUMS

API = "API"
CHAT = "Chat page"
ANONYMOUS = "Anonymous visitors"
GONE = "(deleted)"
MOST_USERS = 50
WEEKS, MONTHS = 100, 750  # from so many days on they are put together
COUNTS = (
    *("messages", "conversations", "errors", "stopped", "input_tokens", "output_tokens"),
    *("speeds", "speed"),
)


@dataclass
class Wanted:
    """Days from `first` to `last`, both included (None: from the beginning, to the end); of one
    model, of one site (or API), of one user; None for all."""

    first: date | None = None
    last: date | None = None
    model: int | None = None
    site: str | None = None
    user: int | None = None

    def rows(self) -> QuerySet[UsageDay]:
        rows = UsageDay.objects.order_by()
        if self.first:
            rows = rows.filter(day__gte=self.first)
        if self.last:
            rows = rows.filter(day__lte=self.last)
        if self.model is not None:
            rows = rows.filter(model=self.model)
        if self.user is not None:
            rows = rows.filter(user=self.user)
        return rows if self.site is None else rows.filter(**_site(self.site))


def _site(name: str) -> dict:
    if name == API:
        return {"source": Prediction.Source.API}
    return {"source": Prediction.Source.WEB, "site": name}


@dataclass
class Line:
    """The sums of one day, model, site or user."""

    name: str = ""
    messages: int = 0
    conversations: int = 0
    errors: int = 0
    stopped: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    speeds: int = 0
    speed: float = 0
    costs: dict[str, Decimal] = field(default_factory=dict)
    buckets: list[int] = field(default_factory=lambda: [0] * len(BUCKETS))

    def add(self, row: dict) -> None:
        for name in COUNTS:
            setattr(self, name, getattr(self, name) + row[f"{name}__sum"])
        for n, name in enumerate(BUCKETS):
            self.buckets[n] += row[f"{name}__sum"]
        if currency := row["currency"]:
            self.costs[currency] = self.costs.get(currency, Decimal(0)) + row["cost__sum"]

    @property
    def median(self) -> float | None:
        """Seconds until the first word."""
        return percentile(self.buckets, 0.5)

    @property
    def slowest(self) -> float | None:
        """Seconds, in which 95 of 100 answers had begun."""
        return percentile(self.buckets, 0.95)

    @property
    def words_per_second(self) -> float | None:
        return self.speed / self.speeds if self.speeds else None


class Report:
    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted

    @cached_property
    def total(self) -> Line:
        return next(iter(lines_of(self._places, lambda row: "")), Line())

    @cached_property
    def days(self) -> list[Line]:
        """Without gaps, the oldest first; weeks or months where there are many."""
        found = self._by_day()
        if not found:
            return []
        first, last = self._wanted.first or min(found), self._wanted.last or max(found)
        first, last = min(first, min(found)), max(last, max(found))
        lines: dict[date, Line] = {}
        for day in _days(first, last):
            begin = self._begin(day, (last - first).days)
            line = lines.setdefault(begin, Line(str(begin)))
            for row in found.get(day, ()):
                line.add(row)
        return list(lines.values())

    @cached_property
    def step(self) -> str:
        """What a line of `days` is."""
        if len(self.days) < 2:
            return "day"
        apart = date.fromisoformat(self.days[1].name) - date.fromisoformat(self.days[0].name)
        return "day" if apart.days == 1 else "week" if apart.days <= 7 else "month"

    @cached_property
    def models(self) -> list[Line]:
        names = {model.id: str(model) for model in LanguageModel.objects.all()}
        return lines_of(self._places, lambda row: names.get(row["model"], GONE))

    @cached_property
    def sites(self) -> list[Line]:
        return lines_of(self._places, site_of)

    @cached_property
    def users(self) -> list[Line]:
        """Those with the most messages."""
        rows = self._wanted.rows().values("user").annotate(count=Sum("messages"))
        ids = list(rows.order_by("-count").values_list("user", flat=True)[:MOST_USERS])
        users = get_user_model().objects.in_bulk([id for id in ids if id])
        names = {id: user.get_username() for id, user in users.items()} | {None: ANONYMOUS}
        return lines_of(self._sums(["user"], ids), lambda row: names.get(row["user"], GONE))

    @cached_property
    def _places(self) -> list[dict]:
        """What is summed up three times, read once."""
        return list(self._sums(["model", "source", "site"]))

    def _begin(self, day: date, count: int) -> date:
        if count >= MONTHS:
            return day.replace(day=1)
        return day - timedelta(days=day.weekday()) if count >= WEEKS else day

    def _by_day(self) -> dict[date, list[dict]]:
        found: dict[date, list[dict]] = {}
        for row in self._sums(["day"]):
            found.setdefault(row["day"], []).append(row)
        return found

    def _sums(self, names: list[str], users: list | None = None) -> Iterable[dict]:
        rows = self._wanted.rows()
        if users is not None:
            known = rows.filter(user__in=[id for id in users if id])
            rows = known | rows.filter(user=None) if None in users else known
        return rows.values(*names, "currency").annotate(*map(Sum, SUMS))


def lines_of(rows: Iterable[dict], name_of: Callable[[dict], str]) -> list[Line]:
    """Of each name one, the one with the most messages first."""
    lines: dict[str, Line] = {}
    for row in rows:
        name = name_of(row)
        lines.setdefault(name, Line(name)).add(row)
    return sorted(lines.values(), key=lambda line: -line.messages)


def site_of(row: dict) -> str:
    if row["source"] == Prediction.Source.API:
        return API
    return row["site"] or CHAT


def known_sites() -> list[str]:
    """The names of sites with something to count, "" for the chat page; API last."""
    pairs = UsageDay.objects.order_by().values_list("source", "site").distinct()
    sites = sorted({site for source, site in pairs if source == Prediction.Source.WEB})
    return [*sites, *([API] if any(source == Prediction.Source.API for source, _ in pairs) else [])]


def span() -> tuple[date | None, date | None]:
    """The first day that is counted, and the last."""
    found = UsageDay.objects.aggregate(first=Min("day"), last=Max("day"))
    return found["first"], found["last"]


def percentile(buckets: list[int], share: float) -> float | None:
    """Where so large a share of what is counted lies below, as near as the buckets tell."""
    total = sum(buckets)
    if not total:
        return None
    left = share * total
    for n, count in enumerate(buckets[:-1]):
        if left <= count and count:
            low = EDGES[n - 1] if n else 0
            return low + (EDGES[n] - low) * left / count
        left -= count
    return EDGES[-1]


def _days(first: date, last: date) -> Iterator[date]:
    for n in range((last - first).days + 1):
        yield first + timedelta(days=n)
