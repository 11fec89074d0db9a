"""The list of transcripts: what it shows, how it is filtered, counted, sorted and searched."""

import re
from datetime import timedelta
from html import unescape
from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from chatapp.admin.filters import ALL
from chatapp.models import (
    AuditEntry,
    Conversation,
    Feedback,
    Flag,
    Review,
    Summary,
    Tag,
    Tagging,
)
from predictions.signals import run_over
from tests.chatapp.conftest import end

LIST = "/admin/chatapp/transcript/"
TITLE = re.compile(r'<bdi class="desk-title">(.*?)</bdi>', re.DOTALL)


@pytest.fixture
def held(make_version):
    """Makes a conversation with this title and an answer that ended so."""
    versions = {}

    def make(title: str, status="succeeded", words=("Hi",), model="rivulet/demo", **fields):
        version = versions.get(model) or versions.setdefault(model, make_version(model))
        facts = fields.pop("facts", {})
        whose = {} if "owner" in fields else {"visitor": "mine"}
        conversation = Conversation(version=version, **(whose | fields))
        answer = conversation.ask(f"About {title}")
        Conversation.objects.filter(id=conversation.id).update(title=title)
        for name, value in facts.items():
            setattr(answer.prediction, name, value)
        answer = end(answer, *words, status=status)
        run_over.send(None, prediction_id=answer.prediction_id)
        return answer

    return make


@pytest.fixture
def slow():
    return {"metrics": {"time_to_first_word": 60.0}, "started_at": timezone.now()}


def titles(browser, **query) -> list[str]:
    """Those that are listed, from the top."""
    page = browser.get(f"{LIST}?{urlencode(query)}")
    assert page.status_code == 200
    return [unescape(title) for title in TITLE.findall(page.content.decode())]


def test_the_newest_is_on_top(reviewer, held):
    first = held("first")
    held("second")
    assert titles(reviewer) == ["second", "first"]

    first.conversation.ask("And again?")

    assert titles(reviewer) == ["first", "second"]


def test_a_row_tells_who_with_whom_how_and_leads_to_the_messages(reviewer, held, slow):
    ann = User.objects.create_user("ann")
    failed = held("Deltas", "failed", owner=ann, facts=slow, site="docs")
    judged = held("Springs", facts={"cost": "0.5", "cost_currency": "USD"})
    Feedback.objects.create(message=judged, is_good=False)
    Flag.objects.create(conversation=judged.conversation, message=judged)

    html = reviewer.get(LIST).content.decode()

    assert f"/admin/chatapp/transcript/{failed.conversation_id}/change/" in html
    assert html.count(f"?message={failed.id}") == 1
    assert html.count(f"?message={judged.id}") == 2
    for text in ("ann", "visitor mine", "rivulet/demo", "docs", "chat page", "interrupted"):
        assert text in html
    assert re.search(r">\d\d\.\d s</span>", html)
    for text in ("slow", "0.50 USD", 'data-thumb="down"', "⚑ flagged"):
        assert text in html


def test_who_is_vouched_for_is_called_by_the_subject(reviewer, held):
    held("Theirs", visitor="ann@pond.example~0123456789abcdef01234567", site="shop")

    html = reviewer.get(LIST).content.decode()
    found = reviewer.get(LIST, {"q": "Theirs"}).content.decode()

    assert "<bdi>ann@pond.example</bdi>" in html
    assert "ann@pond.example" in found
    assert "012345" not in found
    key = "visitor:ann@pond.example~0123456789abcdef01234567"
    assert titles(reviewer, person=key) == ["Theirs"]


def test_a_link_to_a_sites_transcripts_holds_however_many_sites_there_are(reviewer, held):
    for number in range(51):
        held(f"On {number}", site=f"site {number:02}")

    assert titles(reviewer, site="site 50") == ["On 50"]


