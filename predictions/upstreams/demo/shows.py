"""Markdown to look at: headings, lists, tables and code."""

import random
import re

HEADING = "## A stream, in Markdown"
INTRODUCTION = "Every word of this arrived on its own, and was set as it came."
TABLE = """| Event | What it carries | How often |
|:------|:----------------|----------:|
| `output` | a piece of the answer | many |
| `logs` | what the model prints | some |
| `error` | why it failed | at most one |
| `done` | the end | **one** |"""
STREAM_LIST = """1. You create a *prediction*.
2. You open its **stream URL**.
3. You hear `output` events, word by word:
   - early, late or resumed,
   - always in the same order.
4. You hear `done`."""
TEA_LIST = """1. Boil **fresh** water.
2. Warm the pot, then throw that water away.
3. Choose the leaves:
   - *green*: 75 °C, two minutes
   - *black*: 95 °C, four minutes
4. Wait. This is the difficult part."""
CODES = {
    "javascript": """```javascript
const source = new EventSource(prediction.urls.stream);

source.addEventListener("output", (event) => {
  document.body.append(event.data);
});

source.addEventListener("done", () => source.close());
```""",
    "python": '''```python
def words(text: str):
    """Yield a text word by word, spaces kept."""
    for word in text.split(" "):
        yield word + " "


for word in words("The quick brown fox"):
    print(word, end="", flush=True)
```''',
}
BY_HEART = "It is only an example: I know it by heart."
QUOTE = "> A watched stream never boils.\n> It arrives, one word at a time."


def show(text: str, chance: random.Random) -> str:
    """What was asked for, in the order of the page; all of it when Markdown alone was."""
    wanted = set(re.findall(r"[a-z]+", text.lower()))
    code = CODES["javascript" if "javascript" in wanted else "python"]
    items = chance.choice([STREAM_LIST, TEA_LIST])
    shown = [
        part
        for words, part in (
            ({"list", "lists", "bullets", "bullet"}, f"Here is a list:\n\n{items}"),
            ({"table", "tables"}, f"Here is a table of the events in a stream:\n\n{TABLE}"),
            ({"code", "python", "javascript"}, f"Here is a little code:\n\n{code}\n\n{BY_HEART}"),
        )
        if wanted & words
    ]
    return "\n\n".join(shown or whole_page(items, code))


def whole_page(items: str, code: str) -> list[str]:
    titled = ["### A list", items, "### A table", TABLE, "### Some code", code]
    return [HEADING, INTRODUCTION, *titled, QUOTE]
