"""``journal stat|verify|show``: the events on disk, with the service running or not."""

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any, Dict, List, Optional, Union

from sophon_report import known_destinations
from sophon_report.cli import settings_of
from sophon_report.delivery.journal import JournalStat, show, stat, verify
from sophon_report.errors import Unavailable
from sophon_report.model import Destination, Progress, Recognition, Record, Visit
from sophon_report.ops.data_dir import DataDir
from sophon_report.terminal import print_table


def journal(arguments: argparse.Namespace) -> int:
    """Run one action on the journal."""
    settings = settings_of(arguments)
    place = DataDir(settings.data_dir)
    folder = place.journal
    if not folder.is_dir():
        raise Unavailable(f"there is no journal in {folder.parent}")
    if arguments.action == "stat":
        return _stat(place, known_destinations.stored(settings, place), arguments.json)
    if arguments.action == "verify":
        return _verify(folder)
    return _show(show(folder, arguments.seq), arguments.images)


def _stat(place: DataDir, stored: List[Destination], as_json: bool) -> int:
    figures = stat(place.journal, realtime=known_destinations.realtime(stored))
    if as_json:
        print(json.dumps({**asdict(figures), "destinations": _destinations(place, stored, figures)}, indent=2))
        return 0
    kinds = ", ".join(f"{number} {kind}" for kind, number in figures.records.items())
    print(f"records {figures.first_seq} to {figures.last_seq}: {kinds}")
    print(f"{figures.size_bytes:,} bytes in {figures.segments} segments")
    destinations = _destinations(place, stored, figures)
    columns = ("cursor", "backlog", "layout", "content_type", "period_s", "lost")
    rows = ((name, *(_cell(row.get(key)) for key in columns)) for name, row in destinations.items())
    print_table(("destination", "cursor", "backlog", "layout", "content type", "period", "lost"), rows)
    return 0


def _cell(value: Any) -> str:
    return "" if value is None else f"{value:g} s" if isinstance(value, float) else str(value)


def _destinations(place: DataDir, stored: List[Destination], figures: JournalStat) -> Dict[str, Dict[str, Any]]:
    """By name: the place, how it is told, and what a running service has lost (``None`` without one)."""
    told = {each.name: each for each in stored}
    live = known_destinations.live(place)
    return {
        name: {
            **asdict(row),
            "layout": told[name].layout if name in told else None,
            "content_type": told[name].content_type if name in told else None,
            "period_s": told[name].period_s if name in told else None,
            "lost": live[name].lost if name in live else None,
        }
        for name, row in figures.destinations.items()
    }


def _verify(folder: Path) -> int:
    report = verify(folder)
    print(f"{report.good_records} good records in {report.segments} segments")
    if report.is_whole:
        print("nothing is damaged")
        return 0
    print(f"{report.damaged_bytes} damaged bytes in {', '.join(report.damaged_segments)}")
    for gap in report.gaps:
        print(f"numbers {gap.first_seq} to {gap.last_seq} may be lost")
    return 1


def _show(record: Record, images: Optional[Path]) -> int:
    print(json.dumps(described(record), ensure_ascii=False, indent=2))
    if images is not None and not isinstance(record.value, Progress):
        images.mkdir(parents=True, exist_ok=True)
        for name, jpeg in _pictures(record.value).items():
            if jpeg:
                (images / f"{record.seq}-{name}.jpg").write_bytes(jpeg)
    return 0


def described(record: Record) -> Dict[str, Any]:
    """A record for people: JSON-ready, sizes in place of pictures, no password."""
    value = asdict(record.value)
    if not isinstance(record.value, Progress):
        value["device"]["url"] = record.value.device.safe_url
    return {"seq": record.seq, "kind": type(record.value).__name__.lower(), **_without_bytes(value)}


def _without_bytes(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_bytes(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_bytes(item) for item in value]
    return f"({len(value)} bytes)" if isinstance(value, bytes) else value


def _pictures(event: Union[Recognition, Visit]) -> Dict[str, bytes]:
    identity = event.match.identity
    photo = identity.photo_jpeg if identity else b""
    return {"face": event.shot.face_jpeg, "scene": event.shot.scene_jpeg, "registered": photo}