def test_tags_and_who_reviews_are_shown(reviewer, held):
    for name, review in (("done", {"done_at": timezone.now()}), ("hers", {})):
        answer = held(name)
        Review.objects.create(conversation=answer.conversation, assignee=reviewer.user, **review)
    tag = Tag.objects.create(name="billing")
    Tagging.objects.create(conversation=answer.conversation, tag=tag)
    Tagging.objects.create(conversation=answer.conversation, message=answer, tag=tag)

    html = reviewer.get(LIST).content.decode()

    assert html.count('<bdi class="desk-tag">billing</bdi>') == 1
    assert '<span class="desk-standing">done</span>' in html
    assert '<span class="desk-standing">for rita</span>' in html


FILTERS = [
    ({"who": "accounts"}, {"owned", "slow"}),
    ({"who": "anonymous"}, {"plain", "failed", "stopped", "rated", "running"}),
    ({"site": "docs"}, {"failed"}),
    ({"site": "-"}, {"plain", "owned", "slow", "stopped", "rated", "running"}),
    ({"status": "running"}, {"running"}),
    ({"status": "failed"}, {"failed"}),
    ({"status": "canceled"}, {"stopped"}),
    ({"status": "none"}, set()),
    ({"error": "yes"}, {"failed"}),
    ({"error": "interrupted"}, set()),
    ({"error": "no", "who": "accounts"}, {"owned", "slow"}),
    ({"rating": "down"}, {"rated"}),
    ({"rating": "up"}, {"slow"}),
    ({"rating": "none", "who": "accounts"}, {"owned"}),
    ({"stopped": "yes"}, {"stopped"}),
    ({"slow": "yes"}, {"slow"}),
    ({"slow": "no", "who": "accounts"}, {"owned"}),
    ({"flagged": "yes"}, {"rated"}),
    ({"tag": "billing"}, {"plain"}),
    ({"tag": "billing", "flagged": "yes"}, set()),
    ({"reviewer": "me"}, {"plain"}),
    ({"reviewer": "nobody", "who": "accounts"}, {"owned", "slow"}),
    ({"model": "other/model"}, {"owned"}),
    ({"person": "visitor:yours"}, {"stopped"}),
    ({"person": "ann", "slow": "yes"}, {"slow"}),
    ({"when": "today"}, {"plain", "owned", "failed", "slow", "rated", "running"}),
    ({"when": "7"}, {"plain", "owned", "failed", "slow", "rated", "running", "stopped"}),
    ({"to": "2020-01-01"}, set()),
    ({"from": "2020-01-01", "to": "2099-01-01", "flagged": "yes"}, {"rated"}),
]


@pytest.fixture
def desk(reviewer, held, slow):
    """A conversation of each kind, and the values by which they are filtered."""
    ann = User.objects.create_user("ann")
    plain = held("plain")
    held("owned", owner=ann, model="other/model")
    held("failed", "failed", words=(), site="docs")
    stopped = held("stopped", "canceled", visitor="yours")
    quick = held("slow", owner=ann, facts=slow)
    rated = held("rated")
    held("running", "processing")
    Feedback.objects.create(message=rated, is_good=False)
    Feedback.objects.create(message=quick, is_good=True)
    Flag.objects.create(conversation=rated.conversation, message=rated)
    Flag.objects.create(conversation=rated.conversation)
    tag = Tag.objects.create(name="billing")
    for message in (None, plain):
        Tagging.objects.create(conversation=plain.conversation, tag=tag, message=message)
    Review.objects.create(conversation=plain.conversation, assignee=reviewer.user)
    Summary.objects.filter(conversation=stopped.conversation).update(
        last_activity=timezone.now() - timedelta(days=2)
    )
    other = Summary.objects.get(conversation__title="owned").model_id
    return {
        ("tag", "billing"): tag.id,
        ("reviewer", "me"): reviewer.user.id,
        ("model", "other/model"): other,
        ("person", "ann"): f"account:{ann.id}",
    }


@pytest.mark.parametrize(
    ("query", "expected"), FILTERS, ids=[urlencode(query) for query, _ in FILTERS]
)
def test_it_is_filtered(reviewer, desk, query, expected):
    query = {name: desk.get((name, value), value) for name, value in query.items()}

    found = titles(reviewer, **query)

    assert sorted(found) == sorted(expected)


