"""A wipe as the calls ask for it."""

import contextlib
from typing import AbstractSet, Callable

from sophon_report.api.wipe import ALL
from sophon_report.errors import Unavailable
from sophon_report.report.bulk_desk import JOB_KINDS
from sophon_report.report.running import Parts
from sophon_report.report.wipe_places import RunningPlaces
from sophon_report.report.wiping import Scope, WipeNote, Wiper


class WipeDesk:
    """The :class:`sophon_report.api.wipe.WipeService` of the service.

    Args:
        wiper: does it.
        is_erasing: whether somebody is being erased: that goes on in the files which would go.
        is_bulk_open: whether people are being imported or exported, or will be: they would come back.
    """

    def __init__(self, wiper: Wiper, is_erasing: Callable[[], bool], is_bulk_open: Callable[[], bool]) -> None:
        self._wiper, self._is_erasing, self._is_bulk_open = wiper, is_erasing, is_bulk_open

    async def wipe(self, words: AbstractSet[str], actor: str, origin: str) -> None:
        """Remove what ``words`` name."""
        if self._is_erasing():
            raise Unavailable("a person is being erased: try again when that is done")
        scopes = set(Scope) if ALL in words else set(map(Scope, words))
        if Scope.USERS in scopes and self._is_bulk_open():
            raise Unavailable("people are being imported or exported: cancel that job, or wait for its end")
        await self._wiper.wipe(scopes, actor, origin)


def open_wipe_desk(stack: contextlib.AsyncExitStack, parts: Parts) -> WipeDesk:
    """Make it over the running service; at the end of ``stack`` it leaves off."""
    wiper = Wiper(RunningPlaces(parts).places(), WipeNote(parts.place.wiping), parts.audit.note)
    stack.push_async_callback(wiper.stop)

    def is_bulk_open() -> bool:
        return any(job.kind in JOB_KINDS and not job.ended for job in parts.jobs.list())

    return WipeDesk(wiper, lambda: parts.erasure.state()["state"] == "running", is_bulk_open)
