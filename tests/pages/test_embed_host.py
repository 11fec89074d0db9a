"""The launcher on somebody else's page, and what that page's script may do with it."""

import re
from base64 import b64encode
from hashlib import sha256
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from .axe import expect_nothing_hinders
from .conftest import SHORT, STORY
from .hosts import OPEN, PAGE, Embedded, Hosts, Site

FAILED = "The chat could not be loaded."
LISTEN = """addEventListener("rivulet", () => {
  window.heard = [];
  for (const name of ["ready", "open", "close", "message", "error", "unread", "reset"])
    Rivulet.on(name, (detail) => heard.push([name, detail]));
}, { once: true });"""
# A style that takes everything away, and a policy that allows nothing but it and the chat.
HOSTILE = """* { all: unset !important; display: none !important; font-size: 3px !important; }
html, body { display: block !important; direction: rtl !important; }
body { transform: scale(0.5) !important; overflow: hidden !important; }
button, iframe, div, rivulet-chat { visibility: hidden !important; position: static !important; }"""
STRICT = (
    "default-src 'none'; script-src {chat}; frame-src {chat}; style-src 'sha256-{digest}'; "
    "img-src data:; require-trusted-types-for 'script'; trusted-types 'none'; base-uri 'none'"
)


@pytest.fixture
def expected() -> list[str]:
    """Where a frame is not, or is elsewhere, Chromium says that it was not reached."""
    return ["net::ERR_FAILED", "does not match the recipient window's origin"]


@pytest.fixture
def site(server, hosts: Hosts) -> Site:
    return Site(server, hosts, f"Shop {uuid4().hex[:8]}", title="Ask the shop")


@pytest.fixture
def visit(page: Page, site: Site):
    """Opens a page of the host's, which listens to all that there is to hear."""

    def go(path: str = "/", *, opens: bool = False, page: Page = page) -> Embedded:
        page.add_init_script(LISTEN)
        chat = Embedded(page, site.url + path, opens=opens)
        chat.launcher.wait_for()
        return chat

    return go


def heard(chat: Embedded) -> list[str]:
    return [name for name, _ in chat.page.evaluate("heard")]


def wait_to_hear(chat: Embedded, name: str, count: int = 1, seconds: int = 20) -> None:
    chat.page.wait_for_function(
        "([name, count]) => heard.filter(([each]) => each === name).length >= count",
        arg=[name, count],
        timeout=seconds * 1000,
    )


def panel(chat: Embedded):
    return chat.page.get_by_role("dialog", name="Ask the shop")


def has_focus(chat: Embedded) -> bool:
    return chat.frame.evaluate("document.hasFocus() && document.activeElement.id === 'message'")


# The launcher


def test_nothing_else_is_fetched_before_the_first_press(page, visit, site):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    chat = visit()
    for call in ("draft('Hello')", "setUser('a.b.c')", "reset()", "close()"):
        chat.api(call)
    page.wait_for_timeout(200)

    assert asked == [f"{site.url}/", f"{site.server.url}/embed.js?site={site.key}"]

    chat.api("setUser(undefined)")
    chat.open()

    assert f"{site.server.url}/embed/{site.key}/?panel=1&language=" in asked


def test_the_launcher_is_a_button_that_says_what_it_does(visit):
    chat = visit()

    expect(chat.launcher).to_have_accessible_name("Open the chat")
    expect(chat.launcher).to_have_attribute("aria-expanded", "false")
    expect(panel(chat)).to_be_hidden()
    box = chat.launcher.bounding_box()
    assert min(box["width"], box["height"]) >= 44

    chat.open()

    expect(chat.launcher).to_have_accessible_name("Close the chat")
    expect(chat.launcher).to_have_attribute("aria-expanded", "true")
    expect(panel(chat)).to_be_visible()
    expect(chat.page.locator("rivulet-chat iframe")).to_have_attribute("title", "Ask the shop")


def test_it_looks_as_its_site_says(visit, site):
    site.change(position="left", accent="#7a1f3d", launcher="Ask us", radius=0, scheme="dark")

    chat = visit()

    expect(chat.launcher).to_have_accessible_name("Ask us")
    expect(chat.launcher).to_have_css("background-color", "rgb(122, 31, 61)")
    assert chat.launcher.bounding_box()["x"] < 100
    chat.open()
    expect(panel(chat)).to_have_css("border-radius", "0px")
    expect(panel(chat)).to_have_css("color-scheme", "dark")


