"""Dead letters that are sent again: to real receivers, beside the records, until they are accepted or refused."""

import asyncio
import time

import pytest
from aiohttp import web
from memory_log import MemoryCursor, MemoryLog, recognition, visit
from peer import FAST, Peer, settled
from waiting import until_async

from sophon_report.delivery import dead_folder
from sophon_report.delivery.backoff import Pace
from sophon_report.delivery.dead_letters import DeadLetters
from sophon_report.delivery.exchange import Exchange, post_session
from sophon_report.delivery.letter import letter_of
from sophon_report.delivery.standing import State
from sophon_report.delivery.teller import Teller
from sophon_report.delivery.uploader import Uploader
from sophon_report.model import Content, EventFilter, UserType
from sophon_report.testing.steered_loop import run_steered
from sophon_report.wire import layouts
from sophon_report.wire.telling import Telling

REFUSED = {"reason": "HTTP 400", "status": 400, "answer": "", "attempts": 5, "now_ms": 1}


EVERYTHING, ALL_OF_IT = EventFilter(), Content()


class Bench:
    """The worker of one destination, its log and its letters."""

    def __init__(self, peer, folder, event_filter=EVERYTHING, content=ALL_OF_IT, pace=FAST):
        self.log, self.cursor = MemoryLog(), MemoryCursor()
        self.letters = DeadLetters(folder, "platform")
        self.uploader = Uploader(
            "platform",
            log=self.log,
            cursor=self.cursor,
            teller=Teller(layouts.find("g2"), "json", lambda: Telling("LICENCE", content), event_filter),
            exchange=Exchange(post_session(), peer.url, 10.0, time.time),
            dead_letters=self.letters,
            pace=pace,
            random=lambda: 0.5,
            now_s=time.time,
        )

    async def __aenter__(self):
        self.uploader.start()
        return self

    async def __aexit__(self, *_):
        await self.uploader.stop(finish_s=0.1)

    @property
    def stats(self):
        return self.uploader.stats()

    def set_aside(self, *event_ids):
        """Letters as of an earlier run."""
        for seq, event_id in enumerate(event_ids, start=1):
            self.letters.add(letter_of(seq, visit(event_id), **REFUSED), visit(event_id))

    def resend(self, *seqs):
        self.letters.resend(seqs or None)
        self.uploader.resend()

    async def resent(self, *seqs):
        self.resend(*seqs)
        await until_async(lambda: self.letters.resending == 0)


def run(scenario):
    asyncio.run(scenario)


@pytest.mark.parametrize("status", [400, 413, 415, 422])
def test_an_event_refused_five_times_is_delivered_when_it_is_sent_again(tmp_path, status):
    """By the worker that set it aside, and the letter is gone."""

    async def scenario():
        async with Peer(*[status] * 5) as peer, Bench(peer, tmp_path) as bench:
            bench.log.add(visit("1"))
            await until_async(lambda: bench.letters.count == 1)
            (letter,) = bench.letters.entries()
            assert (letter.status, letter.attempts, letter.event_id) == (status, 5, "1")
            bench.resend(1)
            await until_async(lambda: bench.stats.resent == 1)
            assert peer.ids == ["1"] * 6
            assert bench.letters.count == 0
            assert DeadLetters(tmp_path, "platform").count == 0

    run(scenario())


def test_only_those_that_were_asked_for_are_sent(tmp_path):
    """Oldest first; the others stay."""

    async def scenario():
        async with Peer() as peer, Bench(peer, tmp_path) as bench:
            bench.set_aside("a", "b", "c", "d")
            await bench.resent(4, 2)
            assert peer.ids == ["b", "d"]
            assert [letter.event_id for letter in bench.letters.entries()] == ["a", "c"]
            await bench.resent()
            assert peer.ids == ["b", "d", "a", "c"]

    run(scenario())


