"""The chat in somebody else's page: two origins, a real browser, and what must not happen there."""

import json
import time
from uuid import uuid4

import httpx
import jwt
import pytest
from playwright.sync_api import Page, expect

from .axe import RULES, expect_no_axe_violations
from .conftest import SHORT, STORY
from .hosts import PAGE, Embedded, Hosts, Site

SECONDS = 1000
REFUSED = ["status of 401", "status of 403"]  # Chromium writes to the console what it was refused


@pytest.fixture
def site(server, hosts: Hosts) -> Site:
    return Site(
        server,
        hosts,
        f"Shop {uuid4().hex[:8]}",
        greeting="**Welcome.** Ask about herons.",
        suggestions=f"{SHORT}\nWhen do you open?",
    )


@pytest.fixture
def chat(page: Page, site: Site) -> Embedded:
    return Embedded(page, site.url)


def stored(site: Site) -> list[str]:
    """The answers that the server keeps of a site, the oldest first."""
    told = site.server.shell(
        "import json; from chatapp.models import Message; print(json.dumps([m.body for m in "
        f"Message.objects.filter(conversation__site='{site.name}').exclude(prediction=None)"
        ".order_by('created_at')]))"
    )
    return json.loads(told)


def signed(site: Site, subject: str) -> str:
    claims = {"sub": subject, "exp": int(time.time()) + 300, "jti": str(uuid4())}
    return jwt.encode(claims, site.secret, "HS256")


def ended(chat: Embedded, status: str = "succeeded", seconds: int = 30) -> None:
    expect(chat.answer).to_have_attribute("data-status", status, timeout=seconds * SECONDS)


# Who may


def test_a_page_of_the_list_has_the_chat_and_words_come_one_by_one(chat, site):
    lengths = []
    chat.ask(STORY)

    chat.wait_for_words(3)
    while len(set(lengths)) < 8:
        lengths.append(len(chat.words))
        chat.page.wait_for_timeout(50)

    assert lengths == sorted(lengths)
    assert stored(site)[0].startswith(chat.words[:10])


def test_another_origin_is_refused_by_the_frame_and_by_the_api(page, site, hosts, expected):
    expected += [*REFUSED, "frame-ancestors", "blocked by CORS", "target origin", "ERR_FAILED"]
    complaints = []
    page.on("console", lambda message: complaints.append(message.text))
    evil = hosts.origin("127.0.0.1")
    chat = Embedded(page, evil, opens=False)
    chat.launcher.click()
    page.wait_for_function("() => document.querySelector('rivulet-chat').shadowRoot.activeElement")
    page.wait_for_timeout(1500)

    asked = page.evaluate(
        """async ([url]) => {
          const body = new URLSearchParams({ begin: 1, host: location.origin });
          const ask = (how) => fetch(url + "visit/", { method: "POST", body, ...how });
          const heard = [];
          for (const how of [{}, { credentials: "include" }, { mode: "no-cors" }])
            heard.push(await ask(how).then((reply) => reply.type, (error) => error.name));
          return heard;
        }""",
        [f"{site.server.url}/embed/{site.key}/"],
    )

    assert asked == ["TypeError", "TypeError", "opaque"]
    assert not any("embed-chat" in each.content() for each in page.frames[1:])
    assert any("frame-ancestors" in each for each in complaints)
    count = f"print(EmbedVisit.objects.filter(site__key='{site.key}').count())"
    assert site.server.shell(f"from chatapp.models import EmbedVisit; {count}").strip() == "0"


def test_no_cookie_is_set_anywhere(chat):
    chat.ask(SHORT)
    ended(chat)
    chat.page.reload()
    expect(chat.articles).to_have_count(2)

    assert chat.page.context.cookies() == []


# What goes on


@pytest.mark.parametrize("how", ["reload", "navigation"])
def test_an_answer_goes_on_through_a_reload_of_the_page_around_it(chat, site, how):
    chat.ask(STORY)
    chat.wait_for_words(8)
    before = chat.words

    if how == "reload":
        chat.page.reload()
    else:
        chat.page.get_by_role("link", name="Another page").click()

    chat.wait_for_words(10)
    assert chat.words.startswith(before)
    ended(chat)
    [text] = stored(site)
    assert chat.copied == text


def test_the_full_window_goes_on_in_mid_word(chat, site):
    chat.ask(STORY)
    chat.wait_for_words(6)

    with chat.page.context.expect_page() as opened:
        chat.inside.get_by_role("link", name="Open in a full window").click()

    window = opened.value
    window.wait_for_selector("live-answer")
    assert "visit=" not in window.url
    assert window.evaluate("() => window.opener") is None
    window.wait_for_selector("[data-status=succeeded]", timeout=30 * SECONDS)
    ended(chat)
    shown = [
        each.evaluate("() => document.querySelector('.message__body.prose').innerText")
        for each in (window, chat.frame)
    ]
    assert shown[0] == shown[1]
    assert len(stored(site)) == 1


