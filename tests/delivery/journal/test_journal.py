"""The journal as the service uses it: on a real disk, on an event loop."""

import asyncio
import threading

import pytest
from journal_events import CAMERA, event_id, progress, recognition, visit

from sophon_report.config import Journal as Settings
from sophon_report.delivery.journal import Journal, RealFiles, stat
from sophon_report.delivery.journal.group_commit import QUEUE_BYTES
from sophon_report.errors import BadInput, JournalError

NOW_MS = 1_760_000_000_000


def opened(directory, files=None, **settings):
    return Journal.open(directory, Settings(**settings), clock_ms=lambda: NOW_MS, files=files)


def run(work):
    asyncio.run(asyncio.wait_for(work, 60))


async def accepted(journal, *events):
    appended = [journal.append(event) for event in events]
    await asyncio.gather(*[one.accepted for one in appended])
    return [one.seq for one in appended]


class HeldFiles(RealFiles):
    """A disk that takes no new file until it is let go."""

    def __init__(self):
        self.going = threading.Event()
        self.going.set()

    def create(self, path):
        inner = super().create(path)
        return HeldFile(inner, self.going) if path.suffix == ".tmp" and path.stem == "next" else inner


class HeldFile:
    def __init__(self, inner, going):
        self._inner, self._going = inner, going
        self.close = inner.close
        self.fdatasync = inner.fdatasync

    def write(self, buffers):
        self._going.wait(30)
        self._inner.write(buffers)


def test_events_are_numbered_at_once_and_read_in_order_when_accepted(tmp_path):
    """The number is there before the disk has answered; readers see it after."""

    async def work():
        journal = opened(tmp_path)
        await journal.start()
        appended = [journal.append(event) for event in (recognition(1), progress(1, 5), visit(1))]
        assert [one.seq for one in appended] == [1, 2, 3]
        assert journal.last_seq == 0
        await appended[-1].accepted
        found = await journal.read(0, 10, 1 << 20)
        assert [(record.seq, type(record.value).__name__) for record in found] == [
            (1, "Recognition"),
            (2, "Progress"),
            (3, "Visit"),
        ]
        assert (journal.oldest_seq, journal.last_seq) == (1, 3)
        await journal.close()

    run(work())


def test_a_backlog_is_read_in_bounded_steps_from_any_place(tmp_path):
    """Limits by number and bytes; at least one record; any number finds its place."""

    async def work():
        journal = opened(tmp_path, segment_bytes=64 << 10)
        await journal.start()
        await accepted(journal, *[visit(number, picture_bytes=2000) for number in range(1, 201)])
        seqs, after = [], 0
        while await journal.read(after, 7, 1 << 20):
            seqs += [record.seq for record in await journal.read(after, 7, 1 << 20)]
            after = seqs[-1]
        assert seqs == list(range(1, 201))
        for place in (0, 1, 57, 150, 199):
            assert [record.seq for record in await journal.read(place, 1, 1)] == [place + 1]
        assert len(await journal.read(0, 100, 10_000)) == 4
        assert await journal.read(200, 10, 1 << 20) == []
        assert (await journal.get(77)).value.event_id == event_id(77)
        assert await journal.get(999) is None
        await journal.close()

    run(work())


def test_a_reader_at_the_end_is_woken_by_the_next_event(tmp_path):
    """And a closed journal wakes it too."""

    async def work():
        journal = opened(tmp_path)
        await journal.start()
        news = asyncio.ensure_future(journal.wait_for(0))
        later = asyncio.ensure_future(journal.wait_for(10))
        await accepted(journal, visit(1))
        await news
        await journal.wait_for(0)
        assert not later.done()
        await journal.close()
        with pytest.raises(JournalError, match="closed"):
            await later

    run(work())


