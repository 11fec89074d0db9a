from hypothesis import given
from hypothesis import strategies as st

from predictions.cursor import SECOND, Clock, format_cursor, parse_cursor


@given(st.integers(0, 10**11), st.integers(0, SECOND - 1))
def test_a_cursor_and_its_id_are_one_and_the_same(seconds, n):
    cursor = seconds * SECOND + n

    assert format_cursor(cursor) == f"{seconds}:{n}"
    assert parse_cursor(format_cursor(cursor)) == cursor


def test_the_count_restarts_with_each_second():
    now = iter([10.0, 10.5, 11.1, 11.2])
    clock = Clock(now=lambda: next(now))

    ids = [format_cursor(clock.tick()) for _ in range(4)]

    assert ids == ["10:0", "10:1", "11:0", "11:1"]


def test_cursors_grow_though_the_clock_steps_back():
    now = iter([10.0, 3.0, 3.1, 10.2])
    clock = Clock(now=lambda: next(now))

    ids = [format_cursor(clock.tick()) for _ in range(4)]

    assert ids == ["10:0", "10:1", "10:2", "10:3"]


def test_what_is_no_event_id_is_none():
    for text in ("", "1692041342", "a:b", "1:2:3", "-1:0", "1692041342:0; drop", "1:1234567"):
        assert parse_cursor(text) is None
