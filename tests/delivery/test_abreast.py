"""Several events of one destination under way at once, against real sockets."""

import asyncio
import time

import pytest
from aiohttp import web
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from memory_log import MemoryCursor, MemoryLog, recognition, visit
from peer import DEADLINE_S, FAST, Peer, event_id_of, settled
from waiting import until_async

from sophon_report.delivery.abreast import AbreastUploader
from sophon_report.delivery.backoff import Pace
from sophon_report.delivery.dead_letters import DeadLetters
from sophon_report.delivery.diary import End
from sophon_report.delivery.exchange import Exchange, post_session
from sophon_report.delivery.standing import State
from sophon_report.delivery.teller import Teller
from sophon_report.model import Progress, Transport
from sophon_report.wire import layouts
from sophon_report.wire.telling import Telling

G2 = layouts.find("g2")


class Gate:
    """A receiver that lets its requests go one by one, by their event's id."""

    def __init__(self):
        self.open = {}
        self.here = set()
        self.most = 0

    async def __call__(self, request):
        event_id = event_id_of(await request.read())
        self.here.add(event_id)
        self.most = max(self.most, len(self.here))
        try:
            return web.Response(
                status=await self.open.setdefault(event_id, asyncio.get_running_loop().create_future())
            )
        finally:
            self.here.discard(event_id)

    def let(self, event_id, status=200):
        self.open.pop(event_id).set_result(status)

    async def holds(self, *event_ids):
        """Until exactly these wait here, and nothing more comes."""
        await until_async(lambda: self.here == set(event_ids))
        await settled()
        assert self.here == set(event_ids)


class Bench:
    """A log, a cursor and the uploader between them and ``url``."""

    def __init__(self, url, folder, in_flight=3, pace=FAST, log=None, cursor=None, timeout_s=DEADLINE_S):
        self.log = log or MemoryLog()
        self.cursor = cursor or MemoryCursor()
        self.dead = DeadLetters(folder, "platform")
        self.noted = []
        self.uploader = AbreastUploader(
            "platform",
            in_flight,
            log=self.log,
            cursor=self.cursor,
            teller=Teller(G2, "json", lambda: Telling("LICENCE")),
            exchange=Exchange(post_session(Transport(), in_flight), url, timeout_s, time.time),
            dead_letters=self.dead,
            pace=pace,
            random=lambda: 0.5,
            now_s=time.time,
            note=lambda *noted: self.noted.append(noted),
        )

    async def __aenter__(self):
        self.uploader.start()
        return self

    async def __aexit__(self, *_):
        await self.uploader.stop(finish_s=0.1)

    @property
    def stats(self):
        return self.uploader.stats()

    def add(self, *event_ids):
        for event_id in event_ids:
            self.log.add(visit(event_id))

    async def all_dealt_with(self):
        await until_async(lambda: self.cursor.position() == self.log.last_seq)


def always(gate):
    return [gate] * 1000


def run(scenario):
    asyncio.run(scenario)


def test_as_many_as_allowed_are_under_way_over_as_many_connections(tmp_path):
    """Never more; each event once; the connections are kept."""

    async def scenario():
        gate = Gate()
        async with Peer(*always(gate)) as peer, Bench(peer.url, tmp_path) as bench:
            ids = [str(number) for number in range(1, 31)]
            bench.add(*ids)
            await gate.holds("1", "2", "3")
            assert (bench.stats.state, bench.stats.backlog) == (State.SENDING, 30)
            for first in range(1, 31, 3):
                batch = [str(first), str(first + 1), str(first + 2)]
                await gate.holds(*batch)
                for event_id in batch:
                    gate.let(event_id)
            await bench.all_dealt_with()
            assert sorted(peer.ids) == sorted(ids)
            assert (gate.most, len(peer.connections)) == (3, 3)
            await until_async(lambda: bench.stats.state is State.IDLE)
            assert (bench.stats.accepted, bench.stats.backlog) == (30, 0)

    run(scenario())