@pytest.mark.parametrize("query", [{}, {"who": "accounts"}, {"when": "today", "error": "no"}])
def test_each_count_is_what_its_choice_shows(reviewer, desk, query):
    html = reviewer.get(f"{LIST}?{urlencode(query | {'_facets': 'True'})}").content.decode()
    side = html[html.index("changelist-filter-header") :]
    choices = re.findall(r'<a href="(\?[^"]*)">\s*([^<]*?) \((\d+)\)</a>', side)

    assert len(choices) > 25
    for url, title, count in choices:
        page = reviewer.get(LIST + unescape(url)).content.decode()
        assert len(TITLE.findall(page)) == int(count), (title, url)


def test_counts_are_one_query_more_for_all_that_groups_tell(
    reviewer, desk, django_assert_max_num_queries
):
    with django_assert_max_num_queries(40):
        reviewer.get(f"{LIST}?_facets=True")


def test_a_list_takes_as_many_queries_however_long_it_is(reviewer, held, slow):
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            reviewer.get(LIST)
        return len(captured)

    held("one", "failed", facts=slow, owner=User.objects.create_user("ann"))
    one = queries()
    for number in range(5):
        held(f"{number}", "failed", facts=slow, owner=User.objects.create_user(f"b{number}"))

    assert queries() == one


@pytest.mark.parametrize(
    "query",
    [
        *("model=99", "model=x", "upstream=x", "site=nowhere", "status=odd", "error=x", "tag=x"),
        *("tag=99", "reviewer=x", "person=x", "person=account:x", "person=visitor:", "when=x"),
        *("from=x", "to=2024-13-01", "from=0000-00-00", "p=0", "p=99", "nonsense=1", "flagged="),
        *("person=visitor:%00", "model=%00", "q=%00&site=x", "site=%00", "from=0001-01-01"),
        *("o=99", "o=x.-", "to=9999-12-31", "p=x", "all=", "id__exact=x"),
    ],
)
def test_nonsense_is_an_answer_and_no_failure(reviewer, held, query):
    held("one")

    answer = reviewer.get(f"{LIST}?{query}")

    assert answer.status_code == 200 or answer["Location"] == f"{LIST}?e=1"


def test_it_is_sorted_by_numbers_with_the_unknown_last(reviewer, held):
    held("dear", facts={"cost": "0.5", "cost_currency": "USD"})
    held("cheap", facts={"cost": "0.1", "cost_currency": "USD"})
    held("unknown")
    page = reviewer.get(LIST).content.decode()

    for column, up, down in (
        ("cost", ["cheap", "dear", "unknown"], ["dear", "cheap", "unknown"]),
        ("last_activity", ["dear", "cheap", "unknown"], ["unknown", "cheap", "dear"]),
    ):
        order = re.search(rf'column-{column}[ "].*?\?o=-?(\d+)', page, re.DOTALL)[1]
        assert (titles(reviewer, o=order), titles(reviewer, o=f"-{order}")) == (up, down)


def test_pages_go_on_and_lose_nobody(reviewer, held):
    answer = held("one")
    for number in range(60):
        copy = Conversation.objects.create(visitor="mine", title=f"more {number}")
        copy.messages.create(role="user", text=answer.body)
    found = titles(reviewer) + titles(reviewer, p=2)

    assert len(titles(reviewer)) == 50
    assert len(set(found)) == len(found) == 61


def test_what_was_said_is_found_and_leads_to_the_message(reviewer, held):
    answer = held("Rivers", words=("The estuary is <b>wide</b>.",))
    held("Nothing of it", words=("A spring",))

    html = reviewer.get(f"{LIST}?q=estuary").content.decode()

    assert f"/change/?message={answer.id}" in html
    assert "The <mark>estuary</mark> is &lt;b&gt;wide&lt;/b&gt;." in html
    assert "Nothing of it" not in html
    entry = AuditEntry.objects.get(verb="searched")
    assert (entry.who, entry.details["query"]) == (reviewer.user, "estuary")


def test_a_search_is_narrowed_by_filters(reviewer, held):
    here = held("Rivers", words=("The estuary",), site="docs")
    there = held("Seas", words=("An estuary",))

    html = reviewer.get(f"{LIST}?q=estuary&site=docs").content.decode()

    assert str(here.id) in html
    assert str(there.id) not in html


