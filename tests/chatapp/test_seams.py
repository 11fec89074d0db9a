import re

import pytest

from chatapp import rendering, seams

SEAM = r'<span class="seam"[^>]*></span>'
MARKDOWN = """# Where *rivers* go

To the [sea](https://example.com/a?b=c "the sea"), **all** of `them`:

* one
* two

| a | b |
|---|---|
| c | d |

```python
def flow():
    return "down"
```

![a map](https://example.com/map.png) and https://example.com & <b>more</b>
"""


@pytest.mark.parametrize("at", range(0, len(MARKDOWN) + 1))
def test_the_mark_changes_nothing_around_it(at):
    html = seams.render(MARKDOWN, at)

    assert re.sub(SEAM, "", html) == rendering.render(MARKDOWN)
    assert len(re.findall(SEAM, html)) <= 1
    assert seams.MARK not in html


def test_nearly_every_place_gets_its_mark():
    marked = [at for at in range(len(MARKDOWN) + 1) if "seam" in seams.render(MARKDOWN, at)]

    assert len(marked) > len(MARKDOWN) * 0.8


def test_the_mark_is_between_the_very_letters():
    assert re.fullmatch(f'<p dir="auto">To t{SEAM}he sea</p>\n', seams.render("To the sea", 4))


@pytest.mark.parametrize("text", [f"a{seams.MARK}b", "x" * rendering.MAX_MARKDOWN])
def test_a_text_that_cannot_have_a_mark_is_rendered_as_ever(text):
    assert seams.render(text, 1) == rendering.render(text)


def test_a_mark_is_looked_for_in_what_is_said_only():
    assert seams._is_said(f"<p>a{seams.MARK}b</p>")
    assert not seams._is_said(f'<a title="a>{seams.MARK}">b</a>')
    assert not seams._is_said(f"<p>{seams.MARK}{seams.MARK}</p>")


def test_a_hostile_text_does_not_get_the_mark_into_an_address():
    for text in ('[a](https://example.com/x>y "t>u")', "<https://example.com/a>b>", '"><script>'):
        for at in range(len(text) + 1):
            assert re.sub(SEAM, "", seams.render(text, at)) == rendering.render(text)
