"""How much lies behind a place: counted, and where it is not known yet, estimated and told so."""

import asyncio
from dataclasses import replace
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from journal_events import progress, recognition, visit

from sophon_report.config import Journal as Settings
from sophon_report.delivery.journal import Journal, records
from sophon_report.delivery.journal.ledger import Behind
from sophon_report.delivery.journal.limits import Limits
from sophon_report.delivery.journal.reader import Reader
from sophon_report.delivery.journal.rewrite import Erasing, rewrite
from sophon_report.delivery.journal.segment import HEADER_BYTES
from sophon_report.delivery.journal.segment_log import SegmentLog
from sophon_report.model import Progress, Recognition, Visit
from sophon_report.testing import CrashableFiles

FOLDER = Path("/journal")
NOW_MS = 1_760_000_000_000
LIMITS = Limits(max_bytes=1 << 30, max_age_ms=10**12, segment_bytes=6000)
MAKERS = {"r": recognition, "p": lambda number: progress(number, NOW_MS), "v": visit}


def opened(files, limits=LIMITS):
    return SegmentLog(FOLDER, limits, clock_ms=lambda: NOW_MS, files=files)


def write(log, kinds):
    for letter in kinds:
        seq = max(log.next_seq, log.last_seq + 1)
        log.commit([records.entry_of(seq, MAKERS[letter](seq))])


def counted(files, log, seq):
    """The same by reading everything: numbers of records of each kind, time of the first event."""
    found = Reader(files, lambda: log.segments).read(seq, 10**6, 10**9)
    kinds = [type(record.value) for record in found]
    events = [record.value for record in found if not isinstance(record.value, Progress)]
    times = [event.out_ms if isinstance(event, Visit) else event.recognised_ms for event in events]
    return len(found), kinds.count(Visit), kinds.count(Recognition), times[0] if times else None


def told(log, seq):
    behind = log.ledger.behind(seq)
    return behind.records, behind.visits, behind.recognitions, behind.oldest_ms


def learn_all(files, log):
    reader = Reader(files, lambda: log.segments, log.heads)
    for segment in log.segments:
        log.ledger.learn(replace(segment, tally=reader.heads(segment).after(0)), segment.mark)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text("rpv", min_size=1, max_size=25), min_size=1, max_size=3))
def test_what_lies_behind_any_place_is_what_reading_finds(lives):
    """While it is written, and after restarts that skip numbers."""
    files = CrashableFiles()
    for kinds in lives:
        log = opened(files)
        write(log, kinds)
    learn_all(files, log)
    seqs = [record.seq for record in Reader(files, lambda: log.segments).read(0, 10**6, 10**9)]
    for seq in (0, *seqs, seqs[-1] + 1):
        assert told(log, seq) == counted(files, log, seq)
        assert log.ledger.behind(seq).exact


def test_a_place_between_two_segments_is_counted_without_the_heads_of_any():
    """From the tallies alone, after a restart; also when the oldest segments went."""
    files = CrashableFiles()
    write(opened(files), "rpv" * 20)
    log = opened(files)
    for segment in log.segments:
        assert told(log, segment.first_seq - 1) == counted(files, log, segment.first_seq - 1)
        assert log.ledger.behind(segment.first_seq - 1).exact
    assert log.ledger.behind(0).size_bytes == sum(segment.size_bytes for segment in log.segments)
    assert log.ledger.uncounted() == []


def test_inside_a_segment_whose_heads_are_not_known_the_share_is_estimated():
    """By numbers, and it is said; the segment to read is named, and after that it is exact."""
    files = CrashableFiles()
    write(opened(files), "v" * 60)
    log = opened(files)
    inside = log.segments[3].first_seq
    behind = log.ledger.behind(inside)
    assert not behind.exact
    assert behind.visits == behind.records == counted(files, log, inside)[0]
    segment = log.ledger.unclear(inside)
    assert segment.first_seq == inside
    Reader(files, lambda: log.segments, log.heads).heads(segment)
    assert log.ledger.behind(inside).exact
    assert told(log, inside) == counted(files, log, inside)
    assert log.ledger.unclear(inside) is None


