"""Visits that were open when the service died end at its next start, with the last time known."""

from typing import Optional

import structlog

from sophon_report.delivery.journal import Journal
from sophon_report.errors import JournalError
from sophon_report.model import Visit
from sophon_report.report.erasure_note import ErasureNote

log = structlog.get_logger()


async def close_orphans(journal: Journal, erasing: Optional[ErasureNote]) -> None:
    """Append the visit of each recognition that was left without one; those of a person being erased get none.

    One that the disk does not take stays open there until a start finds room; realtime does not wait for that.
    """
    for recognition, last_seen_ms in journal.open_at_start():
        if erasing and erasing.is_of(recognition):
            continue
        visit = Visit(
            event_id=recognition.event_id,
            device=recognition.device,
            in_ms=recognition.in_ms,
            recognised_ms=recognition.recognised_ms,
            out_ms=max(last_seen_ms, recognition.recognised_ms),
            shot=recognition.shot,
            match=recognition.match,
            post_action=recognition.post_action,
            ended_by="restart",
        )
        try:
            await journal.append(visit).accepted
        except JournalError as error:
            log.error("visit_left_open", event_id=visit.event_id, reason=str(error))
            return
        log.info("visit_closed_after_restart", event_id=visit.event_id)
