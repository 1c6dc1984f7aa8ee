"""``journal reindex``: the whole journal read into the event index again, with the service running or not."""

import asyncio
import json
import sys
from contextlib import contextmanager
from dataclasses import asdict, fields
from typing import Any, Callable, Dict, Iterator

from sophon_report.admin import Admin
from sophon_report.config import Settings
from sophon_report.delivery.journal import Journal
from sophon_report.errors import Unavailable
from sophon_report.ops.clock import clock_ms
from sophon_report.ops.data_dir import DataDir
from sophon_report.report.event_feed import EventFeed, Reindexed
from sophon_report.store.event_index import EventIndex

LOOK_S = 0.2

Told = Callable[[int, int], None]


def reindex(settings: Settings, as_json: bool) -> int:
    """Do it, and print what it changed.

    Raises:
        Unavailable: the service, the journal or the index cannot be used.
    """
    with _progress() as told:
        done = read_again(settings, told)
    if as_json:
        print(json.dumps(asdict(done), indent=2))
        return 0
    print(f"records {done.first_seq} to {done.last_seq}: {done.records:,} events read")
    print(f"{done.added:,} rows were missing, {done.changed:,} were wrong; they are as in the journal now")
    if done.damaged:
        print(f"{done.damaged:,} records are damaged and were passed over: see journal verify")
    return 0


def read_again(settings: Settings, told: Told) -> Reindexed:
    """Repair the rows of all events that the journal has.

    Args:
        settings: of the service.
        told: ``told(seq, last_seq)``, how far it is.

    Raises:
        Unavailable: the service, the journal or the index cannot be used.
    """
    place = DataDir(settings.data_dir)
    try:
        lock = place.lock()
    except Unavailable:
        return asyncio.run(_asked(place, told))
    try:
        return asyncio.run(_stopped(settings, place, told))
    finally:
        lock.close()


async def _asked(place: DataDir, told: Told) -> Reindexed:
    async with Admin(place) as admin:
        state = await admin.post_json("/api/v1/events/reindex", {})
        while state["state"] == "running":
            told(state["seq"] or 0, state["last_seq"] or 0)
            await asyncio.sleep(LOOK_S)
            state = await admin.get("/api/v1/events/reindex")
    return _outcome(state)


def _outcome(state: Dict[str, Any]) -> Reindexed:
    if state["state"] != "done":
        raise Unavailable(state["error"] or "the service has begun anew meanwhile: ask it again")
    return Reindexed(**{each.name: state[each.name] for each in fields(Reindexed)})


async def _stopped(settings: Settings, place: DataDir, told: Told) -> Reindexed:
    journal = Journal.open(place.journal, settings.journal, clock_ms=clock_ms)
    await journal.start()
    feed = EventFeed(journal, EventIndex(place.events), lambda: settings.events, clock_ms)
    try:
        return await feed.reindex(told)
    finally:
        await feed.stop()
        await journal.close()


@contextmanager
def _progress() -> Iterator[Told]:
    """On a terminal one line that is written over."""
    shown = sys.stderr.isatty()

    def told(seq: int, last_seq: int) -> None:
        if shown:
            print(f"\rrecord {seq:,} of {last_seq:,}", end="", file=sys.stderr, flush=True)

    yield told
    if shown:
        print(file=sys.stderr)
