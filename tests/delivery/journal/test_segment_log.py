"""Recovery, roll-over, retention and numbers of the segments."""

from pathlib import Path

import pytest
from journal_events import event_id, progress, recognition, visit

from sophon_report.delivery.journal import catalog, records, verify
from sophon_report.delivery.journal.limits import Limits
from sophon_report.delivery.journal.reader import Reader
from sophon_report.delivery.journal.recovery import NUMBERS_PER_SEGMENT
from sophon_report.delivery.journal.segment import event_key
from sophon_report.delivery.journal.segment_log import SegmentLog
from sophon_report.errors import JournalError
from sophon_report.testing import CrashableFiles

FOLDER = Path("/journal")
DAY_MS = 86_400_000
NOW_MS = 1_760_000_000_000
ROOMY = Limits(max_bytes=1 << 30, max_age_ms=30 * DAY_MS, segment_bytes=6000)


class Clock:
    def __init__(self, now_ms=NOW_MS):
        self.now_ms = now_ms

    def __call__(self):
        return self.now_ms


def opened(files, limits=ROOMY, clock=None, cursors=dict):
    return SegmentLog(FOLDER, limits, clock_ms=clock or Clock(), files=files, cursors=cursors)


def commit(log, *events, start=None):
    start = log.next_seq if start is None else start
    log.commit([records.entry_of(start + index, event) for index, event in enumerate(events)])
    return start + len(events)


def fill(log, first, last):
    for seq in range(first, last + 1):
        commit(log, visit(seq), start=seq)


def pass_days(log, clock, days):
    for _ in range(days):
        clock.now_ms += DAY_MS + 1
        log.retire_idle()


def numbers(files, log):
    return [record.seq for record in Reader(files, lambda: log.segments).read(0, 1000, 10**9)]


def open_visits(log):
    return [(visit.event_key, visit.last_seen_ms) for visit in log.open_visits.all()]


def test_numbers_go_on_after_a_close_and_jump_after_a_crash():
    """Only a crash may have shown numbers that are on no disk."""
    files = CrashableFiles()
    log = opened(files)
    log.close(commit(log, visit(1), visit(2)))
    log = opened(files)
    assert log.next_seq == 3
    commit(log, visit(3))
    log = opened(files)
    assert log.next_seq == 3 + NUMBERS_PER_SEGMENT
    assert log.last_seq == 3


def test_numbers_that_were_only_shown_are_not_given_again_after_two_crashes():
    """A life without a single accepted record still used up its numbers."""
    files = CrashableFiles()
    lives = [opened(files).next_seq for _ in range(4)]
    assert lives == [1 + NUMBERS_PER_SEGMENT * life for life in range(4)]
    assert len(files.paths()) == 1


def test_starting_and_closing_without_events_leaves_no_trace():
    """Numbers do not move and files do not pile up."""
    files = CrashableFiles()
    for _ in range(3):
        log = opened(files)
        assert log.next_seq == 1
        log.close(1)
    assert len(files.paths()) == 1


def test_a_cursor_past_the_journal_is_never_overtaken():
    """With all segments deleted by hand, destinations still get what comes new."""
    assert opened(CrashableFiles(), cursors=lambda: {"platform": 500}).next_seq == 501


def test_segments_roll_over_and_are_named_by_their_first_number():
    """No segment grows past its size by more than a batch."""
    files = CrashableFiles()
    log = opened(files)
    fill(log, 1, 20)
    names = [segment.path.name for segment in log.segments]
    assert names[0] == "00000000000000000001.journal"
    assert len(names) > 3
    assert all(segment.size_bytes <= ROOMY.segment_bytes for segment in log.segments)
    assert [segment.path.name for segment in catalog.list_segments(files, FOLDER)] == names


