"""A wipe: noted before it begins, narrowed as it goes, and not left to come back when the disk refused."""

import asyncio

import pytest
from waiting import until_async

from sophon_report.errors import StoreError, Unavailable
from sophon_report.report.wiping import Scope, WipeNote, WipePlaces, Wiper

ALL = frozenset(Scope)


class Places:
    """Remembers what was removed and what the note said then; may refuse, or wait."""

    def __init__(self, path):
        self.note = WipeNote(path)
        self.did, self.refuses, self.holds = [], None, None
        self.refusal = StoreError("the disk refuses")
        self.lines = []
        self.wiper = Wiper(
            WipePlaces(self._of(Scope.USERS), self._of(Scope.EVENTS), self._of(Scope.SETTINGS)),
            self.note,
            lambda *line: self.lines.append(line),
        )

    def _of(self, scope):
        async def remove():
            if self.holds is not None:
                await self.holds.wait()
            if scope is self.refuses:
                raise self.refusal
            self.did.append((scope, self.note.read()))

        return remove

    @property
    def actions(self):
        return [line[1] for line in self.lines]


@pytest.fixture
def places(tmp_path):
    return Places(tmp_path / "wiping.json")


def test_the_note_says_at_each_moment_what_is_left(places):
    """A start that finds it removes that and nothing else."""
    asyncio.run(places.wiper.wipe(ALL, "session:admin", "from 10.0.0.5"))
    assert places.did == [
        (Scope.USERS, ALL),
        (Scope.EVENTS, {Scope.EVENTS, Scope.SETTINGS}),
        (Scope.SETTINGS, {Scope.SETTINGS}),
    ]
    assert places.note.read() == frozenset()
    assert places.lines == [
        ("session:admin", "wipe begun", "events, settings, users from 10.0.0.5"),
        ("session:admin", "wipe done", "events, settings, users from 10.0.0.5"),
    ]


def test_what_the_disk_refused_is_not_removed_at_the_next_start(places):
    """Somebody may have added people since; who asked is told, and may ask again."""
    places.refuses = Scope.EVENTS
    with pytest.raises(StoreError):
        asyncio.run(places.wiper.wipe(ALL, "command"))
    assert [scope for scope, _ in places.did] == [Scope.USERS]
    assert places.note.read() == frozenset()
    assert places.actions == ["wipe begun", "wipe failed"]
    places.refuses = None
    asyncio.run(places.wiper.wipe({Scope.EVENTS}, "command"))
    assert places.actions[2:] == ["wipe begun", "wipe done"]


def test_what_a_fault_of_ours_broke_off_is_not_removed_at_the_next_start(places):
    """Nor is it kept from whoever asks again."""
    places.refuses, places.refusal = Scope.EVENTS, RuntimeError("a fault")
    with pytest.raises(RuntimeError):
        asyncio.run(places.wiper.wipe(ALL, "command"))
    assert places.note.read() == frozenset()
    assert places.actions == ["wipe begun", "wipe failed"]
    places.refuses = None
    asyncio.run(places.wiper.wipe({Scope.EVENTS}, "command"))
    assert places.actions[2:] == ["wipe begun", "wipe done"]


def test_one_that_the_end_of_the_service_broke_off_is_left_to_the_next_start(places):
    """Its note stays; a second wish meanwhile is refused."""

    async def run():
        places.holds = asyncio.Event()
        waiting = asyncio.ensure_future(places.wiper.wipe(ALL, "command"))
        await until_async(places.note.read, "the note")
        with pytest.raises(Unavailable, match="already"):
            await places.wiper.wipe({Scope.USERS}, "command")
        await places.wiper.stop()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    asyncio.run(run())
    assert places.note.read() == ALL
    assert places.did == []


def test_who_asked_and_went_away_has_it_done_all_the_same(places):
    """A wish that was noted is one."""

    async def run():
        places.holds = asyncio.Event()
        waiting = asyncio.ensure_future(places.wiper.wipe(ALL, "command"))
        await until_async(places.note.read, "the note")
        waiting.cancel()
        await asyncio.wait([waiting])
        places.holds.set()
        await until_async(lambda: places.actions == ["wipe begun", "wipe done"], "its end")

    asyncio.run(run())
    assert places.note.read() == frozenset()


def test_a_damaged_note_keeps_the_service_from_going_on(places, tmp_path):
    """Nobody knows any more what was to be removed."""
    (tmp_path / "wiping.json").write_text('["everything"]')
    with pytest.raises(StoreError, match=r"wiping\.json"):
        places.note.read()
