"""A realtime request that a change of the list cut off after 2 s was sent again by the new list."""

import asyncio

from aiohttp import web
from memory_log import MemoryCursors, MemoryLog, recognition
from peer import SURE, Peer, settled
from waiting import until_async

from sophon_report.delivery.destinations import CHANGE_S, DestinationSet
from sophon_report.delivery.realtime_post import CUT_OFF
from sophon_report.model import Destination
from sophon_report.testing.steered_loop import run_steered


def test_a_change_of_the_realtime_list_sends_no_event_twice(tmp_path):
    """It counts as lost for that receiver; those behind it in the list get it from the new one."""

    def gate(name, peer):
        return Destination(name, peer.url, layout="se3", timeout_s=600.0)

    async def scenario():
        answer = asyncio.Event()

        async def hang(_):
            await answer.wait()
            return web.Response()

        async with Peer(hang) as slow, Peer() as behind, Peer() as new:
            log = MemoryLog()
            line = DestinationSet(log, MemoryCursors(), tmp_path, find_layout=lambda _: SURE)
            await line.apply([gate("slow", slow), gate("behind", behind)])
            log.add(recognition("1"))
            await until_async(lambda: slow.ids)
            change = asyncio.ensure_future(
                line.apply([gate("slow", slow), gate("behind", behind), gate("new", new)])
            )
            await settled()
            asyncio.get_running_loop().let_pass(CHANGE_S + 0.1)
            await change
            log.add(recognition("2"))
            await until_async(lambda: all(row.cursor_seq == 2 for row in line.stats()))
            assert (slow.ids, behind.ids, new.ids) == (["1", "2"], ["1", "2"], ["2"])
            lost = {row.destination: (row.lost, row.last_error) for row in line.stats()}
            assert lost == {"slow": (1, CUT_OFF), "behind": (0, ""), "new": (0, "")}
            answer.set()
            await line.stop(0.1)

    run_steered(scenario())
