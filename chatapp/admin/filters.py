"""What the list of transcripts is filtered by. Each filter is a condition on the summaries; none
needs a look at messages, and none makes a row appear twice.
"""

from datetime import date, datetime, timedelta
from functools import cached_property
from urllib.parse import urlencode

from django.contrib.admin import SimpleListFilter
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.auth.models import User
from django.db.models import Count, Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone

from chatapp.desk.facets import Choice, Option
from chatapp.models import Conversation, Review, Summary, Tag, Tagging
from chatapp.models.summaries import SLOW
from predictions.models import LanguageModel, Prediction, Upstream

MOST_CHOICES = 50


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


class WithModel(Narrowing):
    title = parameter_name = "model"

    def options(self) -> list[Option]:
        used = Exists(Summary.objects.filter(model=OuterRef("pk")))
        models = LanguageModel.objects.filter(used)[:MOST_CHOICES]
        return [_of("model", model.id, str(model)) for model in models]


class AtUpstream(Narrowing):
    title = parameter_name = "upstream"

    def options(self) -> list[Option]:
        used = Exists(Summary.objects.filter(upstream=OuterRef("pk")))
        upstreams = Upstream.objects.filter(used).order_by("name")[:MOST_CHOICES]
        return [_of("upstream", upstream.id, upstream.name) for upstream in upstreams]


class Where(Narrowing):
    title, parameter_name = "place", "site"
    HERE = "-"

    def options(self) -> list[Option]:
        sites = Summary.objects.exclude(site="").order_by("site").values_list("site", flat=True)
        here = _of("site", "", "Chat page")._replace(value=self.HERE)
        return [here, *(_of("site", site, site) for site in sites.distinct()[:MOST_CHOICES])]

    def choices(self, changelist):
        """Predictions that the API was asked for have no conversation: a link leads to them."""
        yield from super().choices(changelist)
        if self.request.user.has_perm("predictions.view_prediction"):
            url = reverse("admin:predictions_prediction_changelist")
            url = f"{url}?source__exact={Prediction.Source.API}"
            yield {"selected": False, "query_string": url, "display": "API predictions →"}


class WithStatus(Narrowing):
    title = parameter_name = "status"

    def options(self) -> list[Option]:
        running = set(Prediction.RUNNING)
        return [
            Option("running", "Running", Q(status__in=running), lambda g: g.status in running),
            *(
                _of("status", status, title)
                for status, title in (
                    ("succeeded", "Succeeded"),
                    ("failed", "Failed"),
                    ("canceled", "Stopped"),
                    ("aborted", "Aborted"),
                )
            ),
            _of("status", "", "Not answered")._replace(value="none"),
        ]


class WithError(Narrowing):
    title, parameter_name = "error", "error"

    def options(self) -> list[Option]:
        return [
            _counted("error_count", "yes", "Has an error"),
            _counted("interrupted_count", "interrupted", "Interrupted while speaking"),
            _uncounted("error_count", "no", "None"),
        ]


class Rated(Narrowing):
    title = parameter_name = "rating"

    def options(self) -> list[Option]:
        none = Q(up_count=0, down_count=0)
        return [
            _counted("down_count", "down", "Thumbs down"),
            _counted("up_count", "up", "Thumbs up"),
            Option("none", "Not rated", none, lambda g: not g.up_count and not g.down_count),
        ]


class Stopped(Narrowing):
    title = parameter_name = "stopped"

    def options(self) -> list[Option]:
        return [
            _counted("stopped_count", "yes", "Stopped early"),
            _uncounted("stopped_count", "no", "Never"),
        ]


class Slow(Narrowing):
    title, parameter_name = "first word", "slow"

    def options(self) -> list[Option]:
        is_slow = Q(slowest_first_word__gte=SLOW)
        quick = Q(slowest_first_word__lt=SLOW) | Q(slowest_first_word=None)
        return [
            Option("yes", f"Slow ({SLOW} s or more)", is_slow, lambda g: g.is_slow),
            Option("no", "In time", quick, lambda g: not g.is_slow),
        ]


