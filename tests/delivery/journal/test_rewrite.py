"""Closed segments written anew: one person's records, or all pictures, are gone; everything else is as it was."""

from dataclasses import replace
from pathlib import Path

import pytest
from journal_events import event_id, progress, recognition, visit

from sophon_report.delivery.journal import catalog, records, verify
from sophon_report.delivery.journal import segment as layout
from sophon_report.delivery.journal.limits import Limits
from sophon_report.delivery.journal.reader import Reader
from sophon_report.delivery.journal.rewrite import SUFFIX, Erasing, rewrite, strip
from sophon_report.delivery.journal.segment import Found, Kind
from sophon_report.delivery.journal.segment_log import SegmentLog
from sophon_report.delivery.journal.tending import Tending, Wanted
from sophon_report.errors import JournalError
from sophon_report.model import Match
from sophon_report.testing import CrashableFiles

FOLDER = Path("/journal")
DAY_MS = 86_400_000
NOW_MS = 1_760_000_000_000
ROOMY = Limits(max_bytes=1 << 30, max_age_ms=30 * DAY_MS, segment_bytes=6000)
EVE = replace(recognition(0).match.identity, identity_id="Eve-工", name="Eve", photo_jpeg=b"\xff\xd8eve")


def of_eve(event):
    return replace(event, match=Match(EVE, 99.0))


def opened(files, limits=ROOMY, clock=lambda: NOW_MS):
    return SegmentLog(FOLDER, limits, clock_ms=clock, files=files)


def commit(log, *events):
    start = max(log.next_seq, log.last_seq + 1)
    log.commit([records.entry_of(start + index, event) for index, event in enumerate(events)])


def tending(files, log, halted=lambda: False):
    return Tending(files, log, lambda step: step(log), halted)


def told(files, log):
    """Numbers and events of everything that can be read."""
    return {record.seq: record.value for record in Reader(files, lambda: log.segments).read(0, 10**6, 10**9)}


def kinds(files, log):
    """Number and kind of every numbered record."""
    found = []
    for segment in log.segments:
        with catalog.reading(files, segment.path) as read_at:
            items = list(catalog.walk(read_at, segment, check_bodies=True))
        assert all(isinstance(item, Found) for item in items)
        found += [(item.head.seq, item.head.kind) for item in items if item.head.kind < Kind.OPEN_VISITS]
    return found


def everything(files):
    """All bytes on the disk."""
    return b"".join(bytes(files.content(path)) for path in files.paths())


@pytest.fixture
def files():
    return CrashableFiles()


def test_a_person_is_erased_from_all_segments_and_nothing_else_is_touched(files):
    """Their records become marks with the same numbers; the events of others read as before."""
    log = opened(files)
    for number in range(1, 61):
        commit(log, of_eve(visit(number)) if number % 7 == 0 else recognition(number))
    before, names = told(files, log), [segment.path.name for segment in log.segments]
    done = tending(files, log).erase(Wanted(frozenset({EVE.identity_id})))
    assert done.records == 8
    assert done.event_ids == {event_id(number) for number in range(7, 61, 7)}
    assert told(files, log) == {seq: event for seq, event in before.items() if seq % 7}
    marked = [seq for seq, kind in kinds(files, log) if kind == Kind.ERASED]
    assert marked == list(range(7, 61, 7))
    assert [segment.path.name for segment in log.segments][: len(names)] == names
    for trace in (EVE.identity_id.encode(), EVE.photo_jpeg):
        assert trace not in everything(files)
    assert verify(FOLDER, files).is_whole
    behind = log.ledger.behind(0)
    assert (behind.records, behind.visits, behind.exact) == (60, 0, True)
    assert told(files, opened(files)) == told(files, log)


