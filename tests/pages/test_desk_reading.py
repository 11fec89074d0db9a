"""A reviewer reads a transcript in Chromium: nothing in it runs, and what they add is kept."""

import pytest
from playwright.sync_api import expect

from .axe import expect_nothing_hinders
from .test_hostile_words import CORPUS, GUARD

MADE = """
import sys
from django.contrib.auth.models import Group, User
from chatapp.desk import reviewing
from chatapp.models import *
from predictions.models import *
corpus = sys.stdin.read()
rita, is_new = User.objects.get_or_create(username="rita", is_staff=True)
rita.set_password("stones-and-water")
rita.save()
rita.groups.add(Group.objects.get(name="Reviewer"))
version = Version.objects.get(model__name="demo")
conversation = Conversation(visitor="theirs", version=version, title=corpus[:100])
conversation.input = {"system_prompt": corpus, corpus[:50]: corpus}
conversation.save(force_insert=True)
parent = None
for number in range(TURNS):
    parent = conversation.messages.create(parent=parent, role="user", text=corpus)
    said = {"output": [corpus], "logs": corpus, "error": corpus, "error_detail": corpus}
    said |= {"status": "failed", "input": {"top": corpus}}
    prediction = Prediction.objects.create(version=version, **said)
    parent = conversation.messages.create(parent=parent, role="assistant", prediction=prediction)
conversation.head = parent
conversation.save()
if corpus.startswith("<"):
    Feedback.objects.create(message=parent, is_good=False, comment=corpus)
    tag = Tag.objects.create(name=corpus[:40])
    for on in (None, parent):
        Flag.objects.create(conversation=conversation, message=on, by=rita, reason=corpus[:200])
        Tagging.objects.create(conversation=conversation, message=on, by=rita, tag=tag)
        Comment.objects.create(conversation=conversation, message=on, by=rita, text=corpus)
    ExpectedAnswer.objects.create(message=parent, by=rita, text=corpus)
print(conversation.id)
"""
ALIVE = (
    "script, iframe, object, embed, link, meta, base, video, audio, style, "
    "[style], [onclick], [onload], [onerror], [onfocus], [ontoggle], [href^=javascript], "
    "[src^='http:'], live-answer, chat-composer"
)


@pytest.fixture
def transcript(server):
    """Makes a conversation where everything says `words`; the address of its page."""

    def make(words: str, turns: int = 1) -> str:
        id = server.shell(MADE.replace("TURNS", str(turns)), typed=words).strip()
        return f"{server.url}/admin/chatapp/transcript/{id}/change/"

    return make


@pytest.fixture
def rita(open_browser, server):
    """Lets the reviewer in, on a page of her own."""

    def come(url: str, **options):
        page = open_browser(**options)
        page.goto(url)
        page.get_by_label("Username").fill("rita")
        page.get_by_label("Password").fill("stones-and-water")
        page.get_by_role("button", name="Log in").click()
        page.wait_for_url(url)
        return page

    return come


def test_the_corpus_runs_nothing_wherever_it_is_said(transcript, rita, server):
    url = transcript(CORPUS.replace("\0", "\ufffd"))
    page, asked = rita(url), []
    page.context.on("request", lambda request: asked.append(request.url))
    page.add_init_script(f"({GUARD})()")

    page.reload()
    for fold in page.locator(".transcript details").all():
        fold.evaluate("fold => fold.open = true")
    page.wait_for_load_state("networkidle")

    assert [address for address in asked if not address.startswith((server.url, "data:"))] == []
    assert page.evaluate("window.broken") == []
    assert "hacked" not in page.title().partition("document.title")[0]
    expect(page.locator(".transcript").locator(ALIVE)).to_have_count(0)
    expect(page.locator(".turn .prose")).to_contain_text("picture (evil.test)")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_nothing_hinders_a_reviewer(transcript, rita):
    page = rita(transcript("Some words, and **more** of them"))
    page.locator(".turn .tools summary").last.click()

    expect_nothing_hinders(page)


def test_remarks_are_kept_without_leaving_the_page(transcript, rita):
    url = transcript("Rivers")
    page = rita(url)
    turn = page.locator(".turn").last
    page.evaluate("window.isSame = true")

    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(turn).to_be_focused()
    page.keyboard.press("f")
    page.keyboard.type("Made up")
    turn.get_by_label("Comment", exact=True).fill("Not sent yet")
    turn.get_by_role("button", name="Flag").click()

    expect(turn.locator(".flags")).to_contain_text("Made up")
    expect(turn.locator(".turn__head")).to_contain_text("Flagged")
    expect(page.get_by_role("status")).to_have_text("Flagged.")
    expect(turn.get_by_label("Comment", exact=True)).to_have_value("Not sent yet")
    turn.get_by_label("Tag", exact=True).fill("geography")
    page.keyboard.press("Enter")
    expect(turn.locator(".tags")).to_contain_text("geography")
    expect(turn.get_by_label("Tag", exact=True)).to_be_focused()
    page.get_by_role("button", name="Assign to me").click()
    expect(page.locator(".review__state")).to_contain_text("rita looks at it")
    assert page.evaluate("window.isSame")
    assert page.url == url

    page.reload()
    expect(turn.locator(".flags")).to_contain_text("Made up")
    turn.get_by_role("button", name="Clear").click()
    expect(turn.locator(".flags")).to_contain_text("Was flagged")


def test_a_link_to_a_message_leads_to_it_in_a_long_conversation(transcript, rita, server):
    url = transcript("Rivers", turns=100)
    page = rita(url)
    expect(page.get_by_text("Turns 141 to 200 of 200.")).to_be_visible()

    page.get_by_role("link", name="Earlier turns").click()
    expect(page.get_by_text("Turns 81 to 140 of 200.")).to_be_visible()
    link = page.get_by_role("link", name="Link to message #100").get_attribute("href")
    page.goto(url + link.partition("#")[0])

    found = page.locator("[data-found]")
    expect(found).to_be_in_viewport()
    expect(found.locator(".turn__link")).to_contain_text("#100")


def test_it_is_reviewed_without_scripts(transcript, rita):
    page = rita(transcript("Rivers"), java_script_enabled=False)
    turn = page.locator(".turn").last

    turn.locator(".tools summary").click()
    turn.get_by_label("Comment", exact=True).fill("Nice")
    turn.get_by_role("button", name="Comment").click()

    expect(turn.locator(".comment")).to_contain_text("Nice")
    expect(page.locator(".messagelist")).to_contain_text("Your comment is kept.")