def test_by_keys_alone_it_opens_and_the_focus_goes_in_and_comes_back(visit):
    chat = visit()
    chat.page.keyboard.press("Tab")
    chat.page.keyboard.press("Tab")
    expect(chat.launcher).to_be_focused()

    chat.page.keyboard.press("Enter")
    chat.box.wait_for()
    expect(chat.box).to_be_focused()
    assert has_focus(chat)
    chat.page.keyboard.press("Escape")

    expect(panel(chat)).to_be_hidden()
    expect(chat.launcher).to_be_focused()


@pytest.mark.parametrize("way", ["launcher", "close button", "API"])
def test_it_closes_and_the_focus_returns_by(way, visit):
    chat = visit(opens=True)
    expect(chat.box).to_be_focused()

    if way == "launcher":
        chat.launcher.click()
    elif way == "API":
        chat.api("close()")
    else:
        chat.inside.get_by_role("button", name="Close the chat").click()

    expect(panel(chat)).to_be_hidden()
    expect(chat.launcher).to_be_focused()
    chat.page.wait_for_function("heard.at(-1)[0] === 'close'")


def test_the_frame_lives_on_while_it_is_closed(visit):
    chat = visit(opens=True)
    chat.box.fill("half a thou")

    chat.launcher.click()
    chat.launcher.click()

    expect(chat.box).to_have_value("half a thou")
    expect(chat.box).to_be_focused()
    assert heard(chat).count("ready") == 1


def test_a_closed_panel_covers_nothing(visit):
    chat = visit(opens=True)
    chat.page.keyboard.press("Escape")
    expect(panel(chat)).to_be_hidden()

    covered = chat.page.evaluate(
        """() => {
          const found = new Set();
          for (let x = 5; x < innerWidth; x += 20)
            for (let y = 5; y < innerHeight; y += 20)
              if (document.elementFromPoint(x, y)?.localName === "rivulet-chat") found.add([x, y]);
          return found.size;
        }"""
    )

    assert 4 <= covered <= 12  # the launcher's 60 by 60 pixels


# The host's script


def test_the_api_opens_closes_and_tells(visit):
    chat = visit()

    chat.api("open()")
    wait_to_hear(chat, "ready")
    chat.api("open()")
    chat.api("toggle()")
    chat.api("toggle()")
    chat.api("close()")

    wait_to_hear(chat, "close", 2)
    told = [name for name in heard(chat) if name != "unread"]
    assert told == ["open", "ready", "close", "open", "close"]


def test_who_comes_late_hears_that_it_is_ready_and_who_leaves_hears_no_more(visit):
    chat = visit(opens=True)
    wait_to_hear(chat, "ready")
    late = "window.late = []; window.listen = (detail) => late.push(detail); "

    chat.page.evaluate(late + "Rivulet.on('ready', listen); Rivulet.on('close', listen)")
    chat.page.evaluate("Rivulet.off('close', listen); Rivulet.close()")

    wait_to_hear(chat, "close")
    assert chat.page.evaluate("late") == [{}]


@pytest.mark.parametrize("is_early", [True, False], ids=["before the frame", "after it"])
def test_a_draft_fills_the_box_and_is_not_sent(is_early, visit):
    chat = visit(opens=not is_early)

    chat.api("draft('When do you open?')")
    if is_early:
        chat.open()

    expect(chat.box).to_have_value("When do you open?")
    chat.page.wait_for_timeout(300)
    expect(chat.articles).to_have_count(0)
    assert "message" not in heard(chat)


def test_a_draft_is_given_once(visit):
    chat = visit()
    chat.api("draft('When do you open?')")
    chat.open()
    chat.box.fill("")

    chat.frame.evaluate("location.reload()")
    wait_to_hear(chat, "unread", 2)  # as the frame begins

    expect(chat.box).to_have_value("")


def test_the_page_hears_of_messages_and_not_their_words(visit):
    chat = visit(opens=True)

    chat.ask(SHORT)
    wait_to_hear(chat, "message", 2)

    told = [pair for pair in chat.page.evaluate("heard") if pair[0] == "message"]
    assert told == [["message", {"role": "user"}], ["message", {"role": "assistant"}]]
    assert chat.page.evaluate("document.querySelector('rivulet-chat').innerHTML") == ""


