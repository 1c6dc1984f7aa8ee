"""Strangers are read for seconds at a start: one who was erased meanwhile was taken into memory all the same."""

import asyncio
import threading

from stranger_library import DIM, MODEL, NOBODY, PASS_COSINE, SETTINGS, Library, face

from sophon_report.recognition.strangers import StrangerLibrary


class SlowStore:
    """Reads all strangers, and hands them out when it may."""

    def __init__(self, store):
        self._store = store
        self.read, self.may_go_on = threading.Event(), threading.Event()

    def __getattr__(self, name):
        return getattr(self._store, name)

    def vectors(self):
        found = list(self._store.vectors())
        self.read.set()
        assert self.may_go_on.wait(30)
        return iter(found)


def test_a_stranger_erased_while_the_library_is_read_is_known_no_more(tmp_path):
    """The other one is."""

    async def story():
        it = Library(tmp_path / "store.sqlite", SETTINGS, 1)
        await it.strangers.use(MODEL, DIM, PASS_COSINE)
        erased, other = await it.files(0), await it.files(4)
        await it.strangers.written()
        store = SlowStore(it.store)
        again = it.strangers = StrangerLibrary(SETTINGS, store, it.writes)
        reading = asyncio.ensure_future(again.use(MODEL, DIM, PASS_COSINE))
        assert await asyncio.get_running_loop().run_in_executor(None, store.read.wait, 30)
        assert await again.erase(erased) == (erased,)
        store.may_go_on.set()
        await reading
        assert (await it.sees(face(0))).match == NOBODY
        assert (await it.sees(face(4))).match.identity.identity_id == other
        assert again.stats().filed == 1
        it.close()

    asyncio.run(story())
