"""The realtime line against real sockets: in list order, once, in time or not at all."""

import asyncio
from dataclasses import replace

import pytest
from aiohttp import web
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from memory_log import MemoryCursors, MemoryLog, recognition, visit
from peer import DEADLINE_S, FAST, SURE, Peer, settled
from structlog.testing import capture_logs
from waiting import until_async

from sophon_report.delivery.destinations import DestinationSet
from sophon_report.delivery.realtime_post import CUT_OFF, MAX_WAIT_S, RETRACE_RECORDS, TOO_LATE
from sophon_report.delivery.standing import State
from sophon_report.errors import JournalError
from sophon_report.model import Destination
from sophon_report.testing.steered_loop import run_steered
from sophon_report.wire import layouts


class Box:
    """A journal and its realtime destinations, named in list order."""

    def __init__(self, folder, layout=SURE):
        self.log = MemoryLog()
        self.cursors = MemoryCursors()
        self.set = DestinationSet(self.log, self.cursors, folder, find_layout=lambda _: layout, pace=FAST)

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        await self.set.stop(0.1)

    async def post_to(self, timeout_s=DEADLINE_S, paused=(), **urls):
        """Make these the destinations."""
        all_of_them = [realtime(name, url, timeout_s=timeout_s) for name, url in urls.items()]
        await self.set.apply([replace(one, paused=one.name in paused) for one in all_of_them])

    async def pause(self, name, paused=True):
        now = [self.set.get(stats.destination) for stats in self.set.stats()]
        await self.set.apply([replace(one, paused=paused) if one.name == name else one for one in now])

    async def resume(self, name):
        await self.pause(name, paused=False)

    def add(self, *event_ids):
        for event_id in event_ids:
            self.log.add(recognition(event_id))

    def stats(self, name):
        return next(stats for stats in self.set.stats() if stats.destination == name)

    async def dealt_with(self):
        """Until every destination is at the journal's end."""
        await until_async(lambda: all(stats.cursor_seq == self.log.last_seq for stats in self.set.stats()))


def realtime(name, url, **changes):
    return Destination(name, url, layout="se3", **{"timeout_s": DEADLINE_S, **changes})


async def hang(_):
    await asyncio.sleep(60)


def run(scenario):
    asyncio.run(scenario)


def test_an_event_goes_to_one_receiver_after_the_other_in_list_order(tmp_path):
    """The second gets it when the first has answered, the next event when both have."""
    order = []

    def note(name):
        async def answer(_):
            order.append(name)
            await settled()
            order.append(f"{name} done")
            return web.Response()

        return answer

    async def scenario():
        async with Peer(note("a"), note("a")) as first, Peer(note("b"), note("b")) as second, Box(tmp_path) as box:
            await box.post_to(zebra=first.url, ant=second.url)
            box.add("1", "2")
            await box.dealt_with()
            assert first.ids == second.ids == ["1", "2"]
            assert order == ["a", "a done", "b", "b done"] * 2

    run(scenario())


@pytest.mark.parametrize("layout", [SURE, layouts.find("se3")], ids=lambda layout: layout.name)
def test_only_wanted_recognitions_are_posted(tmp_path, layout):
    """Whoever did not pass the threshold, and visits: passed over, neither sent nor lost."""

    async def scenario():
        async with Peer() as peer, Box(tmp_path, layout) as box:
            await box.post_to(gate=peer.url)
            box.log.add(recognition("stranger", person=None))
            box.log.add(visit("left"))
            box.add("known")
            await box.dealt_with()
            assert peer.ids == ["known"]
            assert (box.stats("gate").accepted, box.stats("gate").lost) == (1, 0)

    run(scenario())


def test_a_receiver_that_never_answers_is_given_up_for_the_next_one(tmp_path):
    """After its own time; the event is lost for it and not for those behind it."""

    async def scenario():
        async with Peer(hang, hang) as dead, Peer() as good, Box(tmp_path) as box:
            await box.set.apply([realtime("dead", dead.url, timeout_s=0.05), realtime("good", good.url)])
            box.add("1", "2")
            await box.dealt_with()
            assert (dead.ids, good.ids) == (["1", "2"], ["1", "2"])
            stats = box.stats("dead")
            assert (stats.lost, stats.lost_late, stats.state) == (2, 0, State.LOSING)
            assert stats.last_error == "no answer within 0.05 s"

    run(scenario())


@pytest.mark.parametrize("status", [302, 400, 404, 410, 429, 500])
def test_whatever_is_no_2xx_loses_the_event(tmp_path, status):
    """One attempt, counted, with the reason; the next event is the next chance."""

    async def scenario():
        async with Peer(status) as peer, Box(tmp_path) as box:
            await box.post_to(gate=peer.url)
            box.add("1", "2")
            await box.dealt_with()
            assert peer.ids == ["1", "2"]
            stats = box.stats("gate")
            assert (stats.accepted, stats.lost, stats.last_error) == (1, 1, f"HTTP {status}")
            await until_async(lambda: box.stats("gate").state is State.IDLE)

    run(scenario())