def test_the_cursor_waits_for_the_oldest_and_nothing_begins_so_far_behind_it(tmp_path):
    """So a crash repeats no more than were under way."""

    async def scenario():
        gate = Gate()
        async with Peer(*always(gate)) as peer, Bench(peer.url, tmp_path) as bench:
            bench.add("1", "2", "3", "4", "5")
            await gate.holds("1", "2", "3")
            gate.let("3")
            gate.let("2")
            await gate.holds("1")
            assert (bench.cursor.position(), bench.stats.accepted, bench.stats.backlog) == (0, 2, 5)
            gate.let("1")
            await gate.holds("4", "5")
            assert bench.cursor.passed == [0, 1, 2, 3]
            gate.let("5")
            gate.let("4")
            await bench.all_dealt_with()

    run(scenario())


def test_what_comes_while_one_is_under_way_goes_at_once(tmp_path):
    """A slow answer holds up nobody who has a place, and what is passed over moves no cursor before its turn."""

    async def scenario():
        gate = Gate()
        async with Peer(*always(gate)) as peer, Bench(peer.url, tmp_path) as bench:
            bench.add("1")
            await gate.holds("1")
            bench.log.add(Progress("1", 5))
            bench.log.add(recognition("2"))
            bench.add("2")
            await gate.holds("1", "2")
            gate.let("2")
            await gate.holds("1")
            bench.log.add(Progress("3", 5))
            await settled()
            assert bench.cursor.position() == 0
            gate.let("1")
            await bench.all_dealt_with()
            await until_async(lambda: bench.stats.state is State.IDLE)
            bench.log.add(Progress("4", 5))
            await bench.all_dealt_with()

    run(scenario())


def test_what_came_of_each_is_noted_in_their_order(tmp_path):
    """However they end: who noted them as they came told the passed over and the refused for delivered."""

    async def scenario():
        gate = Gate()
        async with Peer(*always(gate)) as peer, Bench(peer.url, tmp_path) as bench:
            bench.add("1")
            bench.log.add(Progress("2", 5))
            bench.log.add(Progress("3", 5))
            bench.add("4")
            await gate.holds("1", "4")
            gate.let("4")
            await gate.holds("1")
            bench.log.add(Progress("5", 5))
            await settled()
            assert bench.noted == []
            gate.let("1")
            await bench.all_dealt_with()
            assert bench.noted == [(1, 1, End.DELIVERED), (2, 3, None), (4, 4, End.DELIVERED), (5, 5, None)]

    run(scenario())


def test_a_crash_repeats_at_most_those_under_way(tmp_path):
    """Killed with the oldest unanswered: the next run begins there, and nothing is left out."""

    async def scenario():
        gate = Gate()
        async with Peer(*[gate] * 5) as peer:
            first = Bench(peer.url, tmp_path)
            async with first:
                first.add(*map(str, range(1, 21)))
                await gate.holds("1", "2", "3")
                gate.let("1")
                await gate.holds("2", "3", "4")
                gate.let("3")
                await gate.holds("2", "4")
                first.uploader._task.cancel()
                await until_async(first.uploader._task.done)
            before = list(peer.ids)
            assert sorted(before) == ["1", "2", "3", "4"]
            async with Bench(
                peer.url, tmp_path, log=first.log, cursor=MemoryCursor(first.cursor.position())
            ) as second:
                peer.script.clear()
                await second.all_dealt_with()
            again = peer.ids[len(before) :]
            assert sorted(again, key=int) == [str(number) for number in range(2, 21)]

    run(scenario())


def test_in_trouble_one_event_is_tried_and_all_others_wait(tmp_path):
    """Three fail together; from then on the receiver sees one request at a time until it has taken all three."""

    async def scenario():
        gate = Gate()
        async with Peer(*always(gate)) as peer, Bench(peer.url, tmp_path) as bench:
            bench.add(*map(str, range(1, 10)))
            await gate.holds("1", "2", "3")
            gate.let("2", 503)
            await until_async(lambda: len(peer.ids) == 4)
            gate.let("1", 503)
            gate.let("3", 503)
            for requests in range(5, 10):
                await gate.holds("2")
                gate.let("2", 503)
                await until_async(lambda: len(peer.ids) == requests)  # noqa: B023 - asked before it changes
            await gate.holds("2")
            assert (peer.ids[3:], bench.stats.retried) == (["2"] * 6, 8)
            gate.let("2")
            await gate.holds("1")
            gate.let("1")
            await gate.holds("3")
            gate.let("3")
            await gate.holds("4", "5", "6")
            for event_id in ("4", "5", "6"):
                gate.let(event_id)
            await gate.holds("7", "8", "9")
            for event_id in ("7", "8", "9"):
                gate.let(event_id)
            await bench.all_dealt_with()
            assert bench.stats.accepted == 9

    run(scenario())


