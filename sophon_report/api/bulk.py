"""What the HTTP edge asks about people in bulk, and what it is told; what only a command on this box may do."""

from dataclasses import asdict, dataclass
from typing import Any, Dict, List, Optional, Protocol, Sequence, Tuple

from sophon_report.api.call import Call, Incoming, Need
from sophon_report.model import UserType


@dataclass(frozen=True)
class ImportWish:
    """What is to be imported, and how."""

    file: str
    """In the import folder."""
    user_type: UserType = UserType.EMPLOYEE
    """Of everybody who brings none."""
    permissions: Tuple[str, ...] = ()
    """Groups that everybody gets, by name or id."""
    replace: bool = False
    level: str = ""
    """A word of the vendor's levels; ``""``: as set."""
    resume: bool = False


@dataclass(frozen=True)
class ImportState:
    """How far an import is, or how it ended."""

    import_id: str
    source: str
    total: Optional[int]
    rows: int
    registered: int
    refused: int
    report_lines: int
    ended: str


@dataclass(frozen=True)
class ExportFile:
    """A file that can be fetched."""

    name: str
    size_bytes: int
    removed_at_s: int


class RowTaker(Protocol):
    """Whoever takes rows that a command has read: msgpack, as ``report/bulk/handed_over`` writes it."""

    async def begin(self, body: bytes, level: str) -> None:
        """Get ready; raises as what it hands on."""

    async def rows(self, body: bytes, level: str) -> Sequence[Any]:
        """What became of each: dataclasses."""


class HandedRows:
    """The two calls of the local socket by which a command hands over people.

    Rows need no more than reading there, where nobody is asked for credentials: so an import is one line of the
    audit, that of its beginning, and not one a batch.
    """

    def __init__(self, taker: RowTaker, begin_path: str, rows_path: str) -> None:
        self._taker, self._begin_path, self._rows_path = taker, begin_path, rows_path

    def calls(self) -> List[Call]:
        """Both."""
        return [
            Call("POST", self._begin_path, Need.WRITE, self.begin, raw=True),
            Call("POST", self._rows_path, Need.READ, self.rows, raw=True),
        ]

    async def begin(self, incoming: Incoming) -> Dict[str, Any]:
        """Get ready for the rows of the body."""
        await self._taker.begin(incoming.message.body, _level(incoming))
        return {}

    async def rows(self, incoming: Incoming) -> Dict[str, Any]:
        """Register the rows of the body."""
        outcomes = await self._taker.rows(incoming.message.body, _level(incoming))
        return {"outcomes": [asdict(one) for one in outcomes]}


def _level(incoming: Incoming) -> str:
    return str(incoming.message.query.get("fiqa_level", ""))
