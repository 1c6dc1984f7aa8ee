"""Bytes cut, flipped and segments gone: what was not hit is there, and what was is told."""

import copy
import functools
from pathlib import Path

import pytest
from journal_events import visit
from structlog.testing import capture_logs

from sophon_report.delivery.journal import catalog, records, show, verify
from sophon_report.delivery.journal.catalog import Gap, list_segments, segment_name
from sophon_report.delivery.journal.limits import Limits
from sophon_report.delivery.journal.reader import Reader
from sophon_report.delivery.journal.segment import RECORD_BYTES, Found
from sophon_report.delivery.journal.segment_log import SegmentLog
from sophon_report.testing import CrashableFiles

FOLDER = Path("/journal")
LIMITS = Limits(max_bytes=1 << 30, max_age_ms=10**12, segment_bytes=4000)
RECORDS = 12


@functools.lru_cache(maxsize=None)
def written():
    files = CrashableFiles()
    log = opened(files)
    for seq in range(1, RECORDS + 1):
        log.commit([records.entry_of(seq, visit(seq, picture_bytes=40))])
    log.close(RECORDS + 1)
    return files


def journal():
    """A fresh copy of a journal of a dozen visits in several segments, closed in order."""
    return copy.deepcopy(written())


def opened(files):
    return SegmentLog(FOLDER, LIMITS, clock_ms=lambda: 1_760_000_000_000, files=files)


def numbers(files, log):
    return [record.seq for record in Reader(files, lambda: log.segments).read(0, 1000, 10**9)]


def segments(files):
    return sorted(path for path in files.paths() if path.suffix == ".journal")


def last_record(files):
    """Where the last visit begins and ends in the last segment."""
    last = list_segments(files, FOLDER)[-1]
    found = [item for item in walk(files, last) if item.head.kind == 3][-1]
    return last.path, found.offset, found.end


def walk(files, segment):
    with catalog.reading(files, segment.path) as read_at:
        return [item for item in catalog.walk(read_at, segment) if isinstance(item, Found)]


EVERY = pytest.param(1, marks=pytest.mark.long)


def places(start, end, step):
    """The bytes of the head of a record, and of what follows each ``step``-th."""
    behind = start + RECORD_BYTES + 32
    return [*range(start, behind), *range(behind, end, step)]


@pytest.mark.parametrize("step", [7, EVERY])
def test_the_last_record_may_be_cut_anywhere(step):
    """A torn tail costs the record that is torn; the journal goes on behind the others."""
    path, start, end = last_record(journal())
    for size in places(start, end, step):
        files = journal()
        del files.content(path)[size:]
        log = opened(files)
        assert numbers(files, log) == list(range(1, RECORDS))
        assert log.counters.cut_bytes == size - start
        log.commit([records.entry_of(log.next_seq, visit(99))])
        assert numbers(files, log)[-1] == log.next_seq > RECORDS
        assert verify(FOLDER, files).is_whole


@pytest.mark.parametrize("step", [5, EVERY])
def test_any_byte_of_the_tail_may_be_flipped(step):
    """A flipped byte in the last record costs that record and no other."""
    path, start, end = last_record(journal())
    for place in places(start, end, step):
        files = journal()
        files.content(path)[place] ^= 0x55
        assert numbers(files, opened(files)) == list(range(1, RECORDS))


@pytest.mark.parametrize("step", [7, EVERY])
@pytest.mark.parametrize("which", [0, 1, -1])
def test_any_byte_of_a_segment_may_be_flipped(which, step):
    """Anywhere else it costs the one record it is in, and the numbers are told."""
    path = segments(journal())[which]
    for place in places(0, len(journal().content(path)), step):
        files = journal()
        files.content(path)[place] ^= 0xFF
        report = verify(FOLDER, files)
        found = numbers(files, opened(files))
        missing = sorted(set(range(1, RECORDS + 1)) - set(found))
        assert found == sorted(found)
        assert len(missing) <= 1
        assert report.damaged_segments == (path.name,)
        told = [seq for gap in report.gaps for seq in range(gap.first_seq, gap.last_seq + 1)]
        assert missing in (told, [RECORDS])


