"""``destinations list``: who is told how, and what each still lacks."""

import json
from dataclasses import asdict
from typing import Any, Dict, Iterator, Sequence, Tuple

from sophon_report import known_destinations
from sophon_report.api.destination_rows import row, terms
from sophon_report.config import Settings
from sophon_report.delivery.journal import stat
from sophon_report.delivery.standing import DestinationStats
from sophon_report.model import Destination
from sophon_report.ops.data_dir import DataDir
from sophon_report.terminal import print_table

HEADINGS = ("name", "layout", "url", "state", "backlog", "refused", "lost", "last error", "terms")
SHOWN = ("layout", "url", "state", "backlog", "dead_letters", "all_lost", "last_error", "terms")
LOSSES = ("lost", "dropped", "dead_letters_dropped")
"""What a destination never gets: realtime without retry, what retention took, and refused events without room."""


def print_list(settings: Settings, place: DataDir, as_json: bool) -> int:
    """Print all destinations; what a stopped service lost, and why, is not on the disk."""
    rows = dict(_live(settings, place) if place.running() else _stopped(settings, place))
    if as_json:
        print(json.dumps({"destinations": list(rows.values())}, ensure_ascii=False, indent=2))
    else:
        print_table(HEADINGS, (_cells(name, shown) for name, shown in rows.items()))
    return 0


def _cells(name: str, shown: Dict[str, Any]) -> Sequence[str]:
    known = shown["lost"] is not None
    cells = {**shown, "all_lost": sum(shown[each] for each in LOSSES) if known else None}
    return (name, *("" if cells[key] is None else str(cells[key]) for key in SHOWN))


def _live(settings: Settings, place: DataDir) -> Iterator[Tuple[str, Dict[str, Any]]]:
    stored = {one.name: one for one in known_destinations.stored(settings, place)}
    for name, now in known_destinations.live(place).items():
        one = stored.get(name, Destination(name, now.url, now.layout))
        yield name, {**_settings(one), **_figures(now)}


def _stopped(settings: Settings, place: DataDir) -> Iterator[Tuple[str, Dict[str, Any]]]:
    stored = known_destinations.stored(settings, place)
    behind = stat(place.journal, realtime=known_destinations.realtime(stored)) if place.journal.is_dir() else None
    for one in stored:
        known = behind.destinations.get(one.name) if behind else None
        state = "service stopped" if one.enabled else "disabled"
        yield (
            one.name,
            {
                **_settings(one),
                "state": f"paused, {state}" if one.paused else state,
                "backlog": known.backlog if known else None,
                "dead_letters": None,
                "lost": None,
                "last_error": None,
            },
        )


def _settings(one: Destination) -> Dict[str, Any]:
    return {**row(one), "terms": terms(one)}


def _figures(now: DestinationStats) -> Dict[str, Any]:
    figures = asdict(now)
    del figures["destination"]
    return {**figures, "state": now.state.value}
