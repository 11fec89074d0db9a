"""Usage: how much, how fast, what it cost; as charts, as tables, as CSV."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from urllib.parse import urlencode

from django import forms
from django.contrib.auth import get_user_model
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from chatapp import downloads
from chatapp.desk import usage
from chatapp.desk.charts import Chart, Series
from chatapp.desk.exports import table
from chatapp.desk.usage.reports import CHAT, Line, known_sites
from predictions.models import LanguageModel

from .pages import VIEW, context, desk_page

PERIODS = {"7": "7 days", "30": "30 days", "90": "90 days", "all": "All time"}
TABLES = {"day": "days", "model": "models", "site": "sites", "user": "users"}
COLUMNS = (
    *("messages", "conversations", "errors", "stopped", "first_word_median", "first_word_p95"),
    *("words_per_second", "input_tokens", "output_tokens"),
)


class UsageForm(forms.Form):
    """The page's filters, as they stand in its address."""

    first = forms.DateField(label="From", required=False)
    last = forms.DateField(label="To", required=False)
    model = forms.ModelChoiceField(
        LanguageModel.objects.order_by("owner", "name"), required=False, empty_label="All models"
    )
    site = forms.ChoiceField(required=False)
    user = forms.ModelChoiceField(
        get_user_model().objects.all(),
        to_field_name="username",
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "size": 12, "dir": "auto"}),
        error_messages={"invalid_choice": "There is no user of this name."},
    )

    def __init__(self, query) -> None:
        super().__init__(query)
        for name in ("first", "last"):
            self.fields[name].widget.input_type = "date"
        sites = [(name or CHAT, name or CHAT) for name in known_sites()]
        self.fields["site"].choices = [("", "All sites"), *sites]

    def clean(self) -> None:
        first, last = self.cleaned_data.get("first"), self.cleaned_data.get("last")
        if first and last and last < first:
            self.add_error("last", "This is before the first day.")

    def wanted(self, days: str) -> usage.Wanted:
        """Without dates the last so many days, or all."""
        told = self.cleaned_data
        first, last = told.get("first"), told.get("last")
        if not (first or last) and days != "all":
            last = timezone.now().date()
            first = last - timedelta(days=int(days) - 1)
        site = told.get("site") or None
        return usage.Wanted(
            first,
            last,
            told["model"].id if told.get("model") else None,
            "" if site == CHAT else site,
            told["user"].id if told.get("user") else None,
        )


@desk_page(VIEW)
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    form, report = asked(request)
    if request.GET.get("csv"):
        return as_csv(request, report, request.GET["csv"])
    days = request.GET.get("days")
    has_dates = request.GET.get("first") or request.GET.get("last")
    more = {
        "form": form,
        "periods": [
            {"name": name, "title": title, "is_here": not has_dates and name == (days or "30")}
            for name, title in PERIODS.items()
        ],
        "days": "" if has_dates else days or "30",
        "kept": kept(request, "days", "first", "last"),
        "total": report.total,
        "costs": costs_of(report.total),
        "charts": charts(report),
        "tables": tables(request, report),
        "shares": SHARES,
    }
    return render(request, "admin/desk/usage.html", context(request, "Usage", "desk_usage", **more))


def asked(request: HttpRequest) -> tuple[UsageForm, usage.Report]:
    form = UsageForm(request.GET)
    form.is_valid()  # what is nonsense filters nothing, and the form says so
    days = request.GET.get("days", "30")
    return form, usage.Report(form.wanted(days if days in PERIODS else "30"))


def kept(request: HttpRequest, *without: str) -> str:
    """The filters of the page's address, as the beginning of another one."""
    query = {name: value for name, value in request.GET.items() if value and name not in without}
    return f"{urlencode(query)}&" if query else ""


