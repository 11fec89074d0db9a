"""The languages: every string can be translated and is, and a visitor's choice is remembered."""

import ast
import gettext
import re
import shutil
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings
from django.template import Context, Template
from django.test import Client
from django.utils import translation

from chatapp.engine_words import SENTENCES, in_their_language
from chatapp.models import AskRefused
from tests import messages
from tests.clients.javascript import miss
from tests.po import read
from tests.running import ROOT

from .conftest import end

FILES = sorted((ROOT / messages.LOCALE).rglob("*.po"))
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|%%|</?\w+[^>]*>")
CHINESE = {"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.5"}


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


# What was translated


@pytest.mark.parametrize("file", FILES, ids=name)
def test_everything_is_translated_and_nothing_is_guessed(file):
    entries = read(file)

    assert len(entries) > 5
    assert [each.text for each in entries if not all(each.translations)] == []
    assert [each.text for each in entries if each.is_fuzzy] == []


@pytest.mark.parametrize("file", FILES, ids=name)
def test_translations_keep_the_placeholders_and_tags(file):
    def parts(text: str) -> list[str]:
        return sorted(PLACEHOLDER.findall(text))

    wrong = [
        each.text
        for each in read(file)
        for translation in each.translations
        if parts(translation) != parts(each.plural or each.text)
    ]

    assert wrong == []


@pytest.mark.parametrize("file", FILES, ids=name)
def test_what_is_compiled_is_what_was_translated(file):
    with file.with_suffix(".mo").open("rb") as compiled:
        catalogue = gettext.GNUTranslations(compiled)._catalog

    written = {}
    for each in read(file):
        key = f"{each.context}\x04{each.text}" if each.context else each.text
        if each.plural:
            written |= {(key, n): text for n, text in enumerate(each.translations)}
        else:
            written[key] = each.translations[0]
    assert {key: text for key, text in catalogue.items() if key} == written


def test_every_string_of_the_sources_is_gathered(tmp_path):
    if not shutil.which("xgettext"):
        miss("xgettext is missing: apt install gettext")
    for part in ("chatapp", "predictions", "templates", "static", "manage.py"):
        whole = ROOT / part
        copy = shutil.copytree if whole.is_dir() else shutil.copy
        copy(whole, tmp_path / part)

    messages.gather(tmp_path)

    for file in FILES:
        gathered = {each.text for each in read(tmp_path / name(file))}
        assert gathered == {each.text for each in read(file)}, "run `make messages`"


# What can be translated

# The API's page, the admin and the shop that shows the embed are in English.
ENGLISH = {"ninja", "admin", "desk", "host.html", "host.js"}


def translated(pattern: str) -> list[Path]:
    return [path for path in sorted(ROOT.glob(pattern)) if not ENGLISH & set(path.parts)]


TEMPLATES = translated("templates/**/*.html")
SCRIPTS = translated("static/js/**/*.js")
TRANSLATED = re.compile(
    r"{% (comment|blocktranslate)\b.*?{% end\1 %}"
    r"|{% block (?:body_class|referrer) %}.*?{% endblock %}"
    r"|{%.*?%}|{{.*?}}|{#.*?#}|<(code|kbd)\b.*?</\2>|<(script|style)\b.*?</\3>",
    re.S,
)
SHOWN = re.compile(r"""\b(?:aria-label|placeholder|title|alt|data-tab)=(?:"([^"]*)"|'([^']*)')""")
# What a script compares with, or looks for in a list, is a name: of a key, of a kind.
IN_SCRIPTS = re.compile(
    r"""(?<!gettext\()(?<!=== )(?<!\.includes\()(?<![\w.])"""
    r"""(["'`])([A-Z][a-z]+(?: [^"'`]*)?[a-z.…])\1"""
)
NAMES = {"Rivulet", "Enter", "Escape", "Home", "End", "Accept", "Content", "Safari", "Chromium"}


def bare_texts(template: str) -> list[str]:
    """What a visitor would read there in English, whatever their language."""
    left = TRANSLATED.sub(" ", template)
    shown = [one or other for one, other in SHOWN.findall(left)]
    texts = [*re.sub(r"<[^>]*>", "\n", left).splitlines(), *shown]
    words = [" ".join(word for word in text.split() if word not in NAMES) for text in texts]
    return [text for text in words if re.search(r"[^\W\d_]{2}", text)]


