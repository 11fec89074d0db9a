"""What the list of transcripts is filtered by. Each filter is a condition on the summaries; none
needs a look at messages, and none makes a row appear twice.
"""

from urllib.parse import urlencode

from django.contrib.auth.models import User
from django.db.models import Count, Exists, OuterRef, Q
from django.urls import reverse

from chatapp.desk.facets import Option
from chatapp.models import Conversation, Review, Summary, Tag, Tagging
from chatapp.models.owned import called
from chatapp.models.summaries import SLOW
from predictions.models import LanguageModel, Prediction, Upstream

from .dates import Dates
from .narrowing import Narrowing

MOST_CHOICES = 50


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
        used = Summary.objects.exclude(site="").order_by("site").values_list("site", flat=True)
        sites = list(used.distinct()[:MOST_CHOICES])
        chosen = self.value() or ""
        if chosen not in sites and used.filter(site=chosen.replace("\0", "")).exists():
            sites.append(chosen)  # by a link from its own page
        here = _of("site", "", "Chat page")._replace(value=self.HERE)
        return [here, *(_of("site", site, site) for site in sites)]

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
            return [Option(self.value(), called(key), whose)]
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
