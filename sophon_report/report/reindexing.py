"""Reading the whole journal into the event index again, as a job: begun by one call, asked after by others."""

import asyncio
from dataclasses import asdict
from typing import Any, Dict, Optional

import structlog

from sophon_report.errors import SophonReportError, Unavailable
from sophon_report.report.event_feed import EventFeed

log = structlog.get_logger()


class ReindexDesk:
    """One job at a time; what became of the last one is told until the next."""

    def __init__(self, feed: EventFeed) -> None:
        self._feed = feed
        self._task: Optional[asyncio.Task[None]] = None
        self._state: Dict[str, Any] = {"state": "idle"}

    def begin(self) -> Dict[str, Any]:
        """Begin; returns as :meth:`state`.

        Raises:
            Unavailable: it is under way already.
        """
        if self._task is not None and not self._task.done():
            raise Unavailable("the journal is being read again already: try again when that is done")
        self._state = {"state": "running"}
        self._task = asyncio.get_running_loop().create_task(self._do(), name="reindex")
        return self.state()

    def state(self) -> Dict[str, Any]:
        """``idle``, ``running`` and how far, ``done`` and what it changed, or ``failed`` and why."""
        return self._state

    async def stop(self) -> None:
        """Leave off; what is put is put."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _do(self) -> None:
        try:
            done = await self._feed.reindex(self._told)
        except SophonReportError as error:
            self._state = {"state": "failed", "error": str(error)}
        except Exception:
            log.exception("reindex_failed")
            self._state = {"state": "failed", "error": "internal error, see the log"}
        else:
            self._state = {"state": "done", **asdict(done)}
            log.info("journal_reindexed", **asdict(done))

    def _told(self, seq: int, last_seq: int) -> None:
        self._state = {"state": "running", "seq": seq, "last_seq": last_seq}
