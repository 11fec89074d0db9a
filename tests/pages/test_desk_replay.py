"""Playing an answer again in Chromium: at its true speed, and exactly as far as one goes."""

import pytest
from playwright.sync_api import expect

from .axe import expect_nothing_hinders
from .conftest import SHORT

REPLAY = "/admin/chatapp/transcript/replay"
NOW = "() => document.querySelector('[data-clock]').textContent"


@pytest.fixture
def prediction(server) -> str:
    """An answer with a wait of two seconds in line, one before the first word and a stall."""
    return server.shell(LOGGED).strip()


LOGGED = """
from datetime import timedelta
from django.utils import timezone
from chatapp.models import Conversation
from predictions.models import Prediction, Segment, Version
version = Version.objects.filter(model__owner="rivulet").first()
conversation = Conversation(visitor="v", version=version)
said = [(1000, "One "), (1500, "**two** "), (4500, "three "), (4700, "four\\n\\n"), (5000, "five")]
p = Prediction(version=version, upstream=version.upstream, input={}, source="web")
p.status, p.output, p.completed_at = "canceled", [text for _, text in said], timezone.now()
p.created_at = timezone.now() - timedelta(minutes=1)
p.started_at = p.created_at + timedelta(seconds=2)
start = 1692041342_000000
events = [[start + n, "output", text, at] for n, (at, text) in enumerate(said)]
events.append([start + 99, "done", '{"reason": "canceled"}', 6000])
p.last_cursor = start + 99
p.save()
Segment.objects.create(prediction=p, last_cursor=start + 99, events=events)
conversation.title = "A river"
conversation.save()
question = conversation.messages.create(role="user", text="What is a river?")
conversation.messages.create(role="assistant", parent=question, prediction=p)
print(p.id)
"""


@pytest.fixture
def player(open_browser, server, prediction):
    """The page of that answer, ready to play; its clock is moved by hand."""
    page = open_browser()
    page.clock.install()
    page.goto(f"{server.url}{REPLAY}/{prediction}/")
    page.get_by_label("Username").fill("admin")
    page.get_by_label("Password").fill(server.password)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    page.clock.pause_at(page.evaluate("Date.now()") + 1000)
    return page


def words(page) -> str:
    return page.locator("[data-words]").evaluate("element => element.textContent")


def pass_by(page, milliseconds: int) -> None:
    page.clock.run_for(milliseconds)


def test_words_come_at_their_true_times(player):
    player.get_by_role("button", name="Play").click()
    pass_by(player, 1900)
    assert "Waiting in line" in player.evaluate(NOW)
    pass_by(player, 900)
    assert "Waiting for the first word" in player.evaluate(NOW)
    assert words(player) == ""
    pass_by(player, 400)
    assert words(player) == "One "
    pass_by(player, 500)
    assert words(player) == "One **two** "
    pass_by(player, 2000)
    assert "no word for" in player.evaluate(NOW)
    assert words(player) == "One **two** "
    pass_by(player, 2500)

    expect(player.locator("[data-sentence]")).to_have_text("Stopped.")
    expect(player.locator("[data-rendered] strong")).to_have_text("two")
    expect(player.get_by_role("button", name="Play")).to_be_visible()


def test_eight_times_as_fast_is_eight_times_as_fast(player):
    player.get_by_role("radio", name="8").check()
    player.get_by_role("button", name="Play").click()

    pass_by(player, 340)
    assert words(player) == ""
    pass_by(player, 70)
    assert words(player) == "One "
    pass_by(player, 700)

    expect(player.locator("[data-sentence]")).to_have_text("Stopped.")


def test_pause_holds_and_play_goes_on_from_there(player):
    player.get_by_role("button", name="Play").click()
    pass_by(player, 3200)
    player.get_by_role("button", name="Pause").click()
    pass_by(player, 5000)
    assert words(player) == "One "

    player.get_by_role("button", name="Play").click()
    pass_by(player, 500)

    assert words(player) == "One **two** "


def test_the_bar_goes_to_exactly_the_words_that_had_come(player):
    bar = player.get_by_role("slider", name="Time")
    for at, told in (
        ("6700", "One **two** three four\n\n"),
        ("3400", "One "),
        ("3500", "One **two** "),
        ("2900", ""),
        ("7000", "One **two** three four\n\nfive"),
    ):
        bar.fill(at)
        assert words(player) == told

    bar.press("End")
    expect(player.locator("[data-clock]")).to_contain_text("Stopped.")
    bar.press("Home")
    assert words(player) == ""


def test_a_stall_can_be_gone_to(player):
    player.get_by_role("button", name="Go to 3.5 s").click()

    assert words(player) == "One **two** "


def test_an_answer_of_the_server_is_played_to_its_stored_words(chat, open_browser, server):
    chat.ask(SHORT)
    chat.expect_status("succeeded")
    stored = chat.stored()
    page = open_browser()
    page.goto(f"{server.url}/admin/")
    page.get_by_label("Username").fill("admin")
    page.get_by_label("Password").fill(server.password)
    page.get_by_role("button", name="Log in").click()
    newest = (
        "from predictions.models import Prediction as P; print(P.objects.latest('created_at').id)"
    )

    page.goto(f"{server.url}{REPLAY}/{server.shell(newest).strip()}/")
    page.get_by_role("slider", name="Time").press("End")

    assert words(page) == stored
    expect(page.locator("[data-rendered]")).to_be_visible()


def test_without_javascript_the_picture_and_the_figures_are_there(open_browser, server, prediction):
    page = open_browser(java_script_enabled=False)
    page.goto(f"{server.url}{REPLAY}/{prediction}/")
    page.get_by_label("Username").fill("admin")
    page.get_by_label("Password").fill(server.password)
    page.get_by_role("button", name="Log in").click()

    expect(page.get_by_role("img", name="Words a second")).to_be_visible()
    expect(page.get_by_role("row", name="First word after 3.0 s")).to_be_visible()
    expect(page.get_by_role("button", name="Play")).to_be_hidden()
    expect(page.locator("noscript p")).to_be_visible()


def test_nothing_hinders_anybody(open_browser, server, prediction):
    page = open_browser()
    page.goto(f"{server.url}{REPLAY}/{prediction}/")
    page.get_by_label("Username").fill("admin")
    page.get_by_label("Password").fill(server.password)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    page.get_by_role("slider", name="Time").fill("3500")

    expect_nothing_hinders(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
