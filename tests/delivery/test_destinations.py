"""All destinations together: independent of each other, changed while they run."""

import asyncio
import time
from dataclasses import replace

import pytest
from aiohttp import web
from memory_log import RECORD_BYTES, MemoryCursors, MemoryLog, recognition, visit
from peer import DEADLINE_S, FAST, SURE, Peer
from waiting import until_async

from sophon_report import config
from sophon_report.config import Compat
from sophon_report.delivery.dead_letters import DeadLetters
from sophon_report.delivery.destinations import DestinationSet
from sophon_report.delivery.journal.journal import Journal
from sophon_report.delivery.letter import letter_of
from sophon_report.delivery.standing import State
from sophon_report.errors import BadInput, NotFound
from sophon_report.model import Content, Destination, EventFilter, Match, Progress, Recognition, UserType, Visit
from sophon_report.wire import layouts
from sophon_report.wire.layouts import Layout

REFUSED = {"reason": "HTTP 400", "status": 400, "answer": "", "attempts": 5, "now_ms": 1}


class Site:
    """A journal and the set of its destinations."""

    def __init__(self, folder):
        self.log = MemoryLog()
        self.cursors = MemoryCursors()
        self.layouts = {"g2": layouts.find("g2"), "sure": SURE}
        self.set = DestinationSet(
            self.log,
            self.cursors,
            folder,
            license_key=lambda: "LICENCE",
            find_layout=self.find,
            pace=FAST,
            jitter=lambda: 0.5,
        )

    def find(self, name):
        if name not in self.layouts:
            raise NotFound(f"there is no layout named {name}")
        return self.layouts[name]

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        await self.set.stop(0.1)

    def stats(self, name):
        return next(stats for stats in self.set.stats() if stats.destination == name)

    def add(self, *event_ids):
        for event_id in event_ids:
            self.log.add(visit(event_id))

    async def pause(self, name, paused=True):
        """As a person does: everything else stays as it is."""
        now = [self.set.get(stats.destination) for stats in self.set.stats()]
        await self.set.apply([replace(one, paused=paused) if one.name == name else one for one in now])

    async def delivered(self, name):
        await until_async(lambda: self.stats(name).cursor_seq == self.log.last_seq)


async def hang(_):
    await asyncio.sleep(60)


def run(scenario):
    asyncio.run(scenario)


def test_one_dead_destination_delays_no_other(tmp_path):
    """While one receiver hangs and one refuses connections, the third has everything."""

    async def scenario():
        async with Peer() as gone:
            refusing = gone.url
        async with Peer(hang) as stuck, Peer() as good, Site(tmp_path) as site:
            await site.set.apply(
                [
                    Destination("stuck", stuck.url),
                    Destination("refusing", refusing),
                    Destination("good", good.url),
                ]
            )
            ids = [str(number) for number in range(50)]
            site.add(*ids)
            await site.delivered("good")
            assert good.ids == ids
            assert site.stats("stuck").backlog == site.stats("refusing").backlog == 50

    run(scenario())


def test_a_new_destination_begins_where_it_says(tmp_path):
    """Behind the newest record when it was added, or with what the journal still has."""

    async def scenario():
        async with Peer() as late, Peer() as full, Site(tmp_path) as site:
            site.add("1", "2")
            newest = Destination("late", late.url, start_seq=site.log.last_seq)
            await site.set.apply([newest, Destination("full", full.url)])
            site.add("3")
            await site.delivered("late")
            await site.delivered("full")
            assert (late.ids, full.ids) == (["3"], ["1", "2", "3"])

    run(scenario())


def test_a_destination_whose_place_is_lost_gets_everything_since_it_was_added(tmp_path):
    """A lost cursor means repeats, and nothing from before its time."""

    async def scenario():
        async with Peer() as peer, Site(tmp_path) as site:
            site.add("1", "2", "3")
            await site.set.apply([Destination("platform", peer.url, start_seq=1)])
            await site.delivered("platform")
            assert peer.ids == ["2", "3"]

    run(scenario())