def test_a_second_tab_of_the_same_page_follows(chat, site):
    other = Embedded(chat.page.context.new_page(), site.url)

    chat.ask(SHORT)
    ended(chat)
    other.page.bring_to_front()
    other.page.reload()
    expect(other.articles).to_have_count(2)
    other.ask("And you?")

    expect(chat.articles).to_have_count(4, timeout=10 * SECONDS)
    ended(other)
    other.inside.get_by_role("button", name="New chat").click()
    expect(chat.articles).to_have_count(0)
    other.ask(SHORT)
    expect(chat.articles).to_have_count(2)


def test_a_new_chat_begins_empty_and_the_old_one_is_kept(chat, site):
    chat.ask(SHORT)
    ended(chat)

    chat.inside.get_by_role("button", name="New chat").click()

    expect(chat.articles).to_have_count(0)
    chat.ask("And now?")
    ended(chat)
    expect(chat.articles).to_have_count(2)
    assert len(stored(site)) == 2


# What stays inside


def test_a_script_on_the_page_cannot_read_what_is_said(page, site, expected):
    """It hears all events, reads its own storage, and asks the server with what it finds there."""
    expected += [*REFUSED, "blocked by CORS", "ERR_FAILED"]
    page.add_init_script("window.heard = []; addEventListener('message', e => heard.push(e.data))")
    chat = Embedded(page, site.url)
    page.evaluate(
        "() => ['ready', 'open', 'message', 'error', 'unread', 'reset']"
        ".forEach(name => Rivulet.on(name, detail => heard.push(detail)))"
    )
    chat.ask("My secret is heronsecret")
    ended(chat)

    stolen = page.evaluate(
        """async (url) => {
          const frame = document.querySelector("rivulet-chat").shadowRoot.querySelector("iframe");
          const tries = {
            document: () => frame.contentDocument?.body.innerText,
            window: () => frame.contentWindow.document.body.innerText,
            storage: () => frame.contentWindow.localStorage.length,
            element: () => frame.contentWindow.customElements,
          };
          const got = {};
          for (const [name, attempt] of Object.entries(tries))
            try { got[name] = attempt() ?? null } catch (error) { got[name] = error.name }
          const kept = JSON.stringify([{ ...localStorage }, { ...sessionStorage }]);
          const reply = await fetch(url + "state/").then(r => r.text(), e => e.name);
          return [got, kept, reply, JSON.stringify(window.heard)];
        }""",
        f"{site.server.url}/embed/{site.key}/",
    )

    got, kept, reply, heard = stolen
    assert got == {"document": None} | dict.fromkeys(
        ("window", "storage", "element"), "SecurityError"
    )
    assert reply == "TypeError"
    assert "assistant" in heard
    words = [stored(site)[0], *stored(site)[0].split(), "heronsecret"]
    long = [word for word in words if len(word) > 6]
    assert long
    assert [word for word in long if word in kept + heard] == []


def test_messages_of_other_windows_and_origins_are_ignored(chat, site, hosts):
    hosts.pages["/stranger"] = "<!doctype html><title>Another</title>"
    chat.ask(SHORT)
    ended(chat)
    message = {"rivulet": site.key, "type": "draft", "text": "stolen"}

    # Another frame on the page speaks to the chat's frame: the source is wrong.
    chat.page.evaluate(
        """([url, message]) => new Promise(done => {
          const stranger = document.createElement("iframe");
          stranger.src = url;
          stranger.onload = () => {
            stranger.contentWindow.eval(`
              const chat = parent[0];
              for (const type of ["draft", "reset", "identify"])
                chat.postMessage({ ...${JSON.stringify(message)}, type }, "*")`);
            done();
          };
          document.body.append(stranger);
        })""",
        ["/stranger", message],
    )
    # A page of another origin, in the place of the one around: an event with a forged source.
    chat.frame.evaluate(
        """(data) => {
          const say = (more) => dispatchEvent(new MessageEvent("message", { data, ...more }));
          say({ source: window.parent, origin: "https://evil.example" });
          say({ source: window.parent, origin: "null" });
          say({ source: window, origin: document.referrer.replace(/\\/$/, "") });
        }""",
        message,
    )
    chat.page.wait_for_timeout(500)

    expect(chat.box).to_have_value("")
    expect(chat.articles).to_have_count(2)