def test_an_answer_that_came_while_it_was_closed_is_counted_on_the_launcher(visit):
    chat = visit(opens=True)
    chat.ask(SHORT)
    chat.answer.wait_for()
    chat.page.keyboard.press("Escape")

    wait_to_hear(chat, "unread", 2)
    expect(chat.launcher).to_have_accessible_name("Open the chat (1 new)")
    expect(chat.launcher).to_have_text("1")

    chat.launcher.click()
    chat.page.keyboard.press("Escape")
    expect(chat.launcher).to_have_accessible_name("Open the chat")
    expect(chat.launcher).to_have_text("")


def test_a_reset_leaves_nothing(visit):
    chat = visit(opens=True)
    chat.ask(SHORT)
    wait_to_hear(chat, "message", 2)
    chat.box.fill("my secret")

    chat.api("reset()")

    wait_to_hear(chat, "reset")
    wait_to_hear(chat, "unread", 2)
    expect(chat.articles).to_have_count(0)
    expect(chat.box).to_have_value("")
    assert chat.page.evaluate("localStorage.length") == 0


def test_a_reset_before_the_frame_is_there_is_said_when_it_comes(visit):
    chat = visit(opens=True)
    chat.ask(SHORT)
    wait_to_hear(chat, "message", 2)
    chat.box.fill("my secret")
    chat.page.keyboard.press("Escape")
    expect(panel(chat)).to_be_hidden()
    chat.page.reload()
    chat.launcher.wait_for()

    chat.api("reset()")
    chat.page.reload()  # and is not forgotten with the page
    chat.open()

    wait_to_hear(chat, "ready")
    expect(chat.articles).to_have_count(0)
    expect(chat.box).to_have_value("")
    assert chat.page.evaluate("localStorage.length") == 0
    assert heard(chat).count("reset") == 1


def test_a_paused_site_has_no_launcher_and_an_api_that_does_nothing(page, site):
    site.change(paused=True)
    page.add_init_script(LISTEN)
    page.goto(site.url)
    page.wait_for_function("window.heard?.length")

    for call in ("open()", "toggle()", "close()", "draft('x')", "setUser('x')", "reset()"):
        page.evaluate(f"Rivulet.{call}")

    assert page.evaluate("heard") == [["error", {"code": "paused"}]]
    assert page.locator("rivulet-chat").count() == 0
    assert len(page.frames) == 1


# After a reload of the host's page


@pytest.mark.parametrize("way", ["reload", "navigation"])
def test_it_opens_again_by_itself_and_takes_no_focus(way, visit, hosts, site):
    hosts.pages["/other"] = PAGE % f"{site.line()}<input aria-label='Search' autofocus>"
    chat = visit("/other", opens=True)

    if way == "reload":
        chat.page.reload()
    else:
        chat.page.goto(f"{site.url}/other?again")

    wait_to_hear(chat, "ready")
    expect(panel(chat)).to_be_visible()
    expect(chat.page.get_by_label("Search")).to_be_focused()
    chat.page.keyboard.type("heron")
    expect(chat.page.get_by_label("Search")).to_have_value("heron")


def test_what_was_closed_stays_closed(visit):
    chat = visit(opens=True)
    chat.page.keyboard.press("Escape")
    expect(panel(chat)).to_be_hidden()

    chat.page.reload()
    chat.launcher.wait_for()

    expect(panel(chat)).to_be_hidden()
    assert len(chat.page.frames) == 1


# Where it fails


def test_a_frame_that_cannot_be_loaded_says_so_and_can_be_tried_again(visit):
    chat = visit()
    chat.page.route("**/embed/*/?*", lambda route: route.abort())
    chat.launcher.click()
    expect(chat.page.get_by_role("alert")).to_have_text(FAILED, timeout=15_000)
    assert chat.page.evaluate("heard.at(-1)") == ["error", {"code": "failed"}]

    chat.page.unroute_all()
    chat.page.get_by_role("button", name="Try again").click()

    expect(chat.box).to_be_focused()
    expect(chat.page.get_by_role("alert")).to_have_text("")


def test_a_frame_that_cannot_be_loaded_can_be_left(visit):
    chat = visit()
    chat.page.route("**/embed/*/?*", lambda route: route.abort())
    chat.launcher.click()
    expect(chat.page.get_by_role("alert")).to_have_text(FAILED, timeout=15_000)

    panel(chat).get_by_role("button", name="Close the chat").click()

    expect(panel(chat)).to_be_hidden()
    expect(chat.launcher).to_be_focused()
    chat.page.get_by_role("link", name="Another page").click()
    chat.page.wait_for_url("**/other")


