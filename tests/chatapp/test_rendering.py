import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatapp.rendering import CLEANER, MAX_MARKDOWN, render

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<iframe src=//evil.test></iframe>",
    "<a href='javascript:alert(1)'>x</a>",
    "<style>body{display:none}</style>",
    "<form action=//evil.test><button>x</button></form>",
    "<b id=message class=composer style=position:fixed>x</b>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java&#10;script:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](vbscript:msgbox(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "[x](file:///etc/passwd)",
    "[x](//evil.test/a)",
    "[x](/logout/)",
    "[x](http:evil)",
    "[x](http://[)",
    "![x](javascript:alert(1))",
    "![x](data:image/svg+xml,<svg/onload=alert(1)>)",
    '[x](https://a.test "\\" onmouseover=alert(1)")',
    "<javascript:alert(1)>",
    "```<img src=x onerror=alert(1)>\n<img src=x onerror=alert(1)>\n```",
    '```"><script>alert(1)</script>\nx\n```',
    "```html\n<script>alert(1)</script>\n```",
    "|<script>|\n|-|\n|<img onerror=x>|",
    "[a]: javascript:alert(1)\n\n[a] ![a]",
    "<!--><script>alert(1)</script>-->",
    "<code-block><script>alert(1)</script></code-block>",
    "\0<scr\0ipt>alert(1)</script>",
    r"$\text{<script>alert(1)</script>}$",
    r"$\text{&lt;img src=x onerror=alert(1)&gt;}$",
    r"$\href{javascript:alert(1)}{x}$",
    r"$\style{position:fixed}{x} \class{composer}{x} \unicode{x3c}script\unicode{x3e}$",
    r"$$\color{url(https://evil.test)}{x} \rule{9999em}{9999em} \hspace{9999em}$$",
    r"\[\mathchoice{<svg>}{<style>}{<!--}{]]>}\]",
]
ALLOWED_TAG = re.compile(
    r"</?(p|br|hr|strong|em|s|a|code|pre|blockquote|ul|ol|li|h[3-6]|table|thead|tbody|tr|th|td"
    r"|span|code-block|figcaption|div|math|mrow|mi|mn|mo|mtext|mspace|msqrt|mstyle|mpadded|mtable"
    r"|mtr|mtd|mphantom|mfrac|mroot|msub|msup|mover|munder|msubsup|munderover)(?= |>)"
)


def assert_harmless(html: str) -> None:
    for tag in re.findall(r"<[^>]*>?", html):
        assert ALLOWED_TAG.match(tag), tag
        assert not re.search(r"\s(on\w+|style|id|src|srcset|action)\s*=", tag), tag
        if href := re.search(r'href="([^"]*)"', tag):
            assert re.match(r"(https?://|mailto:)", href[1]), tag


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_harmless(text):
    assert_harmless(render(text))
    assert_harmless(render(f"before {text} after"))
    assert_harmless(render(f"> - {text}\n\n# {text}"))


PIECES = [
    *"ab`*_~[]()<>!|-#:\"'\\&;/\n \t=}^$",
    *("javascript:", "http://", "```", "<script>", "$$", r"\(", r"\[", r"\frac{", r"\text{<b>}"),
]


@given(st.lists(st.sampled_from(PIECES)).map("".join))
def test_any_text_is_harmless_and_never_raises(text):
    assert_harmless(render(text))


@given(st.text())
def test_the_sanitiser_has_nothing_left_to_change(text):
    html = render(text)

    assert CLEANER.clean(html) == html


def test_an_image_is_a_link_that_names_its_host():
    html = render("![the sea](https://evil.test/p.png?secret)")

    assert "<img" not in html
    assert ">the sea (evil.test)</a>" in html
    assert 'rel="noopener noreferrer nofollow"' in html
    assert 'target="_blank"' in html


def test_an_image_inside_a_link_is_its_text():
    html = render("[![logo](https://a.test/l.png)](https://b.test/)")

    assert html.count("<a ") == 1
    assert 'title="b.test"' in html
    assert "logo (a.test)" in html


def test_a_link_says_where_it_leads():
    html = render("[your bank](https://bank.test@evil.test/login)")

    assert 'title="evil.test"' in html


def test_headings_rank_below_the_page():
    assert ranks("# One") == ranks("###### Six") == ["h3"]


def test_no_rank_of_a_heading_is_skipped():
    assert ranks("## One\n\n### Two\n\n###### Three\n\n### Two\n\n## One") == [
        *("h3", "h4", "h5", "h4", "h3")
    ]
    assert ranks("> ### In a quotation\n\n# One\n\n### Two") == ["h3", "h3", "h4"]
    assert ranks("".join(f"{'#' * rank} Deep\n\n" for rank in range(1, 7)))[3:] == ["h6"] * 3


def ranks(text: str) -> list[str]:
    return re.findall("<(h[1-6])", render(text))


def test_code_is_coloured_by_classes_of_ours():
    html = render("```python\ndef f(): pass\n```")

    assert "<figcaption>python</figcaption>" in html
    assert '<span class="hl-k">def</span>' in html


def test_an_unknown_language_is_plain_code():
    assert "<code>a &lt; b\n</code>" in render("```made-up\na < b\n```")


def test_tables_keep_their_alignment_without_styles():
    html = render("|a|b|\n|:-|-:|\n|1|2|")

    assert '<th class="align-left">a</th>' in html
    assert '<td class="align-right">2</td>' in html


def test_what_is_too_long_is_plain_text():
    html = render("*a* <b>" * MAX_MARKDOWN)

    assert html.startswith('<div class="plain">*a* &lt;b&gt;')


@pytest.mark.parametrize(
    "text",
    [
        "![" * 32_000,
        "[" * 64_000,
        "*a_ " * 16_000,
        "> " * 32_000,
        "[a](" * 16_000,
        "|a" * 2_000 + "\n" + "|-" * 2_000 + "\n" + ("|x" * 1_500 + "\n") * 18,
        "```java\n" + "a " * 31_000 + "\n```",
        "```php\n<?php " + '"$a[' * 15_000 + "\n```",
        "$a " * 20_000,
        r"\(" * 30_000,
        r"$\frac{a}{b}$ " * 4_000,
        "$" + r"\sqrt{" * 300 + "}" * 300 + "$",
        "$$\n" * 20_000,
        "```java\n" * 9_000,
        "```console\n" + "a" * 60_000 + "\n```",
        "```html+ng2\n" + "(" * 20_000 + "\n```",
        "```html+cheetah\n" + ("${" * 40 + "\n") * 700 + "\n```",
    ],
    ids=lambda text: text[:12],
)
def test_pathological_text_takes_bounded_time(text):
    started = time.process_time()

    html = render(text)

    assert time.process_time() - started < 5
    assert_harmless(html)
