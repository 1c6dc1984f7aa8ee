"""Delivery in figures for Prometheus: clients, destinations, journal. Pure."""

from typing import Iterator, Optional

from sophon_report.delivery.hub import ClientRow
from sophon_report.delivery.journal import JournalStats
from sophon_report.delivery.standing import DestinationStats, State
from sophon_report.delivery.ws_server import EventServerStats
from sophon_report.ops.metrics import Figure, counter, gauge
from sophon_report.report.figures import Snapshot


def figures(now: Snapshot) -> Iterator[Figure]:
    """Everything that is counted about who gets events."""
    yield from _clients(now.clients)
    for row in now.destinations:
        yield from _destination(row, now.now_ms)
    yield from _journal(now.journal)


def _clients(stats: EventServerStats) -> Iterator[Figure]:
    yield gauge(
        "clients",
        "Realtime clients that are connected, whether they have asked for events or not.",
        len(stats.clients),
    )
    yield gauge("clients_queued_bytes", "Bytes that clients have not fetched.", stats.queued_bytes)
    yield counter("realtime_published", "Events that were offered to clients.", stats.published)
    yield counter(
        "realtime_encoded", "Messages that were made of them, one for each distinct wish.", stats.encoded
    )
    yield counter("realtime_sent", "Messages handed to clients.", stats.sent)
    yield counter("realtime_dropped", "Messages dropped because a client was too slow.", stats.dropped)
    yield counter(
        "realtime_lost_to_resume",
        "Events the disk refused that a client cannot ask for any more.",
        stats.lost_to_resume,
    )
    yield counter("clients_stalled", "Clients closed because they took nothing any more.", stats.closed_stalled)
    for why, value in (
        ("full", stats.refused_full),
        ("address", stats.refused_address),
        ("access", stats.refused_access),
        ("origin", stats.refused_origin),
        ("handshake", stats.refused_handshake),
        ("configuration", stats.refused_configuration),
        ("flood", stats.refused_flood),
    ):
        yield counter(
            "clients_refused", "Clients turned away: no place, not allowed, or what they sent.", value, why=why
        )
    for row in stats.clients:
        yield from _client(row)
    if stats.certificate is not None:
        yield gauge(
            "certificate_expires_seconds",
            "When the certificate of the TLS ports ends to be valid, in seconds since 1970.",
            stats.certificate.expires_ms / 1000,
        )


def _client(row: ClientRow) -> Iterator[Figure]:
    who = {"client": str(row.client_id), "peer": row.peer}
    yield gauge("client_queued_bytes", "Bytes that the client has not fetched.", row.queued_bytes, **who)
    yield gauge("client_lag_seconds", "Age of the oldest event it has not fetched.", row.lag_ms / 1000, **who)
    yield counter("client_sent", "Messages handed to the client.", row.sent, **who)
    yield counter("client_dropped", "Messages dropped because the client was too slow.", row.dropped, **who)


POSTS = (
    (counter, "posts_accepted", "accepted", "Events that the destination has accepted."),
    (counter, "posts_retried", "retried", "Attempts that failed and are repeated."),
    (counter, "posts_set_aside", "set_aside", "Events that the destination refused for good."),
    (counter, "posts_passed_over", "passed_over", "Events that its filter or its layout kept from it."),
    (counter, "posts_lost", "lost", "Realtime events that were not delivered and never will be."),
    (counter, "posts_lost_late", "lost_late", "Realtime events that had waited too long to be tried."),
    (counter, "posts_resent", "resent", "Refused events that were accepted when they were sent again."),
    (counter, "events_dropped", "dropped", "Events that retention took before the destination had them."),
    (gauge, "dead_letters", "dead_letters", "Refused events that are kept to be looked at."),
    (gauge, "dead_letters_resending", "resending", "Those of them that wait to be sent again."),
    (counter, "dead_letters_dropped", "dead_letters_dropped", "Refused events that had no place any more."),
    (gauge, "backlog_events", "backlog", "Events that the destination still lacks."),
    (gauge, "backlog_bytes", "backlog_bytes", "Bytes of the journal behind the destination's place."),
    (gauge, "destination_period_seconds", "period_s", "Time between two looks for events; 0 means at once."),
)
"""Figures of a destination: their names, the fields they stand in."""