def test_escape_leaves_a_frame_that_is_still_on_its_way(visit):
    chat = visit()
    chat.page.route("**/embed/*/?*", lambda route: None)
    chat.launcher.click()
    expect(panel(chat)).to_be_focused()

    chat.page.keyboard.press("Escape")

    expect(panel(chat)).to_be_hidden()
    expect(chat.launcher).to_be_focused()
    chat.page.unroute_all(behavior="ignoreErrors")


def test_a_frame_that_comes_after_the_visitor_went_elsewhere_takes_no_focus(visit):
    chat = visit()
    held = []
    chat.page.route("**/embed/*/?*", lambda route: held.append(route))
    chat.launcher.click()
    chat.page.get_by_role("link", name="Another page").focus()

    chat.page.wait_for_timeout(50)
    held[0].continue_()

    wait_to_hear(chat, "ready")
    expect(chat.page.get_by_role("link", name="Another page")).to_be_focused()


# On a phone


def test_on_a_phone_it_fills_the_screen_and_stays_above_the_keyboard(open_browser, visit):
    chat = visit(page=open_browser(width=390, height=800, has_touch=True, is_mobile=True))
    chat.open()
    whole = panel(chat).bounding_box()
    assert whole == {"x": 0, "y": 0, "width": 390, "height": 800}
    expect(chat.launcher).to_be_hidden()

    chat.page.evaluate(
        """() => {
          // A keyboard as iOS has it: what is seen is less and further down, the page as it was.
          Object.defineProperty(visualViewport, "height", { value: 500 });
          Object.defineProperty(visualViewport, "offsetTop", { value: 40 });
          visualViewport.dispatchEvent(new Event("resize"));
        }"""
    )

    assert panel(chat).bounding_box() == {"x": 0, "y": 40, "width": 390, "height": 500}
    send = chat.inside.get_by_role("button", name="Send").bounding_box()
    assert send["y"] + send["height"] <= 540
    chat.inside.get_by_role("button", name="Close the chat").click()
    expect(panel(chat)).to_be_hidden()
    expect(chat.launcher).to_be_focused()


def test_two_fingers_that_zoom_do_not_make_it_smaller(open_browser, visit):
    chat = visit(page=open_browser(width=390, height=800, has_touch=True, is_mobile=True))
    chat.open()

    session = chat.page.context.new_cdp_session(chat.page)
    session.send("Emulation.setPageScaleFactor", {"pageScaleFactor": 2})
    chat.page.wait_for_function("visualViewport.scale === 2")

    height = "each => getComputedStyle(each).height"
    assert panel(chat).evaluate(height) == "800px"


# The page around it stays where it is


def test_the_page_is_never_scrolled(visit):
    chat = visit()
    chat.page.evaluate("scrollTo(0, 300)")
    chat.open()
    wheel_over(chat)  # where the frame has nothing to scroll
    chat.ask(STORY)
    chat.wait_for_words(30)
    wheel_over(chat)  # and where it is at its end

    chat.page.keyboard.press("Escape")

    assert chat.page.evaluate("scrollY") == 300
    expect(chat.page.locator("body")).to_have_css("overflow", "visible")


def wheel_over(chat: Embedded) -> None:
    box = panel(chat).bounding_box()
    for share in (0.03, 0.5, 0.95):
        chat.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] * share)
        for way in (-1, 1):
            for _ in range(6):
                chat.page.mouse.wheel(0, way * 400)
                chat.page.wait_for_timeout(20)
    chat.page.wait_for_timeout(200)


# Who is heeded


SAY = "(message) => window.parent.postMessage(message, '*')"


@pytest.mark.parametrize("type", ["closing", "unread", "event", "keep"])
def test_another_frame_of_the_page_is_not_heeded(type, visit, hosts, site):
    plain = f"{site.server.url}/embed/{site.key}/"
    hosts.pages["/other"] = PAGE % f"{site.line()}<iframe id=plain src='{plain}'></iframe>"
    chat = visit("/other", opens=True)
    before = chat.page.evaluate("heard.length")
    theirs = chat.page.locator("#plain").element_handle().content_frame()

    theirs.evaluate(SAY, forged(site, type))
    theirs.evaluate(SAY, "seen")
    chat.page.evaluate(SAY, forged(site, type))

    expect_unmoved(chat, site, before)


