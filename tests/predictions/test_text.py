import itertools

from hypothesis import given
from hypothesis import strategies as st

from predictions.text import MAX_WORD, TextCleaner

hostile = st.text(
    st.one_of(
        st.sampled_from("\r\n\x00\u2028\u0085\ud83e\udd99\ud800\udfff a"),
        st.characters(exclude_categories=()),
    )
)


def cleaned(pieces: list[str]) -> str:
    cleaner = TextCleaner()
    words = [word for piece in pieces for word in cleaner.feed(piece)]
    return "".join(words + cleaner.flush())


@given(hostile, st.lists(st.integers(0, 60)))
def test_where_the_pieces_are_cut_makes_no_difference(text, cuts):
    places = sorted({0, len(text), *(min(cut, len(text)) for cut in cuts)})
    pieces = [text[a:b] for a, b in itertools.pairwise(places)]

    assert cleaned(pieces) == cleaned([text])


@given(st.lists(hostile))
def test_what_is_kept_can_be_stored_sent_and_read_back(pieces):
    text = cleaned(pieces)

    assert text.encode().decode() == text
    assert "\x00" not in text
    assert "\r" not in text


def test_an_emoji_cut_in_half_becomes_whole():
    assert cleaned(["so \ud83e", "\udd99!"]) == "so 🦙!"


def test_half_an_emoji_that_stays_alone_is_replaced():
    assert cleaned(["\ud83e", "x", "\udd99", "\ud83e"]) == "\ufffdx\ufffd\ufffd"


def test_a_line_end_cut_in_half_is_one_line_end():
    assert cleaned(["a\r", "\nb\r", "c\r"]) == "a\nb\nc\n"


def test_a_huge_piece_is_split():
    words = TextCleaner().feed("x" * (MAX_WORD + 1))

    assert [len(word) for word in words] == [MAX_WORD, 1]


def test_an_empty_piece_is_no_word():
    assert TextCleaner().feed("") == []
