"""Who pushed pictures show, told once within the window."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import shot

from sophon_report.recognition.duplicates import MAX_DEVICES, MAX_FACES, Duplicates

WINDOW_S, SAME = 6.0, 0.489


def face(axis=0, toward=0.0, device_id="gate"):
    """A shot whose vector has cosine ``toward`` with that of the next axis."""
    vector = np.zeros(128, "<f4")
    vector[axis], vector[axis + 1] = np.sqrt(1 - toward**2), toward
    return shot(device_id=device_id, embedding=vector.tobytes(), embedder="sha")


def repeats(book, at_s, identity_id=None, window_s=WINDOW_S, **which):
    return book.repeats(face(**which), identity_id, at_s, window_s, SAME)


@pytest.mark.parametrize(("at_s", "repeat"), [(0.0, True), (5.9, True), (6.0, False), (60.0, False)])
def test_a_person_is_told_once_within_the_window(at_s, repeat):
    """The same id is the same person, whatever the picture."""
    book = Duplicates()
    assert not repeats(book, 100.0, "E-1")
    assert repeats(book, 100.0 + at_s, "E-1", axis=5) is repeat
    assert book.stats().suppressed == int(repeat)


def test_who_stays_is_told_again_after_the_window():
    """It is counted from the event, not from the last picture: nobody can stay unseen for ever."""
    book = Duplicates()
    told = [at_s for at_s in range(20) if not repeats(book, float(at_s), "E-1")]
    assert told == [0, 6, 12, 18]


def test_another_person_or_another_device_is_no_repeat():
    """Each device has its own memory."""
    book = Duplicates()
    assert not repeats(book, 0.0, "E-1")
    assert not repeats(book, 0.0, "E-2")
    assert not repeats(book, 0.0, "E-1", device_id="other gate")


@pytest.mark.parametrize(("toward", "repeat"), [(0.5, True), (0.489001, True), (0.48, False), (0.0, False)])
def test_strangers_are_the_same_from_the_pass_mark_on(toward, repeat):
    """Nobody has an id of theirs: the faces are compared."""
    book = Duplicates()
    assert not repeats(book, 0.0, axis=1)
    assert repeats(book, 1.0, axis=0, toward=toward) is repeat


def test_a_stranger_who_is_recognised_then_is_told():
    """The second event says more; the other way round it says something else."""
    book = Duplicates()
    assert not repeats(book, 0.0)
    assert not repeats(book, 1.0, "E-1")
    assert repeats(book, 2.0)


def test_vectors_that_cannot_be_compared_are_no_repeat():
    """Vision came back with another model."""
    book = Duplicates()
    assert not repeats(book, 0.0)
    assert not book.repeats(replace(face(), embedder="other"), None, 1.0, WINDOW_S, SAME)


def test_a_window_of_nothing_is_off():
    """Every picture is an event."""
    book = Duplicates()
    assert not any(repeats(book, 0.0, "E-1", window_s=0.0) for _ in range(3))


def test_over_its_bounds_the_oldest_is_forgotten_and_counted():
    """One event too many at the worst."""
    book = Duplicates()
    for number in range(MAX_FACES + 1):
        assert not repeats(book, 0.0, f"E-{number}")
    assert book.stats().forgotten == 1
    assert not repeats(book, 0.0, "E-0")
    for number in range(MAX_DEVICES):
        repeats(book, 0.0, "E-1", device_id=f"gate {number}")
    assert book.stats().forgotten == 2 + MAX_FACES


def test_no_picture_is_kept():
    """256 devices with 32 scenes each would be gigabytes."""
    book = Duplicates()
    book.repeats(replace(face(), scene_jpeg=b"s" * 1000, ir_jpeg=b"i"), None, 0.0, WINDOW_S, SAME)
    [[seen]] = book._recent.values()
    assert (seen.shot.face_jpeg, seen.shot.scene_jpeg, seen.shot.ir_jpeg) == (b"", b"", b"")


@given(st.lists(st.tuples(st.floats(0, 3), st.sampled_from(["E-1", "E-2", "E-3"])), max_size=60))
def test_two_events_of_a_person_are_never_closer_than_the_window(pushes):
    """And the first picture after it is told."""
    book, now_s, told = Duplicates(), 0.0, {}
    for pause_s, who in pushes:
        now_s += pause_s
        repeat = repeats(book, now_s, who)
        assert repeat == (who in told and now_s - told[who] < WINDOW_S)
        if not repeat:
            told[who] = now_s