def test_retention_by_bytes_drops_whole_segments_and_counts_what_was_not_delivered():
    """The oldest goes; visits past a destination's cursor are counted for it."""
    files = CrashableFiles()
    limits = Limits(max_bytes=20_000, max_age_ms=30 * DAY_MS, segment_bytes=6000)
    cursors = {"slow": 0, "quick": 0}
    log = opened(files, limits, cursors=lambda: cursors)
    cursors["quick"] = 60
    fill(log, 1, 60)
    found = numbers(files, log)
    assert found == list(range(found[0], 61))
    assert files.used_bytes <= limits.max_bytes
    assert log.counters.dropped_undelivered == {"slow": found[0] - 1}
    assert verify(FOLDER, files).is_whole


def test_retention_by_age_drops_what_is_older_than_the_bound():
    """A segment is as old as the segment after it; the last one begins to age now."""
    files, clock = CrashableFiles(), Clock()
    log = opened(files, clock=clock)
    fill(log, 1, 20)
    pass_days(log, clock, 29)
    assert numbers(files, log) == list(range(1, 21))
    pass_days(log, clock, 1)
    assert numbers(files, log) == [19, 20]
    fill(log, 21, 22)
    pass_days(log, clock, 29)
    assert numbers(files, log) == [21, 22]
    pass_days(log, clock, 1)
    assert numbers(files, log) == [22], "21 was the last of a segment that was begun a month before"


def test_a_clock_that_was_not_set_drops_nothing():
    """A box without a clock battery wrote in 1970 and learned the time later."""
    files, clock = CrashableFiles(), Clock(1000)
    log = opened(files, clock=clock)
    fill(log, 1, 20)
    clock.now_ms = NOW_MS
    log.retire_idle()
    assert numbers(files, log) == list(range(1, 21))


def test_a_clock_that_steps_back_drops_nothing():
    """Nothing is older than now."""
    files, clock = CrashableFiles(), Clock()
    log = opened(files, clock=clock)
    fill(log, 1, 20)
    clock.now_ms -= 400 * DAY_MS
    log.retire_idle()
    fill(log, 21, 40)
    assert numbers(files, log) == list(range(1, 41))


def test_a_recognition_without_its_visit_is_known_after_a_crash():
    """With the last time known, in later segments too, until its visit is there."""
    files = CrashableFiles()
    log = opened(files)
    after = commit(log, recognition(1), recognition(2), visit(2), progress(1, NOW_MS + 5000), recognition(3))
    for life in range(3):
        log = opened(files)
        assert open_visits(log) == [
            (event_key(event_id(1)), NOW_MS + 5000),
            (event_key(event_id(3)), recognition(3).recognised_ms),
        ]
        if life == 1:
            fill(log, log.next_seq, log.next_seq + 20)
    commit(log, visit(1), visit(3))
    assert open_visits(opened(files)) == []
    assert after == 6


def test_a_damaged_snapshot_of_open_visits_is_made_again_from_older_segments():
    """Its loss costs time, not visits."""
    files = CrashableFiles()
    log = opened(files)
    fill(log, commit(log, recognition(1000)), 20)
    expected = open_visits(log)
    for segment in log.segments[1:]:
        files.content(segment.path)[64 + 48 + 3] ^= 1
    assert open_visits(opened(files)) == expected != []


def test_the_newest_event_id_is_known_after_a_crash():
    """Also when the last segment holds none."""
    files = CrashableFiles()
    commit(opened(files), recognition(77))
    opened(files)
    assert opened(files).open_visits.newest_event_us == int(event_id(77))


def test_retention_carries_the_recognition_of_an_open_visit_over():
    """A long stay outlives the segment it began in, again and again, also over a crash."""
    files = CrashableFiles()
    limits = Limits(max_bytes=18_000, max_age_ms=30 * DAY_MS, segment_bytes=6000)
    log = opened(files, limits)
    fill(log, commit(log, recognition(1000), progress(1000, NOW_MS + 9000)), 80)
    log = opened(files, limits)
    fill(log, log.next_seq, log.next_seq + 60)
    [left] = log.open_visits.all()
    place = next(segment for segment in log.segments if segment.first_seq == left.segment_first_seq)
    [(seq, body)] = catalog.recognitions(files, place, {left.seq})
    assert (seq, left.last_seen_ms) == (1, NOW_MS + 9000)
    assert records.decode(1, seq, body).event_id == event_id(1000)
    assert seq not in numbers(files, log)


