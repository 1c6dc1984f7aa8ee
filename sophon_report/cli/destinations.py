"""``destinations list|test|update|pause|resume``: who is told of events by HTTP POST."""

import argparse
import asyncio
import json
import time
from contextlib import closing
from dataclasses import asdict
from typing import Any, Dict, Iterator
from urllib.parse import quote

from sophon_report import known_destinations
from sophon_report.admin import Admin
from sophon_report.cli import settings_of
from sophon_report.cli.destination_list import print_list
from sophon_report.config import Settings
from sophon_report.delivery.teller import Teller
from sophon_report.delivery.trial import Trial, try_out
from sophon_report.delivery.witness import hops_of
from sophon_report.errors import NotFound, Unavailable
from sophon_report.model import Destination
from sophon_report.ops.data_dir import DataDir
from sophon_report.store.database import Database
from sophon_report.store.destinations import DestinationStore
from sophon_report.terminal import LONGEST_CELL, printable
from sophon_report.wire import layouts
from sophon_report.wire.telling import Telling

NOT_STORED = (
    "{} stands in the settings file and is not stored before the service has run once; "
    "until then enabled = false in the file keeps it from starting"
)


def destinations(arguments: argparse.Namespace) -> int:
    """Run one action on the destinations."""
    settings = settings_of(arguments)
    place = DataDir(settings.data_dir)
    if arguments.action == "list":
        return print_list(settings, place, arguments.json)
    if arguments.action == "test":
        return _test(settings, place, arguments.name, arguments.json)
    if arguments.action == "update":
        return _update(settings, place, arguments.name)
    return _pause(settings, place, arguments.name, arguments.action)


def _update(settings: Settings, place: DataDir, name: str) -> int:
    """Have what the settings file says now count; place and pause stay.

    It is written here and not by a call, so that the secrets of the file go no other way than into the store.
    """
    before = _stored(settings, place, name)
    wanted = known_destinations.as_in_file(settings, before)
    if wanted is None:
        raise NotFound(f"the settings file has no destination named {name}")
    if not place.store.exists():
        raise Unavailable(NOT_STORED.format(name))
    with closing(Database.open(place.store)) as database:
        try:
            DestinationStore(database).update(wanted)
        except NotFound as error:
            raise Unavailable(NOT_STORED.format(name)) from error
    if place.running():
        asyncio.run(_reload(place))
    print(f"{name}: " + ("as the settings file says" if wanted != before else "was as the settings file says"))
    return 0


async def _reload(place: DataDir) -> None:
    async with Admin(place) as admin:
        await admin.post("/api/v1/destinations/reload", {}, b"")


def _pause(settings: Settings, place: DataDir, name: str, action: str) -> int:
    """Kept in the store: a running service is asked to, else it is done here."""
    stored = _stored(settings, place, name)
    if place.running():
        asyncio.run(_ask(place, name, action))
    else:
        _note_pause(place, name, paused=action == "pause")
    done = "paused until it is resumed" if action == "pause" else "resumed"
    print(f"{name}: {done}" + ("" if stored.enabled else "; it is switched off in the settings all the same"))
    return 0


def _note_pause(place: DataDir, name: str, paused: bool) -> None:
    if not place.store.exists():
        raise Unavailable(NOT_STORED.format(name))
    with closing(Database.open(place.store)) as database:
        try:
            DestinationStore(database).pause(name, paused)
        except NotFound as error:
            raise Unavailable(NOT_STORED.format(name)) from error


def _test(settings: Settings, place: DataDir, name: str, as_json: bool) -> int:
    """A running service posts with its own settings; without one this command does."""
    trial = _asked_trial(place, name) if place.running() else asyncio.run(_own_trial(settings, place, name))
    if as_json:
        print(json.dumps(asdict(trial), ensure_ascii=False, indent=2))
    else:
        for line in _exchange_lines(trial):
            print(printable(line, LONGEST_CELL))
        answer = f"HTTP {trial.status}" if trial.status is not None else "no answer"
        verdict = "accepted" if trial.accepted else f"not accepted: {trial.reason}"
        print(f"{name}: {answer} after {trial.took_ms} ms, {verdict} (event {trial.event_id})")
    return 0 if trial.accepted else 1


def _exchange_lines(trial: Trial) -> Iterator[str]:
    """What was sent behind ``>``, what was answered behind ``<``."""
    for number, hop in enumerate(trial.hops):
        yield f"> {hop.line}"
        yield from (f"> {name}: {value}" for name, value in hop.headers)
        if number == 0:
            yield f"> {trial.body}"
            yield f"  {trial.body_bytes} bytes of body in all, before it is packed"
        if hop.connected_ms is not None:
            yield f"  connected after {hop.connected_ms} ms"
        if hop.status is not None:
            yield f"< {hop.status} after {hop.first_byte_ms} ms"
        yield from (f"< {name}: {value}" for name, value in hop.answer_headers)
    if trial.answer:
        yield f"< {trial.answer}"


def _asked_trial(place: DataDir, name: str) -> Trial:
    told = asyncio.run(_ask(place, name, "test"))
    return Trial(**{**told, "hops": hops_of(told["hops"])})


async def _own_trial(settings: Settings, place: DataDir, name: str) -> Trial:
    one = _stored(settings, place, name)
    telling = Telling(settings.license_key.get_secret_value(), one.content, settings.compat)
    teller = Teller(layouts.find(one.layout), one.content_type, lambda: telling)
    return await try_out(teller, one, time.time)


def _stored(settings: Settings, place: DataDir, name: str) -> Destination:
    stored = {one.name: one for one in known_destinations.stored(settings, place)}
    if name not in stored:
        raise NotFound(f"there is no destination named {name}")
    return stored[name]


async def _ask(place: DataDir, name: str, action: str) -> Dict[str, Any]:
    async with Admin(place) as admin:
        return await admin.post(f"/api/v1/destinations/{quote(name, safe='')}/{action}", {}, b"")
