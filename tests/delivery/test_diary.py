"""Notes of what came of events: as exact as they are kept, and never untrue."""

import asyncio
import os
import random
from concurrent.futures import ThreadPoolExecutor

from sophon_report.delivery.diaries import Diaries, Diary
from sophon_report.delivery.diary import (
    ENTRY_BYTES,
    MAX_ENTRIES,
    WINDOW_MS,
    End,
    Entry,
    decode,
    encode,
    thinned,
    told_of,
)


def one(seq, at_ms, end=End.DELIVERED):
    return Entry(seq, seq, at_ms, at_ms, end)


def test_entries_come_back_as_they_were_and_damaged_ones_are_passed_over():
    """A torn tail is none."""
    entries = [one(1, 5), Entry(2, 9, 10, 20, End.LOST), one(12, 30, End.RESENT)]
    data = encode(entries)
    assert len(data) == 3 * ENTRY_BYTES
    assert decode(data) == entries
    assert decode(data[:-1]) == entries[:2]
    assert decode(data[:ENTRY_BYTES] + b"x" + data[ENTRY_BYTES + 1 :]) == [entries[0], entries[2]]


def test_neighbours_of_one_end_share_an_entry_for_ten_seconds():
    """Another end, a hole, or a longer time, begins the next one; a clock that steps back, too."""
    entry = one(5, 1000)
    assert entry.with_next(one(6, 1000 + WINDOW_MS)) == Entry(5, 6, 1000, 1000 + WINDOW_MS, End.DELIVERED)
    assert entry.with_next(one(6, 1001, End.LOST)) is None
    assert entry.with_next(one(7, 1001)) is None
    assert entry.with_next(one(6, 1001 + WINDOW_MS)) is None
    assert entry.with_next(one(6, 999)) is None
    assert one(5, 1000, End.RESENT).with_next(one(6, 1000, End.RESENT)) is None


def test_an_entry_holds_what_is_not_told_and_nothing_that_was_skipped(tmp_path):
    """Records 2, 4 and 5 hold nothing for the destination; 7 and 8 were gone."""

    async def noted():
        diary = Diaries(tmp_path / "diary", lambda: 1000).of("a")
        for seq, end in [(1, End.DELIVERED), (2, None), (3, End.DELIVERED), (4, None), (5, None)]:
            diary.note(seq, seq, end)
        diary.note(6, 6, End.DELIVERED)
        diary.note(9, 12, End.DELIVERED)
        diary.note(4, 4, End.RESENT)
        found = [diary.find(seq) for seq in range(1, 14)]
        await diary.close()
        return found

    found = asyncio.run(noted())
    first, second = Entry(1, 6, 1000, 1000, End.DELIVERED), Entry(9, 12, 1000, 1000, End.DELIVERED)
    assert found == [first] * 3 + [one(4, 1000, End.RESENT)] + [first] * 2 + [None] * 2 + [second] * 4 + [None]


def test_what_is_put_together_over_a_hole_tells_no_end():
    """What lay in it came to none."""
    newest = [one(8, 9), one(9, 9)]
    assert thinned([one(1, 5), one(3, 6), *newest], 3) == [Entry(1, 3, 5, 6, End.MIXED), *newest]
    assert thinned([one(1, 5), one(2, 6), *newest], 3) == [Entry(1, 2, 5, 6, End.DELIVERED), *newest]


def test_a_disk_that_hangs_has_one_thread_wait_for_it(tmp_path):
    """Others are there for whoever else needs one; what is noted meanwhile stays."""
    file = tmp_path / "a.notes"
    os.mkfifo(str(file))  # opening it waits for a reader

    async def noted():
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(2))
        diary = Diary(file, lambda: 1000, write_s=0.0)
        for seq in range(1, 6):
            diary.note(seq, seq, End.DELIVERED)
            for _ in range(10):
                await asyncio.sleep(0)
        answer = await asyncio.wait_for(loop.run_in_executor(None, lambda: "there"), 60)
        reader = os.open(str(file), os.O_RDONLY | os.O_NONBLOCK)
        await diary.close()
        written = os.read(reader, 10 * ENTRY_BYTES)
        os.close(reader)
        return answer, decode(written)

    answer, written = asyncio.run(noted())
    assert answer == "there"
    assert written == [one(1, 1000), Entry(2, 5, 1000, 1000, End.DELIVERED)]


def test_what_is_thinned_tells_less_exactly_and_nothing_untrue():
    """Each event is still told by an entry that holds its time, and by its end or none."""
    seeded = random.Random(3)
    truth = {seq: (seq * 100, seeded.choice((End.DELIVERED, End.LOST))) for seq in range(1, 1000)}
    kept = thinned([one(seq, at_ms, end) for seq, (at_ms, end) in truth.items()], 64)
    assert len(kept) <= 64
    for seq, (at_ms, end) in truth.items():
        entry = told_of(kept, seq)
        assert entry.first_ms <= at_ms <= entry.last_ms
        assert entry.end in (end, End.MIXED)
    assert told_of(kept, 999) == one(999, *truth[999])


def test_a_diary_is_bounded_and_survives_its_service(tmp_path):
    """The newest notes are exact, older ones are there; one that was removed is empty."""

    async def noted(count):
        now = [0]
        diaries = Diaries(tmp_path / "diary", lambda: now[0])
        for seq in range(1, count + 1):
            now[0] = seq * (WINDOW_MS + 1)
            diaries.of("a").note(seq, seq, End.DELIVERED)
            if seq % 500 == 0:
                await diaries.close()
        await diaries.close()

    count = 3 * MAX_ENTRIES
    asyncio.run(noted(count))
    assert (tmp_path / "diary" / "a.notes").stat().st_size <= MAX_ENTRIES * ENTRY_BYTES
    again = Diaries(tmp_path / "diary", lambda: 0)
    assert again.of("a").find(count) == one(count, count * (WINDOW_MS + 1))
    assert again.of("a").find(1).covers(1)
    assert again.of("a").find(count + 1) is None
    again.forget("a")
    assert Diaries(tmp_path / "diary", lambda: 0).of("a").find(count) is None
