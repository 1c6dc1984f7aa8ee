"""A flow of events before one door, with real visits, journal and gallery."""

import asyncio
import itertools

import samples

from sophon_report.config import Settings
from sophon_report.delivery.journal import Journal
from sophon_report.link.messages import DeviceState, ShotTaken
from sophon_report.model import Progress, Track
from sophon_report.recognition.known_people import KnownPeople
from sophon_report.report.eventflow import EventFlow
from sophon_report.store.database import Database
from sophon_report.store.people import PeopleStore

DOOR = samples.device()
START_MS = samples.shot().in_ms


def told(tmp_path, story):
    """Run ``story`` on a flow before the door and stop it; returns what is in the journal then."""

    async def run():
        database = Database.open(tmp_path / "store.sqlite")
        journal = Journal.open(tmp_path / "journal", Settings().journal, clock_ms=lambda: START_MS)
        await journal.start()
        ids = map(str, itertools.count(1))
        people = KnownPeople(PeopleStore(database))
        flow = EventFlow(Settings(), people, journal, lambda *_: None, lambda: next(ids))
        flow.devices_changed([DOOR])
        await story(flow)
        await flow.stop()
        await journal.append(Progress("end", START_MS)).accepted
        records = await journal.read(0)
        await journal.close()
        database.close()
        return [record.value for record in records[:-1]]

    return asyncio.run(run())


async def somebody_comes(flow, in_ms=START_MS, track_id=1):
    """A stranger is seen for three seconds: decided, the visit open."""
    shot = samples.shot(in_ms=in_ms, captured_ms=in_ms + 100, track_id=track_id)
    await flow.message(ShotTaken(shot))
    track = Track(track_id, in_ms, in_ms + 3000)
    await flow.message(DeviceState("door", "online", now_ms=track.out_ms, tracks=(track,)))
    return track