def test_titles_are_found_and_deleted_ones_are_not(reviewer, held):
    held("The Zambezi")
    gone = held("Another Zambezi").conversation
    Conversation.objects.get(id=gone.id).throw_away()

    html = reviewer.get(f"{LIST}?q=zambezi").content.decode()

    assert "The <mark>Zambezi</mark>" in html
    assert "Another" not in html


def test_many_hits_come_in_pages(reviewer, held):
    answer = held("one")
    conversation = Conversation.objects.get(id=answer.conversation_id)
    for number in range(35):
        conversation.messages.create(role="user", text=f"estuary {number}")

    first, second = (reviewer.get(f"{LIST}?q=estuary&p={p}").content.decode() for p in (1, 2))

    assert (first.count("desk-hit"), second.count("desk-hit")) == (30, 5)
    assert ("Older" in first, "Newer" in second) == (True, True)


def test_what_is_done_with_all_is_done_with_what_filters_and_words_leave(held, admin_client):
    """Actions take the list's queryset: the box "all" must not mean more than is listed."""
    held("Rivers", words=("An estuary",), site="docs")
    held("Seas", words=("An estuary",))
    held("Lakes", site="docs")
    ids = list(Conversation.objects.values_list("id", flat=True))
    post = {"action": "delete_selected", "select_across": "1", "_selected_action": ids, "post": "1"}

    admin_client.post(f"{LIST}?q=estuary&site=docs", post | {"index": "0"})

    left = Conversation.objects.values_list("title", flat=True)
    assert sorted(left) == ["Lakes", "Seas"]


HOSTILE = [
    *("<script>alert(1)</script>", "\u202egnp.exe", "", " ", "x" * 100, '"><img src=x onerror=a>'),
    "{{ 7|add:7 }}",
]


@pytest.mark.parametrize("title", HOSTILE)
def test_a_title_is_only_text(reviewer, held, title):
    held(title)

    html = reviewer.get(LIST).content.decode()

    assert titles(reviewer) == [title.strip() or "Untitled"]
    assert not re.search(r"<script>alert|<img src=x", html)


def test_hidden_contents_are_not_shown_and_not_searched(reviewer, held, settings):
    held("Zambezi", words=("An estuary",))
    settings.CHAT_HIDE_CONTENTS = True

    listed = reviewer.get(LIST).content.decode()
    searched = reviewer.get(f"{LIST}?q=estuary", follow=True).content.decode()

    for html in (listed, searched):
        assert "Zambezi" not in html
        assert "Hidden: CHAT_HIDE_CONTENTS is on." in html
        assert 'name="q"' not in html
    assert "<mark>" not in searched


def test_what_is_not_summed_up_yet_is_said(reviewer, held):
    held("one")
    Summary.objects.all().delete()

    assert "1 conversation is still being summed up" in reviewer.get(LIST).content.decode()


def test_api_predictions_are_linked_for_who_may_see_them(reviewer, login):
    see = Permission.objects.get(codename="view_prediction")
    both = login("Reviewer", name="olga", permissions=[see])

    assert "API predictions" not in reviewer.get(LIST).content.decode()
    assert "?source__exact=api" in both.get(LIST).content.decode()


def test_staff_without_the_permission_see_no_list(login):
    assert login("Operator").get(LIST).status_code == 403


def test_no_filter_makes_the_database_look_for_duplicates(reviewer, desk):
    for query in (f"tag={desk['tag', 'billing']}", "reviewer=nobody", "flagged=yes"):
        with CaptureQueriesContext(connection) as captured:
            reviewer.get(f"{LIST}?{query}")
        counted = [row["sql"] for row in captured if "chatapp_summary" in row["sql"]]
        assert counted
        assert not [sql for sql in counted if "DISTINCT" in sql and '"site"' not in sql]


def test_the_filters_are_those_that_reviewers_were_promised():
    assert [each.title for each in ALL] == [
        *("last activity", "who", "person", "model", "upstream", "place", "status", "error"),
        *("rating", "stopped", "first word", "flag", "tag", "reviewer"),
    ]
