"""Erasing as a job of the running service: begun by one call, asked after by others.

What was broken off, by a kill or a disk that refused, is gone on with at the start and every :data:`RETRY_S`.
"""

import asyncio
from dataclasses import asdict
from typing import Any, Dict, Optional

import structlog

from sophon_report.errors import SophonReportError, Unavailable
from sophon_report.report.erasing import PersonEraser

RETRY_S = 60.0

log = structlog.get_logger()


class ErasureDesk:
    """One job at a time; what became of the last one is told until the next.

    Args:
        eraser: does it.
        retry_s: how long to wait before what could not be finished is tried again.
    """

    def __init__(self, eraser: PersonEraser, retry_s: float = RETRY_S) -> None:
        self._eraser, self._retry_s = eraser, retry_s
        self._finishing: Optional[asyncio.Task[None]] = None
        self._task: Optional[asyncio.Task[None]] = None
        self._ended: Dict[str, Any] = {"state": "idle"}

    def start(self) -> None:
        """Go on with what was broken off, now and whenever something was."""
        self._finishing = asyncio.get_running_loop().create_task(self._finish(), name="erase on")

    async def _finish(self) -> None:
        while True:
            try:
                await self._eraser.go_on()
            except Exception:
                log.exception("erasing_failed")
            await asyncio.sleep(self._retry_s)

    async def stop(self) -> None:
        """Leave off; the next start goes on."""
        for task in (self._finishing, self._task):
            if task is not None:
                task.cancel()
                await asyncio.wait([task])

    def begin(self, identity_id: str, actor: str) -> Dict[str, Any]:
        """Begin to erase a person; returns as :meth:`state`.

        Raises:
            Unavailable: somebody else is being erased.
        """
        if self._is_busy():
            raise Unavailable("a person is being erased already: try again when that is done")
        self._task = asyncio.get_running_loop().create_task(self._do(identity_id, actor), name="erase")
        return self.state()

    def state(self) -> Dict[str, Any]:
        """``idle``, ``running`` and how far, ``done`` and what was removed, or ``failed`` and why."""
        if not self._is_busy():
            return self._ended
        progress = self._eraser.progress
        how_far = (
            {}
            if progress is None
            else {"step": progress.step, "done_bytes": progress.done_bytes, "all_bytes": progress.all_bytes}
        )
        return {"state": "running", **how_far}

    def is_erasing(self, identity_id: str) -> bool:
        """Whether this person is being erased now."""
        return self._eraser.is_erasing(identity_id)

    def _is_busy(self) -> bool:
        return self._eraser.progress is not None or (self._task is not None and not self._task.done())

    async def _do(self, identity_id: str, actor: str) -> None:
        self._ended = {"state": "failed", "error": "the service is leaving: its next start goes on"}
        try:
            erased = await self._eraser.erase(identity_id, actor)
        except SophonReportError as error:
            self._ended = {"state": "failed", "error": str(error)}
        except Exception:
            log.exception("erasing_failed")
            self._ended = {"state": "failed", "error": "internal error, see the log; it is tried again"}
        else:
            self._ended = {"state": "done", **asdict(erased)}
