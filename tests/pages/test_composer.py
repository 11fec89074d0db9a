"""The composer: files, the model, parameters, presets, thumbs, as a visitor uses them."""

import base64
import re
import subprocess
import sys

import pytest
from playwright.sync_api import Page, expect

from tests.conftest import copy_of
from tests.running import RunningServer, wait_until

from .conftest import SHORT, Chat

LONG = "The river goes on. " * 400
# A picture with a camera's notes in it: JPEG's APP1 segment comes right after the first two bytes.
PICTURE = """([width, height]) => {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width, height];
  const context = canvas.getContext("2d");
  context.fillStyle = "teal";
  context.fillRect(0, 0, width, height / 2);
  return canvas.toDataURL("image/jpeg").split(",")[1];
}"""
SIZE = """async (url) => {
  const image = new Image();
  image.src = url;
  await image.decode();
  return [image.width, image.height];
}"""
NOTES = b"\xff\xe1\x00\x17Exif\x00\x00a secret river!"


@pytest.fixture(scope="module")
def server(first_run, tmp_path_factory, openai_server) -> RunningServer:
    """The demo, which sees no images, and a chat model that does, among 500 others."""
    data_dir = tmp_path_factory.mktemp("composer") / "data"
    running = copy_of(first_run, data_dir, {"DEMO_WORDS_PER_SECOND": "200"})
    running.manage("upstream", "add", "openai", openai_server.url, "--name", "box")
    running.start()
    yield running
    running.kill()


@pytest.fixture(scope="module")
def many(server) -> None:
    """500 models more."""
    server.shell(
        "from predictions.models import *; from predictions.upstreams.demo.schema import SCHEMA\n"
        "upstream = Upstream.objects.get(kind='demo')\n"
        "for n in range(500):\n"
        "    model = LanguageModel.objects.create(owner='crowd', name=f'model-{n:03}')\n"
        "    Version.objects.create(id=Version.id_for('crowd', str(n)), model=model,\n"
        "        upstream=upstream, upstream_model='demo', openapi_schema=SCHEMA)\n"
    )


class Composer(Chat):
    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self.files = page.get_by_role("list", name="Attached files").get_by_role("listitem")
        self.alert = page.locator("[data-sentence]")
        self.panel = page.locator("#parameters")

    def attach(self, *files: dict) -> None:
        with self.page.expect_file_chooser() as chooser:
            self.page.get_by_role("button", name="Attach files").click()
        chooser.value.set_files(list(files))

    def paste(self, text: str) -> None:
        self.box.evaluate(
            """(box, text) => {
                 const clipboardData = new DataTransfer();
                 clipboardData.setData("text/plain", text);
                 const paste = { clipboardData, bubbles: true, cancelable: true };
                 if (box.dispatchEvent(new ClipboardEvent("paste", paste))) box.value += text;
               }""",
            text,
        )

    def picture(self, width: int = 40, height: int = 20, name: str = "river.jpg") -> dict:
        jpeg = base64.b64decode(self.page.evaluate(PICTURE, [width, height]))
        return {"name": name, "mimeType": "image/jpeg", "buffer": jpeg[:2] + NOTES + jpeg[2:]}

    def open_panel(self) -> None:
        self.page.get_by_role("button", name="Parameters", exact=True).click()

    def choose(self, model: str) -> None:
        with self.page.expect_response("**/model/"):
            self.page.locator("select#model").evaluate(
                """(select, name) => {
                     select.value = name;
                     select.dispatchEvent(new Event("change", { bubbles: true }));
                   }""",
                model,
            )


def text_file(name: str = "notes.md", content: str = "# Springs") -> dict:
    return {"name": name, "mimeType": "text/markdown", "buffer": content.encode()}


@pytest.fixture
def composer(page, server) -> Composer:
    page.goto(server.url)
    return Composer(page)


@pytest.fixture
def seer(page, server) -> Composer:
    """With a model chosen that sees images."""
    page.goto(f"{server.url}/?model=box/words")
    return Composer(page)


# Files


def test_files_are_uploaded_shown_and_sent(seer, openai_server):
    seer.attach(text_file(), seer.picture())
    expect(seer.files.get_by_role("link")).to_have_count(2)
    seer.ask("What is this?")
    seer.expect_status("succeeded")

    expect(seer.files).to_have_count(0)
    question = seer.page.locator("article.message[data-role=user]")
    link = question.get_by_role("link", name="notes.md")
    expect(link).to_have_attribute("target", "_blank")
    assert question.locator("img").evaluate(
        "image => image.decode().then(() => image.naturalWidth)"
    )
    text, image = openai_server.last_request["messages"][-1]["content"]
    assert text["text"] == "notes.md:\n```\n# Springs\n```\n\nWhat is this?"
    assert image["image_url"]["url"].startswith("data:image/jpeg;base64,")


