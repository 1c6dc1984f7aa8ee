"""The uploader against real sockets: at least once, in order, whatever the receiver does."""

import asyncio
import threading
import time

import pytest
from aiohttp import web
from memory_log import MemoryCursor, MemoryLog, recognition, visit
from peer import DEADLINE_S, FAST, SURE, Peer, settled
from waiting import until_async

from sophon_report.delivery.backoff import Pace
from sophon_report.delivery.dead_letters import DeadLetters
from sophon_report.delivery.exchange import Exchange, post_session
from sophon_report.delivery.standing import State
from sophon_report.delivery.teller import Teller
from sophon_report.delivery.uploader import Uploader
from sophon_report.errors import JournalError, LayoutError
from sophon_report.model import Progress, Visit
from sophon_report.testing.steered_loop import run_steered
from sophon_report.wire import layouts
from sophon_report.wire.layouts import Layout
from sophon_report.wire.telling import Telling

G2 = layouts.find("g2")


class ScriptedTeller(Teller):
    """Encodes with the function it is given."""

    def __init__(self, encode):
        super().__init__(G2, "json", encode)

    def encode(self, event):
        return self.telling(event)


def told(layout=G2):
    return Teller(layout, "json", lambda: Telling("LICENCE"))


class Bench:
    """A log, a cursor and the uploader between them and ``url``."""

    def __init__(self, url, folder, pace=FAST, timeout_s=10.0, teller=None, period_s=0.0, dead=None):
        self.log = MemoryLog()
        self.cursor = MemoryCursor()
        self.dead = dead or DeadLetters(folder, "platform")
        self.uploader = Uploader(
            "platform",
            log=self.log,
            cursor=self.cursor,
            teller=teller or told(),
            exchange=Exchange(post_session(), url, timeout_s, time.time),
            dead_letters=self.dead,
            pace=pace,
            random=lambda: 0.5,
            now_s=time.time,
            period_s=period_s,
        )

    async def __aenter__(self):
        self.uploader.start()
        return self

    async def __aexit__(self, *_):
        await self.uploader.stop(finish_s=0.1)

    @property
    def stats(self):
        return self.uploader.stats()

    async def deliver(self, *event_ids):
        """Add visits and wait until all are dealt with."""
        for event_id in event_ids:
            self.log.add(visit(event_id))
        await until_async(lambda: self.cursor.position() == self.log.last_seq)


def run(scenario):
    asyncio.run(scenario)


def test_every_visit_is_posted_once_and_in_order(tmp_path):
    """A receiver that always says 200 gets each event exactly once, over one connection."""

    async def scenario():
        async with Peer() as peer, Bench(peer.url, tmp_path) as bench:
            ids = [str(number) for number in range(250)]
            await bench.deliver(*ids)
            assert peer.ids == ids
            assert len(peer.connections) == 1
            assert bench.stats.accepted == 250
            await until_async(lambda: bench.stats.state is State.IDLE)
            assert bench.stats.backlog == 0

    run(scenario())


def test_records_that_are_no_visits_are_passed_over(tmp_path):
    """A sign of life moves the cursor and is not posted."""

    async def scenario():
        async with Peer() as peer, Bench(peer.url, tmp_path) as bench:
            bench.log.add(Progress("1", 5))
            await bench.deliver("1")
            bench.log.add(Progress("2", 5), skip=1000)
            await bench.deliver("2")
            assert peer.ids == ["1", "2"]

    run(scenario())


@pytest.mark.parametrize("status", [500, 502, 503, 408, 425, 429])
def test_a_failure_is_retried_and_holds_up_those_behind(tmp_path, status):
    """The same event again until it is accepted; order kept."""

    async def scenario():
        async with Peer(status, status) as peer, Bench(peer.url, tmp_path) as bench:
            await bench.deliver("1", "2")
            assert peer.ids == ["1", "1", "1", "2"]
            assert (bench.stats.retried, bench.stats.last_status) == (2, 200)
            assert bench.stats.last_error == f"HTTP {status}"

    run(scenario())


