"""What verify says of each kind of damage, and what it does not call damage."""

from pathlib import Path

import pytest
from journal_events import recognition, visit

from sophon_report.delivery.journal import catalog, records, verify
from sophon_report.delivery.journal.catalog import Gap
from sophon_report.delivery.journal.cursors import encode_cursor
from sophon_report.delivery.journal.limits import Limits
from sophon_report.delivery.journal.segment import HEADER_BYTES, RECORD_BYTES, Found, Kind
from sophon_report.delivery.journal.segment_log import SegmentLog
from sophon_report.testing import CrashableFiles

FOLDER = Path("/journal")
LIMITS = Limits(max_bytes=1 << 30, max_age_ms=10**12, segment_bytes=6000)


def opened(files, limits=LIMITS):
    return SegmentLog(FOLDER, limits, clock_ms=lambda: 1_760_000_000_000, files=files)


def write(log, count, make=visit):
    for _ in range(count):
        seq = max(log.next_seq, log.last_seq + 1)
        log.commit([records.entry_of(seq, make(seq))])


@pytest.fixture
def files():
    """A journal of twelve visits in segments of three, closed in order."""
    files = CrashableFiles()
    log = opened(files)
    write(log, 12)
    log.close(13)
    return files


def segments(files):
    return catalog.list_segments(files, FOLDER)


def places(files, segment):
    with catalog.reading(files, segment.path) as read_at:
        found = [item for item in catalog.walk(read_at, segment) if isinstance(item, Found)]
    return [item for item in found if item.head.kind == Kind.VISIT]


def told(files, number):
    return verify(FOLDER, files).segments[number]


def test_a_whole_journal_is_told_segment_by_segment(files):
    """First and last number and how many events are good."""
    report = verify(FOLDER, files)
    assert report.is_whole
    assert [(each.first_seq, each.last_seq, each.good_records) for each in report.segments] == [
        (1, 3, 3),
        (4, 6, 3),
        (7, 9, 3),
        (10, 12, 3),
    ]
    assert [each.name for each in report.segments] == [each.path.name for each in segments(files)]


def test_damaged_bytes_are_told_with_the_numbers_between(files):
    """From the first bad byte of a record to the next good record."""
    second = segments(files)[1]
    _, middle, last = places(files, second)
    files.content(second.path)[middle.body_offset + 9] ^= 1
    piece = told(files, 1).damaged[0]
    assert (piece.offset, piece.end, piece.is_tail) == (middle.offset, last.offset, False)
    assert piece.lost == Gap(5, 5, "records damaged")
    assert told(files, 1).good_records == 2
    assert verify(FOLDER, files).damaged_segments == (second.path.name,)


def test_damage_at_the_end_of_a_segment_is_told_by_what_the_next_one_knows(files):
    """The numbers that were there."""
    second = segments(files)[1]
    last = places(files, second)[-1]
    del files.content(second.path)[last.offset + 7 :]
    segment = told(files, 1)
    assert segment.cut_off == Gap(6, 6, "records cut off or damaged")
    assert [(piece.offset, piece.end, piece.is_tail) for piece in segment.damaged] == [
        (last.offset, last.offset + 7, False)
    ]


def test_a_torn_end_of_the_last_segment_is_told_as_what_the_next_start_cuts(files):
    """After the start it is whole again."""
    last = segments(files)[-1]
    size = last.size_bytes - RECORD_BYTES - 5
    del files.content(last.path)[size:]
    [piece] = told(files, 3).damaged
    assert (piece.is_tail, piece.end) == (True, size)
    assert not verify(FOLDER, files).is_whole
    opened(files)
    assert verify(FOLDER, files).is_whole


def test_a_missing_segment_is_told_at_the_one_after_it(files):
    """With its numbers."""
    files.unlink(segments(files)[1].path)
    assert told(files, 1).missing_before == Gap(4, 6, "segment missing or cut")
    assert told(files, 0).cut_off is None


def test_a_damaged_header_is_told_and_costs_no_record(files):
    """The mark is in the first record too."""
    files.content(segments(files)[1].path)[20] ^= 1
    segment = told(files, 1)
    assert segment.header_damaged
    assert (segment.good_records, segment.damaged) == (3, ())
    assert not segment.is_whole


@pytest.mark.parametrize("size", [0, 1, HEADER_BYTES - 1, HEADER_BYTES])
def test_a_segment_of_which_nothing_is_left_is_told(files, size):
    """No bytes are damaged where there are none."""
    del files.content(segments(files)[1].path)[size:]
    report = verify(FOLDER, files)
    assert report.damaged_bytes == 0
    assert [(gap.first_seq, gap.last_seq) for gap in report.gaps] == [(4, 6)]
    assert report.segments[1].header_damaged == (size < HEADER_BYTES)


def test_zeros_in_the_middle_of_a_segment_are_told(files):
    """As a disk gives that lost a block."""
    second = segments(files)[1]
    first, middle, last = places(files, second)
    files.content(second.path)[first.offset + 10 : middle.offset + 10] = bytes(middle.offset - first.offset)
    [piece] = told(files, 1).damaged
    assert (piece.offset, piece.end, piece.lost) == (first.offset, last.offset, Gap(4, 5, "records damaged"))


def test_damaged_cursors_and_such_past_the_end_are_told(files):
    """By destination."""
    for name, line in (("good", encode_cursor(12)), ("bad", b"12 junk\n"), ("ahead", encode_cursor(13))):
        files.create(FOLDER / "cursors" / f"{name}.cursor").write([line])
    report = verify(FOLDER, files)
    found = {cursor.name: (cursor.seq, cursor.is_ahead, cursor.is_whole) for cursor in report.cursors}
    assert found == {"good": (12, False, True), "bad": (None, False, False), "ahead": (13, True, False)}
    assert not report.is_whole


def test_numbers_that_a_crash_skipped_are_no_damage(files):
    """Nor is what retention took, nor an empty segment."""
    write(opened(files), 4)
    opened(files)
    files.unlink(segments(files)[0].path)
    assert verify(FOLDER, files).is_whole


def test_a_segment_emptied_for_a_full_disk_is_no_damage():
    """Only its header is left, for the numbers it promises."""
    files = CrashableFiles()
    log = opened(files)
    write(log, 2, recognition)
    files.capacity_bytes = 10
    with pytest.raises(Exception, match="no space"):
        write(log, 1)
    assert verify(FOLDER, files).is_whole


def test_an_end_that_still_grows_is_not_called_torn(files):
    """A running service was half way through a batch."""
    last = segments(files)[-1]
    content = bytes(files.content(last.path))

    class Growing(CrashableFiles):
        def size(self, path):
            size = super().size(path)
            if path == last.path:
                self.content(path)[:] = content[: min(len(content), size + 900)]
            return size

    growing = Growing()
    for path in files.paths():
        growing.create(path).write([bytes(files.content(path))])
    del growing.content(last.path)[last.size_bytes - 2500 :]
    assert verify(FOLDER, growing).is_whole
