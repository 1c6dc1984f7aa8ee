"""Windows over stored faces: together they are exactly what a look at all of them finds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sophon_report.recognition.past_faces import Bounds, StoredFaces, WantedFaces, look_through

MARK = 0.5
FACE = np.array([1, 0], np.float32)


def stored(events, newest_first, reads=None):
    """``events`` are pairs of a time and whether the face is near; their places are their numbers.

    Within a millisecond they come in no order.
    """
    order = sorted(range(len(events)), key=lambda at: (events[at][0], at * 7 % 5), reverse=newest_first)

    def read(from_ms, to_ms, limit):
        there = [at for at in order if from_ms <= events[at][0] <= to_ms]
        chosen = there[:limit]
        if reads is not None:
            reads.append(len(chosen))
        vectors = [[0.9, 0.436] if events[at][1] else [0.2, 0.98] for at in chosen]
        return StoredFaces(
            np.array(chosen, np.int64),
            np.array([events[at][0] for at in chosen], np.int64),
            np.array(vectors, np.float32).reshape(-1, 2),
            len(there) > limit,
        )

    return read


def walk(events, newest_first, bounds, from_ms, to_ms):
    """All windows, each going on where the last one ended."""
    read, windows = stored(events, newest_first), []
    while True:
        window = look_through(read, WantedFaces(FACE, MARK, from_ms, to_ms, newest_first), bounds)
        windows.append(window)
        if not window.have_more:
            return windows
        from_ms, to_ms = (from_ms, window.next_ms) if newest_first else (window.next_ms, to_ms)


EVENTS = st.lists(st.tuples(st.integers(0, 12), st.booleans()), max_size=60)
BOUNDS = st.builds(
    Bounds,
    records=st.integers(1, 20),
    found=st.integers(1, 8),
    at_once=st.integers(1, 10),
    one_ms=st.just(1000),
)


@given(EVENTS, st.booleans(), BOUNDS, st.integers(0, 12), st.integers(0, 12))
def test_all_windows_together_find_what_one_look_finds(events, newest_first, bounds, from_ms, to_ms):
    """None left out, none twice, in order, however many share a millisecond."""
    windows = walk(events, newest_first, bounds, from_ms, to_ms)
    found = [(face.at_ms, face.number) for window in windows for face in window.found]
    near = [(at_ms, at) for at, (at_ms, is_near) in enumerate(events) if is_near and from_ms <= at_ms <= to_ms]
    assert found == sorted(near, reverse=newest_first)


@given(EVENTS, st.booleans(), BOUNDS)
def test_a_window_costs_no_more_than_it_may(events, newest_first, bounds):
    """Only a millisecond that is larger than a bound by itself goes over it, and then nothing goes with it."""
    for window in walk(events, newest_first, bounds, 0, 12):
        times = {face.at_ms for face in window.found}
        assert len(window.found) <= bounds.found or len(times) == 1
        largest = max((sum(at_ms == one for at_ms, _ in events) for one in range(13)), default=0)
        assert window.scanned <= max(bounds.records, largest)


@given(EVENTS, st.booleans(), BOUNDS)
def test_more_is_promised_only_when_there_is_more(events, newest_first, bounds):
    """The next window has looked at something."""
    windows = walk(events, newest_first, bounds, 0, 12)
    assert all(window.scanned for window in windows[1:])


@pytest.mark.parametrize("newest_first", [False, True])
def test_a_search_that_nobody_waits_for_any_more_ends(newest_first):
    """Between two turns."""
    reads = []
    read = stored([(at_ms, True) for at_ms in range(100)], newest_first, reads)
    wanted = WantedFaces(FACE, MARK, 0, 99, newest_first)
    window = look_through(read, wanted, Bounds(at_once=10), lambda: len(reads) >= 2)
    assert len(window.found) == 18
    assert window.next_ms == (81 if newest_first else 18)


def test_the_times_asked_for_are_kept():
    """Both ends count; the score is the cosine."""
    window = look_through(
        stored([(at_ms, True) for at_ms in range(9)], False), WantedFaces(FACE, MARK, 3, 5, False)
    )
    assert [face.at_ms for face in window.found] == [3, 4, 5]
    assert (window.next_ms, window.have_more, window.scanned) == (6, False, 3)
    assert window.found[0].cosine == pytest.approx(0.9)
