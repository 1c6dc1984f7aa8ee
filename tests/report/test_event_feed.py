"""The event index follows the journal: quickly, once, and whatever happens to either."""

import asyncio
import sqlite3
import tempfile
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from pathlib import Path

import pytest
from journal_events import event_id, progress, recognition, visit
from running_box import running_box
from waiting import until, until_async

from sophon_report.config import Events
from sophon_report.config import Journal as Settings
from sophon_report.delivery.journal import Journal, RealFiles, catalog
from sophon_report.errors import NotFound, StoreUnusable
from sophon_report.model import Match
from sophon_report.report.event_feed import SETTLE_S, SLICE, STEADY_S, EventFeed, settle_s
from sophon_report.report.event_pictures import EventPictures
from sophon_report.report.row_ages import WatchedClock
from sophon_report.store.event_index import EventIndex, EventPicture, EventQuery

NOW_MS = 1_760_000_100_000
DAY_MS = 86_400_000
FOR_EVER = Events(max_age_days=0.0)


class Place:
    """A journal, its index and what feeds it."""

    def __init__(self, folder, journal, bounds):
        self.journal, self.index = journal, EventIndex(folder / "events.sqlite")
        self.now_ms = NOW_MS
        self.feed = EventFeed(journal, self.index, lambda: bounds, lambda: self.now_ms, retry_s=0.05)

    async def append(self, *events):
        await asyncio.gather(*(self.journal.append(event).accepted for event in events))

    async def fed(self):
        await self.feed.open()
        while await self.feed.step():
            pass

    def ids(self):
        return [row.event_id for row in self.index.page(EventQuery(newest_first=False), 10_000).rows]


@asynccontextmanager
async def opened(folder, bounds=FOR_EVER, **settings):
    values = {"segment_bytes": 64 << 10, **settings}
    journal = Journal.open(folder / "journal", Settings(**values), clock_ms=lambda: NOW_MS)
    await journal.start()
    place = Place(folder, journal, bounds)
    try:
        yield place
    finally:
        await place.feed.stop()
        await journal.close()


def numbered(*numbers):
    return [event_id(number) for number in numbers]


def test_what_is_on_the_disk_becomes_a_row_soon(tmp_path):
    """A recognition first, its end when the person has left; pictures are found by the row."""

    async def story():
        async with opened(tmp_path) as place:
            place.feed.start()
            await place.append(recognition(1), progress(1, NOW_MS))
            await until_async(lambda: place.index.stats().cursor == 2, "the row")
            assert place.index.find(event_id(1)).out_ms == 0
            await place.append(visit(1))
            await until_async(lambda: place.index.stats().cursor == 3, "its end")
            row = place.index.find(event_id(1))
            assert row.out_ms == visit(1).out_ms
            pictures = EventPictures(place.journal)
            assert await pictures.of(row, EventPicture.SCENE) == visit(1).shot.scene_jpeg
            assert await pictures.of(row, EventPicture.FACE) == visit(1).shot.face_jpeg
            with pytest.raises(NotFound, match="no such picture"):
                await pictures.of(row, EventPicture.INFRARED)
            assert place.feed.stats().problem == ""

    asyncio.run(story())


def test_a_row_whose_number_is_another_event_has_no_picture(tmp_path):
    """The journal was begun anew, and the history kept."""

    async def story():
        async with opened(tmp_path) as place:
            await place.append(visit(1), visit(2))
            await place.fed()
            row = place.index.find(event_id(2))
        for path in sorted((tmp_path / "journal").rglob("*"), reverse=True):
            path.unlink() if path.is_file() else path.rmdir()
        async with opened(tmp_path) as place:
            await place.feed.open()
            await place.append(visit(8), visit(9), visit(10))
            with pytest.raises(NotFound):
                await EventPictures(place.journal).of(row, EventPicture.FACE)
            await place.fed()
            assert place.ids() == numbered(1, 2, 8, 9, 10)

    asyncio.run(story())