def test_every_record_of_an_event_goes_when_one_of_them_names_the_person(files):
    """A stranger pushed early whose visit matched, their progress, and what was carried over."""
    log = opened(files)
    stranger = replace(recognition(1), match=Match(None, 40.0))
    commit(log, stranger, progress(1, NOW_MS))
    for number in range(100, 120):
        commit(log, visit(number))
    commit(log, of_eve(visit(1)))
    assert len(log.segments) > 3
    tending(files, log).erase(Wanted(frozenset({EVE.identity_id})))
    erased = [seq for seq, kind in kinds(files, log) if kind == Kind.ERASED]
    assert erased == [1, 2, 23]
    assert event_id(1).encode() not in everything(files)


def test_an_open_visit_of_the_person_is_open_no_more(files):
    """Neither in this life nor after a crash; those of others stay open."""
    log = opened(files)
    commit(log, of_eve(recognition(1)), recognition(2))
    for number in range(100, 120):
        commit(log, visit(number))
    tending(files, log).erase(Wanted(frozenset({EVE.identity_id})))
    left = [layout.event_key(event_id(2))]
    assert [each.event_key for each in log.open_visits.all()] == left
    assert [each.event_key for each in opened(files).open_visits.all()] == left


def test_a_recognition_that_was_carried_over_is_erased_too(files):
    """Retention took its segment while the visit was open."""
    limits = replace(ROOMY, max_bytes=14_000)
    log = opened(files, limits)
    commit(log, of_eve(recognition(1)))
    for number in range(100, 140):
        commit(log, visit(number))
    assert log.counters.dropped_segments
    assert EVE.photo_jpeg in everything(files)
    tending(files, log).erase(Wanted(frozenset({EVE.identity_id})))
    assert EVE.photo_jpeg not in everything(files)
    assert not opened(files, limits).open_visits.all()


def test_an_id_that_is_part_of_anothers_is_not_theirs(files):
    """Bytes are only the first look."""
    log = opened(files)
    commit(log, recognition(1), of_eve(recognition(2)))
    done = tending(files, log).erase(Wanted(frozenset({"E"})))
    assert (done.records, done.segments) == (0, 0)
    assert set(told(files, log)) == {1, 2}


def test_what_is_damaged_and_holds_the_id_is_gone_and_still_told_as_a_gap(files):
    """Nobody could read it, but a search of the bytes would find it."""
    log = opened(files)
    commit(log, recognition(1), of_eve(recognition(2)), recognition(3))
    content = files.content(log.segments[0].path)
    content[content.index(EVE.photo_jpeg)] ^= 1
    done = tending(files, log).erase(Wanted(frozenset({EVE.identity_id})))
    assert done.segments == 1
    assert EVE.identity_id.encode() not in everything(files)
    assert set(told(files, log)) == {1, 3}
    report = verify(FOLDER, files)
    assert [(gap.first_seq, gap.last_seq) for gap in report.gaps] == [(2, 2)]


def test_a_reader_goes_on_in_a_rewritten_segment_where_it_was_in_the_old_one(files):
    """No place in the old file is used on the new one, whatever was remembered."""
    log = opened(files, replace(ROOMY, segment_bytes=1 << 20))
    for number in range(1, 31):
        commit(log, of_eve(visit(number)) if number % 3 == 0 else recognition(number))
    reader = Reader(files, lambda: log.segments)
    first = [record.seq for record in reader.read(0, 10, 10**9)]
    reader.read(16, 1, 10**9)
    tending(files, log).erase(Wanted(frozenset({EVE.identity_id})))
    after = [record.seq for record in reader.read(first[-1], 100, 10**9)]
    assert after == [seq for seq in range(first[-1] + 1, 31) if seq % 3]
    assert [record.seq for record in reader.read(16, 1, 10**9)] == [17]
    assert reader.gaps == 0


