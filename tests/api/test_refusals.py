"""What is told of refusals: the first, then one an hour; bounded."""

from sophon_report.api.refusals import MAX_REMEMBERED, REPEAT_S, Refusals


def test_a_client_that_polls_every_second_is_one_line_an_hour():
    """The line says how many there were since the last."""
    refusals = Refusals()
    lines = [refusals.note("10.0.0.1", "read", float(second)) for second in range(2 * 3600 + 1)]
    assert {second: times for second, times in enumerate(lines) if times} == {0: 1, 3600: 3600, 7200: 3600}
    assert refusals.counts == {"read": 7201}


def test_each_address_and_need_has_a_line_of_its_own():
    """Reading and changing are two switches."""
    refusals = Refusals()
    told = [refusals.note(peer, need, 0.0) for peer in ("a", "b") for need in ("read", "write")]
    assert told == [1, 1, 1, 1]


def test_a_crowd_of_addresses_is_counted_and_not_told():
    """Until the lines of the first ones are an hour old."""
    refusals = Refusals()
    told = [refusals.note(f"peer {number}", "read", 1.0) for number in range(MAX_REMEMBERED + 50)]
    assert sum(times is not None for times in told) == MAX_REMEMBERED
    assert refusals.counts["read"] == MAX_REMEMBERED + 50
    assert refusals.note("late", "read", 1.0 + REPEAT_S) == 1
    assert refusals.note("peer 1", "read", 1.0 + REPEAT_S) == 1