def test_the_log_has_a_line_when_losing_begins_and_one_when_it_ends(tmp_path):
    """Not one an event."""

    async def scenario():
        async with Peer(*[500] * 5) as peer, Box(tmp_path) as box:
            await box.post_to(gate=peer.url)
            box.add(*map(str, range(8)))
            await box.dealt_with()

    with capture_logs() as lines:
        run(scenario())
    assert [(line["event"], line["destination"]) for line in lines] == [
        ("delivery_losing", "gate"),
        ("delivery_recovered", "gate"),
    ]


def test_an_event_that_waited_too_long_is_not_sent_any_more(tmp_path):
    """A receiver that thinks for longer than the bound costs those behind it what came meanwhile."""

    async def scenario():
        loop, arrived, go = asyncio.get_running_loop(), asyncio.Event(), asyncio.Event()

        async def think(_):
            arrived.set()
            await go.wait()
            return web.Response()

        async with Peer(think) as slow, Peer() as good, Box(tmp_path) as box:
            await box.post_to(timeout_s=600.0, slow=slow.url, good=good.url)
            box.add("1", "2")
            await arrived.wait()
            loop.let_pass(MAX_WAIT_S + 0.1)
            go.set()
            await box.dealt_with()
            box.add("3")
            await box.dealt_with()
            assert (slow.ids, good.ids) == (["1", "3"], ["3"])
            assert (box.stats("slow").lost_late, box.stats("good").lost_late, box.stats("good").lost) == (1, 2, 2)
            assert box.stats("good").last_error == TOO_LATE

    run_steered(scenario())


def test_the_wait_of_an_event_that_comes_while_a_receiver_thinks_counts_from_then(tmp_path):
    """Not from the end of that attempt: it would be sent however late."""

    async def scenario():
        loop, arrived, go = asyncio.get_running_loop(), asyncio.Event(), asyncio.Event()

        async def think(_):
            arrived.set()
            await go.wait()
            return web.Response()

        async with Peer(think) as slow, Box(tmp_path) as box:
            await box.post_to(timeout_s=600.0, slow=slow.url)
            box.add("1")
            await arrived.wait()
            box.add("2")
            await settled()
            loop.let_pass(MAX_WAIT_S + 0.2)
            box.add("3")
            await settled()
            go.set()
            await box.dealt_with()
            assert slow.ids == ["1", "3"]
            assert box.stats("slow").lost_late == 1

    run_steered(scenario())


def test_what_was_not_sent_when_the_service_stopped_is_counted_at_the_next_start(tmp_path):
    """It comes too late; one far behind counts the last part only."""

    async def scenario():
        async with Peer() as near, Peer() as far, Box(tmp_path) as box:
            box.add(*map(str, range(RETRACE_RECORDS + 500)))
            box.cursors.open("near", box.log.last_seq - 3)
            box.cursors.open("far", 0)
            await box.post_to(near=near.url, far=far.url)
            await box.dealt_with()
            box.add("new")
            await box.dealt_with()
            assert near.ids == far.ids == ["new"]
            assert (box.stats("near").lost, box.stats("far").lost) == (3, RETRACE_RECORDS)

    run(scenario())


def test_a_new_receiver_begins_at_now(tmp_path):
    """Whatever it says: what has passed is not realtime."""

    async def scenario():
        async with Peer() as peer, Box(tmp_path) as box:
            box.add("1")
            await box.set.apply([realtime("gate", peer.url, start_seq=0)])
            box.add("2")
            await box.dealt_with()
            assert (peer.ids, box.stats("gate").lost) == (["2"], 0)

    run(scenario())


def test_a_paused_receiver_loses_what_comes_and_is_not_waited_for(tmp_path):
    """Resumed it gets the next event."""

    async def scenario():
        async with Peer() as held, Peer() as other, Box(tmp_path) as box:
            await box.post_to(held=held.url, other=other.url)
            await box.pause("held")
            box.add("1")
            await box.dealt_with()
            assert (box.stats("held").state, box.stats("held").lost) == (State.PAUSED, 1)
            await box.resume("held")
            box.add("2")
            await box.dealt_with()
            assert (held.ids, other.ids) == (["2"], ["1", "2"])

    run(scenario())