def test_a_reader_that_listed_the_old_file_reads_the_new_one(files):
    """The swap may come between its look at the list and its opening of the file."""
    log = opened(files)
    for number in range(1, 31):
        commit(log, of_eve(visit(number)) if number % 3 == 0 else recognition(number))
    listed = log.segments
    tending(files, log).erase(Wanted(frozenset({EVE.identity_id})))
    reader = Reader(files, lambda: listed)
    assert [record.seq for record in reader.read(0, 100, 10**9)] == [seq for seq in range(1, 31) if seq % 3]
    assert reader.gaps == 0


def test_a_segment_that_retention_took_meanwhile_stays_gone(files):
    """Its copy goes as well."""
    log = opened(files)
    commit(log, of_eve(visit(1)))
    log.end_open()
    [old] = log.closed
    fresh = rewrite(files, old, Erasing(frozenset({EVE.identity_id})), lambda: False)
    commit(log, visit(2))
    log.limit(replace(ROOMY, max_bytes=1))
    log.retire_idle()
    assert not log.swap(old, fresh)
    assert set(told(files, log)) == {2}
    assert not [path for path in files.paths() if path.name.endswith(SUFFIX)]


def test_without_room_for_a_copy_nothing_is_begun(files):
    """The reason is told, and every event is still there."""
    log = opened(files)
    commit(log, of_eve(visit(1)), recognition(2))
    log.end_open()
    files.capacity_bytes = files.used_bytes + (1 << 20)
    with pytest.raises(JournalError, match="bytes of disk"):
        tending(files, log).erase(Wanted(frozenset({EVE.identity_id})))
    assert set(told(files, log)) == {1, 2}
    assert not [path for path in files.paths() if path.name.endswith(SUFFIX)]


@pytest.mark.parametrize("operation", ["create", "write", "fdatasync", "rename", "fsync_dir"])
def test_an_error_of_the_disk_is_told_and_the_next_try_erases(files, operation):
    """Whichever step of the rewriting it hits: nothing of others is lost."""
    log = opened(files)
    commit(log, of_eve(visit(1)), recognition(2))
    log.end_open()
    turns = iter([False, True] if operation == "fsync_dir" else [True])

    def fault(name, path):
        is_copy = SUFFIX in path.name or (name == "rename" and path == log.closed[0].path) or path == FOLDER
        return 5 if name == operation and is_copy and "next" not in path.name and next(turns, False) else None

    files.fault = fault
    with pytest.raises(JournalError):
        tending(files, log).erase(Wanted(frozenset({EVE.identity_id})))
    files.fault = None
    tending(files, log).erase(Wanted(frozenset({EVE.identity_id})))
    assert EVE.identity_id.encode() not in everything(files)
    assert set(told(files, log)) == {2}


def test_it_leaves_off_at_once_when_the_service_ends(files):
    """What was not erased is as it was; nothing lies beside."""
    log = opened(files)
    commit(log, of_eve(visit(1)))
    with pytest.raises(JournalError, match="closed"):
        tending(files, log, halted=lambda: True).erase(Wanted(frozenset({EVE.identity_id})))
    assert set(told(files, log)) == {1}


def test_a_person_whose_events_do_not_end_is_told(files):
    """Somebody still makes them: that would go on for ever."""
    log = opened(files)
    numbers = iter(range(1, 10**6))

    def forget(_event_ids):
        commit(log, of_eve(visit(next(numbers))))
        return set()

    with pytest.raises(JournalError, match="do not end"):
        tending(files, log).erase(Wanted(frozenset({EVE.identity_id}), forget=forget))


def test_what_is_to_be_erased_is_known_before_anything_is_changed(files):
    """After a crash in the middle the journal alone could not tell it any more."""
    log = opened(files)
    commit(log, replace(recognition(1), match=Match(None, 1.0)), of_eve(visit(1)))
    noted = []

    def decided(event_ids, records):
        noted.append(set(event_ids))
        assert records == 2
        assert set(told(files, log)) == {1, 2}

    tending(files, log).erase(Wanted(frozenset({EVE.identity_id}), decided=decided))
    assert noted == [{event_id(1)}]
    log = opened(files)
    commit(log, replace(recognition(1), match=Match(None, 1.0)))
    tending(files, log).erase(Wanted(frozenset({EVE.identity_id}), event_ids=frozenset(noted[0])))
    assert not told(files, log)