def test_an_index_of_another_journal_reads_this_one_from_its_begin(tmp_path):
    """Its place would lie behind the end."""

    async def story():
        async with opened(tmp_path) as place:
            await place.append(visit(1), visit(2))
            await place.feed.open()
            place.index.put([], cursor=10**6)
        async with opened(tmp_path) as place:
            await place.fed()
            assert place.ids() == numbered(1, 2)

    asyncio.run(story())


def test_what_retention_took_first_is_counted(tmp_path):
    """And it goes on behind it."""

    async def story():
        async with opened(tmp_path, max_bytes=256 << 10) as place:
            await place.append(visit(1))
            await place.fed()
            for number in range(2, 60, 3):
                await place.append(*(visit(number + each, 20_000) for each in range(3)))
            oldest = place.journal.oldest_seq
            assert oldest > 3
            await place.fed()
            assert place.ids() == numbered(1, *range(oldest, 62))
            assert place.feed.stats().missed == oldest - 2

    asyncio.run(story())


def test_damage_in_the_journal_costs_its_records_only(tmp_path):
    """It is counted."""

    async def story():
        async with opened(tmp_path) as place:
            await place.append(*(visit(number) for number in range(1, 6)))
        [path] = [each.path for each in catalog.list_segments(RealFiles(), tmp_path / "journal")][:1]
        content = path.read_bytes()
        at = content.index(event_id(3).encode())
        path.write_bytes(content[:at] + b"X" + content[at + 1 :])
        async with opened(tmp_path) as place:
            await place.fed()
            assert place.ids() == numbered(1, 2, 4, 5)
            assert place.feed.stats().damaged == 1
            assert place.feed.stats().lag == 0

    asyncio.run(story())


def damage(path):
    """Have the file say of a table that it lies where another does."""
    with closing(sqlite3.connect(str(path))) as file, file:
        file.execute("PRAGMA writable_schema = ON")
        file.execute("UPDATE sqlite_master SET rootpage = 2 WHERE name = 'face'")
        file.execute("PRAGMA schema_version = 1000")


def test_an_index_that_is_damaged_is_filled_again_from_the_journal(tmp_path):
    """At the start, and when it turns out while it is at work."""

    async def story():
        async with opened(tmp_path) as place:
            await place.append(*(visit(number) for number in range(1, 6)))
            (tmp_path / "events.sqlite").write_bytes(b"no database" * 1000)
            place.feed.start()
            await until_async(lambda: place.index.stats().rows == 5, "rows of all events")
            assert place.feed.stats().begun_anew == 1
            damage(tmp_path / "events.sqlite")
            await place.append(visit(6))
            await until_async(lambda: place.feed.stats().begun_anew == 2, "another one")
            await until_async(lambda: place.index.stats().rows == 6, "rows of all events")
            assert place.ids() == numbered(*range(1, 7))
            await until_async(lambda: place.feed.stats().problem == "", "no trouble")

    asyncio.run(story())


def test_a_damaged_index_keeps_nobody_from_being_erased(tmp_path):
    """The file goes with the person, and the journal fills a new one; for single events nothing is thrown away."""

    async def story():
        async with opened(tmp_path) as place:
            await place.append(visit(1), visit(2))
            await place.fed()
            damage(tmp_path / "events.sqlite")
            with pytest.raises(StoreUnusable):
                await place.feed.forget(frozenset(), frozenset(numbered(1)))
            person = frozenset({"E-1"})
            await place.feed.count_of(person, frozenset(numbered(1)))
            await place.feed.forget(person, frozenset(numbered(1)))
            assert place.feed.stats().begun_anew == 1
            assert list(tmp_path.glob("events-unusable*")) == []
            await place.fed()
            assert place.ids() == numbered(1, 2)

    asyncio.run(story())


def test_a_disk_that_refuses_costs_no_event(tmp_path):
    """It is told, and tried again."""

    async def story():
        (tmp_path / "events.sqlite").mkdir()
        async with opened(tmp_path) as place:
            place.feed.start()
            await place.append(visit(1))
            await until_async(lambda: place.feed.stats().problem, "trouble")
            assert place.feed.stats().lag == 1
            (tmp_path / "events.sqlite").rmdir()
            await until_async(lambda: place.index.stats().rows == 1, "the row")
            await until_async(lambda: place.feed.stats().problem == "", "no trouble")

    asyncio.run(story())


