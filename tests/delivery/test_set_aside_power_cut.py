"""The plug is pulled at every change to the disk while a worker delivers, sets aside and sends again."""

import asyncio
import time
from pathlib import Path

import pytest
from memory_log import MemoryLog, visit
from peer import FAST, Peer
from waiting import until_async

from sophon_report.delivery.dead_letters import DeadLetters
from sophon_report.delivery.exchange import Exchange, post_session
from sophon_report.delivery.journal import Cursors
from sophon_report.delivery.teller import Teller
from sophon_report.delivery.uploader import Uploader
from sophon_report.testing import CrashableFiles, PowerCut
from sophon_report.wire import layouts
from sophon_report.wire.telling import Telling

IDS = ["1", "2", "3"]


class Plug(CrashableFiles):
    """Knows whether it was pulled."""

    pulled = False

    def step(self, operation, path):
        try:
            super().step(operation, path)
        except PowerCut:
            self.pulled = True
            raise


class FlushedCursor:
    """On the disk at once: never behind, so that what comes too late shows."""

    def __init__(self, files):
        self._cursors = Cursors(Path("/journal/cursors"), files)
        self._cursor = self._cursors.open("platform", 0)

    def position(self):
        return self._cursor.position()

    def advance(self, seq):
        self._cursor.advance(seq)
        self._cursors.flush()


class Life:
    """One run of the worker on ``files``."""

    def __init__(self, peer, files):
        self.files = files
        self.cursor = FlushedCursor(files)
        self.letters = DeadLetters(Path("/dead"), "platform", files=files)
        self.log = MemoryLog()
        for event_id in IDS:
            self.log.add(visit(event_id))
        self.uploader = Uploader(
            "platform",
            log=self.log,
            cursor=self.cursor,
            teller=Teller(layouts.find("g2"), "json", Telling),
            exchange=Exchange(post_session(), peer.url, 10.0, time.time),
            dead_letters=self.letters,
            pace=FAST,
            random=lambda: 0.5,
            now_s=time.time,
        )

    def check(self, accepted):
        """Whatever the place says is dealt with was accepted, or is kept."""
        kept = {letter.event_id for letter in self.letters.entries()}
        assert not any(letter.damaged for letter in self.letters.entries())
        assert set(IDS[: self.cursor.position()]) <= accepted | kept

    async def run(self, resend):
        """Until everything is dealt with, or the plug is pulled."""
        self.uploader.start()
        await until_async(lambda: self.files.pulled or self.cursor.position() == len(IDS))
        if resend and not self.files.pulled:
            try:
                self.letters.resend()
            except PowerCut:
                return
            self.uploader.resend()
            await until_async(lambda: self.files.pulled or self.letters.count == 0)

    async def end(self):
        await self.uploader.stop(finish_s=1.0)


class Receiver(Peer):
    """Refuses event 2 so many times; knows what it has accepted."""

    def __init__(self, refusals):
        super().__init__()
        self._refusals = refusals
        self.accepted = set()

    async def _handle(self, request):
        body_id = (await request.json())["event_id"]
        refused = body_id == "2" and self._refusals > 0
        self._refusals -= refused
        self.script = [400 if refused else 200]
        self.accepted |= set() if refused else {body_id}
        return await super()._handle(request)


async def life_and_after(cut_after, seed):
    """Returns whether the plug was pulled at all."""
    asyncio.get_running_loop().set_exception_handler(lambda *_: None)  # of tasks that ended with the power
    async with Receiver(refusals=5) as peer:
        files = Plug(cut_after=cut_after)
        try:
            life = Life(peer, files)
        except PowerCut:
            return True
        try:
            await life.run(resend=True)
        finally:
            await life.end()
        left = files.after_cut(seed)
        left.__class__ = Plug
        again = Life(peer, left)
        again.check(peer.accepted)
        try:
            await again.run(resend=True)
        finally:
            await again.end()
        assert peer.accepted == set(IDS)
        assert (again.cursor.position(), again.letters.count) == (3, 0)
        assert list(dict.fromkeys(peer.ids)) == IDS
        return files.pulled


@pytest.mark.parametrize("seed", range(3))
def test_an_event_that_is_set_aside_is_never_lost(seed):
    """At every cut: what is behind the place was accepted or is kept, and in the end all is accepted, in order."""
    cut_after = 0
    while asyncio.run(life_and_after(cut_after, seed)):
        cut_after += 1
    assert cut_after > 15  # so many changes there are at least: none is passed over
