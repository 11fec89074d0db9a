"""An answer that is being written is rendered block by block; what is finished stays so."""

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatapp.rendering import MAX_MARKDOWN, LiveRendering, as_plain, blocks, render

ANSWER = r"""# Rivers

They *flow*, as [this page][1] says: **downhill**, mostly.
A second line
===

[1]: https://rivers.test "Rivers"

- one `code`
- [x] two

  with a paragraph

1) three

| a | b |
|:--|--:|
| 1 | **2** |

> quoted
lazily

```python
def f():

    return "```"
```

    indented

    code

Then $x^2$ for $5 and $6, \(y\):
$$
\frac{a}{b}
$$

***

and [1] at the end"""
LINES = [
    *("a", "[x]", "[x]: https://a.test", "# h", "- l", "  - l", "* l", "1. n", "2) n", "> q"),
    *("```", "```py", "~~~", "    c", "|a|b|", "|-|-|", "---", "===", "***", "", "", "", "$$"),
    *(r"\[", r"x \]", "$$x$$", "$a$", "**b", "`c", '"t', "\t", " ", "foo\xa0", "\u2028x", "[y]:"),
]
texts = st.lists(st.sampled_from(LINES)).map("\n".join)


def assert_stays_finished(text: str, cuts: list[int]) -> None:
    whole = blocks(text)
    live, start = LiveRendering(), 0
    for end in cuts:
        live.add(text[start:end])
        live.open_html()
        assert live.finished == whole[: len(live.finished)], text[:end]
        assert (
            LiveRendering(text[:end]).finished == whole[: len(LiveRendering(text[:end]).finished)]
        )
        start = end
    live.add(text[start:])
    assert live.end() == whole


def test_a_finished_block_never_changes_wherever_the_text_is_cut():
    assert_stays_finished(ANSWER, list(range(len(ANSWER))))
    assert len(LiveRendering(ANSWER).finished) == 11


@settings(max_examples=300)
@given(texts)
def test_a_finished_block_of_any_text_never_changes(text):
    assert_stays_finished(text, list(range(len(text))))


@given(texts, st.lists(st.integers(0, 60)))
def test_words_of_any_length_make_the_same_blocks(text, cuts):
    assert_stays_finished(text, sorted(min(cut, len(text)) for cut in cuts))


@given(texts)
def test_a_text_is_its_blocks(text):
    assert render(text) == "".join(blocks(text))
    for block in blocks(text):
        assert len(re.findall(r"^<(?!/)", block)) == 1


@given(texts)
def test_each_block_is_one_element(text):
    for block in blocks(text):
        assert depths(block).count(0) == 1


def depths(html: str) -> list[int]:
    """How deep each element stands."""
    found, depth = [], 0
    for close, name in re.findall(r"<(/?)([a-z0-9-]+)", html):
        if close:
            depth -= 1
            continue
        found.append(depth)
        depth += name not in {"br", "hr"}
    assert depth == 0
    return found


def test_a_link_knows_the_references_before_it_only():
    assert "<a " not in render("[x]\n\nthen\n\n[x]: https://a.test")
    assert "<a " in render("[x]: https://a.test\n\nthen\n\n[x]")


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("a **bol", "a <strong>bol</strong>"),
        ("a **bold*", "a <strong>bold</strong>"),
        ("a **b *c", "a <strong>b <em>c</em></strong>"),
        ("~~gone", "<s>gone</s>"),
        ("`co", "<code>co</code>"),
        ("[a link](https://exam", "a link"),
        ("[a link", "a link"),
        ("![a picture](https://exam", "a picture"),
        (r"so \(x^2", r"so <code>\(x^2</code>"),
        ("so $x^2", "so <code>$x^2</code>"),
        ("it costs $5 and", "it costs $5 and"),
        ("2 * 3", "2 * 3"),
        ("a_b", "a_b"),
        ("words\n-", "words"),
        ("words\n``", "words"),
        ("words\n##", "words"),
    ],
)
def test_half_typed_markup_is_closed(typed, shown):
    assert LiveRendering(typed).open_html() == f'<p dir="auto">{shown}</p>\n'


def test_a_half_typed_table_is_a_table():
    for typed in ("| a | b", "| a | b |\n", "| a | b |\n|--", "| a | b |\n|---|---|\n"):
        html = LiveRendering(typed).open_html()
        assert re.findall("<th>(.*?)</th>", html) == ["a", "b"], typed

    assert "<td>1</td>" in LiveRendering("| a | b |\n|--|--|\n| 1").open_html()