def test_an_event_that_no_row_can_be_made_of_stops_no_other(tmp_path):
    """Such as one at a time beyond all numbers."""

    async def story():
        async with opened(tmp_path) as place:
            odd = replace(visit(2), in_ms=2**63)
            unlikely = replace(visit(4), match=Match(None, float("nan")))
            await place.append(visit(1), odd, visit(3), unlikely)
            await place.fed()
            assert place.ids() == numbered(1, 3)
            assert place.feed.stats().refused == 2

    asyncio.run(story())


def test_rows_over_the_bounds_go_and_come_back_with_no_record(tmp_path):
    """Of number, and of age; more than one slice of records."""

    async def story():
        async with opened(tmp_path, Events(max_rows=100)) as place:
            await place.append(*(visit(number) for number in range(1, SLICE + 100)))
            await place.fed()
            while await place.feed.trim():
                pass
            assert place.ids() == numbered(*range(SLICE, SLICE + 100))
            place.now_ms += 366 * DAY_MS
            assert await place.feed.trim() == 0, "the clock jumped"

    asyncio.run(story())


@pytest.mark.parametrize(
    ("newest_ms", "looks", "believed_ms"),
    [
        (0, [(NOW_MS, 0)], NOW_MS),
        (NOW_MS, [(NOW_MS + DAY_MS, 0)], NOW_MS + DAY_MS),
        (NOW_MS, [(NOW_MS + 900 * DAY_MS, 5)], NOW_MS + 5),
        (NOW_MS, [(NOW_MS + 900 * DAY_MS, DAY_MS)] * 5, NOW_MS + 900 * DAY_MS),
        (NOW_MS, [(1000, 0)], 1000),
        (NOW_MS, [(1000, 0), (NOW_MS + 60_000, 60_000)], NOW_MS + 60_000),
    ],
)
def test_a_jump_of_the_clock_is_believed_late(newest_ms, looks, believed_ms):
    """With 100 days as the bound: a jump is more than ten, and believed after three and a third."""
    clock = WatchedClock(newest_ms)
    for now_ms, elapsed_ms in looks:
        last = clock.look(now_ms, elapsed_ms, 100 * DAY_MS)
    assert last == believed_ms


def test_what_was_wiped_does_not_come_back(tmp_path):
    """Though the journal still has it; what came since is there."""

    async def story():
        async with opened(tmp_path) as place:
            await place.append(visit(1), visit(2))
            await place.fed()
            await place.append(visit(3))
            await place.feed.wipe(2)
            await place.append(visit(4))
            await place.fed()
            assert place.ids() == numbered(3, 4)

    asyncio.run(story())


@pytest.fixture
def folder():
    """Sockets live in it: its path must be short."""
    with tempfile.TemporaryDirectory(prefix="e") as name:
        yield Path(name)


def test_a_running_service_writes_its_history_and_goes_on_with_it(folder):
    """Figures tell how much there is; after a restart it is all there, once."""
    with running_box(folder) as box:
        box.register("E-1", "Ada", "ada")
        for _ in range(3):
            box.vision.visit("ada")
        until(lambda: box.journaled() == 6, "three visits on the disk")
        box.indexed()
        assert box.ask("GET", "/healthz").status == 200
        assert box.process.service.delivery().history["rows"] == 3
        assert b"sophon_report_history_rows 3" in box.process.service.metrics()
    with running_box(folder) as box:
        box.vision.visit("ada")
        until(lambda: box.call(box.process.history.feed.stats).rows == 4, "one more")
        page = box.process.history.index.page(EventQuery(name_part="ada"), 10)
        assert page.total == 4
        assert all(row.out_ms for row in page.rows)


def test_records_that_come_steadily_are_written_together_and_one_alone_at_once():
    """Neither waits for longer than a second."""
    assert settle_s(since_s=3600) == SETTLE_S
    assert settle_s(since_s=0.05) + 0.05 == pytest.approx(STEADY_S)
    assert all(settle_s(tenths / 10) <= STEADY_S for tenths in range(40))