def test_a_failed_sync_ends_the_segment_and_the_batch_goes_into_a_new_one():
    """Pages of a failed sync are never trusted again: the record is written anew, and read once."""
    turns = iter([None] * 3 + [5])

    def fault(operation, path):
        return next(turns, None) if operation == "fdatasync" else None

    files = CrashableFiles(fault=fault)
    log = opened(files)
    fill(log, 1, 4)
    assert log.counters.distrusted_segments == 1
    assert numbers(files, log) == [1, 2, 3, 4]
    after = files.after_cut(3)
    assert numbers(after, opened(after)) == [1, 2, 3, 4]


def test_a_disk_without_room_at_the_start_gives_no_numbers_until_there_is_some():
    """The journal opens, and numbers come with the first segment."""
    files = CrashableFiles(capacity_bytes=10)
    log = opened(files)
    assert (log.is_open, log.number_limit) == (False, 0)
    with pytest.raises(JournalError):
        log.retire_idle()
    files.capacity_bytes = 1 << 30
    log.retire_idle()
    assert log.is_open
    assert log.number_limit > log.next_seq


def test_an_idle_journal_begins_a_new_segment_now_and_then():
    """Else old events of a quiet box would never go."""
    files, clock = CrashableFiles(), Clock()
    log = opened(files, clock=clock)
    fill(log, 1, 2)
    clock.now_ms += 2 * DAY_MS
    log.retire_idle()
    fill(log, 3, 3)
    assert [segment.first_seq for segment in log.segments] == [1, 3]


def failing(*operations, after):
    """A fault that lets ``after`` operations of these kinds pass and fails the next of each kind once."""
    left = dict.fromkeys(operations, after)

    def fault(operation, path):
        if operation not in left:
            return None
        left[operation] -= 1
        return 5 if left[operation] == -1 else None

    return fault


def test_a_discarded_attempt_that_could_not_be_cut_off_is_read_by_nobody():
    """Sync and cut fail both: the record is in two files, and comes once, also after a restart."""
    sync, cut = failing("fdatasync", after=2), failing("truncate", after=0)
    files = CrashableFiles(fault=lambda operation, path: sync(operation, path) or cut(operation, path))
    log = opened(files)
    fill(log, 1, 1)
    commit(log, visit(2), start=2)
    assert log.counters.distrusted_segments == 1
    assert numbers(files, log) == [1, 2]
    assert numbers(files, opened(files)) == [1, 2]


def test_on_a_full_disk_the_recognition_of_an_open_visit_is_carried_over():
    """The segment goes first, to make room; what is still needed of it is written with the next batch."""
    files = CrashableFiles(capacity_bytes=20_000)
    log = opened(files)
    fill(log, commit(log, recognition(1000)), 60)
    assert log.counters.dropped_segments > 0
    [left] = log.open_visits.all()
    place = next(segment for segment in log.segments if segment.first_seq == left.segment_first_seq)
    assert [seq for seq, _ in catalog.recognitions(files, place, {left.seq})] == [1]


def test_a_segment_that_only_carries_is_replaced_together_with_what_it_carries():
    """Its first batch failed, so the new segment has the same name; the recognition is in it."""
    broken = {"next": False}
    files = CrashableFiles(
        fault=lambda name, path: 5 if name == "fdatasync" and broken.pop("next", False) else None
    )
    commit(opened(files), recognition(1000))
    broken.clear()
    log = opened(files, Limits(max_bytes=6000, max_age_ms=30 * DAY_MS, segment_bytes=6000))
    log.retain()
    broken["next"] = True
    commit(log, visit(2))
    assert log.counters.distrusted_segments == 1
    after = files.after_cut(0)
    [left] = opened(after).open_visits.all()
    [place] = [segment for segment in catalog.list_segments(after, FOLDER) if segment.first_seq == log.next_seq]
    assert [seq for seq, _ in catalog.recognitions(after, place, {left.seq})] == [1]
