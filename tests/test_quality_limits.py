"""The vendor's levels of face quality, and how a face is held against one."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sophon_report.model import Quality
from sophon_report.quality_limits import (
    ITEMS,
    LEVEL_WORDS,
    LEVELS,
    Level,
    Limits,
    Verdict,
    in_words,
    judge,
    judge_level,
    level_of,
    stream_limits,
)

BEST = Quality(200.0, 900.0, 120.0, 0.0, 0.0, 0.0, partial=False)
BAD = Quality(10.0, 1.0, 3.0, 80.0, 30.0, 20.0, partial=True)
numbers = st.floats(allow_nan=True, allow_infinity=True)
qualities = st.builds(Quality, numbers, numbers, numbers, numbers, numbers, numbers, partial=st.booleans())


@pytest.mark.parametrize(
    ("change", "high", "normal", "low"),
    [
        ({}, True, True, True),
        ({"size_px": 112.0}, False, True, True),
        ({"size_px": 80.0}, False, False, True),
        ({"size_px": 60.0}, False, False, False),
        ({"yaw_deg": -40.0, "pitch_deg": 15.0, "roll_deg": -5.0}, True, True, True),
        ({"yaw_deg": -40.0, "pitch_deg": 15.0, "roll_deg": -6.0}, False, True, True),
        ({"yaw_deg": 91.0}, False, False, True),
        ({"yaw_deg": 90.0, "roll_deg": 31.0}, False, False, False),
        ({"clarity": 39.9}, False, True, True),
        ({"clarity": 19.9}, False, False, True),
        ({"clarity": 9.9}, False, False, False),
        ({"partial": True}, False, False, True),
        ({"brightness": 19.0}, False, False, True),
        ({"brightness": 211.0}, False, False, True),
    ],
)
def test_each_level_asks_for_what_its_row_says(change, high, normal, low):
    """Sizes must be more, angles count together and at most; low looks at neither completeness nor light."""
    quality = replace(BEST, **change)
    told = [judge_level(quality, level).good for level in (Level.HIGH, Level.NORMAL, Level.LOW, Level.NO)]
    assert told == [high, normal, low, True]


def test_what_a_level_does_not_look_at_is_neither_passed_nor_failed():
    """With no check both lists are empty."""
    assert judge_level(BAD, Level.NO) == Verdict((), ())
    assert judge_level(BAD, Level.LOW) == Verdict((), ("face_size", "clarity", "headpose"))
    assert judge_level(BEST, Level.LOW) == Verdict(("face_size", "clarity", "headpose"), ())
    assert judge_level(BAD, Level.HIGH) == Verdict((), ITEMS)


def test_every_word_of_the_vendor_is_a_level():
    """Middle is normal; custom is low until it is set to another."""
    assert [level_of(word) for word in LEVEL_WORDS] == ["no", "low", "normal", "normal", "high", "low"]
    assert level_of("custom", Level.HIGH) is Level.HIGH
    for word in ("", "HIGH", "best"):
        with pytest.raises(ValueError, match="must be one of no, low, normal, middle, high, custom"):
            level_of(word)


@given(qualities, st.sampled_from(Level))
def test_whatever_was_measured_every_item_that_is_looked_at_passes_or_fails(quality, level):
    """Once; and what is no number fails."""
    verdict, everything = judge_level(quality, level), judge(BEST, LEVELS[level])
    assert sorted((*verdict.passed, *verdict.failed)) == sorted(everything.passed)
    if math.isnan(quality.size_px) and level is not Level.NO:
        assert "face_size" in verdict.failed
    assert bool(in_words(quality, LEVELS[level])) is not verdict.good


@given(qualities)
def test_what_will_do_for_a_level_will_do_for_those_below(quality):
    """The levels are an order."""
    told = [judge_level(quality, level).good for level in (Level.HIGH, Level.NORMAL, Level.LOW, Level.NO)]
    assert told == sorted(told)


def test_what_a_face_lacks_is_said_by_item_and_in_words():
    """The vendor's names first, as its error has them; then what a person can change."""
    assert in_words(BAD, LEVELS[Level.HIGH]) == (
        "face_size, clarity, headpose, partial, brightness: the face is 10 px wide, it must be more than 112; "
        "the face is blurred; the face is turned by 130 degrees, at most 60 are taken; "
        "the face is cut off at the edge of the picture; the face is too dark"
    )
    assert in_words(replace(BEST, brightness=250.0), LEVELS[Level.HIGH]) == "brightness: the face is too bright"
    assert in_words(BEST, LEVELS[Level.HIGH]) == ""


@pytest.mark.parametrize(
    ("pose", "turned", "passes"),
    [("off", 200, True), ("low", 120, True), ("low", 121, False), ("middle", 91, False), ("high", 61, False)],
)
def test_the_two_filters_of_streams_are_apart(pose, turned, passes):
    """How far a head may turn, and whether blur is looked at; size, light and completeness are neither's."""
    face = replace(BEST, size_px=5.0, yaw_deg=turned, clarity=9.0, partial=True, brightness=250.0)
    assert judge(face, stream_limits(checks_quality=False, pose=pose)).good is passes
    assert not judge(face, stream_limits(checks_quality=True, pose=pose)).good
    assert stream_limits(checks_quality=False, pose="off") == Limits()
