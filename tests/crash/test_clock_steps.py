"""The clock steps while the journal runs and between two runs: nothing is dropped for one step of it."""

from pathlib import Path

import pytest
from journal_events import visit

from sophon_report.delivery.journal import records
from sophon_report.delivery.journal.limits import Limits
from sophon_report.delivery.journal.reader import Reader
from sophon_report.delivery.journal.segment_log import SegmentLog
from sophon_report.testing import CrashableFiles

FOLDER = Path("/journal")
DAY_MS = 86_400_000
NOW_MS = 1_760_000_000_000
YEAR_MS = 365 * DAY_MS
LIMITS = Limits(max_bytes=1 << 30, max_age_ms=30 * DAY_MS, segment_bytes=6000)


class Box:
    """A journal on a clock that is set by hand, restarted at will."""

    def __init__(self):
        self.files, self.now_ms, self.accepted = CrashableFiles(), NOW_MS, []
        self.start()

    def start(self):
        self.log = SegmentLog(FOLDER, LIMITS, clock_ms=lambda: self.now_ms, files=self.files)
        self.next_seq = self.log.next_seq

    def restart(self):
        self.log.close(self.next_seq)
        self.start()

    def work(self, days, events=4):
        """So many events a day; every night the idle journal looks at its bounds."""
        for _ in range(days):
            for _ in range(events):
                self.log.commit([records.entry_of(self.next_seq, visit(self.next_seq))])
                self.accepted.append(self.next_seq)
                self.next_seq += 1
            self.now_ms += DAY_MS
            self.log.retire_idle()

    def found(self):
        return [record.seq for record in Reader(self.files, lambda: self.log.segments).read(0, 10**6, 10**9)]


def nothing(box):
    """The service goes on."""


STEPS = [YEAR_MS, -YEAR_MS, -NOW_MS + 1000, -NOW_MS + 1_577_836_900_000]


@pytest.mark.parametrize("between", [nothing, Box.restart, Box.start], ids=["running", "restarted", "crashed"])
@pytest.mark.parametrize("step_ms", STEPS, ids=["a year on", "a year back", "1970", "2020"])
def test_a_step_that_is_set_right_within_a_day_costs_nothing(step_ms, between):
    """Forward or back, with events meanwhile."""
    box = Box()
    box.work(days=10)
    box.now_ms += step_ms
    between(box)
    box.log.retire_idle()
    box.next_seq = max(box.next_seq, box.log.next_seq)
    for _ in range(10):
        box.log.commit([records.entry_of(box.next_seq, visit(box.next_seq))])
        box.accepted.append(box.next_seq)
        box.next_seq += 1
    box.now_ms -= step_ms
    between(box)
    box.next_seq = max(box.next_seq, box.log.next_seq)
    box.work(days=15)
    assert box.found() == box.accepted


@pytest.mark.parametrize("step_ms", STEPS, ids=["a year on", "a year back", "1970", "2020"])
def test_retention_goes_on_after_a_step_that_stays(step_ms):
    """Nothing goes on the day of it, and a bound later what was before it is gone."""
    box = Box()
    box.work(days=10)
    before = list(box.accepted)
    box.now_ms += step_ms
    box.log.retire_idle()
    assert box.found() == before
    box.work(days=64)
    kept = box.found()
    assert kept == box.accepted[-len(kept) :]
    assert not set(before) & set(kept) or box.now_ms < 1_577_836_800_000
    assert len(kept) >= 30 * 4