def test_a_change_of_the_list_repeats_and_loses_nothing(tmp_path):
    """Added, turned round, removed: those that stay keep their figures, their connection and their pause."""

    async def scenario():
        async with Peer() as first, Peer() as second, Peer() as third, Box(tmp_path) as box:
            await box.post_to(first=first.url, second=second.url)
            await box.pause("second")
            box.add("1")
            await box.dealt_with()
            await box.post_to(paused=("second",), third=third.url, second=second.url, first=first.url)
            assert [stats.destination for stats in box.set.stats()] == ["third", "second", "first"]
            box.add("2")
            await box.dealt_with()
            await box.post_to(paused=("second",), second=second.url, first=first.url)
            box.add("3")
            await box.dealt_with()
            assert (first.ids, second.ids, third.ids) == (["1", "2", "3"], [], ["2"])
            assert (box.stats("first").accepted, box.stats("second").lost) == (3, 3)
            assert len(first.connections) == 1
            assert "third" not in box.cursors.places

    run(scenario())


def test_a_receiver_with_retry_has_a_worker_of_its_own(tmp_path):
    """It is tried again until it takes the event, and the line does not wait for it."""

    async def scenario():
        async with Peer(500, 500) as patient, Peer() as quick, Box(tmp_path) as box:
            await box.set.apply([realtime("patient", patient.url, retry=True), realtime("quick", quick.url)])
            box.add("1", "2")
            await box.dealt_with()
            assert (patient.ids, quick.ids) == (["1", "1", "1", "2"], ["1", "2"])
            assert (box.stats("patient").retried, box.stats("patient").lost) == (2, 0)

    run(scenario())


def test_retry_switched_on_keeps_the_place(tmp_path):
    """From the line to a worker of its own: nothing is skipped or repeated."""

    async def scenario():
        async with Peer() as peer, Box(tmp_path) as box:
            await box.post_to(gate=peer.url)
            box.add("1")
            await box.dealt_with()
            await box.set.apply([realtime("gate", peer.url, retry=True)])
            box.add("2")
            await box.dealt_with()
            assert peer.ids == ["1", "2"]

    run(scenario())


def test_a_journal_that_cannot_be_read_is_waited_out(tmp_path):
    """The line says so for each of its receivers and goes on when it can."""

    async def scenario():
        loop = asyncio.get_running_loop()
        async with Peer() as peer, Box(tmp_path) as box:
            errors, whole = [JournalError("bad sector")], box.log.read_sealed

            async def read(*where):
                if errors:
                    raise errors.pop()
                return await whole(*where)

            box.log.read_sealed = read
            await box.post_to(gate=peer.url)
            await until_async(lambda: box.stats("gate").state is State.WAITING)
            assert box.stats("gate").last_error == "bad sector"
            loop.let_pass(2.0)
            box.add("1")
            await box.dealt_with()
            assert peer.ids == ["1"]

    run_steered(scenario())


def test_stopping_does_not_wait_for_a_dead_receiver(tmp_path):
    """The request is cut off and its event counted as lost; those behind it wait for the next start."""

    async def scenario():
        async with Peer(hang) as dead, Box(tmp_path) as box:
            await box.post_to(timeout_s=600.0, dead=dead.url)
            box.add("1", "2")
            await until_async(lambda: dead.ids)
            receiver = box.set._line.receivers["dead"]
            await box.set.stop(0.05)
            assert box.cursors.places["dead"].position() == 1
            stats = receiver.stats(box.log)
            assert (stats.lost, stats.last_error, stats.state) == (1, CUT_OFF, State.STOPPED)

    run(scenario())


NAMES = ("first", "second", "third")
DEEDS = st.one_of(
    st.tuples(st.just("event"), st.lists(st.sampled_from([200, 200, 404, 500]), min_size=3, max_size=3)),
    st.tuples(st.just("list"), st.permutations(NAMES)),
    st.tuples(st.sampled_from(["pause", "resume", "settle"]), st.sampled_from(NAMES)),
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(DEEDS, max_size=25))
def test_whatever_happens_each_event_is_delivered_once_or_counted_as_lost(tmp_path, deeds):
    """Events, refusals, pauses, turns of the list in any order: nothing twice, all accounted for, order kept."""

    async def scenario():
        async with Peer() as first, Peer() as second, Peer() as third, Box(tmp_path) as box:
            peers = dict(zip(NAMES, (first, second, third)))
            await box.post_to(**{name: peer.url for name, peer in peers.items()})
            events, paused = 0, set()
            for deed, what in deeds:
                if deed == "event":
                    for peer, status in zip(peers.values(), what):
                        peer.script.append(status)
                    events += 1
                    box.add(f"{events:03}")
                elif deed == "list":
                    await box.post_to(paused=paused, **{name: peers[name].url for name in what})
                elif deed == "settle":
                    await box.dealt_with()
                else:
                    paused.add(what) if deed == "pause" else paused.discard(what)
                    await getattr(box, deed)(what)
            await box.dealt_with()
            for name, peer in peers.items():
                stats = box.stats(name)
                assert stats.accepted + stats.lost == events
                assert len(peer.ids) >= stats.accepted
                assert peer.ids == sorted(set(peer.ids))

    run(scenario())