def test_a_damaged_tally_is_estimated_until_it_is_learned():
    """The one page that held it is broken."""
    files = CrashableFiles()
    write(opened(files), "rv" * 30)
    exact = told(opened(files), 0)
    damaged = opened(files).segments[2]
    files.content(damaged.path)[HEADER_BYTES + 50] ^= 1
    log = opened(files)
    [segment] = log.ledger.uncounted()
    assert segment.first_seq == log.segments[1].first_seq
    behind = log.ledger.behind(0)
    assert not behind.exact
    assert behind.records == exact[0]
    learn_all(files, log)
    assert told(log, 0) == exact
    assert log.ledger.behind(0).exact


def test_a_segment_of_another_size_than_its_tally_tells_is_counted_anew():
    """It was cut or written anew."""
    files = CrashableFiles()
    write(opened(files), "v" * 30)
    second = opened(files).segments[1]
    del files.content(second.path)[second.size_bytes - 200 :]
    log = opened(files)
    assert [segment.first_seq for segment in log.ledger.uncounted()] == [second.first_seq]
    learn_all(files, log)
    assert told(log, 0) == counted(files, log, 0)


def test_nothing_lies_behind_the_end_or_in_an_empty_journal():
    """All figures are 0, and there is no time."""
    files = CrashableFiles()
    log = opened(files)
    assert log.ledger.behind(0) == Behind()
    write(log, "rv")
    assert log.ledger.behind(log.last_seq) == Behind()
    assert log.ledger.behind(10**15) == Behind()


def test_a_running_journal_makes_its_estimates_exact_by_itself(tmp_path):
    """What was asked for once is read meanwhile."""

    async def story():
        settings = Settings(segment_bytes=64 << 10)
        for _ in range(2):
            journal = Journal.open(tmp_path / "j", settings, clock_ms=lambda: NOW_MS)
            await journal.start()
            events = [visit(number, picture_bytes=5000) for number in range(60)]
            await asyncio.gather(*(journal.append(event).accepted for event in events))
            await journal.close()
        journal = Journal.open(tmp_path / "j", settings, clock_ms=lambda: NOW_MS)
        await journal.start()
        first = journal.behind(20)
        await journal.close()  # ends when what was asked for is read
        second = journal.behind(20)
        return first, second

    first, second = asyncio.run(asyncio.wait_for(story(), 60))
    assert (first.exact, first.visits) == (False, 100)
    assert (second.exact, second.visits, second.records) == (True, 100, 100)


def test_what_retention_takes_is_counted_in_the_kind_a_destination_is_told(tmp_path):
    """Realtime in recognitions, history in visits."""

    async def story():
        settings = Settings(max_bytes=1, segment_bytes=64 << 10)
        journal = Journal.open(tmp_path / "j", settings, clock_ms=lambda: NOW_MS)
        await journal.start()
        journal.tells("gate", Recognition)
        journal.tells("platform", Visit)
        for name in ("gate", "platform", "untold"):
            journal.cursors.open(name, 0)
        for _ in range(10):
            events = [recognition(n, 4000) for n in range(3)] + [visit(0, 4000)]
            await asyncio.gather(*(journal.append(event).accepted for event in events))
        gone = journal.oldest_seq - 1
        await journal.close()
        return gone, journal.stats().dropped_undelivered

    gone, dropped = asyncio.run(asyncio.wait_for(story(), 60))
    assert gone > 4
    visits = gone // 4
    assert dropped == {"gate": gone - visits, "platform": visits, "untold": visits}


def test_a_segment_that_was_written_anew_is_counted_as_it_is_now():
    """Erased records are neither visits nor recognitions; numbers stay."""
    files = CrashableFiles()
    log = opened(files)
    write(log, "rv" * 10)
    old = log.closed[0]
    fresh = rewrite(files, old, Erasing({"E-1"}), lambda: False)
    assert fresh.records > 0
    log.swap(old, fresh)
    assert log.ledger.behind(0).recognitions == 10 - fresh.records
    assert log.ledger.behind(0).records == 20
    assert told(log, 0)[1:] == counted(files, log, 0)[1:]
