import pytest
from hypothesis import given
from hypothesis import strategies as st

from predictions.sse.decoding import LINE_BYTES, Decoder, LineTooLong, ServerEvent

SAMPLE = (
    "\ufeff: hello\r\nevent: output\r\nid: 1:0\r\ndata:  the\r\n\r\n"
    "data: a\rdata: b\r\rdata\n\nid: 2\nevent: ping\n\ndata: \U0001f999\u2028x\u0085y\x0cz\n\n"
    "unknown: x\ndata:c:d\n\ndata: never ended\n"
).encode()
EVENTS = [
    ServerEvent("output", " the", "1:0"),
    ServerEvent("message", "a\nb", "1:0"),
    ServerEvent("message", "", "1:0"),
    ServerEvent("message", "\U0001f999\u2028x\u0085y\x0cz", "2"),
    ServerEvent("message", "c:d", "2"),
]
STREAMS = st.lists(
    st.sampled_from(
        [b"data: x", b"id: 1", b"event:e", b"\r", b"\n", b"\r\n", b":", b"\xef\xbb\xbf"]
    )
    | st.binary(max_size=6)
).map(b"".join)


def whole(content: bytes) -> list[ServerEvent]:
    return Decoder().feed(content)


def test_a_stream_is_read_as_the_specification_says():
    assert whole(SAMPLE) == EVENTS


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_small_pieces_say_the_same(size):
    decoder = Decoder()
    pieces = [SAMPLE[i : i + size] for i in range(0, len(SAMPLE), size)]

    assert [event for piece in pieces for event in decoder.feed(piece)] == EVENTS


@given(STREAMS)
def test_a_cut_at_every_position_says_the_same(content):
    for cut in range(len(content) + 1):
        decoder = Decoder()
        assert decoder.feed(content[:cut]) + decoder.feed(content[cut:]) == whole(content)


@given(STREAMS)
def test_byte_by_byte_says_the_same(content):
    decoder = Decoder()

    assert [e for byte in content for e in decoder.feed(bytes([byte]))] == whole(content)


@given(st.text(alphabet=st.characters(exclude_characters="\r\n", exclude_categories=["Cs"])))
def test_nothing_but_line_ends_splits_a_line(text):
    event = f"data: {text}\u2028\u2029\u0085\x0b\x0c\x1c\x1d\x1e!\n\n".encode()

    assert [e.data for e in whole(event)] == [f"{text}\u2028\u2029\u0085\x0b\x0c\x1c\x1d\x1e!"]


def test_an_id_with_a_nul_is_ignored():
    assert whole(b"id: 1\n\nid: \x002\ndata: x\n\n") == [ServerEvent("message", "x", "1")]


def test_broken_utf8_is_replaced():
    assert whole(b"data: a\xffb\n\n")[0].data == "a\ufffdb"


def test_a_line_that_does_not_end_is_refused():
    decoder = Decoder()
    decoder.feed(b"x" * LINE_BYTES)

    with pytest.raises(LineTooLong):
        decoder.feed(b"x")


def test_a_line_that_is_too_long_in_one_piece_is_refused():
    with pytest.raises(LineTooLong):
        whole(b"x" * (LINE_BYTES + 1) + b"\n")


def test_many_short_lines_are_never_too_long():
    assert len(whole(b"data: x\n\n" * 200_000)) == 200_000
