"""It went on with the next start or the next erasing only, and nobody was told to do either."""

import asyncio

from sophon_report.ops.clock import clock_ms
from sophon_report.report.erasure_desk import ErasureDesk
from sophon_report.report.jobs import Jobs


class Eraser:
    """Has something to finish, for which there is room at the third try."""

    progress = None

    def __init__(self):
        self.tries, self.finished = 0, asyncio.Event()

    async def go_on(self):
        self.tries += 1
        if self.tries == 2:
            raise RuntimeError("whatever it is")
        if self.tries == 3:
            self.finished.set()


def test_an_erasing_that_a_full_disk_broke_off_goes_on_by_itself():
    """Again and again until it is done; a fault in between does not end that."""

    async def story():
        eraser = Eraser()
        desk = ErasureDesk(eraser, Jobs(clock_ms), retry_s=0.001)
        desk.start()
        await asyncio.wait_for(eraser.finished.wait(), 20)
        assert desk.state() == {"state": "idle"}
        await desk.stop()

    asyncio.run(story())