@pytest.mark.parametrize("type", ["closing", "unread", "event", "keep"])
def test_the_frame_is_not_heeded_once_it_is_at_another_origin(type, visit, hosts, site):
    chat = visit(opens=True)
    before = chat.page.evaluate("heard.length")
    frame = chat.frame
    frame.goto(f"{hosts.origin('127.0.0.1')}/bare")

    frame.evaluate(SAY, forged(site, type))

    expect_unmoved(chat, site, before)


@pytest.mark.parametrize("wrong", [{"rivulet": "another"}, {"type": "toString"}, {"type": None}])
def test_what_is_said_to_nobody_or_says_nothing_is_not_heeded(wrong, visit, site):
    chat = visit(opens=True)
    before = chat.page.evaluate("heard.length")

    for message in (forged(site, "closing") | wrong, None, "closing", ["rivulet"]):
        chat.frame.evaluate(SAY, message)

    expect_unmoved(chat, site, before)


def forged(site: Site, type: str) -> dict:
    more = {"count": 7, "name": "message", "detail": {}, "ticket": "forged"}
    return {"rivulet": site.key, "type": type, **more}


def expect_unmoved(chat: Embedded, site: Site, before: int) -> None:
    chat.page.wait_for_timeout(200)
    expect(panel(chat)).to_be_visible()
    assert chat.page.evaluate("heard.length") == before
    assert chat.page.evaluate(f"sessionStorage.getItem('rivulet:{site.key}')") is None


@pytest.mark.parametrize("by", ["another frame of the page", "itself", "a window it opened"])
def test_the_frame_heeds_the_window_around_it_alone(by, visit, hosts, site):
    hosts.pages["/other"] = PAGE % f"{site.line()}<iframe id=theirs src='/bare'></iframe>"
    chat = visit("/other", opens=True)
    draft = {"rivulet": site.key, "type": "draft", "text": "forged"}
    find = "document.querySelector('rivulet-chat').shadowRoot.querySelector('iframe').contentWindow"

    if by == "itself":
        chat.frame.evaluate("(draft) => window.postMessage(draft, '*')", draft)
    elif by == "a window it opened":
        with chat.page.expect_popup() as opened:
            chat.page.evaluate(f"window.inside = {find}; open('/bare')")
        opened.value.evaluate("(draft) => opener.inside.postMessage(draft, '*')", draft)
    else:
        theirs = chat.page.locator("#theirs").element_handle().content_frame()
        theirs.evaluate(f"(draft) => parent.{find}.postMessage(draft, '*')", draft)

    chat.page.wait_for_timeout(200)
    expect(chat.box).to_have_value("")


def test_a_page_of_another_origin_that_has_the_frame_is_not_heeded(page, site, hosts, server):
    """Should a browser show it there in spite of everything."""
    page.route("**/embed/*/?*", without_policy)
    page.goto(f"{hosts.origin('127.0.0.1')}/bare")
    address = f"{server.url}/embed/{site.key}/?panel=1"
    page.evaluate(
        """(src) => {
          window.heard = [];
          addEventListener("message", ({ data }) => heard.push(data));
          document.body.append(Object.assign(document.createElement("iframe"), { src }));
        }""",
        address,
    )
    frame = page.locator("iframe").element_handle().content_frame()
    frame.wait_for_load_state()

    for type in ("hello", "draft", "open"):
        message = {"rivulet": site.key, "type": type, "text": "forged", "open": True}
        page.evaluate("(message) => frames[0].postMessage(message, '*')", message)
    page.wait_for_timeout(300)

    assert page.evaluate("heard") == []
    assert frame.locator("#message").input_value() == ""


def without_policy(route) -> None:
    response = route.fetch()
    kept = {k: v for k, v in response.headers.items() if "security-policy" not in k.lower()}
    route.fulfill(response=response, headers=kept)


# Pages that make it hard


def test_a_strict_policy_and_a_hostile_style_leave_it_whole(visit, hosts, site):
    digest = b64encode(sha256(HOSTILE.encode()).digest()).decode()
    hosts.headers["Content-Security-Policy"] = STRICT.format(chat=site.server.url, digest=digest)
    hosts.pages["/"] = (
        "<!doctype html><html lang=en><title>A shop</title><link rel=icon href='data:,'>"
        f"<style>{HOSTILE}</style><h1>A shop</h1>{site.line()}"
    )

    chat = visit()

    expect(chat.launcher).to_be_visible()
    box = chat.launcher.bounding_box()
    assert (round(box["width"]), round(box["height"])) == (60, 60)
    chat.open()
    expect(chat.box).to_be_focused()
    assert panel(chat).bounding_box()["width"] == 400


