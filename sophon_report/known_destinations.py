"""The destinations of a data folder, for commands: what is stored, and what a running service says of them."""

import asyncio
from contextlib import closing
from dataclasses import replace
from typing import Any, Dict, Iterable, List, Optional, Set

from sophon_report.admin import TIMEOUT_S, Admin
from sophon_report.config import Settings
from sophon_report.delivery.standing import DestinationStats, State
from sophon_report.errors import LayoutError, NotFound
from sophon_report.model import Destination, Recognition
from sophon_report.ops.data_dir import DataDir
from sophon_report.store.database import Database
from sophon_report.store.destinations import MAX_DESTINATIONS, DestinationStore
from sophon_report.wire import layouts


def stored(settings: Settings, place: DataDir) -> List[Destination]:
    """Those that are stored, then those that the settings file would add at the next start.

    Raises:
        StoreError: the store cannot be read.
    """
    return _all(settings, place)[:MAX_DESTINATIONS]


def passed_over(settings: Settings, place: DataDir) -> List[Destination]:
    """Those of the settings file that have no room beside the others; raises as :func:`stored`."""
    return _all(settings, place)[MAX_DESTINATIONS:]


def _all(settings: Settings, place: DataDir) -> List[Destination]:
    known: List[Destination] = []
    if place.store.exists():
        with closing(Database.open(place.store)) as database:
            known = DestinationStore(database).list()
    names = {destination.name for destination in known}
    # Where one begins is decided when it is added.
    return known + [seed.destination(0) for seed in settings.destination if seed.name not in names]


def as_in_file(settings: Settings, known: Destination) -> Optional[Destination]:
    """``known`` as the settings file has it now, with its place and its pause; ``None``: it is not in the file."""
    seed = next((seed for seed in settings.destination if seed.name == known.name), None)
    if seed is None:
        return None
    return replace(seed.destination(known.start_seq), paused=known.paused, origin=known.origin)


def live(place: DataDir) -> Dict[str, DestinationStats]:
    """Where the destinations of the running service stand, by name, in their order; none when no service runs.

    Raises:
        Unavailable: it does not answer.
    """
    said = delivery(place)
    return {} if said is None else rows(said)


def delivery(place: DataDir, timeout_s: float = TIMEOUT_S) -> Optional[Dict[str, Any]]:
    """What the running service says of delivery, ``None`` when no service runs; raises as :func:`live`."""
    return asyncio.run(_asked(place, timeout_s)) if place.running() else None


def rows(said: Dict[str, Any]) -> Dict[str, DestinationStats]:
    """The destinations in what :func:`delivery` gave, by name, in their order."""
    return {
        row["destination"]: DestinationStats(**{**row, "state": State(row["state"])})
        for row in said["destinations"]
    }


def realtime(destinations: Iterable[Destination]) -> Set[str]:
    """Names of those that are told recognitions; one whose layout cannot be used counts as history."""
    return {destination.name for destination in destinations if _is_realtime(destination)}


def _is_realtime(destination: Destination) -> bool:
    try:
        return layouts.find(destination.layout).tells is Recognition
    except (NotFound, LayoutError):
        return False


async def _asked(place: DataDir, timeout_s: float) -> Dict[str, Any]:
    async with Admin(place, timeout_s) as admin:
        return await admin.get("/api/v1/delivery")
