"""The event index: having it read from the journal again."""

from typing import Any, Dict, List, Optional, Protocol

from sophon_report.api.call import Need
from sophon_report.api.v1.operation import Asked, Operation
from sophon_report.api.v1.shapes import Answer

PATH = "/events/reindex"
TAGS = ("events",)


class Reindexing(Answer):
    """How far reading the journal again is, or what became of the last one; what is not known yet is null."""

    state: str
    """``idle``, ``running``, ``done``, ``failed`` or ``cancelled``."""
    job_id: Optional[str] = None
    """Of the job that does it, which can be cancelled; null: none is remembered."""
    seq: Optional[int] = None
    error: Optional[str] = None
    first_seq: Optional[int] = None
    last_seq: Optional[int] = None
    records: Optional[int] = None
    """Recognitions and visits that were read."""
    added: Optional[int] = None
    changed: Optional[int] = None
    damaged: Optional[int] = None


class ReindexService(Protocol):
    """Whoever reads the journal again."""

    def begin(self, actor: str) -> Dict[str, Any]:
        """Begin; returns as :meth:`state`.

        Raises:
            Unavailable: it is under way already.
        """

    def state(self) -> Dict[str, Any]:
        """Fields of :class:`Reindexing`."""


class HistoryCalls:
    """Operations over ``desk``."""

    def __init__(self, desk: ReindexService) -> None:
        self._desk = desk

    def operations(self) -> List[Operation]:
        """All of them."""
        return [
            Operation(
                "POST",
                PATH,
                Need.WRITE,
                "Begin to read the whole journal into the event index again",
                self.begin,
                Reindexing,
                tags=TAGS,
                errors=("UNAVAILABLE",),
                description="A job, which `/jobs` tells of as well and can cancel.",
            ),
            Operation("GET", PATH, Need.READ, "How far that is", self.look, Reindexing, tags=TAGS),
        ]

    async def begin(self, asked: Asked) -> Reindexing:
        """Begin to read the whole journal into the event index again."""
        return Reindexing(**self._desk.begin(asked.actor))

    async def look(self, _asked: Asked) -> Reindexing:
        """How far it is."""
        return Reindexing(**self._desk.state())
