"""What delivery needs of the journal: an ordered log that is read from a place, and places that are remembered."""

from typing import Collection, List, Protocol, Type

from sophon_report.delivery.journal import Behind, Sealed
from sophon_report.wire.layouts import Event


class EventLog(Protocol):
    """Accepted records in the order of their sequence numbers, which rise but may skip."""

    @property
    def oldest_seq(self) -> int:
        """Number of the first record that is still there; one above :attr:`last_seq` when there is none."""

    @property
    def last_seq(self) -> int:
        """Number of the newest accepted record; 0 before the first."""

    def behind(self, seq: int) -> Behind:
        """What lies behind ``seq``, at once; numbers that were never given do not count."""

    def tells(self, name: str, what: Type[Event]) -> None:
        """Note what destination ``name`` is told, so that what it loses can be counted."""

    def dropped(self, name: str) -> int:
        """How many of those events went, for age or room, before destination ``name`` had them."""

    async def read_sealed(self, after_seq: int, limit: int, max_bytes: int) -> List[Sealed]:
        """Up to ``limit`` records behind ``after_seq``, oldest first, of ``max_bytes`` in all.

        At least one when there is any, however large it is.

        Raises:
            JournalError: the disk refused.
        """

    async def wait_for(self, after_seq: int) -> None:
        """Return once :attr:`last_seq` is above ``after_seq``."""


class Cursor(Protocol):
    """How far one destination has got; may be behind by a moment after a crash, never ahead."""

    def position(self) -> int:
        """Number of the last record that is dealt with."""

    def advance(self, seq: int) -> None:
        """Remember that everything up to ``seq`` is dealt with."""


class Cursors(Protocol):
    """The remembered places, by name of destination."""

    def names(self) -> Collection[str]:
        """All whose place is remembered."""

    def open(self, name: str, start_seq: int) -> Cursor:
        """The cursor of ``name``; one that is not known begins at ``start_seq``."""

    def remove(self, name: str) -> None:
        """Forget ``name``: added again it begins anew."""
