"""Delivery in an installer's words: layouts, destinations, the journal and how far back it reaches."""

import socket
from dataclasses import dataclass, replace
from typing import Any, Callable, Dict, Iterator, Optional, Tuple
from urllib.parse import urlsplit

from sophon_report import known_destinations
from sophon_report.config import Settings
from sophon_report.delivery.standing import DestinationStats
from sophon_report.errors import LayoutError, NotFound
from sophon_report.model import Destination
from sophon_report.ops.clock import clock_ms
from sophon_report.ops.data_dir import DataDir
from sophon_report.store.destinations import MAX_DESTINATIONS
from sophon_report.wire import layouts

REACH_S = 3.0
SHORT_REACH_DAYS = 1.0
"""A receiver that is away over a weekend loses events when the journal reaches back less."""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at; ``verdict`` is ``ok``, ``note``, ``warning`` or ``problem``."""

    subject: str
    verdict: str
    detail: str


Look = Callable[[Settings, DataDir], Iterator[Finding]]


def _layouts(_settings: Settings, _place: DataDir) -> Iterator[Finding]:
    yield Finding("layouts", "ok", ", ".join(layouts.names()))


def _layout_trouble(destination: Destination) -> Iterator[Finding]:
    try:
        layouts.find(destination.layout)
    except (NotFound, LayoutError) as error:
        yield Finding(f"destination {destination.name}", "problem", str(error))


def _destinations(settings: Settings, place: DataDir) -> Iterator[Finding]:
    stored = known_destinations.stored(settings, place)
    for destination in stored:
        yield from _layout_trouble(destination)
        reach = _reach(f"destination {destination.name}", destination.url)
        told = f"told {destination.layout} as {destination.content_type}"
        period = f", looked for every {destination.period_s:g} s" if destination.period_s else ""
        yield replace(reach, detail=f"{reach.detail}; {told}{period}")
        if known_destinations.as_in_file(settings, destination) not in (None, destination):
            words = f"is not as in the settings file: `destinations update {destination.name}` takes that over"
            yield Finding(f"destination {destination.name}", "note", words)
    for destination in known_destinations.passed_over(settings, place):
        yield Finding(
            f"destination {destination.name}", "warning", f"is told nothing: there are {MAX_DESTINATIONS} already"
        )


def _delivery(_settings: Settings, place: DataDir) -> Iterator[Finding]:
    """What the running service says of destinations and journal."""
    said = known_destinations.delivery(place)
    if said is None:
        return
    for row in known_destinations.rows(said).values():
        yield delivered(row, clock_ms())
    yield journal(said["journal"])
    yield from damage(said["journal"])


def delivered(row: DestinationStats, now_ms: int) -> Finding:
    """How the running service does with a destination."""
    in_trouble = row.in_trouble or (row.dropped and row.backlog)
    counts = [f"{row.accepted} accepted"]
    if row.backlog:
        counts.append(
            f"{row.backlog} wait ({_bytes(row.backlog_bytes)} of the journal{_age(row.oldest_ms, now_ms)})"
        )
    for number, words in (
        (row.lost, "lost"),
        (row.dropped, "went for want of room before it had them"),
        (row.dead_letters, "refused and kept"),
        (row.dead_letters_dropped, "refused and gone for want of room"),
    ):
        if number:
            counts.append(f"{number} {words}")
    why = f", last error: {row.last_error}" if row.last_error else ""
    verdict = "warning" if in_trouble else "note" if row.dead_letters or row.dead_letters_dropped else "ok"
    return Finding(f"delivery to {row.destination}", verdict, f"{row.state.value}: {', '.join(counts)}{why}")


def journal(stats: Dict[str, Any]) -> Finding:
    """How much the journal of the running service keeps, and how far back that reaches.

    Args:
        stats: the fields of :class:`~sophon_report.delivery.journal.JournalStats`.
    """
    held = f"{_bytes(stats['size_bytes'])} of at most {_bytes(stats['max_bytes'])}"
    rate, reach_days = stats["rate_bytes_per_day"], stats["reach_days"]
    if stats["failing"]:
        return Finding("journal", "problem", f"{held}; the disk takes no events")
    if rate is None or reach_days is None:
        return Finding("journal", "ok", f"{held}; how far back it reaches is known after some hours of events")
    detail = f"{held}; at {_bytes(rate)} a day it reaches back {reach_days:.1f} days"
    verdict = "warning" if reach_days < SHORT_REACH_DAYS else "ok"
    return Finding("journal", verdict, f"{detail}: a receiver may be away for so long")


def damage(stats: Dict[str, Any]) -> Iterator[Finding]:
    """Damage that the running service met in the journal; takes what :func:`journal` takes."""
    if stats["gaps"]:
        passed_over = f"{stats['gaps']} damaged stretches were passed over since the start"
        yield Finding("journal", "warning", f"{passed_over}: `journal verify` says which numbers may be lost")


def _age(oldest_ms: Optional[int], now_ms: int) -> str:
    return "" if oldest_ms is None else f", the oldest for {max(0, now_ms - oldest_ms) / 60_000:.0f} min"


def _bytes(count: float) -> str:
    for unit in ("B", "KiB", "MiB"):
        if count < 1024:
            return f"{count:.0f} {unit}"
        count /= 1024
    return f"{count:.1f} GiB"


def _status(settings: Settings, _place: DataDir) -> Iterator[Finding]:
    for name, urls in (("status", settings.status.urls), ("box_status", settings.box_status.urls)):
        for number, url in enumerate(urls, 1):
            yield _reach(f"{name}.urls {number}", url)


def _reach(subject: str, url: str) -> Finding:
    """Whether somebody listens there."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        socket.create_connection((parts.hostname or "", port), REACH_S).close()
    except OSError as error:
        return Finding(subject, "warning", f"{parts.hostname}:{port}: {error}")
    return Finding(subject, "ok", f"{parts.hostname}:{port} answers")


LOOKS: Tuple[Look, ...] = (_layouts, _destinations, _delivery, _status)