def test_a_dead_receiver_is_asked_by_one_event_alone(tmp_path):
    """However many may be under way: after the first attempts the number of requests is that of the back-off."""

    async def scenario():
        now = {"here": 0, "most": 0}
        all_here = asyncio.Event()

        async def refuse(_):
            if len(peer.got) >= 8:
                all_here.set()
            return await refuse_alone() if len(peer.got) > 8 else await refuse_together()

        async def refuse_together():
            await all_here.wait()
            return web.Response(status=500)

        async def refuse_alone():
            now["here"] += 1
            now["most"] = max(now["most"], now["here"])
            await settled()
            now["here"] -= 1
            return web.Response(status=500)

        async with Peer(*[refuse] * 40) as peer, Bench(peer.url, tmp_path, in_flight=8) as bench:
            bench.add(*map(str, range(20)))
            await bench.all_dealt_with()
            assert now["most"] == 1
            assert len(peer.ids) == 60

    run(scenario())


def test_gone_stops_all_and_a_person_lets_them_go_on(tmp_path):
    """Nothing is asked meanwhile; then everything is delivered."""

    async def scenario():
        gate = Gate()
        async with Peer(*[gate] * 3) as peer, Bench(peer.url, tmp_path) as bench:
            bench.add(*map(str, range(1, 10)))
            await gate.holds("1", "2", "3")
            for event_id in ("1", "2", "3"):
                gate.let(event_id, 410)
            await until_async(lambda: bench.stats.state is State.PAUSED)
            await asyncio.sleep(5 * FAST.probe_s)
            assert len(peer.ids) == 3
            bench.uploader.resume()
            await bench.all_dealt_with()
            assert len(peer.ids) == 12

    run(scenario())


def test_a_pause_by_hand_finishes_what_is_under_way_and_begins_nothing(tmp_path):
    """And a stop in the pause waits for nobody."""

    async def scenario():
        gate = Gate()
        async with Peer(*always(gate)) as peer:
            bench = Bench(peer.url, tmp_path)
            async with bench:
                bench.add("1", "2", "3", "4", "5")
                await gate.holds("1", "2", "3")
                bench.uploader.pause()
                for event_id in ("1", "2", "3"):
                    gate.let(event_id)
                await until_async(lambda: bench.cursor.position() == 3)
                await until_async(lambda: bench.stats.state is State.PAUSED)
                assert (len(peer.ids), bench.stats.last_error) == (3, "paused by hand")
                bench.uploader.resume()
                await gate.holds("4", "5")
                bench.uploader.pause()
                gate.let("4")
                gate.let("5")
                await bench.all_dealt_with()
                await until_async(lambda: bench.stats.state is State.PAUSED)
                bench.add("6")
                await settled()
            assert (len(peer.ids), bench.cursor.position()) == (5, 5)

    run(scenario())


def refuses(poison):
    async def answer(request):
        return web.Response(status=422 if event_id_of(await request.read()) == poison else 200)

    return [answer] * 100


def test_a_refused_event_is_set_aside_and_the_others_are_delivered(tmp_path):
    """Five attempts, as always."""

    async def scenario():
        async with Peer(*refuses("4")) as peer, Bench(peer.url, tmp_path) as bench:
            bench.add(*map(str, range(1, 11)))
            await bench.all_dealt_with()
            assert [letter.event_id for letter in bench.dead.entries()] == ["4"]
            assert (peer.ids.count("4"), len(peer.ids)) == (5, 14)

    run(scenario())


def test_stop_finishes_what_is_under_way(tmp_path):
    """Answers before the deadline still move the cursor, and no further event is begun."""

    async def scenario():
        gate = Gate()
        async with Peer(*always(gate)) as peer:
            bench = Bench(peer.url, tmp_path)
            bench.uploader.start()
            bench.add("1", "2", "3", "4")
            await gate.holds("1", "2", "3")
            stopping = asyncio.ensure_future(bench.uploader.stop(finish_s=DEADLINE_S))
            await settled()
            for event_id in ("3", "2", "1"):
                gate.let(event_id)
            await stopping
            assert (sorted(peer.ids), bench.cursor.position()) == (["1", "2", "3"], 3)
            assert bench.stats.state is State.STOPPED

    run(scenario())


