"""When systemd's watchdog is fed; pure, but for what the kernel tells of a thread."""

import os

from sophon_report.ops.life_signs import JOURNAL_STUCK_S, LifeSigns, why_not_alive
from sophon_report.ops.threads import waits_in_kernel

LONG_S = JOURNAL_STUCK_S + 1


def test_a_journal_at_work_is_a_sign_of_life():
    """However long its disk takes, within the bound."""
    assert why_not_alive(LifeSigns(0.0, waits_for_disk=False)) == ""
    assert why_not_alive(LifeSigns(JOURNAL_STUCK_S, waits_for_disk=False)) == ""


def test_a_journal_that_stands_still_by_itself_is_started_anew():
    """Events wait in memory, and only a new process takes the next ones."""
    assert "has not written an event for 61 s" in why_not_alive(LifeSigns(LONG_S, waits_for_disk=False))


def test_a_disk_that_hangs_in_the_kernel_ends_nobody():
    """The next process would hang as well, and every client would have been cut off for it."""
    assert why_not_alive(LifeSigns(LONG_S, waits_for_disk=True)) == ""


def test_a_wait_in_the_kernel_is_seen_by_the_threads_state(tmp_path):
    """The program's name may hold brackets and blanks; a thread that has gone waits for nothing."""
    for number, state in ((1, "D"), (2, "S")):
        (tmp_path / str(number)).mkdir()
        (tmp_path / str(number) / "stat").write_text(f"{number} (a) D (b) {state} 1 1 0")
    assert waits_in_kernel(1, tmp_path)
    assert not waits_in_kernel(2, tmp_path)
    assert not waits_in_kernel(3, tmp_path)
    assert not waits_in_kernel(os.getpid())
