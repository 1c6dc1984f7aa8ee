"""Calls that do not come back are found by who looks from outside."""

from sophon_report.link.messages import Leaving
from sophon_report.vision.hang_watch import OVERSLEPT_S, HangWatch

FIRST, SECOND = Leaving("a read hangs", "door"), Leaving("a read hangs", "yard")


def looked_at(watch, *moments_s):
    """What each look says."""
    return [watch.look(moment_s) for moment_s in moments_s]


def test_a_call_hangs_from_its_limit_on_and_never_before():
    """Whoever is slow but in time is not blamed."""
    watch = HangWatch()
    watch.began(0.0, 2.0, FIRST)
    assert looked_at(watch, 0.5, 1.5, 1.99, 2.0, 3.0) == [None, None, None, FIRST, FIRST]


def test_a_call_that_came_back_is_no_matter():
    """However long the next look takes to come."""
    watch = HangWatch()
    watch.ended(watch.began(0.0, 2.0, FIRST))
    assert looked_at(watch, 1.0, 3.0) == [None, None]


def test_of_two_that_hang_the_one_overdue_for_longest_is_blamed():
    """The other may only wait for it."""
    watch = HangWatch()
    watch.began(0.0, 3.0, FIRST)
    watch.began(1.0, 1.0, SECOND)
    assert looked_at(watch, 1.0, 3.5) == [None, SECOND]


def test_a_process_that_stood_still_blames_nobody():
    """Time in which nobody looked does not count; what hangs all the same is found later."""
    watch = HangWatch()
    watch.look(0.0)
    watch.began(0.0, 2.0, FIRST)
    stood_s = OVERSLEPT_S + 100
    assert looked_at(watch, stood_s, stood_s + 1.9, stood_s + 2.0) == [None, None, FIRST]


def test_what_was_given_up_stays_so_with_its_first_reason():
    """A hung VPU makes further trouble while the process leaves."""
    watch = HangWatch()
    watch.give_up(FIRST)
    watch.give_up(SECOND)
    assert looked_at(watch, 0.0, 100.0) == [FIRST, FIRST]


def test_work_that_ended_although_nobody_asked_is_forgotten():
    """Its pictures are not kept for it: who left it behind never says that it ended."""
    watch, asked = HangWatch(), []
    watch.began(0.0, 2.0, FIRST, lambda: not asked.append(1))
    assert looked_at(watch, 1.0, 2.0, 3.0, 4.0) == [None] * 4
    assert len(asked) == 1
