"""Resuming against a journal that does anything a journal may: told once, in order, or said to be gone."""

import asyncio
import json
import random

import pytest
from samples import recognition, shot

from sophon_report.config import Server
from sophon_report.delivery.hub import Hub
from sophon_report.delivery.recent import Place, Recent
from sophon_report.delivery.resume import Resume
from sophon_report.errors import JournalError
from sophon_report.model import Record
from sophon_report.wire.subscription import Subscription

EVENT_BYTES = 100_000
LOST_DURING_A_READ = (1275, 1498, 2284)
"""Memory let a refused event go while the disk was read for those before it."""


def event(seq):
    return recognition(seq, shot=shot(face_jpeg=bytes(EVENT_BYTES)))


class Journal:
    """Numbers, a disk that takes or refuses in its own time, retention, reads that take a while and may fail."""

    def __init__(self, chance, harms):
        self.chance, self.harms = chance, harms
        self.next_seq, self.last_seq, self.gone_seq = 1, 0, 0
        self.disk, self.pending, self.refused = {}, [], set()

    def append(self):
        accepted = asyncio.get_running_loop().create_future()
        seq = self.next_seq
        self.next_seq += self.chance.choice((1, 1, 1, 3))
        shown = event(seq)
        if "full" in self.harms and self.chance.random() < 0.1:
            self.refuse(seq, accepted)
        else:
            self.pending.append((shown, accepted))
        return shown, accepted

    def sync(self):
        """A batch is on the disk, or is given up."""
        count = self.chance.randint(0, len(self.pending))
        batch, self.pending = self.pending[:count], self.pending[count:]
        refused = "refused" in self.harms and self.chance.random() < 0.3
        for shown, accepted in batch:
            if refused:
                self.refuse(shown.seq, accepted)
            else:
                self.disk[shown.seq] = shown
                accepted.set_result(None)
                self.last_seq = shown.seq

    def refuse(self, seq, accepted):
        self.refused.add(seq)
        accepted.set_exception(JournalError("refused"))
        accepted.exception()

    def retain(self):
        if self.disk and "retention" in self.harms:
            going = sorted(self.disk)[: self.chance.randint(0, 5)]
            for seq in going:
                del self.disk[seq]
                self.gone_seq = seq

    def gone_after(self, seq):
        return self.gone_seq > seq

    async def read(self, after_seq, limit, max_bytes):
        found = [Record(seq, self.disk[seq]) for seq in sorted(self.disk) if seq > after_seq]
        found = found[: self.chance.randint(1, 4)]
        for _ in range(self.chance.randint(0, 5)):
            await asyncio.sleep(0)
        if "unreadable" in self.harms and self.chance.random() < 0.1:
            raise JournalError("cannot be read")
        return found


class Listener:
    """Takes an event at once or a little later."""

    def __init__(self, chance):
        self.chance, self.told = chance, []

    async def room(self):
        if self.chance.random() < 0.3:
            for _ in range(self.chance.randint(1, 4)):
                await asyncio.sleep(0)

    def send(self, frame):
        body = json.loads(frame[frame.index(b"{") :])
        self.told.append((body["seq"], body.get("resume_gone", False)))


async def story(seed, harms):
    """Some events, then a client that resumes while more come, are synced, refused and taken.

    Returns the numbers that are neither on disk nor in memory, those the client asked for, and what it was told.
    """
    chance = random.Random(seed)
    journal, hub = Journal(chance, harms), Hub(Server())
    resume = Resume(journal, hub)
    resume.recent = Recent(0, max_settled_bytes=chance.choice((1, 4, 12, 50)) * EVENT_BYTES)
    shown, listener, client = [], Listener(chance), hub.join("peer", 0)

    def show():
        recognition_, accepted = journal.append()
        shown.append(recognition_.seq)
        resume.note(recognition_, accepted)
        for frame, clients in hub.publish(recognition_):
            assert clients == [client]
            listener.send(frame)

    def step():
        chance.choice((show, journal.sync, journal.retain, show))()

    for _ in range(chance.randint(0, 40)):
        step()
        await asyncio.sleep(0)
    since = chance.randint(0, journal.next_seq - 1)
    resume.begin(client, listener, Subscription("v2", since=since))
    for _ in range(chance.randint(0, 60)):
        step()
        for _ in range(chance.randint(0, 3)):
            await asyncio.sleep(0)
    while journal.pending:
        journal.sync()
    for _ in range(1000):
        await asyncio.sleep(0)
        if not hub.stats().clients[0].catching_up:
            break
    show()
    for _ in range(200):
        await asyncio.sleep(0)
    assert not hub.stats().clients[0].catching_up, "it is live in the end"
    kept = {each.recognition.seq for each in resume.recent.after(Place(0, 0))}
    return journal.refused - kept, [seq for seq in shown if seq > since], listener.told


@pytest.mark.parametrize("seed", [*range(300), *LOST_DURING_A_READ])
def test_a_journal_that_keeps_everything_leaves_no_gap(seed):
    """Nor says so; also when it refuses events that memory still has."""
    harms = {"full", "refused"} if seed % 3 else set()
    lost, expected, told = asyncio.run(story(seed, harms))
    numbers = [seq for seq, _ in told]
    assert numbers == sorted(set(numbers))
    missing = set(expected) - set(numbers)
    assert set(numbers) <= set(expected)
    assert missing <= lost
    if not lost:
        assert not any(gone for _, gone in told)
    assert all(is_said(told, seq) for seq in missing)


@pytest.mark.parametrize("seed", range(150))
def test_what_is_gone_is_said_whatever_took_it(seed):
    """Before or with the first event that is told after it."""
    _, expected, told = asyncio.run(story(seed, {"full", "refused", "retention", "unreadable"}))
    numbers = [seq for seq, _ in told]
    assert numbers == sorted(set(numbers))
    assert set(numbers) <= set(expected)
    for seq in set(expected) - set(numbers):
        assert is_said(told, seq), seq


def is_said(told, seq):
    """Whether an event carries the sign, the first one after ``seq`` at the latest."""
    until = next(index for index, (number, _) in enumerate(told) if number > seq)
    return any(gone for _, gone in told[: until + 1])


def test_memory_lets_the_oldest_settled_go_and_keeps_what_is_pending():
    """What is on the disk is asked there from then on; what the disk refused is counted as lost."""
    recent = Recent(100, max_settled_bytes=2 * (EVENT_BYTES + 20_000))
    turns = [recent.note(event(seq)) for seq in range(101, 107)]
    for turn in turns[1:5]:
        recent.settle(turn, durable=turn != turns[2])
    assert [each.recognition.seq for each in recent.after(Place(100, 0))] == [101, 104, 105, 106]
    assert (recent.disk_seq, recent.lost, recent.lost_seq) == (102, 1, 103)
    assert [each.recognition.seq for each in recent.after(Place(104, 0), up_to_seq=105)] == [105]


def test_an_event_without_a_number_stands_behind_the_one_before_it():
    """It is told to who was there when it was shown, once."""
    recent = Recent(0)
    for seq in (1, 0, 2, 0):
        recent.settle(recent.note(event(seq)), durable=False)
    place = Place(0, 0)
    for each in recent.after(place, up_to_seq=1):
        place = place.after(each)
    assert place == Place(1, 2)
    assert [each.recognition.seq for each in recent.after(place)] == [2, 0]
    assert [each.recognition.seq for each in recent.after(Place(0, 4))] == [1, 2]
