"""The pages' own stream on a real server: the words as everywhere, and what they look like."""

import itertools
import json

import httpx
import pytest

from chatapp.rendering import blocks
from tests.listening import Heard, listen, parse, words

ECHO = "mind/echo"
TEXT = """# A river

It *runs* **down**, see [here](https://river.test/a):

- one
- two with `code`

```python
def flow():
    return 1
```

| a | b |
|---|---|
| 1 | 2 |

And so $x^2$ it ends 🌊 in the sea, as rivers do: without a sound, without any hurry at all"""


@pytest.fixture(scope="module")
def mind(server, openai_server):
    server.manage("upstream", "add", "openai", openai_server.url, "--name", "mind")
    return server


def live_url(created: dict, **query: object) -> str:
    url = created["urls"]["stream"].replace("/v1/streams/", "/live/")
    return url + "?" + "&".join(f"{name}={value}" for name, value in query.items())


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


class Page:
    """What a page makes of the stream."""

    def __init__(self) -> None:
        self.source = ""
        self.blocks: list[str] = []
        self.open = ""
        self.last = ""
        self.looks: list[dict] = []

    def hear(self, heard: Heard) -> None:
        if heard.event == "output":
            self.source += heard.data
        if heard.event == "rendered":
            looks = json.loads(heard.data)
            self.looks.append(looks)
            assert looks["from"] <= len(self.blocks)
            self.blocks += looks["blocks"][len(self.blocks) - looks["from"] :]
            self.open = looks["open"]
        self.last = heard.id or self.last


def test_the_words_and_their_ids_are_those_of_the_api(mind):
    created = mind.create(ECHO, prompt=TEXT)

    heard = list(listen(live_url(created)))
    api = list(listen(created["urls"]["stream"]))

    assert [each[:3] for each in heard if each.event != "rendered"] == [each[:3] for each in api]
    assert {each.id for each in heard if each.event == "rendered"} == {""}
    assert "".join(words(heard)) == TEXT


def test_words_arrive_one_by_one_also_where_there_is_much_markup(mind):
    created = mind.create("mind/echo-slow", prompt="**a** `b` *c* " * 12)

    heard = [each for each in listen(live_url(created)) if each.event == "output"]

    gaps = [later.at - earlier.at for earlier, later in itertools.pairwise(heard)]
    assert sum(gap > 0.03 for gap in gaps) > len(gaps) * 0.7, "they came in lumps"


def test_finished_blocks_are_those_of_the_whole_text(mind):
    created = mind.create(ECHO, prompt=TEXT)
    page = Page()

    for heard in listen(live_url(created)):
        page.hear(heard)
        assert page.blocks == blocks(TEXT)[: len(page.blocks)]

    assert len(page.blocks) >= len(blocks(TEXT)) - 1
    assert page.looks[-1]["at"] <= units(TEXT)


def test_looks_come_at_a_calm_rate(mind):
    created = mind.create(ECHO, prompt="**bold *words** and* `code` " * 12)

    heard = [each for each in listen(live_url(created)) if each.event == "rendered"]

    gaps = [later.at - earlier.at for earlier, later in itertools.pairwise(heard)]
    assert len(heard) > 3
    assert min(gaps[:-1]) > 0.1, "only the last look, at the end, comes at once"
    assert all(json.loads(each.data)["blocks"] == [] for each in heard)


def test_plain_words_are_not_rendered_again(mind):
    created = mind.create(ECHO, prompt="These are only some plain words, one by one, no more. " * 4)

    heard = list(listen(live_url(created)))

    assert len([each for each in heard if each.event == "rendered"]) == 1


@pytest.mark.parametrize("place", [3, 17, 40])
def test_a_page_that_comes_back_hears_and_sees_the_rest(mind, place):
    created = mind.create(ECHO, prompt=TEXT)
    page, stream = Page(), listen(live_url(created))
    for heard in itertools.islice(stream, place):
        page.hear(heard)
    stream.close()

    for heard in listen(live_url(created, blocks=len(page.blocks)), page.last):
        page.hear(heard)
        assert page.blocks == blocks(TEXT)[: len(page.blocks)]

    assert page.source == TEXT
    assert len(page.blocks) >= len(blocks(TEXT)) - 1


def test_brief_readers_hear_everything_in_turns(mind):
    created = mind.create(ECHO, prompt=TEXT)
    page, turns = Page(), 0

    while True:
        url = live_url(created, brief=1, blocks=len(page.blocks), last_event_id=page.last)
        response = httpx.get(url)
        if response.status_code == 204:
            break
        assert response.text.startswith("retry: 1000\n\n")
        for heard in parse(iter([response.content])):
            page.hear(heard)
        assert page.blocks == blocks(TEXT)[: len(page.blocks)]
        turns += 1

    assert turns > 3
    assert page.source == TEXT


def test_a_brief_reader_of_a_silent_answer_is_not_kept(mind):
    created = mind.create("mind/silent")

    response = httpx.get(live_url(created, brief=1), timeout=2)

    assert response.status_code == 200
    assert response.text == "retry: 1000\n\n"
    mind.post(f"/v1/predictions/{created['id']}/cancel")


def test_errors_are_those_of_the_api(mind):
    created = mind.create(ECHO, prompt="a")
    mind.ended(created["id"])
    last = list(listen(live_url(created)))[-1].id

    assert httpx.get(live_url(created), headers={"Last-Event-ID": last}).status_code == 204
    assert httpx.get(live_url(created, last_event_id="nonsense")).status_code == 400
    assert httpx.post(live_url(created)).status_code == 405
    assert httpx.get(f"{mind.url}/live/{'a' * 52}").status_code == 404
    assert httpx.get(f"{mind.url}/live/short").status_code == 404
    for number in ("-1", "x", "٣", "9" * 400):
        assert httpx.get(live_url(created, blocks=number)).status_code == 200


def test_a_long_answer_goes_over_to_plain_text_once(mind):
    text = "**much** " * 9000
    created = mind.create("mind/echo-fast", prompt=text)
    mind.ended(created["id"], seconds=60)

    page = Page()
    for heard in listen(live_url(created)):
        page.hear(heard)

    assert page.source == text
    assert [looks["open"][:19] for looks in page.looks].count('<div class="plain">') == 1
    plain = list(listen(live_url(created, plain=1)))
    assert {each.event for each in plain} == {"output", "done"}


def test_an_answer_that_goes_on_from_another_begins_with_its_words(mind):
    mind.manage("upstream", "sync", "mind")
    code = (
        "from chatapp.models import Conversation, Message\n"
        "from predictions.models import Version\n"
        "version = Version.objects.filter(model__name='echo').last()\n"
        "prediction = version.predict({'prompt': 'end** now'})\n"
        "conversation = Conversation.objects.create()\n"
        "Message.objects.create(conversation=conversation, role='assistant',"
        " prediction=prediction, prefix='First.\\n\\n**The ')\n"
        "print('KEY', prediction.stream_key)"
    )
    key = mind.shell(code).strip().split()[-1]

    page = Page()
    for heard in listen(f"{mind.url}/live/{key}"):
        page.hear(heard)

    assert page.source == "end** now"
    assert page.blocks == ['<p dir="auto">First.</p>\n']
    assert page.open.startswith('<p dir="auto"><strong>The end</strong>')
    assert page.looks[-1]["at"] <= len("First.\n\n**The end** now")
