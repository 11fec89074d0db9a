"""The list of transcripts: what it shows of each, and how it is filtered and searched.

It is counted, filtered and sorted over the summaries alone; the conversations of one page are read
by their ids.
"""

from functools import cached_property

from django.conf import settings
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import InvalidPage, Paginator
from django.db.models import F, QuerySet

from chatapp import search
from chatapp.desk import facets, summaries
from chatapp.models import Summary, Transcript

from . import filters, pages
from .columns import Columns, Page
from .found import Found
from .narrowing import Narrowing

PER_PAGE = 50
SUMMARY = "summary__"  # before the names of columns to sort by, as the admin knows them
NULLABLE = {"cost", "slowest_first_word"}


class TranscriptList(ChangeList):
    """`summaries` are those of the conversations that are listed; `found` what a search found."""

    found: Found | None = None

    def get_queryset(self, request, exclude_parameters=None) -> QuerySet:
        """The transcripts that are listed, for what is done with all of them."""
        self.filter_specs, self.has_filters, rest, _, self.has_active_filters = self.get_filters(
            request
        )
        if self.query and settings.CHAT_HIDE_CONTENTS:
            raise IncorrectLookupParameters("What was said is hidden, and not searched.")
        if rest:
            raise IncorrectLookupParameters(f"The list knows no {', '.join(rest)}.")
        self.clear_all_filters_qs = self.get_query_string(remove=self.get_filters_params())
        self.summaries = self.narrowed()
        queryset = self.root_queryset
        if self.has_active_filters:
            queryset = queryset.filter(pk__in=self.summaries.order_by().values("pk"))
        if self.query:
            queryset = search.narrowed(queryset, self.query)
        return queryset.order_by(*self.get_ordering(request, queryset))

    def narrowed(self, *, without: Narrowing | None = None, grouped: bool = True) -> QuerySet:
        """Summaries by what was chosen in all filters, or in all but some."""
        conditions = [
            spec.condition
            for spec in self.filter_specs
            if spec is not without and (grouped or not spec.is_grouped)
        ]
        return Summary.objects.filter(*(each for each in conditions if each is not None))

    def get_results(self, request) -> None:
        if self.query:
            self.found = Found(request, self)
        paginator = Paginator(self.summaries.order_by(*self._order()), self.list_per_page)
        self.result_count = 0 if self.found else paginator.count
        self.show_full_result_count = self.can_show_all = False
        # A number beside the search, with a way back to all, where filters left fewer.
        is_part = self.has_active_filters and not self.found
        self.full_result_count = None if is_part else self.result_count
        self.show_admin_actions = self.result_count > 0
        self.multi_page = self.result_count > self.list_per_page
        self.paginator = paginator
        self.result_list = [] if self.found else self._page(paginator)

    def _page(self, paginator: Paginator) -> list[Transcript]:
        try:
            ids = list(paginator.page(self.page_num).object_list.values_list("pk", flat=True))
        except InvalidPage as error:
            raise IncorrectLookupParameters(str(error)) from error
        return Page(self.root_queryset, ids).transcripts

    def _order(self) -> list:
        """Of summaries; what is alike in the same direction, as the index has it."""
        chosen = self.get_ordering(None, self.root_queryset.order_by())
        names = [name for name in chosen if SUMMARY in name] or ["-summary__last_activity"]
        order = [(name.lstrip("-").removeprefix(SUMMARY), name[0] == "-") for name in names]
        is_descending = order[0][1]
        order.append(("pk", is_descending))
        return [
            F(name).desc(nulls_last=name in NULLABLE or None)
            if down
            else F(name).asc(nulls_last=name in NULLABLE or None)
            for name, down in order
        ]

    def facet_counts(self, spec: Narrowing) -> list[int]:
        """How many each of its options would show."""
        if spec.is_grouped:
            return self._grouped_counts[spec]
        return spec.counts(self.narrowed(without=spec))

    @cached_property
    def _grouped_counts(self) -> dict[Narrowing, list[int]]:
        specs = [spec for spec in self.filter_specs if spec.is_grouped]
        groups = facets.groups(self.narrowed(grouped=False))
        counts = facets.count(groups, [spec.choice for spec in specs])
        return dict(zip(specs, counts, strict=True))


class Listing(Columns):
    """Mixed into the transcripts' admin: its list."""

    actions = []
    list_filter = filters.ALL
    list_per_page = PER_PAGE
    list_max_show_all = 0
    search_fields = ("title",)  # for there to be a search; what it finds is TranscriptList's
    search_help_text = "Words that were said, or of a title; “in quotes” as they follow each other."
    ordering = ("-summary__last_activity",)
    show_full_result_count = False
    change_list_template = "admin/chatapp/transcript/change_list.html"

    def get_changelist(self, request, **kwargs) -> type[ChangeList]:
        return TranscriptList

    def get_search_fields(self, request) -> tuple:
        return () if settings.CHAT_HIDE_CONTENTS else self.search_fields

    def changelist_view(self, request, extra_context=None):
        more = {
            "title": "Transcripts",
            "tabs": pages.tabs(request, "chatapp_transcript_changelist"),
            "hides_contents": settings.CHAT_HIDE_CONTENTS,
            "left_to_sum_up": summaries.left(),
        }
        return super().changelist_view(request, more | (extra_context or {}))