def test_visits_that_a_crash_left_open_are_told_until_they_are_closed(tmp_path):
    """With the picture of the recognition and the last time known."""

    async def crash():
        journal = opened(tmp_path)
        await journal.start()
        await accepted(journal, recognition(1), recognition(2), progress(2, NOW_MS + 5000), visit(1))
        await journal.close()

    async def after():
        journal = opened(tmp_path)
        [(event, last_seen_ms)] = journal.open_at_start()
        assert (event.event_id, event.seq, last_seen_ms) == (event_id(2), 2, NOW_MS + 5000)
        assert event.shot == recognition(2).shot
        await journal.start()
        await accepted(journal, visit(2))
        await journal.close()
        assert list(opened(tmp_path).open_at_start()) == []

    run(crash())
    run(after())


def test_closing_writes_what_was_appended(tmp_path):
    """Nothing that was appended before ``close`` is lost by it; after it nothing is taken."""

    async def work():
        journal = opened(tmp_path)
        await journal.start()
        appended = [journal.append(visit(number)) for number in range(1, 11)]
        journal.cursors.open("platform", 4)
        await journal.close()
        assert all(one.accepted.done() and not one.accepted.exception() for one in appended)
        refused = journal.append(visit(11))
        assert refused.seq == 0
        with pytest.raises(JournalError):
            await refused.accepted

    run(work())
    told = stat(tmp_path)
    assert (told.first_seq, told.last_seq, told.records["visit"]) == (1, 10, 10)
    assert told.destinations["platform"].backlog == 6


def test_how_long_events_wait_counts_from_the_last_that_was_settled(tmp_path):
    """Time without events is no waiting; it ends when the disk goes on."""

    async def work():
        files = HeldFiles()
        journal = opened(tmp_path, files)
        await journal.start()
        await accepted(journal, visit(1))
        quiet_s = journal.stuck_s()
        files.going.clear()
        waiting = journal.append(visit(2))
        at_first_s = journal.stuck_s()
        await asyncio.sleep(0)
        later_s = journal.stuck_s()
        files.going.set()
        await waiting.accepted
        await journal.close()
        assert quiet_s == 0.0 == journal.stuck_s()
        assert later_s > at_first_s >= 0

    run(work())


def test_a_disk_that_hangs_stops_no_event_and_the_queue_is_bounded(tmp_path):
    """Over the bound the newest is refused at once and counted; what waits is written when the disk goes on."""

    async def work():
        files = HeldFiles()
        journal = opened(tmp_path, files)
        await journal.start()
        files.going.clear()
        appended = [journal.append(visit(number, picture_bytes=1 << 20)) for number in range(40)]
        assert [one.seq for one in appended] == list(range(1, 41))
        stats = journal.stats()
        assert stats.refused > 0
        assert stats.pending_bytes <= QUEUE_BYTES + (2 << 20)
        files.going.set()
        results = await asyncio.gather(*[one.accepted for one in appended], return_exceptions=True)
        refused = [isinstance(result, JournalError) for result in results]
        assert refused == sorted(refused)
        assert sum(refused) == stats.refused
        found = await journal.read(0, 100, 1 << 30)
        assert len(found) == 40 - stats.refused
        await journal.close()

    run(work())


def test_an_event_that_cannot_be_written_down_uses_up_no_number(tmp_path):
    """The caller is told at once."""

    async def work():
        journal = opened(tmp_path)
        await journal.start()
        with pytest.raises(BadInput):
            journal.append(visit(1, picture_bytes=17 << 20))
        assert await accepted(journal, visit(2)) == [1]
        await journal.close()

    run(work())


def test_the_automatic_bound_is_decided_once(tmp_path):
    """Half of what was free at the first start, and no more with less disk."""

    class Disk(RealFiles):
        free = 10 << 30

        def free_bytes(self, directory):
            return self.free

    disk = Disk()
    assert opened(tmp_path, disk).stats().max_bytes == 5 << 30
    disk.free = 1 << 30
    assert opened(tmp_path, disk).stats().max_bytes == 5 << 30
    (tmp_path / "auto_bytes").write_bytes(b"junk")
    disk.free = 1 << 50
    assert opened(tmp_path, disk).stats().max_bytes == 64 << 30
    assert opened(tmp_path, disk, max_bytes=1 << 30).stats().max_bytes == 1 << 30