def test_a_journal_begun_anew_hides_no_event(tmp_path):
    """Its numbers are behind the one that was stored with the destination."""

    async def scenario():
        async with Peer() as peer, Site(tmp_path) as site:
            await site.set.apply([Destination("platform", peer.url, start_seq=1_000_000)])
            site.add("1")
            await site.delivered("platform")
            assert peer.ids == ["1"]

    run(scenario())


def test_a_restart_goes_on_where_the_journal_says(tmp_path):
    """With the real journal: what was accepted is not repeated, what came while nobody sent is not left out."""

    async def one_run(peer, waiting, new):
        settings = config.Journal(segment_bytes="64 KiB")
        journal = Journal.open(tmp_path / "journal", settings, clock_ms=lambda: 1_760_000_000_000)
        await journal.start()
        await asyncio.gather(*(journal.append(visit(event_id)).accepted for event_id in waiting))
        destinations = DestinationSet(journal, journal.cursors, tmp_path / "dead", pace=FAST)
        await destinations.apply([Destination("platform", peer.url)])
        await journal.append(visit(new)).accepted
        await until_async(lambda: new in peer.ids)
        await destinations.stop(1.0)
        await journal.close()

    async def scenario():
        async with Peer() as peer:
            await one_run(peer, ["1"], "2")
            await one_run(peer, ["3", "4"], "5")
            assert peer.ids == ["1", "2", "3", "4", "5"]

    run(scenario())


def test_a_changed_address_goes_on_from_where_it_was(tmp_path):
    """The cursor belongs to the name; nothing is skipped and what was accepted is not repeated."""

    async def scenario():
        async with Peer() as old, Peer() as new, Peer() as other, Site(tmp_path) as site:
            steady = Destination("other", other.url)
            await site.set.apply([Destination("platform", old.url), steady])
            site.add("1")
            await site.delivered("platform")
            await site.delivered("other")
            await site.set.apply([Destination("platform", new.url), steady])
            site.add("2")
            await site.delivered("platform")
            await site.delivered("other")
            assert (old.ids, new.ids, other.ids) == (["1"], ["2"], ["1", "2"])
            assert len(other.connections) == 1

    run(scenario())


def test_a_destination_removed_and_added_again_is_new(tmp_path):
    """It is not sent what happened in between, and its dead letters are gone."""

    async def scenario():
        async with Peer(*[400] * 5) as peer, Site(tmp_path) as site:
            await site.set.apply([Destination("platform", peer.url)])
            site.add("1")
            await site.delivered("platform")
            assert site.set.dead_letters("platform").count == 1
            await site.set.apply([])
            assert site.set.stats() == ()
            site.add("2")
            await site.set.apply([Destination("platform", peer.url, start_seq=site.log.last_seq)])
            assert site.set.dead_letters("platform").count == 0
            site.add("3")
            await site.delivered("platform")
            assert peer.ids[5:] == ["3"]

    run(scenario())


def test_letters_of_a_destination_that_nobody_knows_go_at_the_start(tmp_path):
    """A crash in the middle of a removal left them; so does a list of the old kind."""

    async def scenario():
        for name in ("gone", "platform"):
            DeadLetters(tmp_path, name).add(letter_of(1, visit("1"), **REFUSED), visit("1"))
        (tmp_path / "gone.jsonl").write_text("{}")
        async with Peer() as peer, Site(tmp_path) as site:
            await site.set.apply([Destination("platform", peer.url, enabled=False)])
            assert [path.name for path in tmp_path.iterdir()] == ["platform"]
            assert site.set.dead_letters("platform").count == 1

    run(scenario())


