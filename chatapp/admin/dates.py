"""The filter of the list of transcripts by days."""

from datetime import date, datetime, timedelta

from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import Q
from django.utils import timezone

from chatapp.desk.facets import Option

from .narrowing import Narrowing


class Dates(Narrowing):
    """The last activity: of today, of the last days, or from one day to another."""

    title, parameter_name = "last activity", "when"
    is_grouped = False
    template = "admin/desk/_dates.html"
    BOUNDS = ("from", "to")

    def __init__(self, request, params, model, model_admin) -> None:
        self.bounds = {name: params.pop(name)[-1] for name in self.BOUNDS if name in params}
        super().__init__(request, params, model, model_admin)

    def expected_parameters(self) -> list[str]:
        return [self.parameter_name, *self.BOUNDS]

    def options(self) -> list[Option]:
        today = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
        return [
            Option(value, title, Q(last_activity__gte=today - timedelta(days=days)))
            for value, title, days in (
                ("today", "Today", 0),
                ("7", "Past 7 days", 7),
                ("30", "Past 30 days", 30),
            )
        ]

    @property
    def condition(self) -> Q | None:
        condition = super().condition or Q()
        if first := self._day("from"):
            condition &= Q(last_activity__gte=first)
        if end := self._day("to", after=1):
            condition &= Q(last_activity__lt=end)
        return condition or None

    def choices(self, changelist):
        """The template's: the inputs' values, and what the form has to send along."""
        self.hidden = [
            (name, value)
            for name, values in changelist.filter_params.items()
            if name not in self.expected_parameters()
            for value in values
        ]
        is_all, *others = super().choices(changelist)
        everything = changelist.get_query_string(remove=self.expected_parameters())
        is_selected = is_all["selected"] and not any(self.bounds.values())
        yield is_all | {"selected": is_selected, "query_string": everything}
        for option, choice in zip(self._options, others, strict=True):
            url = changelist.get_query_string({"when": option.value}, remove=[*self.BOUNDS])
            yield choice | {"query_string": url}

    def _day(self, name: str, after: int = 0) -> datetime | None:
        """Its beginning, here, or that of a day after it; None where none was given."""
        if not (text := self.bounds.get(name)):
            return None
        try:
            day = date.fromisoformat(text) + timedelta(days=after)
            return timezone.make_aware(datetime(day.year, day.month, day.day))
        except (ValueError, OverflowError) as error:
            raise IncorrectLookupParameters(f"{text!r} is not a day.") from error