def test_the_cursor_moves_only_after_the_answer(tmp_path):
    """While the receiver thinks, the event is not dealt with."""

    async def scenario():
        bench = None
        seen = []

        async def look(_):
            seen.append(bench.cursor.position())
            return web.Response(status=500)

        async with Peer(look, look) as peer:
            bench = Bench(peer.url, tmp_path)
            async with bench:
                await bench.deliver("1")
            assert seen == [0, 0]

    run(scenario())


def test_a_receiver_that_hangs_is_given_up_and_asked_again(tmp_path):
    """No answer within the destination's time is a retry."""

    async def hang(_):
        await asyncio.sleep(60)

    async def scenario():
        async with Peer(hang) as peer, Bench(peer.url, tmp_path, timeout_s=0.2) as bench:
            await bench.deliver("1")
            assert peer.ids == ["1", "1"]
            assert bench.stats.last_error == "no answer within 0.2 s"

    run(scenario())


def test_a_connection_closed_before_the_answer_is_a_retry(tmp_path):
    """Nobody knows whether the event arrived, so it is sent again."""

    async def close(request):
        request.transport.close()
        return web.Response()

    async def scenario():
        async with Peer(close) as peer, Bench(peer.url, tmp_path) as bench:
            await bench.deliver("1", "2")
            assert peer.ids == ["1", "1", "2"]

    run(scenario())


def test_an_answer_cut_off_behind_its_2xx_is_an_acceptance(tmp_path):
    """The status line said it all."""

    async def cut(request):
        request.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort")
        request.transport.close()
        return web.Response()

    async def scenario():
        async with Peer(cut) as peer, Bench(peer.url, tmp_path) as bench:
            await bench.deliver("1", "2")
            assert peer.ids == ["1", "2"]

    run(scenario())


def test_an_endless_answer_is_dropped_and_accepted(tmp_path):
    """100 MB of answer cost 64 KiB of reading; the status counts."""
    sent = []

    async def flood(request):
        answer = web.StreamResponse()
        await answer.prepare(request)
        for _ in range(100):
            await answer.write(bytes(1 << 20))
            sent.append(1)
        return answer

    async def scenario():
        async with Peer(flood) as peer, Bench(peer.url, tmp_path) as bench:
            await bench.deliver("1", "2")
            assert peer.ids == ["1", "2"]
            assert len(sent) < 20

    run(scenario())


@pytest.mark.parametrize("status", [400, 413, 415, 422, 409])
def test_an_event_refused_five_times_is_set_aside(tmp_path, status):
    """It goes on the list of dead letters, and the next one is delivered."""

    async def scenario():
        async with Peer(*[status] * 5) as peer, Bench(peer.url, tmp_path) as bench:
            await bench.deliver("1", "2")
            assert peer.ids == ["1"] * 5 + ["2"]
            (letter,) = bench.dead.entries()
            assert (letter.seq, letter.event_id, letter.reason) == (1, "1", f"HTTP {status}")
            assert (bench.stats.set_aside, bench.dead.count) == (1, 1)

    run(scenario())


def test_a_worker_that_is_cut_off_while_it_sets_aside_waits_for_the_disk(tmp_path):
    """What comes after it, a removal or an erasing, finds the letter: none appears later."""

    async def scenario():
        write, written = threading.Event(), []

        class SlowLetters(DeadLetters):
            def add(self, letter, event):
                written.append("begun")
                assert write.wait(DEADLINE_S)
                return super().add(letter, event) and not written.append("done")

        async with Peer(*[400] * 5) as peer:
            bench = Bench(peer.url, tmp_path, dead=SlowLetters(tmp_path, "platform"))
            bench.uploader.start()
            bench.log.add(visit("1"))
            await until_async(lambda: written)
            asyncio.get_running_loop().call_later(0.2, write.set)
            await bench.uploader.stop(finish_s=0.01)
            assert (written, bench.dead.count) == (["begun", "done"], 1)

    run(scenario())


@pytest.mark.parametrize("status", [401, 403, 404, 405, 302, 418])
def test_a_wrong_destination_pauses_and_is_probed(tmp_path, status):
    """Nothing is set aside however often it says so; when it is right again, delivery goes on by itself."""

    async def scenario():
        async with Peer(*[status] * 7) as peer, Bench(peer.url, tmp_path) as bench:
            bench.log.add(visit("1"))
            await until_async(lambda: bench.stats.state is State.PAUSED)
            assert bench.stats.last_error == f"HTTP {status}"
            await bench.deliver("2")
            assert peer.ids == ["1"] * 8 + ["2"]
            assert bench.dead.entries() == []

    run(scenario())


