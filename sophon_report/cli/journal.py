"""``journal stat|verify|reindex|show``: the events on disk, with the service running or not."""

import argparse
import json
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any, Dict, List, Optional, Union

from sophon_report import known_destinations
from sophon_report.cli import settings_of
from sophon_report.cli.reindex import reindex
from sophon_report.config import Settings
from sophon_report.delivery.journal import CheckedSegment, Gap, JournalReport, JournalStat, show, stat, verify
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
        return _stat(place, settings, arguments.json)
    if arguments.action == "reindex":
        return reindex(settings, arguments.json)
    if arguments.action == "verify":
        return _verify(verify(folder), arguments.json)
    return _show(show(folder, arguments.seq), arguments.images)


def _stat(place: DataDir, settings: Settings, as_json: bool) -> int:
    stored = known_destinations.stored(settings, place)
    realtime, now_ms = known_destinations.realtime(stored), time.time_ns() // 10**6
    figures = stat(place.journal, realtime=realtime, settings=settings.journal, now_ms=now_ms)
    if as_json:
        print(json.dumps({**asdict(figures), "destinations": _destinations(place, stored, figures)}, indent=2))
        return 0
    kinds = ", ".join(f"{number} {kind}" for kind, number in figures.records.items())
    print(f"records {figures.first_seq} to {figures.last_seq}: {kinds}")
    print(f"{figures.size_bytes:,} bytes in {figures.segments} segments{_reach(figures)}")
    destinations = _destinations(place, stored, figures)
    columns = ("cursor", "backlog", "layout", "content_type", "period_s", "lost")
    rows = ((name, *(_cell(row.get(key)) for key in columns)) for name, row in destinations.items())
    print_table(("destination", "cursor", "backlog", "layout", "content type", "period", "lost"), rows)
    return 0


def _reach(figures: JournalStat) -> str:
    if figures.rate_bytes_per_day is None or figures.reach_days is None:
        return ""
    return f"; {figures.rate_bytes_per_day:,.0f} bytes a day, an event stays {figures.reach_days:.1f} days"


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


def _verify(report: JournalReport, as_json: bool) -> int:
    if as_json:
        print(json.dumps({"is_whole": report.is_whole, **asdict(report)}, indent=2))
        return 0 if report.is_whole else 1
    print(f"{report.good_records} good records in {len(report.segments)} segments")
    for segment in report.segments:
        if not segment.is_whole:
            _print_damage(segment)
    for cursor in report.cursors:
        if cursor.seq is None:
            print(f"cursor of {cursor.name} is damaged: delivery repeats from the oldest event")
        elif cursor.is_ahead:
            print(f"cursor of {cursor.name} is at {cursor.seq}, past the end of the journal")
    print("nothing is damaged" if report.is_whole else "everything else is whole")
    return 0 if report.is_whole else 1


def _print_damage(segment: CheckedSegment) -> None:
    if segment.missing_before:
        print(f"before {segment.name}: a segment is missing, {_may_be_lost(segment.missing_before)}")
    last_seq = f" up to number {segment.last_seq}" if segment.last_seq else ""
    print(f"{segment.name}: {segment.size_bytes:,} bytes, {segment.good_records} good records{last_seq}")
    if segment.header_damaged:
        print("  its header is damaged")
    for piece in segment.damaged:
        what = "torn end, cut off at the next start" if piece.is_tail else "damaged"
        lost = f", {_may_be_lost(piece.lost)}" if piece.lost else ""
        print(f"  bytes {piece.offset:,} to {piece.end:,}: {what}{lost}")
    if segment.cut_off:
        print(f"  at its end {_may_be_lost(segment.cut_off)}")


def _may_be_lost(gap: Gap) -> str:
    return f"numbers {gap.first_seq} to {gap.last_seq} may be lost"


def _show(record: Record, images: Optional[Path]) -> int:
    print(json.dumps(described(record), ensure_ascii=False, indent=2))
    if images is not None and not isinstance(record.value, Progress):
        images.mkdir(parents=True, exist_ok=True)
        for name, jpeg in pictures_of(record.value).items():
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


def pictures_of(event: Union[Recognition, Visit]) -> Dict[str, bytes]:
    """The pictures of an event by what they show; ``b""`` for one that it has not."""
    identity = event.match.identity
    photo = identity.photo_jpeg if identity else b""
    return {"face": event.shot.face_jpeg, "scene": event.shot.scene_jpeg, "registered": photo}
