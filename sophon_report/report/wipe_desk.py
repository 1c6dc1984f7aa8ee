"""A wipe as the calls ask for it."""

import contextlib
from typing import AbstractSet, Callable

from sophon_report.api.wipe import ALL
from sophon_report.errors import Unavailable
from sophon_report.report.running import Parts
from sophon_report.report.wipe_places import RunningPlaces
from sophon_report.report.wiping import Scope, WipeNote, Wiper


class WipeDesk:
    """The :class:`sophon_report.api.wipe.WipeService` of the service.

    Args:
        wiper: does it.
        is_erasing: whether somebody is being erased: that goes on in the files which would go.
    """

    def __init__(self, wiper: Wiper, is_erasing: Callable[[], bool]) -> None:
        self._wiper, self._is_erasing = wiper, is_erasing

    async def wipe(self, words: AbstractSet[str], actor: str, origin: str) -> None:
        """Remove what ``words`` name."""
        if self._is_erasing():
            raise Unavailable("a person is being erased: try again when that is done")
        await self._wiper.wipe(set(Scope) if ALL in words else set(map(Scope, words)), actor, origin)


def open_wipe_desk(stack: contextlib.AsyncExitStack, parts: Parts) -> WipeDesk:
    """Make it over the running service; at the end of ``stack`` it leaves off."""
    wiper = Wiper(RunningPlaces(parts).places(), WipeNote(parts.place.wiping), parts.audit.note)
    stack.push_async_callback(wiper.stop)
    return WipeDesk(wiper, lambda: parts.erasure.state()["state"] == "running")