def test_a_letter_refused_again_stays_with_the_new_reason(tmp_path):
    """After one attempt: a person asked for it. The next one is not held up."""

    async def scenario():
        async with Peer(422) as peer, Bench(peer, tmp_path) as bench:
            bench.set_aside("a", "b")
            await bench.resent()
            assert peer.ids == ["a", "b"]
            (letter,) = bench.letters.entries()
            assert (letter.event_id, letter.reason, letter.status, letter.attempts) == ("a", "HTTP 422", 422, 6)
            assert letter.set_aside_ms > 1

    run(scenario())


@pytest.mark.parametrize("status", [500, 503, 429, 408, 401, 404])
def test_a_receiver_that_is_not_ready_is_tried_again(tmp_path, status):
    """The letter stays until it is accepted."""

    async def scenario():
        counts = []

        async def look(_):
            counts.append(bench.letters.count)
            return web.Response(status=status)

        async with Peer(look, look, look) as peer, Bench(peer, tmp_path) as bench:
            bench.set_aside("a")
            await bench.resent()
            assert peer.ids == ["a"] * 4
            assert counts == [1, 1, 1]
            assert bench.letters.count == 0

    run(scenario())


def test_an_address_that_is_gone_gets_letters_when_it_is_resumed(tmp_path):
    """After 410 a person is waited for; the wish stays."""

    async def scenario():
        async with Peer(410) as peer, Bench(peer, tmp_path) as bench:
            bench.set_aside("a")
            bench.resend()
            await until_async(lambda: bench.stats.last_error == "HTTP 410")
            await asyncio.sleep(5 * FAST.probe_s)
            assert (peer.ids, bench.letters.resending) == (["a"], 1)
            bench.uploader.resume()
            await until_async(lambda: bench.letters.count == 0)

    run(scenario())


def test_a_paused_destination_gets_letters_when_it_is_resumed(tmp_path):
    """By hand: nothing is sent until then."""

    async def scenario():
        async with Peer() as peer, Bench(peer, tmp_path) as bench:
            bench.set_aside("a")
            bench.uploader.pause()
            bench.resend()
            await settled()
            assert (peer.ids, bench.letters.resending) == ([], 1)
            bench.uploader.resume()
            await until_async(lambda: bench.letters.count == 0)
            assert peer.ids == ["a"]

    run(scenario())


def test_letters_and_records_take_turns(tmp_path):
    """Neither starves while both have something, and never are two on their way at once."""

    async def scenario():
        under_way = most = 0

        async def slowly(_):
            nonlocal under_way, most
            under_way += 1
            most = max(most, under_way)
            await asyncio.sleep(0.001)
            under_way -= 1
            return web.Response()

        async with Peer(*[slowly] * 305) as peer:
            bench = Bench(peer, tmp_path)
            bench.set_aside(*(f"letter {number}" for number in range(5)))
            bench.letters.resend()
            for number in range(300):
                bench.log.add(visit(f"record {number}"))
            async with bench:
                await until_async(lambda: len(peer.got) == 305)
            letters = [place for place, event_id in enumerate(peer.ids) if event_id.startswith("letter")]
            assert most == 1
            assert letters[-1] < 250
            records = [event_id for event_id in peer.ids if event_id.startswith("record")]
            assert records == [f"record {number}" for number in range(300)]

    run(scenario())


def test_records_go_on_while_a_letter_waits_for_its_next_try(tmp_path):
    """What holds up letters holds up no record."""

    async def refuse_letters(request):
        refused = b"letter" in await request.read()
        return web.Response(status=503 if refused else 200)

    async def scenario():
        async with Peer(*[refuse_letters] * 1000) as peer, Bench(peer, tmp_path) as bench:
            bench.set_aside("letter")
            bench.resend()
            await until_async(lambda: len(peer.got) >= 2)
            for number in range(10):
                bench.log.add(visit(f"record {number}"))
            await until_async(lambda: bench.cursor.position() == 10)
            assert bench.letters.resending == 1

    run(scenario())