def test_refused_events_are_sent_again_by_name(tmp_path):
    """By event id, number or all; a destination that is off gets them when it is switched on."""

    async def scenario():
        async with Peer(*[400] * 10) as peer, Site(tmp_path) as site:
            destination = Destination("platform", peer.url)
            await site.set.apply([destination])
            site.add("1", "2")
            await site.delivered("platform")
            assert [letter.event_id for letter in await site.set.refused("platform")] == ["1", "2"]
            assert await site.set.resend("platform", ["1"]) == 1
            await until_async(lambda: site.stats("platform").resent == 1)
            await site.set.apply([replace(destination, enabled=False)])
            assert await site.set.resend("platform", None) == 1
            assert (site.stats("platform").dead_letters, site.stats("platform").resending) == (1, 1)
            await site.set.apply([destination])
            await until_async(lambda: site.stats("platform").resent == 1)
            assert peer.ids == ["1"] * 5 + ["2"] * 5 + ["1", "2"]

    run(scenario())


def test_refused_events_are_sent_again_where_several_are_under_way(tmp_path):
    """Beside them, all the same."""

    async def scenario():
        async with Peer(*[400] * 15) as peer, Site(tmp_path) as site:
            await site.set.apply([Destination("platform", peer.url, in_flight=3)])
            site.add("1", "2", "3")
            await until_async(lambda: site.stats("platform").dead_letters == 3)
            await site.set.resend("platform", ["2", "3"])
            await until_async(lambda: site.stats("platform").resent == 2)
            assert peer.ids[15:] == ["2", "3"]

    run(scenario())


def test_refused_events_are_given_up_by_name(tmp_path):
    """They are gone, and nothing is sent."""

    async def scenario():
        async with Peer(*[400] * 5) as peer, Site(tmp_path) as site:
            await site.set.apply([Destination("platform", peer.url)])
            site.add("1")
            await site.delivered("platform")
            with pytest.raises(NotFound, match=r"no dead letter 2$"):
                await site.set.give_up("platform", ["2"])
            assert await site.set.give_up("platform", ["1"]) == 1
            assert await site.set.refused("platform") == []

    run(scenario())


def test_in_the_realtime_line_nothing_is_sent_again(tmp_path):
    """It says what would have to be switched on; what was refused before its retry was switched off is listed."""

    async def scenario():
        async with Peer(*[400] * 5) as peer, Site(tmp_path) as site:
            destination = Destination("gate", peer.url, layout="sure", retry=True)
            await site.set.apply([destination])
            site.log.add(recognition("1"))
            await site.delivered("gate")
            await site.set.apply([replace(destination, retry=False)])
            assert len(await site.set.refused("gate")) == 1
            with pytest.raises(BadInput, match="switch its retry on first"):
                await site.set.resend("gate", None)
            await site.set.apply([destination])
            assert await site.set.resend("gate", None) == 1
            await until_async(lambda: site.stats("gate").resent == 1)

    run(scenario())


@pytest.mark.parametrize("act", [DestinationSet.resend, DestinationSet.give_up])
def test_nobody_s_refused_events_are_not_there(tmp_path, act):
    """Nor is anybody's folder looked at."""

    async def scenario():
        async with Site(tmp_path) as site:
            with pytest.raises(NotFound):
                await act(site.set, "../nobody", None)

    run(scenario())


def test_a_switched_off_destination_keeps_its_place(tmp_path):
    """Off is not removed: switched on again it gets what it missed."""

    async def scenario():
        async with Peer() as peer, Site(tmp_path) as site:
            off = Destination("platform", peer.url, enabled=False)
            await site.set.apply([off])
            site.add("1", "2")
            assert (site.stats("platform").state, site.stats("platform").backlog) == (State.DISABLED, 2)
            await site.pause("platform")
            await site.pause("platform", paused=False)
            site.set.try_now("platform")
            assert peer.ids == []
            await site.set.apply([Destination("platform", peer.url)])
            await site.delivered("platform")
            assert peer.ids == ["1", "2"]

    run(scenario())


def test_a_destination_is_paused_and_resumed_by_name(tmp_path):
    """And only that one."""

    async def scenario():
        async with Peer() as first, Peer() as second, Site(tmp_path) as site:
            await site.set.apply([Destination("first", first.url), Destination("second", second.url)])
            await site.pause("first")
            site.add("1")
            await site.delivered("second")
            await until_async(lambda: site.stats("first").state is State.PAUSED)
            site.set.try_now("first")
            assert first.ids == []
            await site.pause("first", paused=False)
            await site.delivered("first")
            assert first.ids == ["1"]
            with pytest.raises(NotFound):
                site.set.try_now("nobody")

    run(scenario())