def bare_strings(script: str) -> list[str]:
    """Sentences and labels that are not given to gettext. One capital word may be a name."""
    without_comments = re.sub(r"(?m)(^|\s)//.*$", "", script)
    without_comments = re.sub(r"throw new Error\(.*\)", "", without_comments)
    calls = re.sub(r"n?gettext\((?:[^()]|\([^()]*\))*\)", "", without_comments)
    return [text for _, text in IN_SCRIPTS.findall(calls) if text not in NAMES]


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_every_text_of_a_template_can_be_translated(path):
    assert bare_texts(path.read_text()) == []


@pytest.mark.parametrize("path", SCRIPTS, ids=name)
def test_every_text_of_a_script_can_be_translated(path):
    # Names of keys and of events of the browser are no texts.
    known = {"ArrowRight", "ArrowLeft", "ArrowUp", "ArrowDown", "X-CSRFToken"}
    assert [text for text in bare_strings(path.read_text()) if text not in known] == []


@pytest.mark.parametrize(
    ("template", "found"),
    [
        ("<p>Hello there</p>", ["Hello there"]),
        ('<a title="Back">{% translate "Back" %}</a>', ["Back"]),
        ("{% if x %}Log in{% endif %}", ["Log in"]),
        ("<h1>{% translate 'Models' %} · Rivulet</h1>", []),
        ("{% block referrer %}no-referrer{% endblock %}<p>no-referrer</p>", ["no-referrer"]),
        ("{% blocktranslate %}Hello {{ name }}{% endblocktranslate %}", []),
    ],
)
def test_a_text_that_cannot_be_translated_is_found_in_a_template(template, found):
    assert bare_texts(template) == found


@pytest.mark.parametrize(
    ("script", "found"),
    [
        ('say("Still answering. Stop it.");', ["Still answering. Stop it."]),
        ('button("copy", "Copy", f)', ["Copy"]),
        ('if (key === "Tab") say("Tab");', ["Tab"]),
        ('say(gettext("Copied"));', []),
        ('fill(ngettext("One word", "Many words", count(n)), { n })', []),
    ],
)
def test_a_text_that_cannot_be_translated_is_found_in_a_script(script, found):
    assert bare_strings(script) == found


# What the engine says

TELLERS = {"UpstreamError", "Waiting", "Busy", "Refused", "Ending"}
PUT_TOGETHER = {  # and listed in each of their forms
    "The model is busy: %s before this one.",
    "The model's server answered with %s.",
}
FOR_OPERATORS = {  # who add an upstream or ask for its models
    "A %s upstream finds its models itself: name none.",
    "The %s of the model's server cannot be used.",
    "This is a server, but not a Cog server.",
}


def test_all_that_the_engine_tells_a_visitor_is_known():
    engine = [
        path
        for path in (ROOT / "predictions").rglob("*.py")
        if not {"operators", "management"} & set(path.parts)
    ]
    told = set().union(*(sentences(ast.parse(path.read_text())) for path in engine))

    assert len(told) > 25
    assert told - set(SENTENCES) == FOR_OPERATORS | PUT_TOGETHER


def sentences(tree: ast.AST) -> set[str]:
    """Those that are given to what carries them to a visitor, or that are returned or named, with
    %s for each value in them."""
    said = []
    for node in ast.walk(tree):
        match node:
            case ast.Call() if name_of(node.func) in TELLERS:
                said += node.args
            case ast.Call(args=[*values]):
                said += filter(is_about_the_model, values)
            case ast.Return(value) | ast.Assign(value=value):
                said += filter(is_about_the_model, [value])
    return {text for text in map(text_of, said) if text.endswith(".")}


def is_about_the_model(node: ast.AST | None) -> bool:
    return text_of(node).startswith(("The model", "The answer"))


def name_of(node: ast.AST) -> str:
    return getattr(node, "id", getattr(node, "attr", ""))


def text_of(node: ast.AST | None) -> str:
    """A string's text; "" of everything else."""
    match node:
        case ast.Constant(str(text)):
            return text
        case ast.JoinedStr(parts):
            return "".join(text_of(part) or "%s" for part in parts)
    return ""