def test_no_password_is_in_the_folder(tmp_path):
    """Not in any file, not after a restart."""

    async def work():
        journal = opened(tmp_path)
        await journal.start()
        await accepted(journal, recognition(1), visit(1))
        await journal.close()

    run(work())
    assert "geheim" in CAMERA.url
    assert not any(b"geheim" in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


def test_new_bounds_count_while_it_runs(tmp_path):
    """The next commit lets go what is over them; the size of segments is that of the start."""

    async def work():
        journal = opened(tmp_path, max_bytes=1 << 30, segment_bytes=64 << 10)
        await journal.start()
        for number in range(1, 200, 10):
            await accepted(journal, *(visit(one) for one in range(number, number + 10)))
        before = journal.stats()
        journal.apply(Settings(max_bytes=1, segment_bytes=1 << 20))
        await accepted(journal, *(visit(number) for number in range(201, 260)))
        after = journal.stats()
        await journal.close()
        return before, after

    before, after = asyncio.run(work())
    assert (before.dropped_segments, before.max_bytes) == (0, 1 << 30)
    assert after.max_bytes == 2 * (64 << 10)
    assert after.dropped_segments > 0
    assert after.size_bytes <= 3 * (64 << 10)


def test_the_figures_tell_the_room_and_how_far_the_journal_reaches(tmp_path):
    """The reserve is a twentieth of a small disk at most; new settings count at once."""
    clock = {"ms": NOW_MS}

    class Disk(RealFiles):
        def free_bytes(self, directory):
            return 10 << 20

        def total_bytes(self, directory):
            return 100 << 20

    async def work():
        settings = Settings(max_bytes=1 << 30, segment_bytes=64 << 10)
        journal = Journal.open(tmp_path, settings, clock_ms=lambda: clock["ms"], files=Disk())
        await journal.start()
        empty = journal.stats()
        await accepted(journal, *(visit(number, picture_bytes=5000) for number in range(1, 11)))
        clock["ms"] += 3_600_000
        told = journal.stats()
        journal.apply(Settings(max_bytes=1 << 30, segment_bytes=64 << 10, reserve_bytes=1 << 20))
        await accepted(journal, visit(11))
        changed = journal.stats()
        await journal.close()
        return empty, told, changed

    empty, told, changed = asyncio.run(asyncio.wait_for(work(), 60))
    assert (empty.oldest_ms, empty.rate_bytes_per_day, empty.reach_days) == (None, None, None)
    assert (told.free_bytes, told.reserve_bytes) == (10 << 20, 5 << 20)
    assert told.oldest_ms == visit(1).out_ms
    assert told.rate_bytes_per_day == pytest.approx(told.size_bytes * 24)
    assert told.reach_days == pytest.approx((told.size_bytes + (5 << 20)) / told.rate_bytes_per_day)
    assert changed.reserve_bytes == 1 << 20


def test_sealed_records_open_to_what_reading_gives(tmp_path):
    """One whose body was damaged meanwhile opens to nothing, and is counted."""

    async def story():
        journal = opened(tmp_path / "j")
        await journal.start()
        seqs = await accepted(journal, *(visit(number) for number in range(3)))
        [segment] = (tmp_path / "j").glob("*.journal")
        data = bytearray(segment.read_bytes())
        data[-20] ^= 1
        segment.write_bytes(data)
        sealed = await journal.read_sealed(0, 10, 1 << 20)
        assert [each.seq for each in sealed] == seqs
        assert [each.open() for each in sealed] == [*await journal.read(0), None]
        assert journal.stats().gaps == 1
        await journal.close()

    run(story())