def test_a_table_that_grows_has_no_row_that_was_not_said():
    said = "Look:\n\n| a | b |\n|--|--|\n| 1 | 2 |\n| 3 | 4 |\n| 5"
    for end in range(len(said) + 1):
        html = LiveRendering(said[:end]).open_html()
        assert set("".join(re.findall("<td>(.*?)</td>", html))) <= set("12345"), said[:end]
    assert html.count("<tr>") == 4


def test_half_typed_code_is_plain_and_coloured_once_it_is_closed():
    live = LiveRendering("```python\ndef f():\n    pass\n``")
    assert "<figcaption>python</figcaption>" in live.open_html()
    assert "<code>def f():\n    pass\n</code>" in live.open_html()

    live.add("`\n")

    assert len(live.finished) == 1
    assert '<span class="hl-k">def</span>' in live.finished[0]
    assert live.open_html() == ""


def test_a_half_typed_block_of_maths_is_shown_as_typed():
    live = LiveRendering("$$\n\\frac{a}{")
    assert "\\frac{a}{" in live.open_html()

    live.add("b}\n$$\n")

    assert "<mfrac>" in live.finished[0]


def test_plain_words_leave_what_is_shown_as_it_is_and_markup_does_not():
    live = LiveRendering("Some ")
    live.open_html()
    live.add("plain words, and more ")
    assert not live.is_stale

    live.add("of **them")

    assert live.is_stale
    live.open_html()
    live.add(" are")
    assert live.is_stale, "within bold, the page cannot know where a word belongs"


def test_code_is_not_shown_anew_for_each_word():
    live = LiveRendering("```js\nlet a")
    live.open_html()

    live.add(" = f(b) * [c] `d`;\nlet e;\n")
    assert not live.is_stale

    live.add("``")
    assert live.is_stale


def test_a_space_at_the_end_is_left_to_the_page():
    live = LiveRendering("Some 🌊 words ")

    assert live.open_html() == '<p dir="auto">Some 🌊 words</p>\n'
    assert live.at == len("Some __ words")


