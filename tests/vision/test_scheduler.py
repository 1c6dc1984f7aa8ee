"""Who is looked at next: fair to every camera, whatever the others send, and never waiting for nothing."""

import math

from hypothesis import given
from hypothesis import strategies as st

from sophon_report.vision.scheduler import (
    FOREVER,
    PHOTO_SHARE,
    Load,
    Wish,
    choose_shots,
    choose_turn,
    photo_pause_s,
)
from sophon_report.vision.turns import Turns

IDLE_S = 0.0
"""``busy_until_s`` of an engine that has nothing to do."""
NAMES = [f"camera {number}" for number in range(20)]


def load(*, batch=4, places=1, cameras=16, busy_until_s=IDLE_S):
    return Load(batch, places, cameras, busy_until_s)


@given(
    cameras=st.integers(1, 20),
    batch=st.integers(1, 6),
    data=st.data(),
)
def test_no_camera_waits_for_more_turns_than_all_of_them_fill(cameras, batch, data):
    """Any cameras send at any time, some in every turn: a frame goes within ceil(n / batch) turns."""
    names, last, waiting, waited = NAMES[:cameras], {}, {}, {}
    for _turn in range(30):
        for name in data.draw(st.lists(st.sampled_from(names), max_size=40)):
            waiting.setdefault(name, last.get(name, 0))
        choice = choose_turn(waiting, load(batch=batch, cameras=cameras), 0.0)
        assert len(choice.device_ids) == len(set(choice.device_ids)) == min(batch, len(waiting))
        for name in waiting:
            waited[name] = waited.get(name, 0) + 1
            assert waited[name] <= math.ceil(cameras / batch)
        for name in choice.device_ids:
            last[name] = max(last.values(), default=0) + 1
            del waiting[name], waited[name]


@given(st.integers(1, 6), st.data())
def test_under_too_much_load_all_cameras_are_looked_at_equally_often(batch, data):
    """All have a frame at all times, whoever was the first to have it: nobody is ahead by more than one."""
    last = dict.fromkeys(NAMES[:16], 0)
    looked_at = dict.fromkeys(last, 0)
    for _turn in range(40):
        first = data.draw(st.sampled_from(list(last)))
        waiting = {name: last[name] for name in (first, *last)}
        for name in choose_turn(waiting, load(batch=batch), 0.0).device_ids:
            looked_at[name] += 1
            last[name] = sum(looked_at.values())
        assert max(looked_at.values()) - min(looked_at.values()) <= 1


def test_a_camera_that_sends_less_than_its_share_loses_nothing():
    """One frame every fifth turn goes at once, however many the others have."""
    last = dict.fromkeys(NAMES[:16], 0)
    for turn in range(1, 60):
        waiting = {name: last[name] for name in last if name != "camera 7" or turn % 5 == 0}
        chosen = choose_turn(waiting, load(), 0.0).device_ids
        assert turn < 10 or turn % 5 or "camera 7" in chosen
        last.update({name: 4 * turn + place for place, name in enumerate(chosen)})


def test_a_full_turn_begins_as_soon_as_there_is_a_place():
    """Also while the engine is busy with another one; without a place nothing begins."""
    waiting = {"e": 9, "a": 1, "b": 1, "c": 2, "d": 2}
    assert choose_turn(waiting, load(busy_until_s=99.0), 2.0).device_ids == tuple("abcd")
    assert choose_turn(waiting, load(places=0), 2.0) == FOREVER


def test_an_idle_engine_waits_for_nothing_and_a_busy_one_until_it_is_needed():
    """A single frame goes at once; behind another turn it waits for company until that one is about to end."""
    assert choose_turn({"a": 1}, load(), 1.0).device_ids == ("a",)
    choice = choose_turn({"a": 1}, load(busy_until_s=1.5), 1.25)
    assert (choice.device_ids, choice.wait_s) == ((), 0.25)
    assert choose_turn({"a": 1}, load(busy_until_s=1.5), 1.5).device_ids == ("a",)
    assert choose_turn({}, load(), 1.0) == FOREVER


def test_no_turn_waits_for_cameras_that_are_not_there():
    """Two cameras can never fill a turn of four: both frames are all that can come."""
    assert choose_turn({"a": 1, "b": 1}, load(cameras=2, busy_until_s=9.0), 1.0).device_ids == ("a", "b")
    assert choose_turn({"a": 1}, load(cameras=0, busy_until_s=9.0), 1.0).device_ids == ("a",)


def test_photos_get_their_part_of_the_time_and_no_more():
    """After one that took a second the cameras go first until its part is right again."""
    assert 1.0 / (1.0 + photo_pause_s(1.0)) == PHOTO_SHARE


wishes = st.lists(
    st.builds(Wish, st.sampled_from(NAMES[:5]), st.booleans(), st.integers(0, 9), st.floats(0.1, 30)), max_size=60
)


@given(wishes, st.integers(1, 12))
def test_a_crowd_before_one_camera_takes_no_shot_from_another(asked, most):
    """Of two cameras one gets a second shot only when the other one has its first, or wants none."""
    chosen = choose_shots(asked, most)
    assert len(chosen) == len(set(chosen)) == min(most, len(asked))
    for first in (True, False):
        got, left = dict.fromkeys(NAMES[:5], 0), dict.fromkeys(NAMES[:5], 0)
        for place, wish in enumerate(asked):
            if wish.first == first:
                (got if place in chosen else left)[wish.device_id] += 1
        assert all(got[more] <= got[name] + 1 for name in left if left[name] for more in got)


@given(wishes, st.integers(1, 12))
def test_first_shots_come_before_better_ones_and_the_most_urgent_before_the_others(asked, most):
    """First of a camera's new faces is who came first, first of the others the greatest gain."""
    chosen = set(choose_shots(asked, most))
    for place, got in enumerate(asked):
        for other, lost in enumerate(asked):
            if place in chosen and other not in chosen:
                assert got.first >= lost.first
                if (got.device_id, got.first) == (lost.device_id, lost.first):
                    assert got.in_ms <= lost.in_ms if got.first else got.gain >= lost.gain


def under_way(turns, *begun_s, prepare_s=0.0):
    for begin_s in begun_s:
        turns.begin(None, [], prepare_s, begin_s)


def test_turns_are_expected_to_take_what_they_took():
    """Two of 20 ms each under way: the first is through after one of them, the engine after both."""
    turns = Turns(2)
    under_way(turns, 10.0, prepare_s=0.002)
    turns.end(10.018)
    under_way(turns, 20.0, 20.001, prepare_s=0.002)
    assert turns.next_end_s() == 20.018
    assert math.isclose(turns.busy_until_s(), 20.038 - 0.003)
    assert (len(turns), turns.places, turns.begun) == (2, 0, 3)


def test_an_engine_without_a_turn_is_needed_at_once():
    """However long the turns before took."""
    turns = Turns(2)
    under_way(turns, 10.0)
    turns.end(30.0)
    assert turns.busy_until_s() == 0.0
    assert turns.busy_s == 20.0


def test_one_slow_turn_is_not_believed_at_once():
    """A hiccup must not hold the next ones back; when all are slow that is learned."""
    turns = Turns(1)
    for number in range(60):
        under_way(turns, float(number))
        turns.end(number + (0.02 if number < 10 else 0.5))
        expected_s = turns._turn_s
        assert number != 10 or expected_s < 0.1
    assert expected_s > 0.45
