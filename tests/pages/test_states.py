"""The states that one comes by in a chat: axe finds nothing, in each size and colour."""

import base64

import pytest
from playwright.sync_api import Page, expect

from tests.conftest import copy_of

from .axe import as_if_found, expect_nothing_hinders
from .conftest import SHORT, STORY, Chat
from .long import fill

NOTES = {"name": "notes.md", "mimeType": "text/markdown", "buffer": b"# Springs"}
BROKEN = {"name": "a.exe", "mimeType": "x/y", "buffer": b"MZ\0\1"}
RICH = r"""## Rivers

They **flow**, as [a page](https://rivers.test) says: ![a map](https://rivers.test/map.png)

| river | km |
|:--|--:|
| Rhein | 1233 |

```python
def flow(river):  # downhill
    return river["length"] * 2
```

- [x] a `spring`
- [ ] a mouth

> نهر النيل أطول أنهار أفريقيا

النهر يجري إلى البحر، و\(a^2 + b^2 = c^2\).

$$\sum_{n=1}^{\infty} \frac{1}{n^2} = \frac{\pi^2}{6}$$

#### And a last word
"""


@pytest.fixture(scope="module")
def server(first_run, tmp_path_factory, openai_server):
    """An account may send one message a day; some models see images, think aloud, or fail."""
    settings = {
        "DEMO_WORDS_PER_SECOND": "40",
        "CHAT_SIGN_UP": "true",
        "CHAT_DAILY_MESSAGES": "1",
    }
    running = copy_of(first_run, tmp_path_factory.mktemp("states") / "data", settings)
    running.manage("upstream", "add", "openai", openai_server.url, "--name", "box")
    running.start()
    yield running
    running.kill()


def test_messages_that_wait(chat):
    chat.ask(STORY)
    chat.wait_for_words(3)
    for text in ("And then?", "Is it true?"):
        chat.ask(text)
        expect(chat.page.locator(".queued__text").last).to_have_text(text)
    expect_nothing_hinders(chat.page, widths=[390])

    chat.page.get_by_role("button", name="Edit", exact=True).last.click()
    expect(chat.box).to_have_value("Is it true?")
    chat.stop.click()
    expect(chat.page.locator(".queue__line")).to_contain_text("did not finish", timeout=20_000)

    expect_nothing_hinders(chat.page)


def test_the_parameters_and_the_presets(page, server):
    page.goto(f"{server.url}/?model=box/words")
    page.get_by_role("button", name="Parameters", exact=True).click()
    panel = page.locator("#parameters")
    panel.get_by_label("System prompt").fill("Talk like a pirate.")
    panel.get_by_label("Name of a new preset").fill("Pirate")
    panel.get_by_role("button", name="Save as preset").click()
    panel.get_by_text("Change").click()
    expect(panel.get_by_label("Name of the preset")).to_be_visible()
    expect_nothing_hinders(page)
    page.keyboard.press("Escape")

    page.get_by_role("button", name="Model: ").click()
    expect(page.get_by_role("combobox", name="Search the models")).to_be_focused()
    expect_nothing_hinders(page)
    page.keyboard.press("Escape")

    page.get_by_role("textbox", name="Message").press_sequentially("/pi")
    expect(page.get_by_role("option", name="Pirate")).to_be_visible()
    expect_nothing_hinders(page)


def test_files_that_are_taken_and_refused(page, server):
    page.goto(f"{server.url}/?model=box/words")
    chat = Chat(page)
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Attach files").click()
    chooser.value.set_files([NOTES, picture(page), BROKEN])
    expect(page.locator("[data-files] a")).to_have_count(2)
    expect(page.locator("[data-files] [role=alert]")).to_be_visible()
    expect_nothing_hinders(page)

    page.get_by_role("button", name="Remove a.exe").click()
    chat.ask("What is this?")
    chat.expect_status("succeeded")
    expect(page.get_by_role("list", name="Attached").get_by_role("link")).to_have_count(2)

    expect_nothing_hinders(page)


def test_the_list_and_its_menu(chat, server):
    page = chat.page
    chat.ask(SHORT)
    chat.expect_status("succeeded")
    page.get_by_role("link", name=f"Options for {SHORT}").click()
    expect(page.get_by_role("menuitem", name="Delete")).to_be_visible()
    expect_nothing_hinders(page, widths=[1280])
    page.get_by_role("menuitem", name="Rename").click()
    expect(page.get_by_role("textbox", name="Title")).to_be_focused()
    expect_nothing_hinders(page, widths=[1280])
    page.keyboard.press("Escape")
    search = page.get_by_role("searchbox", name="Search your conversations")
    for query, told in (("what", "mark"), ("xyzzy", ".sidebar__empty")):
        search.fill(query)
        expect(page.locator(f"[data-results] {told}").first).to_be_visible()
        expect_nothing_hinders(page, widths=[1280])
    search.press("Escape")

    page.get_by_role("link", name="Options for this conversation").click()
    expect_nothing_hinders(page)
    page.get_by_role("menuitem", name="Share…").click()
    page.get_by_role("button", name="Create a link").click()
    expect(page.get_by_role("textbox", name="Link")).to_be_visible()
    expect_nothing_hinders(page)
    page.get_by_role("button", name="Close").click()

    page.get_by_role("link", name="Options for this conversation").click()
    page.get_by_role("menuitem", name="Archive", exact=True).click()
    expect(page.locator(".toast")).to_be_visible()
    expect_nothing_hinders(page)


