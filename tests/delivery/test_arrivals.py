"""How long records have been waiting."""

from sophon_report.delivery.arrivals import Arrivals


def test_what_was_there_before_anyone_looked_has_waited_for_ever():
    """Nobody knows when it came."""
    arrivals = Arrivals(5, longest_s=10.0)
    assert arrivals.waited_s(5, 100.0) == float("inf")


def test_a_record_waits_from_the_first_look_that_saw_it():
    """One that no look has seen has just come."""
    arrivals = Arrivals(5, longest_s=10.0)
    arrivals.look(6, 100.0)
    arrivals.look(8, 103.0)
    assert [arrivals.waited_s(seq, 104.0) for seq in (6, 7, 8, 9)] == [4.0, 1.0, 1.0, 0.0]


def test_looks_leave_few_marks_and_old_waits_stay_long():
    """However often it looks; and whatever came before the longest wait is still beyond it."""
    arrivals = Arrivals(0, longest_s=10.0)
    for step in range(100_000):
        arrivals.look(step, step / 1000)
    assert arrivals.marks <= 102
    assert arrivals.waited_s(89_000, 99.999) > 10.0
    assert arrivals.waited_s(99_000, 99.999) < 1.2


def test_a_record_close_behind_another_has_come_with_it():
    """Counted a little too long, never too short; however late the next look is."""
    arrivals = Arrivals(0, longest_s=10.0)
    arrivals.look(1, 100.0)
    arrivals.look(2, 100.05)
    arrivals.look(2, 105.0)
    assert arrivals.waited_s(2, 105.0) == 5.0