def test_a_picture_is_made_smaller_and_loses_its_notes(seer, openai_server):
    picture = seer.picture(3136, 1000)
    assert NOTES in picture["buffer"]

    seer.attach(picture)
    expect(seer.files.get_by_role("link")).to_have_count(1)
    seer.ask("What is this?")
    seer.expect_status("succeeded")

    url = openai_server.last_request["messages"][-1]["content"][-1]["image_url"]["url"]
    assert seer.page.evaluate(SIZE, url) == [1568, 500]
    assert b"secret" not in base64.b64decode(url.partition(",")[2])


def test_a_long_text_that_is_pasted_is_a_file_and_can_go_back(composer):
    composer.box.fill("Sum up: ")
    composer.paste(LONG)

    expect(composer.files).to_contain_text("Pasted text.txt")
    expect(composer.box).to_have_value("Sum up: ")
    composer.page.get_by_role("button", name="Put it in the box instead").click()
    expect(composer.box).to_have_value(f"Sum up: {LONG}")
    expect(composer.files).to_have_count(0)


def test_a_short_text_is_pasted_as_ever(composer):
    composer.paste("short")

    expect(composer.box).to_have_value("short")
    expect(composer.files).to_have_count(0)


def test_a_picture_for_a_model_that_sees_none_is_refused(composer):
    composer.attach(composer.picture(), text_file())

    expect(composer.alert).to_contain_text("cannot see images")
    expect(composer.files).to_have_count(1)


def test_a_file_that_cannot_be_read_says_so_and_can_be_removed(composer):
    composer.attach({"name": "a.exe", "mimeType": "x/y", "buffer": b"MZ\0\1"})

    expect(composer.files).to_contain_text("cannot be read")
    expect(composer.files.get_by_role("button", name="Retry")).to_have_count(0)
    composer.page.get_by_role("button", name="Remove a.exe").click()
    expect(composer.files).to_have_count(0)
    expect(composer.box).to_be_focused()


def test_an_upload_that_failed_can_be_tried_again(composer):
    composer.page.route("**/attachments/", lambda route: route.abort("connectionreset"))
    composer.attach(text_file())
    expect(composer.files).to_contain_text("cannot be reached")

    composer.page.unroute("**/attachments/")
    composer.files.get_by_role("button", name="Retry").click()

    expect(composer.files.get_by_role("link", name="notes.md")).to_be_visible()


def test_nothing_is_sent_while_a_file_is_on_its_way(composer):
    held = []
    composer.page.route("**/attachments/", lambda route: held.append(route))
    composer.attach(text_file())
    expect(composer.page.get_by_role("progressbar", name="Uploading notes.md")).to_be_visible()

    composer.ask("Read")

    expect(composer.alert).to_contain_text("still being uploaded")
    expect(composer.box).to_have_value("Read")
    wait_until(lambda: composer.page.title() and held, 5)
    held[0].continue_()
    expect(composer.files.get_by_role("link")).to_be_visible()
    composer.send.click()
    expect(composer.page.locator("article.message[data-role=user] .file")).to_have_count(1)


def test_ten_files_are_the_most(composer):
    composer.attach(*(text_file(f"{n}.txt") for n in range(11)))

    expect(composer.alert).to_contain_text("At most 10 files")
    expect(composer.files.get_by_role("link")).to_have_count(10)


def test_a_question_that_waits_comes_back_into_the_box_with_its_files(composer):
    composer.choose("box/slow")
    composer.ask("Talk slowly")
    composer.wait_for_words(1)
    composer.attach(text_file())
    expect(composer.files.get_by_role("link")).to_have_count(1)
    composer.ask("Read this")
    expect(composer.files).to_have_count(0)
    composer.attach(text_file("more.md"))
    composer.box.fill("And one more")
    expect(composer.files.get_by_role("link")).to_have_count(1)

    composer.page.get_by_role("button", name="Edit", exact=True).click()

    expect(composer.box).to_have_value("Read this\n\nAnd one more")
    for _ in range(2):
        expect(composer.files).to_have_count(2)
        expect(composer.files.first).to_contain_text("notes.md")
        expect(composer.page.locator("input[name=attachments]")).to_have_count(2)
        composer.page.reload()


def test_what_is_dropped_is_attached(composer):
    composer.page.evaluate(
        """() => {
             const dataTransfer = new DataTransfer();
             dataTransfer.items.add(new File(["words"], "dropped.txt", { type: "text/plain" }));
             for (const name of ["dragover", "drop"]) {
               const how = { dataTransfer, bubbles: true, cancelable: true };
               document.body.dispatchEvent(new DragEvent(name, how));
             }
           }"""
    )

    expect(composer.files.get_by_role("link", name="dropped.txt")).to_be_visible()
    expect(composer.page.locator("[data-dropping]")).to_have_count(0)