def test_after_a_reset_nothing_is_left(chat, site):
    chat.ask(f"{STORY}, and remember heronsecret")
    chat.wait_for_words(3)
    chat.box.fill("a draft of heronsecret")
    token = chat.frame.evaluate("() => document.querySelector('embed-chat').visit.token")
    stream = chat.inside.locator("live-answer").get_attribute("data-stream-url")

    chat.api("reset()")
    expect(chat.articles).to_have_count(0)
    chat.inside.get_by_text("Ask about herons").wait_for()

    expect(chat.box).to_have_value("")
    everything = """() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }])
        + document.documentElement.outerHTML"""
    for each in (chat.frame, chat.page):
        assert "heronsecret" not in each.evaluate(everything)
    kept = chat.frame.evaluate(
        "() => Object.keys(localStorage).concat(Object.keys(sessionStorage))"
    )
    assert [name for name in kept if "embed" in name or "draft" in name] == []
    assert chat.page.evaluate("key => sessionStorage.getItem(`rivulet:${key}`)", site.key) is None
    assert site.ask_as_curl("state/", Authorization=f"Visitor {token}").status_code == 401
    assert httpx.get(f"{site.server.url}{stream}").status_code == 404
    chat.page.reload()
    expect(chat.articles).to_have_count(0)
    statuses = site.server.shell(
        "from predictions.models import Prediction; print(list(Prediction.objects.filter("
        f"message__conversation__site='{site.name}').values_list('status', flat=True)))"
    )
    assert statuses.strip() == "['canceled']"


def test_another_user_sees_nothing_of_the_one_before_and_hears_nothing_more(chat, site, expected):
    """Its page may ask once more, with the token that is over."""
    expected += REFUSED
    chat.page.evaluate("jwt => Rivulet.setUser(jwt)", signed(site, "ann"))
    chat.page.wait_for_timeout(1000)
    chat.ask(STORY)
    chat.wait_for_words(5)

    chat.page.evaluate("jwt => Rivulet.setUser(jwt)", signed(site, "bob"))

    expect(chat.articles).to_have_count(0, timeout=10 * SECONDS)
    chat.page.wait_for_timeout(1000)
    expect(chat.articles).to_have_count(0)
    chat.ask(SHORT)
    ended(chat)
    expect(chat.articles).to_have_count(2)
    visitors = site.server.shell(
        "from chatapp.models import Conversation; print(sorted(v.split('~')[0] for v in "
        f"Conversation.objects.filter(site='{site.name}').values_list('visitor', flat=True)))"
    )
    assert visitors.strip() == "['ann', 'bob']"


def test_the_same_user_goes_on_after_a_reload(page, site, hosts):
    hosts.pages["/"] = PAGE % (
        f"<script>addEventListener('rivulet', () => Rivulet.setUser('{signed(site, 'ann')}'))"
        f"</script>{site.line()}"
    )
    chat = Embedded(page, site.url)
    chat.ask(SHORT)
    ended(chat)

    page.reload()

    expect(chat.articles).to_have_count(2)


def test_an_identity_that_is_refused_says_so_and_takes_no_message(chat, site, expected):
    expected += REFUSED
    chat.page.evaluate(
        "() => { window.heard = []; Rivulet.on('error', detail => heard.push(detail)) }"
    )

    chat.page.evaluate("jwt => Rivulet.setUser(jwt)", signed(site, "ann") + "x")

    chat.inside.get_by_text("This page could not say who you are.").wait_for()
    chat.ask("Hello")
    expect(chat.articles).to_have_count(0)
    heard = chat.page.evaluate("heard")
    assert heard[0]["code"] == "identity"
    assert "signed" in heard[0]["why"]
    assert stored(site) == []


# What goes wrong


def test_a_pause_is_said_and_loses_nothing(chat, site, expected):
    expected += REFUSED
    site.change(paused=True)

    chat.ask("Is anybody there?")

    chat.inside.get_by_text("This chat is paused. Try again later.").wait_for()
    expect(chat.box).to_have_value("Is anybody there?")
    site.change(paused=False)
    chat.box.press("Enter")
    ended(chat)


def test_too_many_messages_are_refused_with_the_time(chat, site):
    site.change(visitor_limit=1)
    chat.ask(SHORT)
    ended(chat)

    chat.ask("More")

    sentence = chat.inside.locator("[data-sentence]")
    expect(sentence).to_contain_text("You have sent 1 message in a day. You can write again at")
    expect(chat.box).to_have_value("More")