def test_gone_waits_for_a_person(tmp_path):
    """After 410 nothing is sent until somebody resumes."""

    async def scenario():
        async with Peer(410) as peer, Bench(peer.url, tmp_path) as bench:
            bench.log.add(visit("1"))
            await until_async(lambda: bench.stats.state is State.PAUSED)
            assert bench.stats.next_try_ms is None
            await asyncio.sleep(5 * FAST.probe_s)
            assert peer.ids == ["1"]
            bench.uploader.resume()
            await bench.deliver("2")
            assert peer.ids == ["1", "1", "2"]

    run(scenario())


def test_a_paused_destination_is_left_alone_until_resumed(tmp_path):
    """Paused by hand: events wait, and then go out in order."""

    async def scenario():
        async with Peer() as peer, Bench(peer.url, tmp_path) as bench:
            bench.uploader.pause()
            bench.log.add(visit("1"))
            await until_async(lambda: bench.stats.state is State.PAUSED)
            assert (peer.ids, bench.stats.backlog) == ([], 1)
            bench.uploader.resume()
            await bench.deliver("2")
            assert peer.ids == ["1", "2"]

    run(scenario())


def test_retry_after_is_honoured_up_to_its_bound(tmp_path):
    """A receiver that asks for a year gets the bound, not the jitter and not the year."""

    async def busy(_):
        return web.Response(status=503, headers={"Retry-After": "31536000"})

    async def scenario():
        pace = Pace(first_s=1.0, retry_after_cap_s=0.01)
        async with Peer(busy) as peer, Bench(peer.url, tmp_path, pace) as bench:
            await bench.deliver("1")
            assert peer.ids == ["1", "1"]

    run(scenario())


def test_a_redirect_on_the_same_host_is_posted_again(tmp_path):
    """Method and body are kept, as for the address itself."""

    async def moved(request):
        assert request.method == "POST"
        return web.Response(status=301, headers={"Location": "/elsewhere"})

    async def scenario():
        async with Peer(moved) as peer, Bench(peer.url, tmp_path) as bench:
            await bench.deliver("1")
            assert peer.got == [("/HistoryEvent", "1"), ("/elsewhere", "1")]

    run(scenario())


def test_a_redirect_to_another_host_gets_no_body(tmp_path):
    """Faces are not handed on to whomever the receiver names: the destination pauses and says why."""

    async def scenario():
        async with Peer() as other:

            async def moved(_):
                return web.Response(status=307, headers={"Location": other.url.replace("127.0.0.1", "localhost")})

            async with Peer(*[moved] * 50) as peer, Bench(peer.url, tmp_path) as bench:
                bench.log.add(visit("1"))
                await until_async(lambda: bench.stats.state is State.PAUSED)
                assert other.got == []
                assert bench.stats.last_error == "redirects to another host, localhost"
                assert bench.cursor.position() == 0

    run(scenario())


def test_redirects_in_a_circle_end(tmp_path):
    """Three hops, then the destination counts as wrong."""

    async def moved(_):
        return web.Response(status=308, headers={"Location": "/HistoryEvent"})

    async def scenario():
        async with Peer(*[moved] * 4) as peer, Bench(peer.url, tmp_path) as bench:
            await bench.deliver("1")
            assert peer.ids == ["1"] * 5
            assert bench.stats.last_error == "redirects more than 3 times"

    run(scenario())


