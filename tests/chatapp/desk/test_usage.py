import csv
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from chatapp.desk import usage
from chatapp.desk.charts import Chart, Series
from chatapp.desk.usage import Report, Wanted, counting, reports
from chatapp.models import Conversation, Counted, Naming, UsageDay, UsageMark
from predictions.models import Prediction
from predictions.signals import run_over
from tests.chatapp.conftest import end

PAGE = "admin:desk_usage"


@pytest.fixture
def counting_began(db):
    """The server has run for a while."""
    usage.catch_up()


def ended(answer, status="succeeded", words=("Hi",), **facts):
    """End it as the runner does, and tell."""
    facts = {"started_at": answer.prediction.created_at, "metrics": {}} | facts
    for name, value in facts.items():
        setattr(answer.prediction, name, value)
    answer = end(answer, *words, status=status)
    run_over.send(None, prediction_id=answer.prediction_id)
    return answer


def counted() -> reports.Line:
    return Report(Wanted()).total


@pytest.mark.usefixtures("counting_began")
def test_an_answer_counts_once_it_has_ended(conversation):
    answer = conversation.ask("Hello")
    assert counted().messages == 0

    ended(
        answer,
        metrics={
            "time_to_first_word": 1.0,
            "words_per_second": 20.0,
            "input_token_count": 3,
            "output_token_count": 5,
        },
        cost=Decimal("0.5"),
        cost_currency="USD",
    )

    line = counted()
    assert (line.messages, line.conversations, line.errors, line.stopped) == (1, 1, 0, 0)
    assert (line.input_tokens, line.output_tokens) == (3, 5)
    assert line.costs == {"USD": Decimal("0.5")}
    assert line.words_per_second == 20
    assert 0.8 <= line.median <= 1.2


@pytest.mark.usefixtures("counting_began")
def test_it_counts_once_however_often_it_is_told(conversation):
    answer = ended(conversation.ask("Hello"))

    run_over.send(None, prediction_id=answer.prediction_id)
    usage.catch_up()

    assert counted().messages == 1


@pytest.mark.usefixtures("counting_began")
def test_errors_and_stopped_ones_are_told_apart(conversation):
    ended(conversation.ask("One"), "failed")
    ended(conversation.ask("Two"), "canceled")

    line = counted()
    assert (line.messages, line.conversations, line.errors, line.stopped) == (2, 1, 1, 1)


def test_what_was_there_before_is_counted_step_by_step(conversation, monkeypatch):
    for n in range(5):
        end(conversation.ask(f"Question {n}"), "So")
    monkeypatch.setattr(counting, "BATCH", 2)

    steps = [usage.catch_up() for _ in range(4)]

    assert steps == [2, 2, 1, 0]
    assert counted().messages == 5


def test_what_ends_late_is_counted_though_later_ones_are(conversation, version):
    slow = conversation.ask("Slow")
    Prediction.objects.update(created_at=timezone.now() - timedelta(hours=2))
    slow.prediction.refresh_from_db()
    end(Conversation(visitor="x", version=version).ask("Quick"), "So")
    assert (usage.catch_up(), usage.catch_up()) == (1, 0)

    end(slow, "At last")

    assert (usage.catch_up(), usage.catch_up()) == (1, 0)
    assert counted().messages == 2


@pytest.mark.usefixtures("counting_began")
def test_what_is_deleted_stays_counted(conversation):
    ended(conversation.ask("Hello"), cost=Decimal(1), cost_currency="EUR")

    Conversation.objects.get().delete()
    usage.catch_up()

    assert not Prediction.objects.exists()
    assert (counted().messages, counted().costs) == (1, {"EUR": 1})


def test_notes_of_what_is_long_counted_are_forgotten(conversation):
    usage.catch_up()
    ended(conversation.ask("Hello"))
    assert (Counted.objects.count(), usage.forget()) == (1, 0)
    Prediction.objects.update(created_at=timezone.now() - timedelta(hours=1))

    usage.catch_up()

    assert (usage.forget(), usage.forget()) == (1, 0)
    assert counted().messages == 1


def test_history_leaves_no_notes(conversation):
    answer = end(conversation.ask("Hello"), "Hi")
    Prediction.objects.update(created_at=timezone.now() - timedelta(days=3))

    usage.catch_up()

    assert answer.prediction_id
    assert not Counted.objects.exists()
    assert counted().messages == 1


@pytest.mark.usefixtures("counting_began")
def test_a_title_costs_and_is_no_message(conversation, version):
    answer = ended(conversation.ask("Hello"))
    title = version.predict({"prompt": "x"}, source="web")
    Naming.objects.create(conversation=answer.conversation, prediction=title)
    facts = {"cost": Decimal(1), "cost_currency": "USD", "status": "succeeded"}
    Prediction.objects.filter(id=title.id).update(**facts)

    run_over.send(None, prediction_id=title.id)

    assert (counted().messages, counted().costs) == (1, {"USD": 1})


@pytest.mark.usefixtures("counting_began")
def test_the_api_is_a_site_of_its_own(conversation, version):
    ann = User.objects.create_user("ann")
    conversation.site = "shop"
    ended(conversation.ask("Hello"))
    prediction = version.predict({"prompt": "x"}, owner=ann, source="api")
    Prediction.objects.update(status="succeeded")
    run_over.send(None, prediction_id=prediction.id)

    report = Report(Wanted())

    assert {line.name: line.messages for line in report.sites} == {"shop": 1, "API": 1}
    assert {line.name: line.messages for line in report.users} == {
        "ann": 1,
        "Anonymous visitors": 1,
    }
    assert [line.name for line in report.models] == ["rivulet/demo"]
    assert Report(Wanted(site="API")).total.messages == 1
    assert Report(Wanted(site="shop")).total.messages == 1
    assert Report(Wanted(user=ann.id)).total.messages == 1
    assert Report(Wanted(site="")).total.messages == 0


