from hypothesis import given
from hypothesis import strategies as st

from predictions.upstreams.surrogates import Joiner


@given(st.text(), st.data())
def test_text_cut_between_any_two_utf16_units_comes_out_whole(text, data):
    units = text.encode("utf-16-le", "surrogatepass")
    cut = 2 * data.draw(st.integers(0, len(units) // 2))
    first, second = (
        part.decode("utf-16-le", "surrogatepass") for part in (units[:cut], units[cut:])
    )
    joiner = Joiner()

    assert joiner.feed(first) + joiner.feed(second) + joiner.finish() == text


@given(st.lists(st.text(alphabet=st.characters())))
def test_what_comes_out_can_always_be_encoded(pieces):
    joiner = Joiner()

    "".join([joiner.feed(piece + "\ud83e") for piece in pieces] + [joiner.finish()]).encode()