def test_what_the_engine_said_is_shown_in_the_visitors_language(conversation):
    answer = end(
        conversation.ask("Hello"),
        status="failed",
        error="The answer took longer than 30 minutes.",
    )

    with translation.override("zh-hans"):
        assert answer.error == "回答用时超过了 30 分钟。"
    assert answer.error == "The answer took longer than 30 minutes."


@pytest.mark.parametrize("said", ["Out of memory at 3 GB.", "", "The model's server failed"])
def test_what_somebody_else_said_is_left_as_it_is(said):
    with translation.override("zh-hans"):
        assert in_their_language(said) == said


def test_a_place_in_line_is_told_in_the_visitors_language(conversation, monkeypatch):
    answer = conversation.ask("Hello")
    monkeypatch.setattr(type(answer.prediction), "place", 3)

    assert answer.waiting == "Waiting: 3rd in line"
    with translation.override("zh-hans"):
        assert answer.waiting == "等待中：排在第3位"  # noqa: RUF001


# What a visitor chooses


@pytest.mark.django_db
def test_the_browsers_language_is_spoken(client):
    page = client.get("/login/", headers=CHINESE).content.decode()

    assert '<html lang="zh-hans">' in page
    assert "<h1>登录</h1>" in page


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/login/?next=/models/", "/models/?q=x", "/no/such"])
def test_a_chosen_language_is_remembered_and_keeps_the_page(client, path):
    asked = {"language": "zh-hans"}
    response = client.post("/language/", asked, headers={"Referer": f"http://testserver{path}"})

    assert response["Location"] == f"http://testserver{path}"
    cookie = response.cookies["django_language"]
    assert cookie["max-age"] == 365 * 24 * 3600
    assert '<html lang="zh-hans">' in client.get(path).content.decode()


@pytest.mark.django_db
def test_the_picker_offers_the_other_languages_in_their_own_words(client):
    assert 'value="zh-hans" lang="zh-hans">简体中文</button>' in client.get("/").content.decode()
    page = client.get("/", headers=CHINESE).content.decode()
    assert 'value="en" lang="en">English</button>' in page


@pytest.mark.django_db
def test_choosing_a_language_needs_a_token_and_leads_nowhere_else():
    client = Client(enforce_csrf_checks=True)

    assert client.post("/language/", {"language": "zh-hans"}).status_code == 403
    response = Client().post("/language/", {"language": "zh-hans", "next": "//evil.example/"})
    assert response["Location"] == "/"


@pytest.mark.django_db
def test_the_scripts_words_are_kept_for_a_year_under_an_address_that_changes(client):
    page = client.get("/", headers=CHINESE).content.decode()
    url = re.search(r'src="(/words\.js\?zh-hans-[0-9a-f]{12})"', page)[1]

    response = client.get(url)  # whoever asks: the address says the language

    assert r'"Copied": "\u5df2\u590d\u5236"' in response.content.decode()
    assert response["Cache-Control"] == "public, max-age=31536000, immutable"
    assert client.get("/words.js?zh-hans-0")["Cache-Control"] == "no-cache"
    assert client.get("/words.js").status_code == 200


@pytest.mark.django_db
def test_english_needs_no_words_of_scripts(client):
    assert "words.js" not in client.get("/").content.decode()


def test_dates_and_plurals_are_local():
    told = Template(
        "{% load i18n %}{{ day|date:'DATE_FORMAT' }} "
        "{% blocktranslate count n=2 %}{{ n }} run{% plural %}{{ n }} runs{% endblocktranslate %}"
    )
    with translation.override("zh-hans"):
        assert told.render(Context({"day": date(2026, 11, 21)})) == "2026年11月21日 运行 2 次"


def test_each_language_has_its_files():
    locales = {translation.to_locale(code) for code, _ in settings.LANGUAGES if code != "en"}

    assert {path.parents[1].name for path in FILES} == locales == set(messages.LANGUAGES)


def test_why_a_model_cannot_be_asked_is_told_in_their_language(conversation):
    conversation.input = {"max_tokens": -1}
    schema = conversation.version.openapi_schema
    properties = schema["components"]["schemas"]["Input"]["properties"]
    properties["max_tokens"] = {"type": "integer", "minimum": 1}
    conversation.version.save()

    with translation.override("zh-hans"), pytest.raises(AskRefused) as refused:
        conversation.ask("Hi")

    assert "必须大于或等于 1" in str(refused.value)
    assert "Must" not in str(refused.value)
