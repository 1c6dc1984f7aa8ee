"""A device's share and delay: of the last seconds, not of all time."""

from sophon_report.vision.pace import WINDOW_S, Pace


def test_share_and_delay_are_means_of_the_last_seconds():
    """Three frames of four; what is older than the window counts no more."""
    pace = Pace()
    pace.note("a", 9.0, 100.0)
    now_s = 100.0 + WINDOW_S + 1
    for delay_s in (0.1, 0.2, 0.3):
        pace.note("a", delay_s, now_s)
    pace.note("b", 0.5, now_s + 1)
    share_pct, delay_ms = pace.share_and_delay("a", now_s + 1)
    assert (share_pct, round(delay_ms, 6)) == (75.0, 200.0)
    assert pace.share_and_delay("b", now_s + 1) == (25.0, 500.0)


def test_a_device_without_frames_has_no_share():
    """Nor has any device some seconds after its last one."""
    pace = Pace()
    assert pace.share_and_delay("a", 5.0) == (0.0, 0.0)
    pace.note("a", 0.1, 5.0)
    assert pace.share_and_delay("a", 6.0 + WINDOW_S) == (0.0, 0.0)