def test_letters_wait_while_a_record_waits_for_its_next_try(tmp_path):
    """So a receiver that is away is asked by one back-off, not by two; then both get through."""

    async def scenario():
        patient = Pace(first_s=600.0, cap_s=600.0)
        async with Peer(503) as peer, Bench(peer, tmp_path, pace=patient) as bench:
            bench.set_aside("letter")
            bench.log.add(visit("record"))
            await until_async(lambda: bench.stats.state is State.WAITING)
            bench.resend()
            await settled()
            assert peer.ids == ["record"]
            asyncio.get_running_loop().let_pass(301.0)
            await until_async(lambda: bench.letters.count == 0)
            assert peer.ids == ["record", "record", "letter"]

    run_steered(scenario())


def test_a_wish_of_a_former_run_is_carried_out(tmp_path):
    """Made while the service was stopped, or not done when it was."""

    async def scenario():
        earlier = DeadLetters(tmp_path, "platform")
        for seq in (1, 2):
            earlier.add(letter_of(seq, visit(str(seq)), **REFUSED), visit(str(seq)))
        earlier.resend([2])
        async with Peer() as peer, Bench(peer, tmp_path) as bench:
            await until_async(lambda: bench.letters.count == 1)
            assert peer.ids == ["2"]

    run(scenario())


def test_a_letter_is_told_by_the_settings_of_now(tmp_path):
    """The receiver may have refused the very field that is left out since."""

    async def scenario():
        bodies = []

        async def keep(request):
            bodies.append(await request.read())
            return web.Response()

        async with Peer(keep) as peer, Bench(peer, tmp_path, content=Content(person_name=False)) as bench:
            bench.set_aside("a")
            await bench.resent()
            assert "王芳".encode() not in bodies[0]

    run(scenario())


def test_a_letter_that_the_filter_keeps_back_is_not_sent(tmp_path):
    """It stays and says so."""

    async def scenario():
        only = EventFilter(user_types=(UserType.VIP,))
        async with Peer() as peer, Bench(peer, tmp_path, only) as bench:
            bench.set_aside("a")
            await bench.resent()
            assert peer.ids == []
            (letter,) = bench.letters.entries()
            assert (letter.reason, letter.attempts) == ("the filter of the destination does not let it pass", 5)

    run(scenario())


def test_a_letter_that_the_layout_does_not_tell_is_not_sent(tmp_path):
    """The destination was told in real time when it was set aside."""

    async def scenario():
        async with Peer() as peer, Bench(peer, tmp_path) as bench:
            bench.letters.add(letter_of(1, recognition("a"), **REFUSED), recognition("a"))
            await bench.resent()
            assert peer.ids == []
            assert "does not tell such events" in bench.letters.entries()[0].reason

    run(scenario())


def test_a_damaged_letter_is_passed_over(tmp_path):
    """Those behind it are sent; it stays on the list as damaged."""

    async def scenario():
        async with Peer() as peer, Bench(peer, tmp_path) as bench:
            bench.set_aside("a", "b")
            dead_folder.path_of(tmp_path / "platform", 1).write_bytes(b"broken")
            await bench.resent()
            assert peer.ids == ["b"]
            assert [(letter.seq, letter.damaged) for letter in bench.letters.entries()] == [(1, True)]

    run(scenario())


def test_a_letter_whose_file_has_gone_is_forgotten(tmp_path):
    """Somebody removed it by hand."""

    async def scenario():
        async with Peer() as peer, Bench(peer, tmp_path) as bench:
            bench.set_aside("a", "b")
            dead_folder.path_of(tmp_path / "platform", 1).unlink()
            bench.letters.resend([2])
            (tmp_path / "platform" / "00000000000000000002.resend").unlink()
            bench.uploader.resend()
            await until_async(lambda: bench.letters.resending == 0)
            assert peer.ids == []

    run(scenario())


def test_a_letter_that_is_under_way_when_the_service_stops_stays(tmp_path):
    """It is sent again at the next start."""

    async def hang(_):
        await asyncio.sleep(60)

    async def scenario():
        async with Peer(hang) as peer:
            async with Bench(peer, tmp_path) as bench:
                bench.set_aside("a")
                bench.resend()
                await until_async(lambda: len(peer.got) == 1)
            async with Bench(peer, tmp_path) as again:
                await until_async(lambda: again.letters.count == 0)
            assert peer.ids == ["a", "a"]
            assert again.stats.state is State.STOPPED

    run(scenario())
