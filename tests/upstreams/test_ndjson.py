import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from predictions.sse import LineTooLong
from predictions.sse.decoding import LINE_BYTES
from predictions.upstreams.ndjson import Lines

texts = st.lists(st.text(alphabet="a\u2028\x85\x0b\x0c\r\n🌊ß"), max_size=5)


def fed(chunks: list[bytes]) -> tuple[list[bytes], bytes]:
    lines = Lines()
    return [line for chunk in chunks for line in lines.feed(chunk)], lines.tail


@given(st.lists(st.sampled_from([b"\n", b"\r", b"a", b"{}\n", "🌊".encode(), b""]), max_size=30))
def test_however_the_bytes_are_cut_the_lines_are_the_same(chunks):
    *lines, tail = b"".join(chunks).split(b"\n")

    assert fed(chunks) == (lines, tail)


@given(texts, st.data())
def test_only_line_feeds_end_lines(said, data):
    body = "".join(json.dumps({"text": text}, ensure_ascii=False) + "\n" for text in said).encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(body)), max_size=8)))
    chunks = [body[a:b] for a, b in zip([0, *cuts], [*cuts, len(body)], strict=True)]

    lines, tail = fed(chunks)

    assert [json.loads(line)["text"] for line in lines] == said
    assert tail == b""


@pytest.mark.parametrize("chunks", [[b"x" * 1000] * 1050, [b"x" * (LINE_BYTES + 1)]])
def test_a_line_without_end_is_given_up(chunks):
    with pytest.raises(LineTooLong):
        fed(chunks)


def test_a_line_that_is_too_long_is_given_up_with_its_end_as_well():
    with pytest.raises(LineTooLong):
        fed([b"x" * LINE_BYTES, b"x\n"])


def test_a_line_may_be_as_long_as_the_limit():
    lines, _ = fed([b"x" * (LINE_BYTES - 1), b"x", b"\n", b"y\n"])

    assert [len(line) for line in lines] == [LINE_BYTES, 1]