def test_a_draft_keeps_its_files_through_a_reload(composer):
    composer.box.fill("Half a thought")
    composer.paste(LONG)
    expect(composer.files.get_by_role("link")).to_have_count(1)

    composer.page.reload()

    expect(composer.box).to_have_value("Half a thought")
    composer.page.get_by_role("button", name="Put it in the box instead").click()
    expect(composer.box).to_have_value(re.compile("The river goes on"))


def test_a_session_that_ended_loses_no_text(open_browser, make_server):
    server = make_server(CHAT_REQUIRE_LOGIN="true")
    page = open_browser()
    page.goto(server.url)

    def log_in() -> None:
        page.get_by_label("Username").fill("admin")
        page.get_by_label("Password").fill(server.password)
        page.get_by_role("button", name="Log in").click()

    log_in()
    composer = Composer(page)
    expect(page.get_by_role("button", name="Attach files")).to_be_visible()
    composer.box.fill("Do not lose me")
    page.context.clear_cookies(name="sessionid")

    composer.send.click()
    expect(composer.alert).to_contain_text("not logged in any more")
    page.get_by_role("link", name="Log in").click()
    log_in()

    expect(composer.box).to_have_value("Do not lose me")
    composer.send.click()
    composer.wait_for_words(1)


# The model


def test_many_models_are_searched_by_keyboard(many, page, server):
    page.goto(server.url)
    composer = Composer(page)

    page.get_by_role("button", name="Model: ").focus()
    page.keyboard.press("Enter")
    search = page.get_by_role("combobox", name="Search the models")
    expect(search).to_be_focused()
    page.keyboard.type("model-49 CROWD")
    expect(page.get_by_role("option")).to_have_count(10)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    expect(page.get_by_role("button", name="Model: crowd/model-491")).to_be_visible()
    expect(search).to_be_hidden()
    composer.ask(SHORT)
    composer.expect_status("succeeded")
    assert "crowd/model-491" in server.shell(
        "from predictions.models import *; print(Prediction.objects.latest('created_at').version)"
    )


def test_a_search_without_a_match_sends_nothing(many, page, server):
    page.goto(server.url)
    page.get_by_role("button", name="Model: ").click()

    page.keyboard.type("no such model")
    page.keyboard.press("Enter")

    expect(page.get_by_role("option")).to_have_count(0)
    expect(page.locator("article.message")).to_have_count(0)


def test_who_chooses_and_sends_at_once_gets_one_session_for_both(composer):
    seen = []
    composer.page.on("request", lambda request: seen.append(("asked", request.url)))
    composer.page.on("requestfinished", lambda request: seen.append(("told", request.url)))
    composer.page.evaluate(
        """() => {
             const form = document.getElementById("composer");
             form.elements.model.value = "box/words";
             form.elements.model.dispatchEvent(new Event("change", { bubbles: true }));
             form.elements.text.value = "Hello";
             form.requestSubmit();
           }"""
    )
    composer.expect_status("succeeded")

    model, ask = (composer.page.url.partition("/c/")[0] + path for path in ("/model/", "/ask/"))
    assert seen.index(("told", model)) < seen.index(("asked", ask))
    composer.page.reload()
    expect(composer.page.locator("article.message")).to_have_count(2)


# Parameters and presets


def test_parameters_are_kept_as_they_are_changed_and_hold(composer, server):
    composer.open_panel()
    composer.panel.get_by_label("Max new tokens").fill("3")
    composer.panel.get_by_role("button", name="Done").click()
    expect(composer.panel).to_be_hidden()
    expect(composer.page.locator("[data-changed]")).to_be_visible()

    composer.ask(SHORT)
    composer.expect_status("succeeded")
    assert len(composer.words.split()) <= 3
    composer.page.reload()
    composer.open_panel()
    expect(composer.panel.get_by_label("Max new tokens")).to_have_value("3")
    composer.panel.get_by_role("button", name="Reset", exact=True).click()
    expect(composer.panel.get_by_label("Max new tokens")).to_have_value("1024")
    expect(composer.page.locator("[data-changed]")).to_have_count(0)


def test_a_wrong_parameter_is_marked_where_it_is(composer):
    composer.open_panel()
    temperature = composer.panel.get_by_label("Temperature")
    temperature.fill("9")
    temperature.press("Enter")

    expect(composer.panel).to_be_visible()
    expect(composer.panel).to_contain_text("less than or equal to 5")
    expect(temperature).to_have_attribute("aria-invalid", "true")


def test_another_model_says_what_it_does_not_know(composer):
    composer.open_panel()
    composer.panel.get_by_label("Fail after").fill("900")
    composer.panel.get_by_role("button", name="Done").click()
    expect(composer.page.locator("[data-changed]")).to_be_visible()

    composer.choose("box/words")

    expect(composer.alert).to_contain_text("box/words does not know: fail after")
    expect(composer.page.locator("[data-changed]")).to_have_count(0)
    composer.attach(composer.picture())
    expect(composer.files).to_have_count(1)


