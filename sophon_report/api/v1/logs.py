"""The newest lines of the log, for whoever looks why something does not work."""

import asyncio
from functools import partial
from typing import Dict, List, Protocol

from pydantic import Field

from sophon_report.api.call import Need
from sophon_report.api.v1.operation import Asked, Operation
from sophon_report.api.v1.shapes import Answer, Query
from sophon_report.ops.log_ring import LEVELS, LogPage

MAX_LIMIT = 1_000


class LogQuery(Query):
    """Which lines."""

    after: int = Field(0, ge=0, le=1 << 53)
    """Only those with a higher number: for following."""
    level: str = Field("debug", pattern=f"^({'|'.join(LEVELS)})$")
    """Of this level or a graver one."""
    text: str = Field("", max_length=200)
    """That hold this, in any case."""
    limit: int = Field(200, ge=1, le=MAX_LIMIT)
    """How many of the newest at most."""


class LogLineTold(Answer):
    """One line; passwords and tokens are masked before it is written."""

    seq: int
    at: str
    """ISO 8601, UTC."""
    level: str
    event: str
    fields: Dict[str, str]


class LogTold(Answer):
    """Lines, the oldest first."""

    lines: List[LogLineTold]
    last_seq: int
    """Of the newest line there is: what to ask after next."""
    missed: int
    """Lines after the number asked for that have gone already."""
    dropped: int
    """Lines that gave way since the start: memory has room for some thousand."""
    processes: List[str]
    """Whose lines are here. Vision writes its own to the same place as the service: on a box to the journal of
    systemd, ``journalctl -u sophon-vision``."""


class LogService(Protocol):
    """Whoever keeps them."""

    def page(self, after: int, level: str, text: str, limit: int) -> LogPage:
        """The newest lines of those asked for; called in a thread."""


class LogCalls:
    """The one operation."""

    def __init__(self, kept: LogService) -> None:
        self._kept = kept

    def operations(self) -> List[Operation]:
        """What is served."""
        return [
            Operation(
                "GET",
                "/logs",
                Need.ADMIN,
                "The newest lines of the log",
                self.look,
                LogTold,
                query=LogQuery,
                tags=("system",),
                description="Of the report process, since its start, from memory.",
            )
        ]

    async def look(self, asked: Asked) -> LogTold:
        """The lines that the query asks for."""
        what: LogQuery = asked.query
        look = partial(self._kept.page, what.after, what.level, what.text, what.limit)
        page = await asyncio.get_running_loop().run_in_executor(None, look)
        return LogTold(
            lines=[
                LogLineTold(seq=one.seq, at=one.at, level=one.level, event=one.event, fields=dict(one.fields))
                for one in page.lines
            ],
            last_seq=page.last_seq,
            missed=page.missed,
            dropped=page.dropped,
            processes=["report"],
        )