def test_stopping_drains_the_living_and_does_not_wait_for_the_dead(tmp_path):
    """At the end the good receiver has everything and the hanging one keeps its place."""

    async def scenario():
        async with Peer(hang) as stuck, Peer() as good, Site(tmp_path) as site:
            await site.set.apply([Destination("stuck", stuck.url), Destination("good", good.url)])
            site.add(*[str(number) for number in range(30)])
            begun = time.monotonic()
            await site.set.stop(1.0)
            assert time.monotonic() - begun < DEADLINE_S
            assert len(good.ids) == 30
            assert site.cursors.places["stuck"].position() == 0

    run(scenario())


def test_the_license_key_is_asked_at_every_event(tmp_path):
    """A new key needs no restart."""

    async def scenario():
        keys = ["old", "new"]
        seen = []

        async def look(request):
            seen.append((await request.json())["mq_license_key"])
            return web.Response()

        async with Peer(look, look) as peer:
            log, cursors = MemoryLog(), MemoryCursors()
            destinations = DestinationSet(log, cursors, tmp_path, license_key=lambda: keys.pop(0), pace=FAST)
            await destinations.apply([Destination("platform", peer.url)])
            for event_id in ("1", "2"):
                log.add(visit(event_id))
            await until_async(lambda: len(seen) == 2)
            await destinations.stop(1.0)
            assert seen == ["old", "new"]

    run(scenario())


def test_a_layout_that_nobody_has_stops_no_other_destination(tmp_path):
    """Its package was removed: that one is paused with the reason and keeps its place."""

    async def scenario():
        async with Peer() as lacking, Peer() as good, Site(tmp_path) as site:
            await site.set.apply(
                [Destination("lacking", lacking.url, layout="mes"), Destination("good", good.url)]
            )
            site.add("1")
            await site.delivered("good")
            stats = site.stats("lacking")
            assert (stats.state, stats.layout, stats.backlog) == (State.PAUSED, "mes", 1)
            assert stats.last_error == "there is no layout named mes"
            site.set.try_now("lacking")
            await site.set.apply([Destination("lacking", lacking.url), Destination("good", good.url)])
            await site.delivered("lacking")
            assert lacking.ids == ["1"]

    run(scenario())