def test_a_slash_chooses_a_preset(seer):
    seer.open_panel()
    seer.panel.get_by_label("System prompt").fill("Talk like a pirate.")
    seer.panel.get_by_label("Name of a new preset").fill("Pirate")
    seer.panel.get_by_role("button", name="Save as preset").click()
    expect(seer.panel.get_by_role("button", name="Pirate")).to_be_visible()
    seer.panel.get_by_role("button", name="Reset", exact=True).click()
    expect(seer.panel.get_by_label("System prompt")).to_have_value("")
    seer.page.keyboard.press("Escape")
    seer.choose("rivulet/demo")

    seer.box.press_sequentially("/pi")
    expect(seer.page.get_by_role("option", name="Pirate")).to_be_visible()
    seer.box.press("Enter")

    expect(seer.box).to_have_value("")
    expect(seer.page.locator("select#model")).to_have_value("box/words")
    seer.open_panel()
    expect(seer.panel.get_by_label("System prompt")).to_have_value("Talk like a pirate.")
    expect(seer.page.locator("article.message")).to_have_count(0)


def test_a_slash_that_means_no_preset_is_just_sent(composer):
    composer.ask("/etc/hosts")

    expect(composer.page.locator("article.message[data-role=user]")).to_contain_text("/etc/hosts")


def test_a_link_fills_the_box_and_sends_nothing(page, server):
    page.goto(f"{server.url}/?q=%3Cb%3EHello%3C%2Fb%3E&model=box/words&send=1")
    composer = Composer(page)

    expect(composer.box).to_have_value("<b>Hello</b>")
    expect(page.locator("select#model")).to_have_value("box/words")
    expect(page.locator("article.message")).to_have_count(0)


# Under an answer


def test_a_thumb_down_asks_why_and_can_be_taken_back(composer):
    composer.ask(SHORT)
    composer.expect_status("succeeded")
    bad = composer.page.get_by_role("button", name="Bad answer")
    bad.focus()
    composer.page.keyboard.press("Enter")
    why = composer.page.get_by_role("dialog", name="What was wrong with it?")
    expect(why.get_by_label("Not correct")).to_be_focused()
    composer.page.keyboard.press("ArrowDown")
    why.get_by_label("Comment").fill("It is a river.")
    why.get_by_role("button", name="Tell").click()

    expect(composer.page.get_by_role("button", name="Did not help")).to_be_focused()
    composer.page.reload()
    expect(bad).to_have_attribute("aria-pressed", "true")
    bad.click()
    expect(bad).to_have_attribute("aria-pressed", "false")
    expect(bad).to_be_focused()


def test_without_javascript_there_are_files_thumbs_and_parameters(open_browser, server):
    page = open_browser(java_script_enabled=False)
    page.goto(server.url)
    composer = Composer(page)
    page.get_by_label("Files", exact=True).set_input_files(text_file())
    composer.box.fill(SHORT)
    composer.send.click()
    expect(composer.answer.locator(".message__foot")).to_be_attached(timeout=20_000)

    expect(page.get_by_role("link", name="notes.md")).to_be_visible()
    page.get_by_role("button", name="Bad answer").click()
    page.get_by_role("button", name="Say why").click()
    page.get_by_label("Not correct").check()
    page.get_by_role("button", name="Tell").click()
    expect(page.get_by_role("button", name="Not correct")).to_be_visible()
    composer.open_panel()
    composer.panel.get_by_label("Max new tokens").fill("3")
    composer.panel.get_by_role("button", name="Done").click()
    expect(page.locator("[data-changed]")).to_be_visible()


def test_the_code_that_is_copied_runs(composer, server):
    composer.ask(SHORT)
    composer.expect_status("succeeded")
    words = composer.stored()
    url = composer.page.locator("copy-button[data-url$='/curl/']").get_attribute("data-url")
    read = "url => fetch(url).then(reply => reply.text())"

    run = subprocess.run(
        ["bash", "-c", composer.page.evaluate(read, url)],
        capture_output=True,
        check=True,
        timeout=20,
        text=True,
    )
    heard = re.findall(r"^event: output\n(?:id: .*\n)?((?:data: .*\n)+)", run.stdout, re.M)
    said = "".join(
        "\n".join(line.removeprefix("data: ") for line in lines.splitlines()) for lines in heard
    )
    assert said == words

    code = composer.page.evaluate(read, url.replace("/curl/", "/python/"))
    asked = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        check=True,
        timeout=60,
        text=True,
        env={"REPLICATE_API_TOKEN": server.token},
    )
    assert asked.stdout.strip()
