"""A receiver that closed its idle connection just then did not open the door: nothing was sent again."""

import asyncio

from aiohttp import web
from memory_log import MemoryCursors, MemoryLog, recognition
from peer import FAST, SURE, Peer
from waiting import until_async

from sophon_report.delivery.destinations import DestinationSet
from sophon_report.model import Destination


async def accept(_):
    return web.Response()


async def close(request):
    request.transport.abort()
    return web.Response()


def test_a_connection_closed_in_the_moment_of_a_post_loses_no_realtime_event(tmp_path):
    """Without retry, and whether the receiver had read the event or not."""

    async def scenario():
        log = MemoryLog()
        line = DestinationSet(log, MemoryCursors(), tmp_path, find_layout=lambda _: SURE, pace=FAST)
        async with Peer(accept, close) as peer:
            await line.apply([Destination("door", peer.url, layout="se3", timeout_s=10.0)])
            for number in (1, 2, 3):
                log.add(recognition(str(number)))
                await until_async(lambda seq=log.last_seq: line.stats()[0].cursor_seq == seq)
            assert peer.ids == ["1", "2", "2", "3"]
            assert (line.stats()[0].accepted, line.stats()[0].lost) == (3, 0)
            await line.stop(0.1)

    asyncio.run(scenario())