def aged(files):
    """Segments of forty days, one a day, and the clock's last time."""
    clock = {"now_ms": NOW_MS}
    log = opened(
        files, replace(ROOMY, max_age_ms=1000 * DAY_MS, pictures_max_age_ms=10 * DAY_MS), lambda: clock["now_ms"]
    )
    for number in range(1, 41):
        commit(log, recognition(number), progress(number, NOW_MS), visit(number))
        clock["now_ms"] += DAY_MS
        log.end_open()
    return log, clock["now_ms"]


def test_old_records_lose_their_pictures_and_nothing_else(files):
    """Face, scene and gallery photo; the embedding and all the rest stay."""
    log, _ = aged(files)
    before, keeper = told(files, log), tending(files, log)
    done = 0
    while keeper.strip_next():
        done += 1
    assert done == 29
    for seq, event in told(files, log).items():
        if seq > done * 3 or seq % 3 == 2:
            assert event == before[seq]
            continue
        shot = replace(before[seq].shot, face_jpeg=b"", scene_jpeg=b"", ir_jpeg=b"")
        match = before[seq].match
        if match.identity:
            match = replace(match, identity=replace(match.identity, photo_jpeg=b""))
        assert event == replace(before[seq], shot=shot, match=match)
    assert verify(FOLDER, files).is_whole


def test_a_segment_is_stripped_once_also_over_restarts(files):
    """Its header says so."""
    log, now_ms = aged(files)
    while tending(files, log).strip_next():
        pass
    log = opened(files, replace(ROOMY, max_age_ms=1000 * DAY_MS, pictures_max_age_ms=10 * DAY_MS), lambda: now_ms)
    assert [segment.without_pictures for segment in log.segments] == [True] * 29 + [False] * 11
    assert tending(files, log).strip_next() is None
    assert log.ledger.uncounted() == []


def test_a_segment_that_an_erasing_rewrote_stays_known_as_stripped(files):
    """And the other way round: its marks stay marks."""
    log, _ = aged(files)
    commit(log, of_eve(visit(99)))
    keeper = tending(files, log)
    keeper.strip_next()
    keeper.erase(Wanted(frozenset({"E-1"})))
    assert log.closed[0].without_pictures
    assert keeper.strip_next().segment.first_seq == log.closed[1].first_seq
    assert (1, Kind.ERASED) in kinds(files, log)
    first = log.closed[0].first_seq
    assert first in [segment.first_seq for segment in opened(files).ledger.uncounted()], "it is counted anew"


def test_a_copy_costs_no_event_its_place_on_a_full_disk(files):
    """What it takes for a moment comes out of the disk's reserve, and no segment goes for it."""
    reserve = 24 << 20
    log = opened(files, replace(ROOMY, reserve_bytes=reserve))
    for number in range(1, 31):
        commit(log, of_eve(visit(number)) if number % 3 == 0 else recognition(number))
    files.capacity_bytes = files.used_bytes + reserve + 5000

    def while_copied(name, path):
        if name == "fdatasync" and path.name.endswith(".journal.tmp"):
            commit(log, visit(100))

    files.fault = while_copied
    commit(log, visit(99))
    erase = Tending(files, log, lambda step: step(log), lambda: False).erase
    erase(Wanted(frozenset({EVE.identity_id})))
    assert log.counters.dropped_segments == 0
    assert EVE.photo_jpeg not in everything(files)


def test_stripping_leaves_what_is_no_event_alone():
    """Progress, marks, snapshots."""
    for kind in (Kind.PROGRESS, Kind.ERASED, Kind.OPEN_VISITS, Kind.CLOSED):
        assert strip(layout.Head(kind, 1, 1, 1, 0, 0), b"") is None