def test_a_refusal_before_the_whole_body_is_heard(tmp_path):
    """A server that says 413 and hangs up while a large body is still coming must not be retried for ever."""

    async def refuse(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    async def scenario():
        server = await asyncio.start_server(refuse, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        teller = ScriptedTeller(lambda _: (bytes(3 << 20), "application/json"))
        async with Bench(url, tmp_path, teller=teller) as bench:
            await bench.deliver("1")
            assert [letter.reason for letter in bench.dead.entries()] == ["HTTP 413"]
        server.close()

    run(scenario())


def test_nobody_listening_is_a_retry(tmp_path):
    """Delivery begins when the receiver comes up."""

    async def scenario():
        async with Peer() as peer:
            port = peer.port
        async with Bench(f"http://127.0.0.1:{port}/HistoryEvent", tmp_path) as bench:
            bench.log.add(visit("1"))
            await until_async(lambda: bench.stats.retried >= 3)
            assert bench.stats.cursor_seq == 0
            assert bench.stats.oldest_ms == visit().recognised_ms

    run(scenario())


@pytest.mark.parametrize("answer", [b"\x00\x01garbage\r\n\r\n", b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000])
def test_an_answer_that_is_no_http_is_a_retry(tmp_path, answer):
    """Bytes that follow no rule neither end the worker nor count as a yes."""

    async def nonsense(request):
        request.transport.write(answer)
        request.transport.close()
        return web.Response()

    async def scenario():
        async with Peer(nonsense) as peer, Bench(peer.url, tmp_path) as bench:
            await bench.deliver("1")
            assert peer.ids == ["1", "1"]

    run(scenario())


def test_an_event_that_cannot_be_told_does_not_block_the_line(tmp_path):
    """It is set aside with the reason; the journal still has it."""

    def encode(value):
        if value.event_id == "1":
            raise LayoutError("no such thing")
        return told().encode(value)

    async def scenario():
        async with Peer() as peer, Bench(peer.url, tmp_path, teller=ScriptedTeller(encode)) as bench:
            await bench.deliver("1", "2")
            assert peer.ids == ["2"]
            assert bench.dead.entries()[0].reason == "no such thing"

    run(scenario())


def test_a_disk_error_while_reading_is_waited_out(tmp_path):
    """The worker survives a journal that cannot be read and goes on when it can."""

    async def scenario():
        async with Peer() as peer:
            bench = Bench(peer.url, tmp_path)
            errors = [JournalError("bad sector"), RuntimeError("a bug")]
            whole = bench.log.read_sealed

            async def read(*where):
                if errors:
                    raise errors.pop(0)
                return await whole(*where)

            bench.log.read_sealed = read
            async with bench:
                bench.log.add(visit("1"))
                await until_async(lambda: bench.stats.last_error == "internal error, see the log")
                bench.uploader.resume()
                await bench.deliver("2")
                assert peer.ids == ["1", "2"]

    run(scenario())


def test_stop_finishes_the_request_in_flight(tmp_path):
    """An answer that comes before the deadline still moves the cursor, and no further event is begun."""

    async def scenario():
        arrived, go = asyncio.Event(), asyncio.Event()

        async def slow(_):
            arrived.set()
            await go.wait()
            return web.Response()

        async with Peer(slow) as peer:
            bench = Bench(peer.url, tmp_path)
            bench.uploader.start()
            bench.log.add(visit("1"))
            bench.log.add(visit("2"))
            await arrived.wait()
            stopping = asyncio.ensure_future(bench.uploader.stop(finish_s=DEADLINE_S))
            await asyncio.sleep(0)
            go.set()
            await stopping
            assert (peer.ids, bench.cursor.position()) == (["1"], 1)
            assert bench.stats.state is State.STOPPED

    run(scenario())


def test_stop_does_not_wait_for_a_dead_receiver(tmp_path):
    """A request that does not end is cut off at the deadline and stays undelivered."""

    async def hang(_):
        await asyncio.sleep(60)

    async def scenario():
        async with Peer(hang) as peer:
            bench = Bench(peer.url, tmp_path)
            bench.uploader.start()
            bench.log.add(visit("1"))
            await until_async(lambda: peer.ids)
            await bench.uploader.stop(finish_s=0.05)
            assert bench.cursor.position() == 0

    run(scenario())


def test_stop_drains_what_it_can(tmp_path):
    """With time to drain, everything that is accepted at once still goes out, and stopping is no slower for it."""

    async def scenario():
        async with Peer() as peer:
            bench = Bench(peer.url, tmp_path)
            for number in range(120):
                bench.log.add(visit(str(number)))
            bench.uploader.start()
            await bench.uploader.stop(finish_s=1.0, drain_s=DEADLINE_S)
            assert len(peer.ids) == 120

    run(scenario())


def test_a_large_body_arrives_whole(tmp_path):
    """Several MiB of pictures are one event like any other."""

    async def scenario():
        async with Peer() as peer, Bench(peer.url, tmp_path) as bench:
            value = visit("1")
            shot = type(value.shot)(**{**value.shot.__dict__, "scene_jpeg": bytes(3 << 20)})
            bench.log.add(visit("1", shot=shot))
            await bench.deliver("2")
            assert peer.ids == ["1", "2"]

    run(scenario())


def test_the_header_travels_with_its_body(tmp_path):
    """The boundary of form-data may change from body to body; the header names that of its own."""

    def encode(value):
        return f"--b{value.event_id}:{value.event_id}".encode(), f"multipart/form-data; boundary=b{value.event_id}"

    async def scenario():
        async with Peer() as peer, Bench(peer.url, tmp_path, teller=ScriptedTeller(encode)) as bench:
            await bench.deliver("1", "2")
            assert peer.ids == ["1", "2"]
            assert peer.types == ["multipart/form-data; boundary=b1", "multipart/form-data; boundary=b2"]

    run(scenario())


def test_a_realtime_layout_gets_the_recognitions_it_wants(tmp_path):
    """Visits and what is not wanted are passed over; what was not taken is tried again, as for history."""

    async def scenario():
        async with Peer(500) as peer, Bench(peer.url, tmp_path, teller=told(SURE)) as bench:
            bench.log.add(recognition("stranger", person=None))
            bench.log.add(recognition("known"))
            await bench.deliver("left")
            assert peer.ids == ["known", "known"]

    run(scenario())


def test_with_a_period_the_next_look_is_one_period_after_the_last(tmp_path):
    """A record that comes meanwhile waits for it, and is told as backlog."""

    async def scenario():
        loop = asyncio.get_running_loop()
        async with Peer() as peer, Bench(peer.url, tmp_path, period_s=3600.0) as bench:
            await until_async(lambda: bench.stats.state is State.IDLE)
            bench.log.add(visit("1"))
            loop.let_pass(3000.0)
            await settled()
            assert (peer.ids, bench.stats.backlog, bench.stats.state) == ([], 1, State.IDLE)
            loop.let_pass(601.0)
            await until_async(lambda: peer.ids == ["1"])

    run_steered(scenario())


def test_with_a_period_a_backlog_drains_without_a_pause(tmp_path):
    """Three rounds of a hundred go out while no time passes."""

    async def scenario():
        async with Peer() as peer:
            bench = Bench(peer.url, tmp_path, period_s=3600.0)
            ids = [str(number) for number in range(250)]
            for event_id in ids:
                bench.log.add(visit(event_id))
            async with bench:
                await until_async(lambda: bench.stats.state is State.IDLE and bench.stats.backlog == 0)
                assert peer.ids == ids

    run_steered(scenario())


def test_with_a_period_stop_and_resume_work_at_once(tmp_path):
    """Resumed it looks at once; stopped it takes one last look and leaves."""

    async def scenario():
        async with Peer() as peer:
            bench = Bench(peer.url, tmp_path, period_s=3600.0)
            bench.uploader.start()
            await until_async(lambda: bench.stats.state is State.IDLE)
            bench.log.add(visit("1"))
            bench.uploader.resume()
            await until_async(lambda: bench.stats.accepted == 1 and bench.stats.state is State.IDLE)
            bench.log.add(visit("2"))
            await bench.uploader.stop(finish_s=DEADLINE_S, drain_s=DEADLINE_S)
            assert peer.ids == ["1", "2"]

    run_steered(scenario())


def test_what_was_made_ready_early_is_made_anew_after_a_wait(tmp_path):
    """The licence key changes while the event before is on its way; it may take as long as a receiver is away."""
    keys = ["old"]

    def fields(event, telling):
        return {"event_id": f"{event.event_id} {telling.license_key}"}

    async def changes(_):
        keys[0] = "new"
        return web.Response(status=503)

    async def scenario():
        teller = Teller(Layout("licence", Visit, fields), "json", lambda: Telling(keys[0]))
        async with Peer(changes) as peer:
            bench = Bench(peer.url, tmp_path, teller=teller)
            for event_id in ("1", "2"):
                bench.log.add(visit(event_id))
            async with bench:
                await until_async(lambda: bench.stats.accepted == 2)
            assert peer.ids == ["1 old", "1 new", "2 new"]

    run(scenario())