@pytest.mark.parametrize(
    "change",
    [
        {"content": Content(scene=False)},
        {"content_type": "form-data"},
        {"period_s": 0.001},
        {"layout": "other"},
        {"retry": True},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_destination_that_is_told_otherwise_keeps_its_place(tmp_path, change):
    """What was delivered is not repeated, what came meanwhile is not left out."""

    def simple(event, _):
        return {"event_id": event.event_id}

    async def scenario():
        async with Peer() as peer, Site(tmp_path) as site:
            site.layouts["g2"] = site.layouts["other"] = Layout("simple", Visit, simple)
            await site.set.apply([Destination("platform", peer.url)])
            site.add("1")
            await site.delivered("platform")
            await site.pause("platform")
            site.add("2")
            await site.set.apply([Destination("platform", peer.url, **change)])
            await site.delivered("platform")
            assert site.stats("platform").accepted == 1
            assert len(peer.got) == 2

    run(scenario())


def test_what_may_be_told_is_asked_at_every_event(tmp_path):
    """The destination's own switches, and the readings of the vendor's contradictions."""
    told = []

    async def scenario():
        async with Peer() as peer, Site(tmp_path) as site:
            readings = [Compat(), Compat(greeter_mode=True)]
            spy = Layout("spy", Visit, lambda event, telling: told.append(telling) or {"event_id": event.event_id})
            destinations = DestinationSet(
                site.log,
                site.cursors,
                tmp_path,
                compat=lambda: readings.pop(0),
                find_layout=lambda _: spy,
                pace=FAST,
            )
            await destinations.apply([Destination("platform", peer.url, content=Content(scene=False))])
            site.add("1", "2")
            await until_async(lambda: len(peer.ids) == 2)
            await destinations.stop(1.0)
            assert [each.content.scene for each in told] == [False, False]
            assert [each.compat.greeter_mode for each in told] == [False, True]

    run(scenario())


def test_a_change_of_the_realtime_line_restarts_no_other_worker(tmp_path):
    """The history destination keeps its figures and its connection."""

    async def scenario():
        async with Peer() as history, Peer() as gate, Site(tmp_path) as site:
            steady = Destination("history", history.url)
            await site.set.apply([steady])
            site.add("1")
            await site.delivered("history")
            await site.set.apply([steady, Destination("gate", gate.url, layout="sure")])
            site.log.add(recognition("2"))
            site.add("2")
            await site.delivered("history")
            await site.delivered("gate")
            assert (history.ids, gate.ids) == (["1", "2"], ["2"])
            assert (site.stats("history").accepted, len(history.connections)) == (2, 1)

    run(scenario())


@pytest.mark.parametrize("layout", ["g2", "sure"], ids=["a worker of its own", "the realtime line"])
def test_what_a_destinations_filter_keeps_is_passed_over_and_counted(tmp_path, layout):
    """The place moves on, nothing is sent or lost; the neighbour without a filter gets all."""

    async def scenario():
        make = visit if layout == "g2" else recognition
        other = EventFilter(device_ids=("removed",), user_types=(UserType.EMPLOYEE,))
        strict = EventFilter(device_ids=("d1", "removed"), user_types=(UserType.EMPLOYEE,), min_score_pct=90.0)
        async with Peer() as all_of_it, Peer() as some, Peer() as none, Site(tmp_path) as site:
            await site.set.apply(
                [
                    Destination("all", all_of_it.url, layout=layout),
                    Destination("some", some.url, layout=layout, filter=strict),
                    Destination("none", none.url, layout=layout, filter=other),
                ]
            )
            site.log.add(make("1"))
            site.log.add(replace(make("2"), match=Match(make().match.identity, 89.9)))
            site.log.add(Progress("3", 5))
            for name in ("all", "some", "none"):
                await site.delivered(name)
            assert (all_of_it.ids, some.ids, none.ids) == (["1", "2"], ["1"], [])
            assert [site.stats(name).passed_over for name in ("all", "some", "none")] == [0, 1, 2]
            assert site.stats("none").lost == 0

    run(scenario())


def test_a_destination_that_is_not_told_names_gets_none(tmp_path):
    """Its neighbour does."""
    names = {}

    def note(name):
        async def answer(request):
            names[name] = (await request.json())["identity_name"]
            return web.Response()

        return answer

    async def scenario():
        async with Peer(note("open")) as first, Peer(note("closed")) as second, Site(tmp_path) as site:
            closed = Destination("closed", second.url, content=Content(person_name=False))
            await site.set.apply([Destination("open", first.url), closed])
            site.add("1")
            await site.delivered("open")
            await site.delivered("closed")
            assert names == {"open": "王芳", "closed": ""}

    run(scenario())


def test_a_pause_restarts_no_worker(tmp_path):
    """Figures and connection stay, the request under way is finished, and nothing is repeated or left out."""

    async def scenario():
        arrived, go = asyncio.Event(), asyncio.Event()

        async def think(_):
            arrived.set()
            await go.wait()
            return web.Response()

        async with Peer(200, think) as peer, Site(tmp_path) as site:
            await site.set.apply([Destination("platform", peer.url)])
            site.add("1")
            await site.delivered("platform")
            site.add("2", "3")
            await arrived.wait()
            await site.pause("platform")
            go.set()
            await until_async(lambda: site.stats("platform").state is State.PAUSED)
            assert (peer.ids, site.stats("platform").accepted) == (["1", "2"], 2)
            await site.pause("platform", paused=False)
            await site.delivered("platform")
            assert (peer.ids, site.stats("platform").accepted) == (["1", "2", "3"], 3)
            assert len(peer.connections) == 1

    run(scenario())


@pytest.mark.parametrize("layout", ["g2", "sure"], ids=["a worker of its own", "the realtime line"])
def test_a_paused_destination_begins_paused(tmp_path, layout):
    """After a restart, and with another address."""

    async def scenario():
        async with Peer() as old, Peer() as new, Site(tmp_path) as site:
            paused = Destination("platform", old.url, layout=layout, paused=True)
            await site.set.apply([paused])
            site.log.add(recognition("1") if layout == "sure" else visit("1"))
            await until_async(lambda: site.stats("platform").last_error == "paused by hand")
            await site.set.apply([replace(paused, url=new.url)])
            await until_async(lambda: site.stats("platform").state is State.PAUSED)
            await site.pause("platform", paused=False)
            site.log.add(recognition("2") if layout == "sure" else visit("2"))
            await site.delivered("platform")
            assert (old.ids, new.ids) == ([], ["2"] if layout == "sure" else ["1", "2"])

    run(scenario())


def test_a_change_of_another_destination_does_not_end_the_wait_after_a_410(tmp_path):
    """Only a person does: whoever was found to be gone is not asked again for it."""

    async def scenario():
        async with Peer(410) as gone, Peer() as other, Site(tmp_path) as site:
            await site.set.apply([Destination("gone", gone.url)])
            site.add("1")
            await until_async(lambda: site.stats("gone").state is State.PAUSED)
            await site.set.apply([Destination("gone", gone.url), Destination("other", other.url)])
            await site.delivered("other")
            assert (gone.ids, site.stats("gone").last_error) == (["1"], "HTTP 410")
            site.set.try_now("gone")
            await site.delivered("gone")
            assert gone.ids == ["1", "1"]

    run(scenario())


def test_only_a_destination_that_needs_no_order_has_several_under_way(tmp_path):
    """Two at a time for one, one for the other; changed to one it goes on in order."""

    async def scenario():
        here = {"two": [0, 0], "one": [0, 0]}

        def count(name):
            async def answer(_):
                now = here[name]
                now[0] += 1
                now[1] = max(now)
                for _ in range(20):
                    await asyncio.sleep(0.001)
                now[0] -= 1
                return web.Response()

            return [answer] * 12

        async with Peer(*count("two")) as two, Peer(*count("one")) as one, Site(tmp_path) as site:
            abreast = Destination("two", two.url, in_flight=2)
            await site.set.apply([abreast, Destination("one", one.url)])
            site.add(*map(str, range(12)))
            await site.delivered("two")
            await site.delivered("one")
            assert (here["two"][1], here["one"][1]) == (2, 1)
            await site.set.apply([replace(abreast, in_flight=1), Destination("one", one.url)])
            site.add("12", "13")
            await site.delivered("two")
            assert two.ids[12:] == ["12", "13"]

    run(scenario())


def test_what_a_destination_lacks_is_told_whatever_is_done_for_it(tmp_path):
    """Paused, switched off, without its layout, in the realtime line: events of its kind, bytes, and how old."""

    async def scenario():
        async with Peer() as peer, Site(tmp_path) as site:
            paused = Destination("paused", peer.url, paused=True)
            await site.set.apply(
                [
                    paused,
                    replace(paused, name="gate", layout="sure", retry=True),
                    replace(paused, name="off", enabled=False),
                    replace(paused, name="lacking", layout="mes"),
                    replace(paused, name="off-gate", layout="sure", enabled=False),
                ]
            )
            assert all(row.oldest_ms is None and row.backlog == 0 for row in site.set.stats())
            site.log.add(Progress("1", 5))
            for event_id in ("1", "2"):
                site.log.add(recognition(event_id))
            site.add("1", "2", "3")
            oldest_ms = visit().recognised_ms
            lacks = {row.destination: (row.backlog, row.backlog_bytes, row.oldest_ms) for row in site.set.stats()}
            three, two = (3, 6 * RECORD_BYTES, oldest_ms), (2, 6 * RECORD_BYTES, oldest_ms)
            assert lacks == {"paused": three, "gate": two, "off": three, "lacking": three, "off-gate": two}

    run(scenario())


def test_what_retention_took_is_counted_by_the_kind_that_is_told(tmp_path):
    """The journal is told what each destination is told, also when that changes."""

    async def scenario():
        async with Peer() as peer, Site(tmp_path) as site:
            history = Destination("history", peer.url)
            await site.set.apply([history, Destination("gate", peer.url, layout="sure")])
            assert site.log.told == {"history": Visit, "gate": Recognition}
            site.log.lost = {"history": 7}
            assert [row.dropped for row in site.set.stats()] == [7, 0]
            await site.set.apply([replace(history, layout="sure", retry=True)])
            assert site.log.told["history"] is Recognition

    run(scenario())


def test_with_the_journal_the_figures_of_a_backlog_are_those_of_the_disk(tmp_path):
    """Known events behind the place, the bytes of their records, and what went before it was delivered."""

    async def scenario():
        settings = config.Journal(segment_bytes="64 KiB", max_bytes="128 KiB")
        journal = Journal.open(tmp_path / "journal", settings, clock_ms=lambda: 1_760_000_000_000)
        await journal.start()
        destinations = DestinationSet(journal, journal.cursors, tmp_path / "dead", pace=FAST)
        await destinations.apply([Destination("platform", "http://127.0.0.1:9/", paused=True)])
        await journal.append(recognition("1")).accepted
        for number in range(3):
            await journal.append(visit(str(number))).accepted
        (row,) = destinations.stats()
        assert (row.backlog, row.dropped) == (3, 0)
        assert 0 < row.backlog_bytes <= journal.stats().size_bytes
        assert row.oldest_ms is not None
        big = replace(visit("big"), shot=replace(visit().shot, scene_jpeg=bytes(60 << 10)))
        for _ in range(4):
            await journal.append(big).accepted
        (row,) = destinations.stats()
        assert row.dropped > 0
        assert row.backlog + row.dropped == 7
        await destinations.stop(1.0)
        await journal.close()

    run(scenario())


def test_an_erased_event_that_was_read_ahead_is_told_to_nobody(tmp_path):
    """Neither the one that is being tried, nor those behind it, nor refused ones; the others come in order."""

    async def run():
        async with Peer(*[503] * 3) as peer, Site(tmp_path) as site:
            site.add("1", "2", "3", "4")
            await site.set.apply([Destination("platform", peer.url)])
            site.set.dead_letters("platform").add(letter_of(9, visit("2"), **REFUSED), visit("2"))
            await until_async(lambda: len(peer.got) >= 1, "the first try")
            peer.script[:] = [503] * 10_000
            erased = {"1", "2"}
            site.log.records = [record for record in site.log.records if record.value.event_id not in erased]
            assert await site.set.erase(lambda event: event.event_id in erased) == 1
            tried = len(peer.got)
            peer.script.clear()
            await site.delivered("platform")
            assert set(peer.ids[:tried]) <= {"1", "3"}
            assert list(dict.fromkeys(peer.ids[tried:])) in (["3", "4"], ["4"])
            assert not site.set.dead_letters("platform").count

    asyncio.run(asyncio.wait_for(run(), DEADLINE_S))


def test_the_realtime_line_reads_again_what_it_read_ahead(tmp_path):
    """An erased event is not told behind a slow receiver's one."""

    async def run():
        async with Peer(hang) as peer, Site(tmp_path) as site:
            await site.set.apply([Destination("gate", peer.url, "sure", timeout_s=600)])
            for event_id in ("1", "2", "3"):
                site.log.add(recognition(event_id))
            await until_async(lambda: len(peer.got) == 1, "the first try")
            site.log.records = [record for record in site.log.records if record.value.event_id != "2"]
            await site.set.erase(lambda event: event.event_id == "2")
            await site.delivered("gate")
            assert "2" not in peer.ids
            assert peer.ids[-1] == "3"

    asyncio.run(asyncio.wait_for(run(), DEADLINE_S))