def test_what_is_beyond_the_limit_is_plain_and_what_was_finished_stays():
    text = "*a*\n\n" + "b **c** " * (MAX_MARKDOWN // 8) + "\n\n*d*"
    live = LiveRendering("*a*\n\n")

    for start in range(5, len(text), 1000):
        live.add(text[start : start + 1000])

    assert live.is_plain
    assert live.finished == ['<p dir="auto"><em>a</em></p>\n']
    assert live.open_html().startswith('<div class="plain">b **c** b')
    assert live.end() == blocks(text)
    assert render(text).endswith("*d*</div>")


@pytest.mark.parametrize(
    "piece",
    ["- item *one*\n", "| a | b |\n", "> quote\n", "word **bold** `x` ", "let a = 1;\n", "a\n\n"],
)
def test_a_long_answer_costs_a_bounded_time_for_each_word(piece):
    begin = "```js\n" if piece.startswith("let") else "|a|b|\n|-|-|\n" if piece[0] == "|" else ""
    live = LiveRendering(begin)
    started = time.process_time()

    for _ in range(60_000 // len(piece)):
        live.add(piece)

    assert time.process_time() - started < 6


@pytest.mark.parametrize(
    "text",
    ["|" + "a" * 8_000 + "\nb", " " * 1_500 + "b", "a" + "*" * 20_000 + "b", "`" * 30_000],
    ids=["a wide table", "spaces", "stars", "backticks"],
)
def test_no_line_takes_for_ever(text):
    started = time.process_time()

    live = LiveRendering(text)
    live.open_html()
    live.end()

    assert time.process_time() - started < 1


def test_a_huge_answer_stays_cheap():
    live = LiveRendering("word " * 20_000)
    live.open_html()
    started = time.process_time()

    for _ in range(40_000):
        live.add("a hundred characters " * 5)
        assert not live.is_stale

    assert time.process_time() - started < 2


def test_long_plain_text_is_cut_into_pages_and_nothing_is_lost():
    text = "a line of words\n" * 3000 + "x" * 40_000 + " y" * 20_000

    pages = re.findall('<div class="plain">(.*?)</div>', as_plain(text), re.S)

    assert "".join(pages) == text
    assert 5 < len(pages) < 20
    assert all(page.endswith("\n") for page in pages[:2])
    assert max(map(len, pages)) <= 16_000


def test_task_lists_have_boxes_of_text():
    html = render("- [ ] to do\n- [x] done\n- [y] neither")

    assert '<li class="task">☐ to do</li>' in html
    assert '<li class="task">☑ done</li>' in html
    assert "<li>[y] neither</li>" in html


def test_each_block_has_the_direction_of_its_words():
    html = render("שלום\n\n- שלום\n\n> שלום")

    assert re.findall(r'<(\w+) dir="auto">', html) == ["p", "ul", "blockquote"]


@pytest.mark.parametrize(
    ("latex", "mathml"),
    [
        (r"$\frac{a}{b}$", "<mfrac><mrow><mi>a</mi></mrow><mrow><mi>b</mi></mrow></mfrac>"),
        (r"\(x^2\)", "<msup><mi>x</mi><mn>2</mn></msup>"),
        (r"$a < b$", "<mo>&lt;</mo>"),
        (r"$\sum_{i=0}^n i$", "<msubsup><mo>∑</mo>"),
        ("$$\nx\n$$", '<div class="maths" tabindex="0"><math display="block">'),
        ("\\[\nx\n\\]", '<div class="maths" tabindex="0"><math display="block">'),
        ("so $$x$$ it is", '<p dir="auto">so <math display="block">'),
        (
            r"$$\begin{aligned}a&=b\\c&=d\end{aligned}$$",
            '<mtd class="align-right"><mi>a</mi></mtd>',
        ),
        ("- item\n\n  $$\n  x\n  $$", "<math"),
        (r"$\begin{bmatrix}a\\b\end{bmatrix}^T$", "<mo>]</mo></mrow><mi>T</mi></msup>"),
        (r"$a \pm b$", "<mo>±</mo>"),
    ],
)
def test_latex_becomes_mathml(latex, mathml):
    assert mathml in render(latex)


@pytest.mark.parametrize(
    "text",
    [
        "It costs $5 and $6.",
        "From $5-$6 to $7.",
        "$HOME and $PATH",
        r"\$x\$ and \$y\$",
        "`$x$`",
        "```\n$x$\n```",
        "US$5, that is 6$ there",
    ],
)
def test_what_is_no_maths_stays_text(text):
    assert "<math" not in render(text)


@pytest.mark.parametrize(
    "latex",
    [
        r"\frac{a",
        r"\unknown{x}",
        r"a^b^c",
        r"\left(x",
        r"\newcommand{\a}{\b\b}\a",
        r"\def\a{x}\a",
        "x" * 1990 + r"\sqrt",
        r"\sqrt{" * 50 + "}" * 50,
    ],
)
def test_what_cannot_be_read_is_shown_as_it_was_typed(latex):
    html = render(f"Look: ${latex}$ there")

    assert "<math" not in html
    assert f"<code>{latex}</code>" in html


TABLE_AND_CODE = (
    "Look:\n\n| a | b |\n|:---|---:|\n| 1 | 2 |\n\nCode:\n\n```python\ndef f():\n    x\n```\n"
)


def as_the_page_shows(answer: str, looks: set[int]) -> list[tuple[str, str]]:
    """What a page has after each character: the HTML of the last look, and the words since then
    that it adds by itself. It looks at these places, and at every fifth where it has to."""
    live, shown, html = LiveRendering(), [], ""
    for place, character in enumerate(answer):
        live.add(character)
        if live.is_stale and (place in looks or place % 5 == 4):
            html = "".join(live.finished) + live.open_html()
        shown.append((html, answer[live.at : place + 1]))
    return shown


@pytest.mark.parametrize("look", range(len(TABLE_AND_CODE)))
def test_code_and_the_rule_of_a_table_are_never_shown_as_prose(look):
    """The words since the last look are added at the end of what is open, unless they have markup:
    words of code must have a block of code there, and a rule's dashes must come with their bar."""
    for html, since in as_the_page_shows(TABLE_AND_CODE, {look}):
        if "def" in since or "    x" in since:
            assert "<code" in html or "`" in since
        if "--" in since:
            assert "|" in since


@given(texts, st.data())
def test_a_look_that_a_page_passes_over_has_no_block_that_it_lacks(text, data):
    """A page takes no look that covers less than the one before (static/js/models/words.js): were a
    finished block in it, no later one would follow on what the page has."""
    live, blocks, at = LiveRendering(), 0, 0
    for character in text:
        live.add(character)
        if live.is_stale and data.draw(st.booleans()):
            live.open_html()
            assert live.at >= at or len(live.finished) == blocks
            blocks, at = len(live.finished), max(at, live.at)