def test_where_the_page_may_store_nothing_it_works(visit, page):
    page.add_init_script(
        """const get = () => { throw new DOMException("No.", "SecurityError"); };
        if (window === top) for (const name of ["localStorage", "sessionStorage"])
          Object.defineProperty(window, name, { get });"""
    )

    chat = visit(opens=True)
    chat.ask(SHORT)
    wait_to_hear(chat, "message", 2)
    chat.api("reset()")

    wait_to_hear(chat, "reset")
    expect(chat.articles).to_have_count(0)


@pytest.mark.parametrize(
    "oddity",
    [
        "<p id='Rivulet'></p>",
        "<script>Object.defineProperty(window, 'Rivulet', { value: 1, writable: false })</script>",
        "<script>Object.freeze(window.Rivulet = {})</script>",
        "<script>Object.prototype.more = Array.prototype.more = () => {}</script>",
        "<script>window.origin = window.site = window.frame = window.name = 'theirs'</script>",
        "<script>var api = 1, store = 2, host = 3; const Rivulet = 4; function show() {}</script>",
    ],
)
def test_odd_globals_of_the_page_are_no_hindrance(oddity, page, hosts, site):
    hosts.pages["/"] = PAGE % (oddity + site.line())
    page.add_init_script("addEventListener('rivulet', ({ detail }) => (window.theirs = detail))")
    before = "window.before = Object.getOwnPropertyNames(window)"
    page.add_init_script(f"addEventListener('DOMContentLoaded', () => {{ {before} }})")

    chat = Embedded(page, site.url, opens=False)
    chat.launcher.wait_for()
    page.evaluate("theirs.open()")

    expect(chat.box).to_be_focused()
    added = page.evaluate("Object.getOwnPropertyNames(window).filter(n => !before.includes(n))")
    assert set(added) <= {"Rivulet", "theirs", "before", "0"}


def test_an_element_that_stands_in_for_the_script_gets_nothing(page, hosts, site):
    hosts.pages["/"] = PAGE % (
        f"<img name=currentScript src='{hosts.origin('127.0.0.1')}/evil.js' hidden>" + site.line()
    )
    page.add_init_script(OPEN)
    page.route("**/evil.js", lambda route: route.fulfill(body=""))

    page.goto(site.url, wait_until="networkidle")

    assert page.locator("rivulet-chat").count() == 0


def test_the_line_twice_is_one_launcher(page, hosts, site):
    hosts.pages["/"] = PAGE % (site.line() + site.line())
    chat = Embedded(page, site.url, opens=False)
    page.wait_for_load_state("networkidle")

    expect(chat.launcher).to_have_count(1)


def test_a_script_of_the_page_cannot_reach_into_it(page, site):
    page.goto(site.url, wait_until="networkidle")

    assert page.evaluate("document.querySelector('rivulet-chat').shadowRoot") is None
    assert page.evaluate("window.length") == 0


def test_in_forced_colours_the_launcher_has_an_edge_and_its_sign_is_seen(open_browser, visit):
    chat = visit(page=open_browser(forced_colors="active"))

    expect(chat.launcher).to_have_css("border-top-style", "solid")
    sign = chat.launcher.locator("i").evaluate("each => getComputedStyle(each).borderTopColor")
    ground = chat.launcher.evaluate("each => getComputedStyle(each).backgroundColor")
    assert re.findall(r"\d+", sign)[:3] != re.findall(r"\d+", ground)[:3]


# The demo's page


def test_the_demos_page_drives_the_chat_and_shows_what_it_hears(page, server):
    chat = Embedded(page, f"{server.url}/host/", opens=False)
    assert page.url.startswith("http://localhost:")

    page.get_by_role("button", name="Draft a question").click()

    expect(chat.box).to_have_value("Tell me a short story about a heron")
    expect(page.get_by_role("log", name="Events")).to_contain_text("ready")


def test_axe_finds_nothing_on_the_demos_page(open_browser, server):
    page = open_browser(reduced_motion="reduce")
    Embedded(page, f"{server.url}/host/")
    expect(page.get_by_role("log", name="Events")).to_contain_text("ready")

    expect_nothing_hinders(page)
