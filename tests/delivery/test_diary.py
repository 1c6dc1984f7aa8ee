"""Notes of what came of events: as exact as they are kept, and never untrue."""

import asyncio
import random

from sophon_report.delivery.diaries import Diaries
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
    """Another end, or a longer time, begins the next one; a clock that steps back, too."""
    entry = one(5, 1000)
    longest = Entry(5, 7, 1000, 1000 + WINDOW_MS, End.DELIVERED)
    assert entry.with_one_more(7, End.DELIVERED, 1000 + WINDOW_MS) == longest
    assert entry.with_one_more(7, End.LOST, 1001) is None
    assert entry.with_one_more(7, End.DELIVERED, 1001 + WINDOW_MS) is None
    assert entry.with_one_more(7, End.DELIVERED, 999) is None


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
            diaries.of("a").note(seq, End.DELIVERED)
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