def test_stop_cuts_off_what_does_not_end(tmp_path):
    """What was accepted before the oldest unanswered one counts, the rest stays undelivered."""

    async def scenario():
        gate = Gate()
        async with Peer(*always(gate)) as peer:
            bench = Bench(peer.url, tmp_path)
            bench.uploader.start()
            bench.add("1", "2", "3", "4")
            await gate.holds("1", "2", "3")
            gate.let("1")
            await gate.holds("2", "3", "4")
            await bench.uploader.stop(finish_s=0.05)
            assert bench.cursor.position() == 1

    run(scenario())


def test_stop_drains_what_it_can(tmp_path):
    """With time to drain, everything that is accepted at once still goes out, also what just came."""

    async def scenario():
        async with Peer() as peer:
            bench = Bench(peer.url, tmp_path)
            bench.add(*map(str, range(220)))
            bench.uploader.start()
            await bench.uploader.stop(finish_s=1.0, drain_s=DEADLINE_S)
            assert (len(peer.ids), bench.cursor.position()) == (220, 220)

    run(scenario())


def test_a_stop_in_trouble_does_not_wait_for_the_back_off(tmp_path):
    """Neither for the one that is alone nor for those that wait for its end."""

    async def scenario():
        slow = Pace(first_s=3600.0, cap_s=3600.0)
        async with Peer(*[500] * 50) as peer:
            bench = Bench(peer.url, tmp_path, pace=slow)
            bench.uploader.start()
            bench.add("1", "2", "3", "4")
            await until_async(lambda: len(peer.ids) == 3 and bench.stats.state is State.WAITING)
            await asyncio.wait_for(bench.uploader.stop(finish_s=600.0, drain_s=600.0), DEADLINE_S)
            assert bench.cursor.position() == 0

    run(scenario())


def test_an_error_of_one_event_is_waited_out_by_that_one(tmp_path):
    """A disk that does not take a dead letter: the event is tried again when there was a rest, nothing is lost."""

    async def scenario():
        async with Peer(*refuses("2")) as peer, Bench(peer.url, tmp_path, in_flight=2) as bench:
            errors, add = [OSError(28, "no space"), RuntimeError("a bug")], bench.dead.add

            def full(*letter):
                if errors:
                    raise errors.pop(0)
                return add(*letter)

            bench.dead.add = full
            bench.add("1", "2", "3")
            await until_async(lambda: bench.stats.last_error == "internal error, see the log")
            bench.uploader.resume()
            await bench.all_dealt_with()
            assert [letter.event_id for letter in bench.dead.entries()] == ["2"]
            assert (peer.ids.count("1"), peer.ids.count("2"), peer.ids.count("3")) == (1, 15, 1)

    run(scenario())


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    in_flight=st.integers(2, 6),
    statuses=st.lists(st.sampled_from([200, 200, 200, 500, 503, 404, 400]), max_size=40),
    passed_over=st.sets(st.integers(0, 24)),
)
def test_whatever_the_receiver_says_each_event_is_settled_and_repeated_only_after_a_refusal(
    tmp_path, in_flight, statuses, passed_over
):
    """Each is accepted once or set aside, and the cursor ends behind the last."""

    async def scenario():
        async with Peer(*statuses) as peer, Bench(peer.url, tmp_path, in_flight) as bench:
            for number in range(25):
                bench.log.add(Progress(str(number), 1) if number in passed_over else visit(str(number)))
            await bench.all_dealt_with()
            stats, told = bench.stats, 25 - len(passed_over)
            assert stats.accepted + stats.set_aside == told
            assert len(peer.ids) == told + stats.retried
            assert set(peer.ids) == {str(number) for number in range(25) if number not in passed_over}
            bench.dead.remove()

    run(scenario())


@pytest.mark.parametrize("in_flight", [2, 16])
def test_a_backlog_longer_than_what_is_read_ahead_has_no_gap(tmp_path, in_flight):
    """Rounds of reading follow each other while the last ones of the former are under way."""

    async def scenario():
        async with Peer() as peer, Bench(peer.url, tmp_path, in_flight) as bench:
            ids = [str(number) for number in range(350)]
            bench.add(*ids)
            await bench.all_dealt_with()
            assert sorted(peer.ids) == sorted(ids)

    run(scenario())
