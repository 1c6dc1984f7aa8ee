"""Everything of some kinds removed from this box, by the wish of who may change it.

=============  =====================================================================================
``USERS``      people, permission groups, strangers, devices; exports, notes and reports of imports
``EVENTS``     the journal, delivered or not, the event index, refused events, open visits, what clients that
               come back would be told
``SETTINGS``   settings that were stored, destinations; it goes on as at a first start with this settings file
=============  =====================================================================================

Never removed are the admin password, tokens and sessions (a box must not be left open, nor locked), the audit,
model files and the folder for imports. The vendor's box restarts after it; this service goes on, with nothing.

::

    note ─► audit ─► a kind ─► note without it ─► the next kind ... ─► audit ─► no note
    │                │
    │                └── in memory first: nobody is found, nothing is told any more
    └── durable: a start that finds it finishes before anything else

The promise: when :meth:`Wiper.wipe` returns, no file of the data folder holds what it removed. After a kill or a
power cut the next start finishes. When the disk refuses it is told so and not tried again by itself: what somebody
adds after that must not go.
"""

import asyncio
import enum
from dataclasses import dataclass
from pathlib import Path
from typing import AbstractSet, Awaitable, Callable, FrozenSet, Optional

import orjson
import structlog

from sophon_report.errors import SophonReportError, StoreError, Unavailable
from sophon_report.ops import durable_file
from sophon_report.ops.ending import ended
from sophon_report.ops.threads import in_thread

log = structlog.get_logger()


class Scope(enum.Enum):
    """What is removed together."""

    USERS = "users"
    EVENTS = "events"
    SETTINGS = "settings"


@dataclass(frozen=True)
class WipePlaces:
    """What removes each; called once more it passes over what is gone."""

    users: Callable[[], Awaitable[None]]
    events: Callable[[], Awaitable[None]]
    settings: Callable[[], Awaitable[None]]

    async def wipe(self, scope: Scope) -> None:
        """Remove everything of ``scope``."""
        await {Scope.USERS: self.users, Scope.EVENTS: self.events, Scope.SETTINGS: self.settings}[scope]()


class WipeNote:
    """The note of a wipe that is under way."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> FrozenSet[Scope]:
        """What is left to remove; nothing when there is no note.

        Raises:
            StoreError: it cannot be read.
        """
        try:
            return frozenset(map(Scope, orjson.loads(self._path.read_bytes())))
        except FileNotFoundError:
            return frozenset()
        except (OSError, ValueError, TypeError) as error:
            raise StoreError(f"{self._path} cannot be read: {error}") from error

    def write(self, scopes: AbstractSet[Scope]) -> None:
        """Note that these are left, on the disk when this returns; none: there is no note.

        Raises:
            StoreError: the disk refuses.
        """
        if scopes:
            durable_file.write(self._path, orjson.dumps(sorted(scope.value for scope in scopes)).decode())
        else:
            durable_file.remove(self._path)


class Wiper:
    """Removes, one wish at a time, on the event loop.

    Args:
        places: what removes.
        note: of this data folder.
        audit: writes a line: who, what, more.
    """

    def __init__(self, places: WipePlaces, note: WipeNote, audit: Callable[[str, str, str], None]) -> None:
        self._places, self._note, self._audit = places, note, audit
        self._under_way: Optional[asyncio.Task[None]] = None

    async def wipe(self, scopes: AbstractSet[Scope], actor: str, origin: str = "") -> None:
        """Remove everything of ``scopes``; goes on also when nobody waits for it any more.

        Raises:
            Unavailable: a wipe is under way, or the disk refuses; some of it may be gone.
        """
        if self._under_way is not None and not self._under_way.done():
            raise Unavailable("the box is being wiped already: try again when that is done")
        words = ", ".join(sorted(scope.value for scope in scopes))
        self._under_way = asyncio.get_running_loop().create_task(
            self._do(frozenset(scopes), actor, f"{words} {origin}".strip()), name="wipe"
        )
        await asyncio.shield(self._under_way)

    async def stop(self) -> None:
        """Leave off; the next start finishes."""
        if self._under_way is not None:
            await ended(self._under_way)

    async def _do(self, scopes: FrozenSet[Scope], actor: str, detail: str) -> None:
        self._audit(actor, "wipe begun", detail)
        log.warning("wipe_begun", scopes=sorted(scope.value for scope in scopes))
        try:
            await finish(scopes, self._places, self._note)
        except Exception as error:  # a fault of ours too: what somebody adds after it must not go at a start
            if isinstance(error, SophonReportError):
                log.error("wipe_failed", reason=str(error))
            else:
                log.exception("wipe_failed")
            self._audit(actor, "wipe failed", detail)
            await in_thread(lambda: self._note.write(frozenset()))
            raise
        log.warning("wipe_done")
        self._audit(actor, "wipe done", detail)


async def finish(scopes: FrozenSet[Scope], places: WipePlaces, note: WipeNote) -> None:
    """Remove everything of ``scopes``, with the note of what is left.

    Raises:
        Unavailable: the disk refuses; the note says what is left.
    """
    left = scopes
    await in_thread(lambda: note.write(scopes))
    for scope in sorted(scopes, key=list(Scope).index):
        await places.wipe(scope)
        left -= {scope}
        await in_thread(lambda now=left: note.write(now))  # type: ignore[misc]
