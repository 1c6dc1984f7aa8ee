"""A report process at rest, in figures; a test changes what it is about."""

import dataclasses

from sophon_report.api.traffic import Traffic
from sophon_report.delivery.journal import JournalStats
from sophon_report.delivery.watch_hub import WatchStats
from sophon_report.delivery.watch_server import WatchServerStats
from sophon_report.delivery.ws_server import EventServerStats
from sophon_report.recognition.known_people import KnownPeopleStats
from sophon_report.recognition.stranger_lookup import StrangerStats
from sophon_report.recognition.visits import VisitStats
from sophon_report.report.event_feed import EventFeedStats
from sophon_report.report.eventflow import FlowStats
from sophon_report.report.figures import Snapshot
from sophon_report.report.jobs import JobStats
from sophon_report.report.photo_events import PhotoStats
from sophon_report.report.supervisor import SupervisorStats
from sophon_report.report.vision_link import Departures


def zeros(kind, **changes):
    """A value of a class of figures in which every other field is 0."""
    return kind(**{**dict.fromkeys((field.name for field in dataclasses.fields(kind)), 0), **changes})


def snapshot(**changes):
    values = {
        "now_ms": 1_700_000_000_000,
        "connected": True,
        "supervisor": SupervisorStats(7, 1, ""),
        "departures": Departures(),
        "vision": {},
        "devices": (),
        "states": {},
        "flow": zeros(FlowStats),
        "visits": zeros(VisitStats),
        "people": zeros(KnownPeopleStats),
        "strangers": zeros(StrangerStats),
        "photos": zeros(PhotoStats),
        "clients": zeros(EventServerStats, clients=(), certificate=None),
        "destinations": (),
        "preview": WatchServerStats(zeros(WatchStats, watchers=()), (), 0),
        "control": WatchServerStats(zeros(WatchStats, watchers=()), (), 0),
        "pages": WatchServerStats(zeros(WatchStats, watchers=()), (), 0),
        "status": (),
        "journal": zeros(JournalStats, failing=False, dropped_undelivered={}),
        "history": zeros(EventFeedStats, problem=""),
        "refused": {},
        "traffic": Traffic(),
        "jobs": zeros(JobStats),
        "changes_refused": 0,
    }
    return Snapshot(**{**values, **changes})