def test_a_deleted_middle_segment_costs_its_records_and_is_told():
    """The reader goes on in the next segment and says which numbers are gone."""
    files = journal()
    gone = segments(files)[1]
    first, after = (int(path.stem) for path in (gone, segments(files)[2]))
    files.unlink(gone)
    log = opened(files)
    reader = Reader(files, lambda: log.segments)
    found = [record.seq for record in reader.read(0, 1000, 10**9)]
    assert found == [*range(1, first), *range(after, RECORDS + 1)]
    assert reader.gaps == 1
    assert verify(FOLDER, files).gaps == (Gap(first, after - 1, "segment missing or cut"),)


def test_a_middle_segment_may_be_cut_anywhere():
    """What is before the cut is there, what is behind is told, the segments after are untouched."""
    path = segments(journal())[1]
    first, after = int(path.stem), int(segments(journal())[2].stem)
    for size in range(0, len(journal().content(path)), 5):
        files = journal()
        del files.content(path)[size:]
        found = numbers(files, opened(files))
        kept = [seq for seq in found if first <= seq < after]
        assert kept == list(range(first, first + len(kept)))
        assert [seq for seq in found if seq >= after] == list(range(after, RECORDS + 1))
        gaps = verify(FOLDER, files).gaps
        assert [(gap.first_seq, gap.last_seq) for gap in gaps] == [(first + len(kept), after - 1)]


def test_the_oldest_segments_are_gone_by_retention_and_that_is_no_damage():
    """What retention took is not told as a gap."""
    files = journal()
    files.unlink(segments(files)[0])
    assert verify(FOLDER, files).is_whole


def test_a_page_that_the_disk_cannot_read_costs_what_is_on_it():
    """EIO on reading is damage like any other."""
    files = journal()
    path = segments(files)[1]
    bad = len(files.content(path)) // 2

    files.unreadable[path] = (bad, bad + 1)
    found = numbers(files, opened(files))
    assert set(range(1, int(path.stem))) <= set(found)
    assert set(range(int(segments(files)[2].stem), RECORDS + 1)) <= set(found)


def test_a_record_is_shown_by_number():
    """``journal show`` finds any record, in any segment."""
    files = journal()
    assert [show(FOLDER, seq, files).value.out_ms for seq in (1, 7, 12)] == [visit(n).out_ms for n in (1, 7, 12)]
    assert segment_name(1) == segments(files)[0].name


def spoil(files, path, how):
    """Do to a segment in the middle what disks and people do."""
    content = files.content(path)
    if how == "deleted":
        files.unlink(path)
    elif how == "cut to nothing":
        del content[:]
    elif how == "cut to its header":
        del content[64:]
    elif how == "zeros":
        content[:] = bytes(len(content))
    else:
        content[200:] = bytes(len(content) - 200)


@pytest.mark.parametrize(
    "how", ["deleted", "cut to nothing", "cut to its header", "zeros", "zeros from the first"]
)
def test_a_spoiled_segment_is_passed_over_counted_once_and_logged_by_its_numbers(how):
    """Whatever was done to it, also when it is read again and again; the rest is read."""
    files = journal()
    path = segments(files)[1]
    first, after = int(path.stem), int(segments(files)[2].stem)
    spoil(files, path, how)
    log = opened(files)
    reader = Reader(files, lambda: log.segments)
    with capture_logs() as lines:
        for _ in range(3):
            found = [record.seq for record in reader.read(0, 1000, 10**9)]
            assert found == [*range(1, first), *range(after, RECORDS + 1)]
    told = [(line["first_seq"], line["last_seq"]) for line in lines if line["event"] == "journal gap"]
    assert told == [(first, after - 1)]
    assert reader.gaps == 1


def test_a_byte_that_is_wiped_costs_one_record_at_most():
    """Set to 0, all over a segment in the middle."""
    path = segments(journal())[1]
    for place in range(0, len(journal().content(path)), 5):
        files = journal()
        files.content(path)[place] = 0
        found = numbers(files, opened(files))
        assert found == sorted(set(found))
        assert len(found) >= RECORDS - 1
