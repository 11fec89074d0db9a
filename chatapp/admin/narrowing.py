"""A filter of the list of transcripts: one of a few options, each a condition on the summaries."""

from functools import cached_property

from django.contrib.admin import SimpleListFilter
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import Q

from chatapp.desk.facets import Choice, Option


class Narrowing(SimpleListFilter):
    """One of a few options."""

    is_grouped = True  # whether facets.groups tells how many there are of each option

    def options(self) -> list[Option]:
        raise NotImplementedError

    def lookups(self, request, model_admin) -> list[tuple[str, str]]:
        return [(option.value, option.title) for option in self._options]

    @cached_property
    def _options(self) -> list[Option]:
        return self.options()

    @cached_property
    def choice(self) -> Choice:
        if self.value() is None:
            return Choice(self._options, None)
        for option in self._options:
            if option.value == self.value():
                return Choice(self._options, option)
        raise IncorrectLookupParameters(f"There is no {self.title} {self.value()!r}.")

    @property
    def condition(self) -> Q | None:
        """What is asked of summaries; None for nothing. Raises IncorrectLookupParameters."""
        return self.choice.chosen and self.choice.chosen.condition

    def has_output(self) -> bool:
        return bool(self._options) or self.value() is not None

    def get_facet_queryset(self, changelist) -> dict[str, int]:
        counts = changelist.facet_counts(self)
        return {f"{number}__c": count for number, count in enumerate(counts)}

    def counts(self, summaries) -> list[int]:
        """Of these, where groups do not tell."""
        return [summaries.filter(option.condition).count() for option in self._options]
