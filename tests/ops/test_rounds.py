"""What is done in turn goes on, whatever becomes of one step."""

import pytest
import structlog

from sophon_report.ops.rounds import Rounds


@pytest.fixture
def logged():
    with structlog.testing.capture_logs() as lines:
        yield lines


def test_a_step_that_fails_keeps_none_of_the_others(logged):
    """It is told once while it goes on failing, and again when it had worked meanwhile."""
    done, faults = [], [ValueError("embedded null byte"), KeyError("x"), None, OSError("again")]

    def fails():
        fault = faults.pop(0)
        if fault is not None:
            raise fault

    rounds = Rounds(fails=fails, works=lambda: done.append(1))
    for _ in range(4):
        rounds.go()
    assert (len(done), faults) == (4, [])
    assert [(line["event"], line["step"]) for line in logged] == [("round_step_failed", "fails")] * 2
