"""A replay took all events of the memory at once, and a client that read slowly kept every one of them there."""

import asyncio
import gc
import weakref

from samples import recognition, shot

from sophon_report.config import Server
from sophon_report.delivery.hub import Hub
from sophon_report.delivery.recent import Recent
from sophon_report.delivery.resume import READ_BYTES, Resume
from sophon_report.wire.subscription import Subscription

EVENT_BYTES = 100_000


class Journal:
    """Has nothing on its disk that it would still tell."""

    last_seq, next_seq = 0, 1000

    def gone_after(self, seq):
        return False


class Stuck:
    """Takes nothing."""

    async def room(self):
        await asyncio.get_running_loop().create_future()


def shown(resume, seq):
    """Show an event that is on the disk at once."""
    accepted = asyncio.get_running_loop().create_future()
    event = recognition(seq, shot=shot(face_jpeg=bytes(EVENT_BYTES)))
    resume.note(event, accepted)
    accepted.set_result(None)
    return weakref.ref(event)


async def story():
    hub = Hub(Server())
    resume = Resume(Journal(), hub)
    resume.recent = Recent(0, max_settled_bytes=20 * EVENT_BYTES)
    client = hub.join("peer", 0)
    old = [shown(resume, seq) for seq in range(1, 16)]
    await asyncio.sleep(0)
    resume.begin(client, Stuck(), Subscription("v2", since=0))
    for seq in range(101, 130):
        shown(resume, seq)
        await asyncio.sleep(0)
    gc.collect()
    kept = sum(event() is not None for event in old)
    resume.end(client)
    return kept


def test_a_client_that_does_not_read_on_keeps_no_old_events():
    """It has as much in memory as is read for it at once."""
    assert asyncio.run(story()) <= READ_BYTES // EVENT_BYTES + 1
