"""Delivery in an installer's words: layouts, destinations, the journal and how far back it reaches."""

import socket
from functools import partial
from typing import Any, Dict, Iterator, List, Optional, Tuple
from urllib.parse import urlsplit

from sophon_report import known_destinations
from sophon_report.config import Settings
from sophon_report.delivery.standing import DestinationStats, State
from sophon_report.doctor.finding import Finding, Look, error, ok, warning
from sophon_report.doctor.patience import all_within
from sophon_report.doctor.service import ANSWER_S
from sophon_report.doctor.state import is_current
from sophon_report.errors import LayoutError, NotFound, Unavailable
from sophon_report.model import Destination
from sophon_report.ops.clock import clock_ms
from sophon_report.ops.data_dir import DataDir
from sophon_report.store.destinations import MAX_DESTINATIONS
from sophon_report.wire import layouts

REACH_S = 3.0
SHORT_REACH_DAYS = 1.0
"""A receiver that is away over a weekend loses events when the journal reaches back less."""


def _layouts(_settings: Settings, _place: DataDir) -> Iterator[Finding]:
    yield ok("layouts", "layouts", ", ".join(layouts.names()))


def _layout_trouble(destination: Destination) -> Iterator[Finding]:
    try:
        layouts.find(destination.layout)
    except (NotFound, LayoutError) as fault:
        to_do = "install the package that brings it, or choose another layout"
        yield error("destination_layout", f"destination {destination.name}", str(fault), to_do)


def _destinations(settings: Settings, place: DataDir) -> Iterator[Finding]:
    if place.store.exists() and not is_current(place.store):
        return
    stored = known_destinations.stored(settings, place)
    reached = _reach_all([destination.url for destination in stored])
    for destination, fault in zip(stored, reached):
        subject = f"destination {destination.name}"
        yield from _layout_trouble(destination)
        told = f"told {destination.layout} as {destination.content_type}"
        period = f", looked for every {destination.period_s:g} s" if destination.period_s else ""
        yield _reach("destination", subject, destination.url, fault, f"; {told}{period}")
        if known_destinations.as_in_file(settings, destination) not in (None, destination):
            take_over = f"`destinations update {destination.name}` takes that over"
            text = f"is not as in the settings file: {take_over}"
            yield warning("destination_file", subject, text, "that, or take it out of the file")
    for destination in known_destinations.passed_over(settings, place):
        text = f"is told nothing: there are {MAX_DESTINATIONS} already"
        yield warning("destination_room", f"destination {destination.name}", text, "remove one, or this one")


def _delivery(_settings: Settings, place: DataDir) -> Iterator[Finding]:
    """What the running service says of destinations and journal."""
    try:
        said = known_destinations.delivery(place, ANSWER_S)
    except Unavailable:
        return  # told by the look at the service itself
    if said is None:
        return
    for row in known_destinations.rows(said).values():
        yield delivered(row, clock_ms())
    yield journal(said["journal"])
    yield from damage(said["journal"])


def delivered(row: DestinationStats, now_ms: int) -> Finding:
    """How the running service does with a destination."""
    kind, subject = "delivery", f"delivery to {row.destination}"
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
    text = f"{row.state.value}: {', '.join(counts)}{why}"
    if in_trouble and row.state is State.PAUSED:
        to_do = f"mend what the error names, then `sophon-report destinations resume {row.destination}`"
        return warning(kind, subject, text, to_do)
    if in_trouble:
        return warning(
            kind, subject, text, f"`sophon-report destinations test {row.destination}` shows an exchange"
        )
    if row.dead_letters or row.dead_letters_dropped:
        to_do = f"`sophon-report journal dead {row.destination}` lists them with the reason; resend or drop them"
        return warning(kind, subject, text, to_do)
    return ok(kind, subject, text)


def journal(stats: Dict[str, Any]) -> Finding:
    """How much the journal of the running service keeps, and how far back that reaches.

    Args:
        stats: the fields of :class:`~sophon_report.delivery.journal.JournalStats`.
    """
    kind, held = "journal", f"{_bytes(stats['size_bytes'])} of at most {_bytes(stats['max_bytes'])}"
    rate, reach_days = stats["rate_bytes_per_day"], stats["reach_days"]
    if stats["failing"]:
        to_do = "look into `dmesg`: the disk is full, read-only or damaged"
        return error(kind, "journal", f"{held}; the disk takes no events", to_do)
    if rate is None or reach_days is None:
        return ok(kind, "journal", f"{held}; how far back it reaches is known after some hours of events")
    reach = f"at {_bytes(rate)} a day it reaches back {reach_days:.1f} days"
    text = f"{held}; {reach}: a receiver may be away for so long"
    if reach_days < SHORT_REACH_DAYS:
        return warning(
            kind, "journal", text, "raise journal.max_bytes, or send less: scene = false of destinations"
        )
    return ok(kind, "journal", text)


def damage(stats: Dict[str, Any]) -> Iterator[Finding]:
    """Damage that the running service met in the journal; takes what :func:`journal` takes."""
    if stats["gaps"]:
        text = f"{stats['gaps']} damaged stretches were passed over since the start"
        to_do = "`sophon-report journal verify` says which numbers may be lost"
        yield warning("journal_damage", "journal", text, to_do)


def _age(oldest_ms: Optional[int], now_ms: int) -> str:
    return "" if oldest_ms is None else f", the oldest for {max(0, now_ms - oldest_ms) / 60_000:.0f} min"


def _bytes(count: float) -> str:
    for unit in ("B", "KiB", "MiB"):
        if count < 1024:
            return f"{count:.0f} {unit}"
        count /= 1024
    return f"{count:.1f} GiB"


def _status(settings: Settings, _place: DataDir) -> Iterator[Finding]:
    told = (("status", settings.status.urls), ("box_status", settings.box_status.urls))
    places = [(f"{name}.urls {number}", url) for name, urls in told for number, url in enumerate(urls, 1)]
    for (subject, url), fault in zip(places, _reach_all([url for _, url in places])):
        yield _reach("status_report", subject, url, fault)


def _reach_all(urls: List[str]) -> List[str]:
    """Why nobody can be reached at each of them; ``""``: somebody listens there."""
    found = all_within(2 * REACH_S, {url: partial(_fault, url) for url in urls})
    return [found.get(url, f"no answer within {2 * REACH_S:g} s: is the name server there?") for url in urls]


def _fault(url: str) -> str:
    host, port = _address(url)
    try:
        socket.create_connection((host, port), REACH_S).close()
    except (OSError, UnicodeError) as fault:  # the second: a part of the name is empty, or longer than any may be
        return str(fault) or type(fault).__name__
    return ""


def _reach(kind: str, subject: str, url: str, fault: str, more: str = "") -> Finding:
    host, port = _address(url)
    if fault:
        text = f"{host}:{port}: {fault}{more}"
        return warning(
            kind, subject, text, "its events wait; is it running, is the address right, is the way there open?"
        )
    return ok(kind, subject, f"{host}:{port} answers{more}")


def _address(url: str) -> Tuple[str, int]:
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)


LOOKS: Tuple[Look, ...] = (_layouts, _destinations, _delivery, _status)