def test_the_pages_of_the_library(chat, server):
    page = chat.page
    chat.ask(SHORT)
    chat.expect_status("succeeded")
    here = page.url

    for path in ("options/", "share/"):
        page.goto(here + path)
        expect_nothing_hinders(page)
    for path, sign in (
        ("/search/?q=what", "main .result"),
        ("/search/?q=nowhere", "main .sidebar__empty"),
        ("/archive/", "main .sheet__nothing"),
    ):
        page.goto(server.url + path)
        expect(page.locator(sign).first).to_be_visible()
        expect_nothing_hinders(page)

    page.goto(here)
    page.get_by_role("link", name="Options for this conversation").click()
    page.get_by_role("menuitem", name="Delete").click()
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    expect_nothing_hinders(page)
    page.route(here, as_if_found)
    page.goto(here)
    expect(page.get_by_role("heading", name="Nothing here")).to_be_visible()
    expect_nothing_hinders(page)


def test_an_answer_with_everything_in_it_and_one_that_failed(chat):
    page = chat.page
    chat.choose_model("box/echo-fast")
    chat.ask(RICH)
    chat.expect_status("succeeded")
    for part in ("table", "pre", "math", "blockquote", "h4"):
        expect(chat.answer.locator(part).first).to_be_visible()
    expect_nothing_hinders(page)

    chat.choose_model("box/thinking")
    chat.ask("Think")
    chat.answer.locator("summary").click()
    chat.expect_status("succeeded")
    expect_nothing_hinders(page)

    chat.choose_model("box/cut")
    chat.ask("And now?")
    chat.expect_status("failed")
    expect_nothing_hinders(page)


def test_a_long_conversation(open_browser, server):
    cookie, address, messages = fill(server, count=200)
    page = open_browser(reduced_motion="reduce")
    page.context.add_cookies([cookie])
    page.goto(f"{address}?message={messages[60]}")
    expect(page.get_by_role("button", name="Latest")).to_be_visible()
    expect_nothing_hinders(page, widths=[390])


def test_a_connection_that_was_lost(chat):
    chat.page.route("**/live/*", lambda route: route.abort("connectionreset"))
    chat.ask(STORY)
    expect(chat.answer.locator("[data-meter]")).to_contain_text("reconnecting")
    chat.page.context.set_offline(True)
    chat.ask("Are you there?")
    expect(chat.page.locator("[data-sentence]")).to_contain_text("cannot be reached")

    expect_nothing_hinders(chat.page)


def test_the_end_of_a_days_messages_and_a_login_that_failed(page, server):
    page.goto(f"{server.url}/signup/")
    page.get_by_label("Username").fill("ann")
    for label in ("Password", "The password again"):
        page.get_by_label(label, exact=True).fill("river-stone-9")
    page.get_by_role("button", name="Sign up").click()
    chat = Chat(page)
    expect(page.get_by_role("button", name="Attach files")).to_be_visible()
    chat.ask("Hi")
    chat.expect_status("succeeded")
    chat.ask("And more?")
    expect(page.locator("[data-sentence]")).to_contain_text("You can write again at")
    expect_nothing_hinders(page)

    page.context.clear_cookies()
    page.goto(f"{server.url}/login/")
    page.get_by_label("Username").fill("ann")
    page.get_by_label("Password").fill("brook")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect_nothing_hinders(page)


def test_a_browser_without_scripts(open_browser, server):
    page = open_browser(java_script_enabled=False)
    reader = open_browser(reduced_motion="reduce")
    page.goto(server.url)
    chat = Chat(page)
    chat.box.fill(STORY)
    chat.send.click(no_wait_after=True)
    expect(chat.answer.locator("p.so-far").last).not_to_be_empty()
    assert page.url.endswith("/live/")
    look_without_scripts(page, reader)
    expect_nothing_hinders(reader)

    chat.stop.first.click()
    chat.expect_status("canceled")
    look_without_scripts(page, reader)
    expect_nothing_hinders(reader)

    for link in ("edit", "rewind"):
        address = page.locator(f"article a[href$='/{link}/']").get_attribute("href")
        page.goto(server.url + address)
        look_without_scripts(page, reader)
        expect_nothing_hinders(reader)
        page.go_back()


def look_without_scripts(page: Page, reader: Page) -> None:
    """Show `reader` what is on `page`, where no script may run: axe is one."""
    page.evaluate(
        """() => {
             for (const each of document.querySelectorAll("script, head noscript")) each.remove();
             for (const each of document.querySelectorAll("noscript"))
               each.replaceWith(...each.childNodes);
           }"""
    )
    html = page.content()
    reader.route(page.url, lambda route: route.fulfill(body=html, content_type="text/html"))
    reader.goto(page.url)
    reader.unroute(page.url)


def picture(page: Page) -> dict:
    png = page.evaluate("document.createElement('canvas').toDataURL().split(',')[1]")
    return {"name": "river.png", "mimeType": "image/png", "buffer": base64.b64decode(png)}
