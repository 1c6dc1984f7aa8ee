"""``journal dead|resend|drop``: the events that destinations refused, with the service running or not.

Looking reads the files. A change goes through the service when one runs; without one it is made on the files, and
a wish to send again is carried out by the next start.
"""

import argparse
import asyncio
import json
import time
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any, Dict, Iterable, List, Optional, Sequence, Tuple
from urllib.parse import quote

from sophon_report import known_destinations
from sophon_report.admin import Admin
from sophon_report.cli import settings_of
from sophon_report.cli.journal import described
from sophon_report.config import Settings
from sophon_report.delivery import dead_folder
from sophon_report.delivery.dead_letters import DeadLetters
from sophon_report.delivery.destinations import NO_RESEND, stands_in_line
from sophon_report.delivery.journal import RealFiles
from sophon_report.delivery.letter import DeadLetter
from sophon_report.delivery.standing import State
from sophon_report.errors import BadInput, LayoutError, NotFound
from sophon_report.model import Destination, Record
from sophon_report.ops.data_dir import DataDir
from sophon_report.terminal import print_table
from sophon_report.wire import layouts

HEADINGS = ("destination", "seq", "event", "device", "who", "when", "reason", "tried", "refused at", "")


def dead(arguments: argparse.Namespace) -> int:
    """List refused events, or show one."""
    settings = settings_of(arguments)
    place = DataDir(settings.data_dir)
    names = _names(place, arguments.name)
    if arguments.name and arguments.name not in names:
        _stored(settings, place, arguments.name)
    if arguments.show is not None:
        return _show(place, names, arguments.show)
    letters = [
        (name, letter) for name in names for letter in dead_folder.entries(RealFiles(), _folder(place, name))
    ]
    if arguments.json:
        print(json.dumps([{"destination": name, **asdict(letter)} for name, letter in letters], indent=2))
    elif letters:
        print_table(HEADINGS, (_cells(name, letter) for name, letter in letters))
    else:
        print(
            "no destination has refused anything"
            if not arguments.name
            else f"{arguments.name}: nothing is refused"
        )
    return 0


def resend(arguments: argparse.Namespace) -> int:
    """Have refused events sent again."""
    settings = settings_of(arguments)
    place, name = DataDir(settings.data_dir), arguments.name
    ids: Optional[List[str]] = None if arguments.all else arguments.ids
    if place.running():
        waiting = _asked(place, name, "resend", ids)["resending"]
        print(f"{name}: {waiting} to be sent again{_when(place, name)}")
        return 0
    if _never_resends(_stored(settings, place, name)):
        raise BadInput(NO_RESEND)
    with closing(place.lock()):
        letters = DeadLetters(place.dead_letters, name)
        waiting = letters.resend(None if ids is None else letters.find(ids))
    print(f"{name}: {waiting} to be sent again when the service starts")
    return 0


def drop(arguments: argparse.Namespace) -> int:
    """Give refused events up."""
    settings = settings_of(arguments)
    place, name = DataDir(settings.data_dir), arguments.name
    ids: Optional[List[str]] = None if arguments.all else arguments.ids
    if place.running():
        gone = _asked(place, name, "drop", ids)["dropped"]
    else:
        _stored(settings, place, name)
        with closing(place.lock()):
            letters = DeadLetters(place.dead_letters, name)
            gone = letters.give_up(None if ids is None else letters.find(ids))
    print(f"{name}: {gone} given up")
    return 0


def _names(place: DataDir, name: Optional[str]) -> List[str]:
    """Those destinations that have refused something: all, or the one that is asked for."""
    names = dead_folder.destinations(RealFiles(), place.dead_letters)
    return [each for each in names if name in (None, each)]


def _folder(place: DataDir, name: str) -> Path:
    return dead_folder.of(place.dead_letters, name)


def _cells(name: str, letter: DeadLetter) -> Sequence[str]:
    if letter.damaged:
        return (name, str(letter.seq), "", "", "", "", letter.reason, "", "", "")
    return (
        name,
        str(letter.seq),
        letter.event_id,
        letter.device_name or letter.device_id,
        letter.user_type,
        _time(letter.event_ms),
        letter.reason,
        str(letter.attempts),
        _time(letter.set_aside_ms),
        "to be sent again" if letter.resending else "",
    )


def _time(time_ms: int) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(time_ms / 1000))


def _show(place: DataDir, names: Iterable[str], seq: int) -> int:
    found = 0
    for name in names:
        try:
            letter, event = dead_folder.read(RealFiles(), _folder(place, name), seq)
        except NotFound:
            continue
        found += 1
        told = {"destination": name, **asdict(letter), "record": described(Record(seq, event))}
        print(json.dumps(told, ensure_ascii=False, indent=2))
    if not found:
        raise NotFound(f"there is no dead letter {seq}")
    return 0


def _stored(settings: Settings, place: DataDir, name: str) -> Destination:
    for one in known_destinations.stored(settings, place):
        if one.name == name:
            return one
    raise NotFound(f"there is no destination named {name}")


def _never_resends(destination: Destination) -> bool:
    try:
        return stands_in_line(destination, layouts.find(destination.layout))
    except (NotFound, LayoutError):
        return False


def _asked(place: DataDir, name: str, what: str, ids: Optional[List[str]]) -> Dict[str, Any]:
    async def ask() -> Dict[str, Any]:
        async with Admin(place) as admin:
            path = f"/api/v1/destinations/{quote(name, safe='')}/dead/{what}"
            return await admin.post_json(path, {"all": True} if ids is None else {"ids": ids})

    return asyncio.run(ask())


def _when(place: DataDir, name: str) -> str:
    """What they wait for, when nothing is sent now."""
    row = known_destinations.live(place).get(name)
    waits: Tuple[Tuple[State, str], ...] = (
        (State.PAUSED, ", once it is no longer paused"),
        (State.DISABLED, ", once it is switched on"),
    )
    return next((words for state, words in waits if row is not None and row.state is state), "")
