"""``wipedata``: everything of a kind removed (vendor, firmware V6R2C01 and V5R7C01).

======================================  =============================================  ========================
call                                    body                                           answer
======================================  =============================================  ========================
``POST /sophon/v2/face/wipedata``       one of ``users``, ``events``, ``all``: true    ``{"result": true}``
``POST /SophonFogSys/api/WipeData``     ``wipe_options``: {the same, any of them}      what was asked, back
======================================  =============================================  ========================

``all`` is users, events and settings. Those say who may do what and where may be posted to: so whoever shows a
role must be admin for it. The answer comes when it is on the disk. The vendor's box restarts then;
this one goes on, empty.
"""

from typing import AbstractSet, Any, Callable, Dict, FrozenSet, List, Protocol

from sophon_report.api.arguments import Arguments, bad
from sophon_report.api.call import Call, Incoming, Need
from sophon_report.api.errors import Refusal

USERS, EVENTS, ALL = "users", "events", "all"
WORDS = (USERS, EVENTS, ALL)


class WipeService(Protocol):
    """Whoever removes."""

    async def wipe(self, words: AbstractSet[str], actor: str, origin: str) -> None:
        """Remove what these of ``WORDS`` name.

        Raises:
            Unavailable: it is being done already, a person is being erased, people are to go while many of them
                are imported or exported, or the disk refuses.
        """


class WipeCalls:
    """The calls of both generations.

    Args:
        wiper: removes.
        may_administer: whether what a caller showed is an admin's.
    """

    def __init__(self, wiper: WipeService, may_administer: Callable[[Incoming], bool]) -> None:
        self._wiper, self._may_administer = wiper, may_administer

    def calls(self) -> List[Call]:
        """Both."""
        return [
            Call("POST", "/sophon/v2/face/wipedata", Need.WRITE, self.wipe),
            Call("POST", "/SophonFogSys/api/WipeData", Need.WRITE, self.wipe_old),
        ]

    async def wipe(self, incoming: Incoming) -> Dict[str, Any]:
        """Remove what the body says."""
        given = incoming.arguments
        unknown = [name for name in given.names() if name not in WORDS]
        if unknown:
            raise bad(unknown[0][:64], "is none of " + ", ".join(WORDS))
        wanted = _wanted(given)
        if not given.names():
            given.needed("one of " + ", ".join(WORDS))
        if len(wanted) != 1:
            raise bad("exactly one of " + ", ".join(WORDS), "must be true")
        await self._wipe(wanted, incoming)
        return {"result": True}

    async def wipe_old(self, incoming: Incoming) -> Dict[str, Any]:
        """Remove what ``wipe_options`` say; one that is left out is not asked for."""
        incoming.arguments.needed("wipe_options")
        options = incoming.arguments.table("wipe_options")
        unknown = [name for name in options if name not in WORDS]
        if unknown:
            raise bad("wipe_options", "may hold " + ", ".join(WORDS))
        wanted = _wanted(Arguments(options, lenient=True))
        if not wanted:
            raise bad("wipe_options", "must have one that is true")
        await self._wipe(wanted, incoming)
        return {"data": {"wipe_options": {name: name in wanted for name in WORDS if name in options}}}

    async def _wipe(self, wanted: AbstractSet[str], incoming: Incoming) -> None:
        if ALL in wanted and incoming.credentials and not self._may_administer(incoming):
            raise Refusal("FORBIDDEN", "this needs the role admin: all takes the settings with it")
        await self._wiper.wipe(wanted, incoming.actor, incoming.origin)


def _wanted(given: Arguments) -> FrozenSet[str]:
    return frozenset(name for name in WORDS if given.flag(name, False))