class Flagged(Narrowing):
    title, parameter_name = "flag", "flagged"

    def options(self) -> list[Option]:
        return [
            _counted("flag_count", "yes", "Flagged"),
            _uncounted("flag_count", "no", "Not flagged"),
        ]


class Who(Narrowing):
    title, parameter_name = "who", "who"

    def options(self) -> list[Option]:
        return [
            _of("is_anonymous", False, "Accounts")._replace(value="accounts"),
            _of("is_anonymous", True, "Anonymous visitors")._replace(value="anonymous"),
        ]


class Person(Narrowing):
    """One account or one anonymous visitor: from a link on the name, not from a list."""

    title, parameter_name = "person", "person"
    is_grouped = False

    def options(self) -> list[Option]:
        kind, _, key = (self.value() or "").partition(":")
        if kind == "account" and key.isdecimal() and len(key) < 18:
            owner = User.objects.filter(id=key).first()
            name = owner.get_username() if owner else f"account {key}"
            return [Option(self.value(), name, Q(conversation__owner=key))]
        if kind == "visitor" and key and "\0" not in key:
            whose = Q(conversation__owner=None, conversation__visitor=key)
            return [Option(self.value(), f"visitor {key[:6]}", whose)]
        return []


class Tagged(Narrowing):
    title = parameter_name = "tag"
    is_grouped = False

    def options(self) -> list[Option]:
        taggings = Tagging.objects.filter(conversation=OuterRef("conversation"))
        return [
            Option(str(tag.id), tag.name, Q(Exists(taggings.filter(tag=tag.id))))
            for tag in Tag.objects.all()[:MOST_CHOICES]
        ]

    def counts(self, summaries) -> list[int]:
        there = Exists(summaries.filter(conversation=OuterRef("conversation")))
        rows = Tagging.objects.filter(there).order_by().values_list("tag")
        found = dict(rows.annotate(Count("conversation", distinct=True)))
        return [found.get(int(option.value), 0) for option in self._options]


class Reviewer(Narrowing):
    title = parameter_name = "reviewer"
    is_grouped = False
    NOBODY = "nobody"

    def options(self) -> list[Option]:
        reviews = Review.objects.filter(conversation=OuterRef("conversation"))
        me = self.request.user
        assigned = Exists(Review.objects.filter(assignee=OuterRef("pk")))
        others = User.objects.filter(assigned).exclude(pk=me.pk).order_by("username")
        people = [(me.pk, f"Me ({me})"), *((each.pk, str(each)) for each in others[:MOST_CHOICES])]
        return [
            *(Option(str(id), name, Q(Exists(reviews.filter(assignee=id)))) for id, name in people),
            Option(self.NOBODY, "Nobody", ~Q(Exists(reviews.exclude(assignee=None)))),
        ]

    def counts(self, summaries) -> list[int]:
        there = Exists(summaries.filter(conversation=OuterRef("conversation")))
        rows = Review.objects.filter(there).exclude(assignee=None).order_by()
        found = dict(rows.values_list("assignee").annotate(Count("pk")))
        nobody = summaries.count() - sum(found.values())
        people = [found.get(int(option.value), 0) for option in self._options[:-1]]
        return [*people, nobody]


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


ALL = (
    *(Dates, Who, Person, WithModel, AtUpstream, Where, WithStatus, WithError, Rated, Stopped),
    *(Slow, Flagged, Tagged, Reviewer),
)


def url_of_person(conversation: Conversation) -> str:
    """The list of all that whoever has this one said."""
    owner, visitor = conversation.owner_id, conversation.visitor
    person = f"account:{owner}" if owner else f"visitor:{visitor}"
    return f"{reverse('admin:chatapp_transcript_changelist')}?{urlencode({'person': person})}"


def _of(column: str, value: object, title: str) -> Option:
    return Option(
        str(value), title, Q(**{column: value}), lambda group: getattr(group, column) == value
    )


def _counted(column: str, value: str, title: str) -> Option:
    condition = Q(**{f"{column}__gt": 0})
    return Option(value, title, condition, lambda group: getattr(group, column) > 0)


def _uncounted(column: str, value: str, title: str) -> Option:
    return Option(value, title, Q(**{column: 0}), lambda group: not getattr(group, column))