@pytest.mark.usefixtures("counting_began")
def test_absurd_counts_of_tokens_do_not_stop_the_count(version):
    for _ in range(3):
        answer = Conversation(visitor="x", version=version).ask("Hello")
        ended(answer, metrics={"input_token_count": 2**62, "output_token_count": 1})

    assert counted().messages == 3


def test_recounting_counts_what_is_there(conversation, version):
    end(conversation.ask("Hello"), "Hi")
    gone = end(Conversation(visitor="x", version=version).ask("Bye"), "Bye")
    usage.catch_up()
    gone.conversation.delete()
    assert counted().messages == 2

    call_command("recount_usage", verbosity=0, stdout=StringIO())

    assert counted().messages == 1
    assert UsageMark.objects.count() == 1


def day(at: date, **sums) -> None:
    UsageDay.objects.create(day=at, source="web", **({"messages": 1} | sums))


def test_days_have_no_gaps_and_many_become_weeks_and_months(db):
    day(date(2026, 3, 30))
    day(date(2026, 4, 2))
    lines = Report(Wanted()).days
    assert [(line.name, line.messages) for line in lines] == [
        *(("2026-03-30", 1), ("2026-03-31", 0), ("2026-04-01", 0), ("2026-04-02", 1)),
    ]

    weeks = Report(Wanted(date(2026, 1, 1), date(2026, 5, 31)))
    months = Report(Wanted(date(2024, 1, 15), date(2026, 5, 31)))

    assert (weeks.step, len(weeks.days)) == ("week", 22)
    assert (months.step, months.days[0].name, len(months.days)) == ("month", "2024-01-01", 29)
    assert sum(line.messages for line in months.days) == 2


def test_percentiles_are_near_what_was_counted():
    buckets = [0] * 20
    buckets[7] = 90  # 0.8 to 1.13 seconds
    buckets[12] = 10  # 4.5 to 6.4

    assert 0.8 < reports.percentile(buckets, 0.5) < 1.14
    assert 4.5 < reports.percentile(buckets, 0.95) < 6.4
    assert reports.percentile([0] * 20, 0.5) is None
    assert reports.percentile([0] * 19 + [1], 0.5) > 50


def test_the_page_tells_of_the_last_days_or_of_those_asked_for(reviewer):
    day(timezone.now().date() - timedelta(days=3), messages=2)
    day(timezone.now().date() - timedelta(days=80), messages=5)

    def told(query: str = "") -> int:
        return reviewer.get(reverse(PAGE) + query).context["total"].messages

    last_year = timezone.now().date() - timedelta(days=365)
    assert told() == 2
    assert told("?days=90") == 7
    assert told("?days=all") == 7
    assert told("?days=nonsense") == 2
    assert told(f"?first={last_year}") == 7
    assert told(f"?last={last_year}") == 0


@pytest.mark.parametrize(
    "query",
    ["model=x", "site=nowhere", "user=nobody", "first=x", "first=2026-01-02&last=2026-01-01"],
)
def test_what_cannot_be_filtered_by_is_said(reviewer, query):
    day(timezone.now().date())

    response = reviewer.get(f"{reverse(PAGE)}?{query}")

    assert response.status_code == 200
    assert response.context["form"].errors


def test_a_table_is_a_csv_that_runs_nothing(reviewer):
    evil = User.objects.create_user("+cmd")
    day(timezone.now().date(), user=evil, cost=Decimal("0.000000012"), currency="USD", messages=3)

    response = reviewer.get(reverse(PAGE) + "?csv=user")

    content = b"".join(response.streaming_content).decode("utf-8-sig")
    row = next(csv.DictReader(StringIO(content)))
    assert (row["user"], row["messages"], row["cost_USD"]) == ("'+cmd", "3", "0.000000012")
    assert reviewer.get(reverse(PAGE) + "?csv=secrets").status_code == 400


def test_nobody_else_sees_it(login, client):
    assert login("Operator", name="olga").get(reverse(PAGE)).status_code == 403
    assert client.get(reverse(PAGE)).status_code == 302


def test_names_are_escaped(reviewer):
    evil = User.objects.create_user("<script>alert(1)</script>")
    day(timezone.now().date(), user=evil)

    content = reviewer.get(reverse(PAGE)).content

    assert b"<script>alert" not in content
    assert b"&lt;script&gt;alert" in content


def test_a_chart_draws_what_it_is_given():
    chart = Chart("Errors", ["a", "b", "c"], [Series("x", [1, 0, 3]), Series("y", [1, 0, None])])

    bars = list(chart.bars)

    assert chart.top == 5
    assert [bar["number"] for bar in bars] == [1, 2, 1]
    assert bars[1]["y"] < bars[0]["y"]
    assert chart.says == "x: between 0 and 3; y: between 0 and 1"


def test_a_line_has_gaps_where_nothing_is_known():
    chart = Chart("s", ["a", "b", "c", "d"], [Series("x", [1, None, 2, 2])], is_bars=False)

    path = chart.lines[0]["path"]

    assert path.count("M") == 2
    assert path.count("L") == 1


def test_days_are_of_utc(conversation):
    answer = end(conversation.ask("Hello"), "Hi")
    late = datetime(2026, 5, 1, 23, 59, 59, tzinfo=UTC)
    Prediction.objects.filter(id=answer.prediction_id).update(created_at=late)

    usage.catch_up()

    assert UsageDay.objects.get().day == date(2026, 5, 1)