def test_an_answer_is_stopped_and_retried(chat, site):
    chat.ask(STORY)
    chat.wait_for_words(5)

    chat.inside.get_by_role("button", name="Stop").click()
    ended(chat, "canceled")
    chat.inside.get_by_role("button", name="Retry").click()
    chat.wait_for_words(3)

    expect(chat.articles).to_have_count(2)
    chat.inside.get_by_role("button", name="Stop").click()
    ended(chat, "canceled")
    assert len(stored(site)) == 2


def test_a_thumb_reaches_the_reviewers(chat, site):
    chat.ask(SHORT)
    ended(chat)
    bad = chat.inside.get_by_role("button", name="Bad answer")

    bad.click()

    expect(bad).to_have_attribute("aria-pressed", "true")
    chat.page.reload()
    expect(bad).to_have_attribute("aria-pressed", "true")
    bad.click()
    expect(bad).to_have_attribute("aria-pressed", "false")


# How it is


def test_what_is_going_on_is_said_and_the_words_are_not(chat):
    chat.ask(SHORT)
    status = chat.inside.locator("[role=status]")

    expect(status).to_have_text("Answering")
    ended(chat)

    expect(status).to_have_text("Done, 51 words")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("accent", ["#1f6f8b", "#ffee00", "#111111"])
def test_axe_finds_nothing_on_the_page_and_in_the_frame(page, site, scheme, accent):
    site.change(accent=accent)
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    chat = Embedded(page, site.url)
    expect_no_axe_violations(chat.frame)
    chat.ask("Show me a table and a little Python, in Markdown")
    chat.wait_for_words(3)
    expect_no_axe_violations(chat.frame)
    ended(chat)

    expect_no_axe_violations(chat.frame)
    chat.inside.get_by_role("button", name="Close").click()
    expect_no_axe_violations(page, [*RULES])


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_nothing_is_wider_than_the_frame(page, site, width):
    page.set_viewport_size({"width": width, "height": 700})
    chat = Embedded(page, site.url)
    chat.ask("Show me a table and a little Python, in Markdown")
    ended(chat)

    wider = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert chat.frame.evaluate(wider) == 0
    assert page.evaluate(wider) == 0


def test_what_the_frame_loads_is_at_most_45_kb(open_browser, site):
    """As it comes over the wire (compressed), with the document and the words of Chinese."""
    page = open_browser(locale="zh-CN")
    network, sizes = page.context.new_cdp_session(page), {}
    page.on(
        "requestfinished",
        lambda request: sizes.update({request.url: request.sizes()["responseBodySize"]}),
    )
    page.goto(f"{site.server.url}/embed/{site.key}/")
    page.get_by_text("Ask about herons").wait_for()  # which the last of its scripts shows
    page.wait_for_load_state("networkidle")

    assert any("words.js" in url for url in sizes)
    assert len(sizes) > 25
    assert 20_000 < sum(sizes.values()) <= 45_000, sizes
    network.detach()


def test_it_speaks_chinese(open_browser, site):
    chat = Embedded(open_browser(locale="zh-CN"), site.url, opens=False)
    chat.launcher.click()

    expect(chat.inside.get_by_role("button", name="发送")).to_be_visible()
    expect(chat.launcher).to_have_attribute("aria-label", "关闭聊天")


def test_a_plain_frame_works_without_the_script(page, site, hosts):
    hosts.pages["/plain"] = PAGE % (
        f'<iframe src="{site.server.url}/embed/{site.key}/" title="Chat" width=400 height=600>'
    )
    page.goto(f"{site.url}/plain")
    inside = page.frame_locator("iframe")
    inside.get_by_role("button", name=SHORT).click()
    inside.locator("[data-status=succeeded]").wait_for(timeout=20 * SECONDS)
    expect(inside.get_by_role("button", name="Close")).to_have_count(0)

    page.reload()

    expect(inside.locator("article.message")).to_have_count(2)


def test_hostile_words_of_a_model_run_nothing_in_the_frame(page, server, hosts, openai_server):
    server.manage("upstream", "add", "openai", openai_server.url, "--name", "hostile")
    hostile = Site(
        server,
        hosts,
        "Hostile",
        greeting="<img src=x onerror=alert(1)><script>alert(2)</script>[x](javascript:alert(3))",
        title="<img src=x onerror=alert(4)>",
        suggestions="<script>alert(5)</script>",
        placeholder='" autofocus onfocus="alert(6)',
        launcher="<b>'\"",
    )
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: asked.append(f"dialog {dialog.message}"))
    chat = Embedded(page, hostile.url)
    chat.ask("<img src=x onerror=alert(7)> ![x](https://evil.example/x.png)")
    ended(chat)

    assert [url for url in asked if "dialog" in url or "evil" in url] == []
