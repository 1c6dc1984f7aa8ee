"""The plug is pulled at every change of a long story, then once more during what follows: the promise holds.

The story: events and visits that stay open, a cursor that follows, segments that fill and go for the bound, a sync
that fails, another program that fills the disk and leaves it again, a close in order, a second life.
"""

import contextlib
from pathlib import Path

import pytest
from journal_events import progress, recognition, visit

from sophon_report.delivery.journal import records
from sophon_report.delivery.journal.cursors import CURSOR_DIR, Cursors
from sophon_report.delivery.journal.limits import Limits
from sophon_report.delivery.journal.reader import Reader
from sophon_report.delivery.journal.segment import event_key
from sophon_report.delivery.journal.segment_log import SegmentLog
from sophon_report.errors import JournalError
from sophon_report.model import Recognition, Visit
from sophon_report.testing import CrashableFiles, PowerCut

FOLDER = Path("/journal")
OTHER = Path("/other/program")
NOW_MS = 1_760_000_000_000
LIMITS = Limits(max_bytes=22_000, max_age_ms=10**12, segment_bytes=6000)
NAME = "platform"


class Story:
    """What was promised so far, over all lives of one journal."""

    def __init__(self):
        self.accepted, self.tried, self.shown = {}, {}, 0
        self.gone_below = 0
        self.delivered, self.flushed = 0, 0
        self.was_full = False
        self.log = None

    # The lives

    def begin(self, files):
        """A start; everything that was promised is there."""
        self.files, self.log = files, None
        self.cursors = Cursors(FOLDER / CURSOR_DIR, files)
        self.log = SegmentLog(
            FOLDER, LIMITS, clock_ms=lambda: NOW_MS, files=files, cursors=self.cursors.all, told=self.cursors.kind
        )
        self.check()
        self.next_seq = self.log.next_seq
        self.cursor = self.cursors.open(NAME, 0)

    def append(self, *events):
        entries = [records.entry_of(self.next_seq + place, event) for place, event in enumerate(events)]
        told = {entry.seq: event for entry, event in zip(entries, events)}
        self.next_seq += len(entries)
        self.shown = self.next_seq - 1
        self.tried.update(told)
        self.log.commit(entries)
        self.accepted.update(told)

    def follow(self):
        """The receiver has it, then the cursor moves, then it is written."""
        found = Reader(self.files, lambda: self.log.segments).read(self.cursor.position(), 100, 10**9)
        if found:
            self.delivered = max(self.delivered, found[-1].seq)
            self.cursor.advance(found[-1].seq)
        self.cursors.flush()
        self.flushed = self.cursor.position()

    def life(self):
        for number in range(4):
            self.append(recognition(self.next_seq), progress(self.next_seq, NOW_MS), visit(self.next_seq))
            if number % 2:
                self.follow()
        self.append(recognition(10**6 + self.next_seq))  # somebody who stays
        for _ in range(6):
            self.append(visit(self.next_seq), visit(self.next_seq + 1))
        self.follow()
        self.fail_once("fdatasync")
        self.append(visit(self.next_seq))
        self.fail_once("rename")
        for _ in range(3):
            self.append(visit(self.next_seq), visit(self.next_seq + 1))
        self.full_disk()
        self.append(recognition(self.next_seq), visit(self.next_seq))
        self.log.retire_idle()
        self.follow()
        self.log.close(self.next_seq)

    def fail_once(self, operation):
        left = [5]
        self.files.fault = lambda name, path: left.pop() if left and name == operation else None

    def full_disk(self):
        """Another program takes what is free, and the journal lives on what it lets go; then it takes that too."""
        self.was_full = True
        file = self.files.create(OTHER)
        self.files.capacity_bytes = self.files.used_bytes + 500
        self.append(visit(self.next_seq))
        self.files.capacity_bytes = 600
        with contextlib.suppress(JournalError):
            self.append(visit(self.next_seq))
        file.close()
        self.files.unlink(OTHER)
        self.files.capacity_bytes = 1 << 40

    def until_cut(self, files):
        """Two lives, or as far as it goes."""
        with contextlib.suppress(PowerCut):
            for _ in range(2):
                self.begin(files)
                self.life()
                self.note_gone()
        files.cut_after = files.fault = None
        files.capacity_bytes = 1 << 40
        self.note_gone()

    def note_gone(self):
        """What retention took, or was about to take."""
        if self.log is not None and self.log.segments:
            self.gone_below = max(self.gone_below, self.log.segments[0].first_seq)
        elif self.log is not None and self.log.counters.dropped_segments:
            self.gone_below = self.shown + 1

    # The promise

    def check(self):
        assert self.log.next_seq > self.shown, "a number was given twice"
        found = Reader(self.files, lambda: self.log.segments).read(0, 10**6, 10**9)
        seqs = [record.seq for record in found]
        assert seqs == sorted(set(seqs)), "out of order, or twice"
        for record in found:
            assert record.value.event_id == self.tried[record.seq].event_id
        kept = {seq for seq in self.accepted if seq >= self.gone_below}
        assert kept <= set(seqs), f"accepted and lost: {sorted(kept - set(seqs))}"
        place = self.cursors.position(NAME)
        assert self.flushed <= place <= self.delivered, "the cursor is ahead or was set back"
        if not self.was_full:
            self.check_open_visits()

    def check_open_visits(self):
        """Who came and did not leave is known, also when the segment went."""
        left = {event.event_id for event in self.tried.values() if isinstance(event, Visit)}
        came = [event.event_id for event in self.accepted.values() if isinstance(event, Recognition)]
        known = {visit.event_key for visit in self.log.open_visits.all()}
        assert {event_key(event_id) for event_id in came if event_id not in left} <= known


def changes():
    files = CrashableFiles()
    Story().until_cut(files)
    return files.changes


CHANGES = changes()


def once(cut_after, seed):
    files, story = CrashableFiles(cut_after=cut_after), Story()
    story.until_cut(files)
    story.begin(files.after_cut(seed))
    with contextlib.suppress(JournalError):
        story.life()


@pytest.mark.parametrize("cut_after", range(CHANGES))
def test_the_promise_holds_wherever_the_plug_is_pulled(cut_after):
    """On both kinds of file system by turns; then a whole life goes well."""
    once(cut_after, seed=cut_after)


@pytest.mark.long
@pytest.mark.parametrize("cut_after", range(CHANGES))
def test_the_promise_holds_whatever_the_disk_kept(cut_after):
    """Many outcomes of each cut."""
    for seed in range(cut_after + 1, cut_after + 21):
        once(cut_after, seed)


def twice(first, second, seed):
    files, story = CrashableFiles(cut_after=first), Story()
    story.until_cut(files)
    files = files.after_cut(seed)
    files.cut_after = second
    story.until_cut(files)
    story.begin(files.after_cut(seed + 1))
    with contextlib.suppress(JournalError):
        story.life()


@pytest.mark.parametrize("first", range(0, CHANGES, 15))
def test_the_promise_holds_when_the_plug_is_pulled_again_during_the_next_start(first):
    """At every change of the recovery and soon after."""
    for second in range(10):
        twice(first, second, seed=first + second)


@pytest.mark.long
@pytest.mark.parametrize("first", range(CHANGES))
def test_the_promise_holds_when_the_plug_is_pulled_at_any_two_moments(first):
    """Every pair of changes."""
    for second in range(CHANGES):
        twice(first, second, seed=first * CHANGES + second)