def _destination(row: DestinationStats, now_ms: int) -> Iterator[Figure]:
    name = row.destination
    for kind, figure, field, help_text in POSTS:
        yield kind(figure, help_text, float(getattr(row, field)), destination=name)
    oldest_s = 0.0 if row.oldest_ms is None else max(0, now_ms - row.oldest_ms) / 1000
    yield gauge("backlog_oldest_seconds", "Age of the oldest event it lacks; 0: none.", oldest_s, destination=name)
    for figure, value, help_text in (
        ("last_status", row.last_status, "HTTP status of its last answer."),
        ("last_accepted_seconds", _seconds(row.last_accepted_ms), "When it last accepted an event, since 1970."),
        ("next_try_seconds", _seconds(row.next_try_ms), "When it is tried again, since 1970."),
    ):
        if value is not None:
            yield gauge(f"destination_{figure}", help_text, value, destination=name)
    yield gauge(
        "destination_info",
        "1 for the layout and the content type of what the destination is told.",
        1.0,
        destination=name,
        layout=row.layout,
        content_type=row.content_type,
    )
    for state in State:
        yield gauge(
            "destination_state",
            "1 for the state that the destination is in.",
            float(row.state is state),
            destination=name,
            state=state.value,
        )


def _seconds(at_ms: Optional[int]) -> Optional[float]:
    return None if at_ms is None else at_ms / 1000


JOURNAL = (
    (gauge, "segments", "Files of the journal."),
    (gauge, "size_bytes", "Bytes of the journal's files."),
    (gauge, "max_bytes", "Bytes at which the journal's oldest file goes."),
    (gauge, "oldest_seq", "Number of the oldest record that is still there."),
    (gauge, "last_seq", "Number of the newest record that is on the disk."),
    (counter, "appended", "Records given to the journal."),
    (counter, "synced_batches", "Batches of records made durable, one sync each."),
    (gauge, "pending_bytes", "Bytes that are not on the disk yet."),
    (counter, "refused", "Records that the full queue to the disk did not take."),
    (counter, "failed", "Records that the disk did not take."),
    (gauge, "failing", "1 while the disk takes nothing."),
    (counter, "gaps", "Stretches of damaged records that were passed over while reading."),
    (counter, "damaged_cursors", "Places of destinations that could not be read: their events are repeated."),
    (counter, "dropped_segments", "Files that went because of the bounds of bytes and age, or a full disk."),
    (counter, "dropped_bytes", "Bytes that went with them."),
    (counter, "dropped_visits", "Visits that went with them, delivered or not."),
    (counter, "dropped_recognitions", "Recognitions that went with them, delivered or not."),
    (gauge, "free_bytes", "Free bytes of the journal's disk."),
    (gauge, "reserve_bytes", "Bytes of the disk that the journal leaves free."),
    (gauge, "rate_bytes_per_day", "How fast the journal grew in the last 24 hours; not there before it is known."),
    (gauge, "reach_days", "How far back it reaches at that rate; not there before it is known."),
    (counter, "distrusted_segments", "Files that were ended early because a sync failed."),
    (counter, "forgotten_open_visits", "Open visits over the bound: a crash would leave them without an end."),
    (counter, "pictures_stripped", "Records that lost their pictures to journal.pictures_max_age_days."),
    (counter, "pictures_stripped_bytes", "Bytes that became free with the pictures."),
)
"""Figures of the journal by their field."""


def _journal(stats: JournalStats) -> Iterator[Figure]:
    for kind, name, help_text in JOURNAL:
        value = getattr(stats, name)
        if value is not None:
            yield kind(f"journal_{name}", help_text, float(value))
    if stats.oldest_ms is not None:
        yield gauge("journal_oldest_seconds", "Time of its oldest event, since 1970.", stats.oldest_ms / 1000)