def charts(report: usage.Report) -> list[Chart]:
    """A chart for each thing that is counted, by day (or week, or month)."""
    lines, labels = report.days, [label(line.name) for line in report.days]

    def chart(title: str, told: dict, tell=number, is_bars: bool = True, tone: str = "") -> Chart:
        series = [Series(name, [value(line) for line in lines]) for name, value in told.items()]
        return Chart(title, labels, series, tell, is_bars, tone)

    first_word = {"median": lambda line: line.median, "95 of 100": lambda line: line.slowest}
    found = [
        chart("Messages", {"messages": lambda line: line.messages}),
        chart("Conversations begun", {"conversations": lambda line: line.conversations}),
        chart("Seconds to the first word", first_word, seconds, False),
        chart("Words a second", {"mean": lambda line: line.words_per_second}, seconds, False),
        chart(
            "Errors and stopped answers",
            {"errors": lambda line: line.errors, "stopped": lambda line: line.stopped},
            tone="trouble",
        ),
        chart(
            "Tokens",
            {"read": lambda line: line.input_tokens, "written": lambda line: line.output_tokens},
        ),
    ]
    for currency in sorted(report.total.costs):
        costs = {"cost": lambda line, currency=currency: float(line.costs.get(currency, 0))}
        found.append(chart(f"Cost in {currency}", costs, money))
    return found


def label(day: str) -> str:
    day = date.fromisoformat(day)
    return f"{day.day} {day:%b %Y}" if day.year != timezone.now().year else f"{day.day} {day:%b}"


def number(value: float) -> str:
    for size, unit in ((10**9, "bn"), (10**6, "m"), (10**4, "k")):
        if value >= size:
            return f"{value / (1000 if unit == 'k' else size):.3g}{unit}"
    return f"{value:,.3g}" if value < 10 else f"{value:,.0f}"


def seconds(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if value < 10 else f"{value:,.0f}"


def money(value: float) -> str:
    return f"{value:,.2f}" if value >= 1 or not value else f"{value:.2g}"


def costs_of(line: Line) -> list[str]:
    """The sums in each currency."""
    return [f"{money(cost)} {currency}" for currency, cost in sorted(line.costs.items())]


SHARES = ("model", "site", "user")  # tables with a bar for each line's share of the messages


def tables(request: HttpRequest, report: usage.Report) -> list[dict]:
    found = []
    for name, many in TABLES.items():
        lines = getattr(report, many)
        most = max((line.messages for line in lines), default=0) or 1
        title = f"By {report.step if name == 'day' else name}"
        rows = [
            {
                "line": line,
                "costs": costs_of(line),
                "tokens": f"{number(line.input_tokens)} / {number(line.output_tokens)}",
                "share": round(100 * line.messages / most, 1),
                "url": more_of(request, name, line.name),
            }
            for line in (reversed(lines) if name == "day" else lines)
        ]
        csv = f"?{kept(request, 'csv')}csv={name}"
        found.append({"name": name, "title": title, "rows": rows, "csv": csv})
    return found


def more_of(request: HttpRequest, by: str, name: str) -> str:
    """The page with this site only; "" where it is not filtered by what the line is of."""
    if by != "site":
        return ""
    return f"{reverse('admin:desk_usage')}?{kept(request, 'site')}{urlencode({'site': name})}"


def as_csv(request: HttpRequest, report: usage.Report, by: str) -> HttpResponse:
    if by not in TABLES:
        raise SuspiciousOperation("There is no such table.")
    lines = getattr(report, TABLES[by])
    name = f"usage-by-{by}-{timezone.now():%Y-%m-%d}.csv"
    words = csv_of(report.step if by == "day" else by, lines)
    return downloads.file(request, (word.encode() for word in words), name, "text/csv")


def csv_of(by: str, lines: list[Line]) -> Iterator[str]:
    currencies = sorted({currency for line in lines for currency in line.costs})
    yield table.BOM + table.row([by, *COLUMNS, *(f"cost_{each}" for each in currencies)])
    for line in lines:
        costs = (line.costs.get(currency, Decimal(0)) for currency in currencies)
        yield table.row([line.name, *numbers(line), *costs])


def numbers(line: Line) -> list[float | None]:
    """As COLUMNS."""
    times = [line.median, line.slowest, line.words_per_second]
    return [
        *(line.messages, line.conversations, line.errors, line.stopped),
        *(time if time is None else round(time, 3) for time in times),
        *(line.input_tokens, line.output_tokens),
    ]


urls = [path("usage/", page, name="desk_usage")]
