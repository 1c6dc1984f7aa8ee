"""Settings, cameras, destinations and people in one file: made, fetched, looked through, put back.

A backup is everybody's face in one file, and says how the box is set: it is for administrators.
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Dict, List, Protocol, Sequence, Tuple

from aiohttp import web
from pydantic import Field

from sophon_report.api.call import Need
from sophon_report.api.errors import Refusal, WrongField
from sophon_report.api.job import Job
from sophon_report.api.password_rules import LONGEST_PASSPHRASE, SHORTEST_PASSPHRASE
from sophon_report.api.v1.operation import Asked, Operation
from sophon_report.api.v1.shapes import Answer, Body, Nothing

TAGS = ("backups",)
PATH = "/backups"
ONE = PATH + "/{name}"
ZIP = "application/zip"
PART = "^(settings|devices|destinations|people)$"
ALL = ("settings", "devices", "destinations", "people")


class WhatToBackUp(Body):
    """What goes into the file."""

    parts: Tuple[str, ...] = Field(ALL, min_length=1, max_length=4, strict=False)
    """Some of ``settings``, ``devices``, ``destinations``, ``people``; groups go with people."""
    passphrase: str = Field("", max_length=LONGEST_PASSPHRASE)
    """Seals passwords, keys and headers into it; left out: they are left out."""


class WhatToRestore(Body):
    """Which file, and how."""

    backup: str = Field("", max_length=128)
    """One of ``GET /backups``, or"""
    file: str = Field("", max_length=1024)
    """one of the import folder, such as ``POST /uploads`` names."""
    parts: Tuple[str, ...] = Field(ALL, min_length=1, max_length=4, strict=False)
    passphrase: str = Field("", max_length=LONGEST_PASSPHRASE)
    """Of the secrets in it; left out: they are passed over."""
    dry_run: bool = True
    """Only look through it, and tell what would change."""


class BackupTold(Answer):
    """A backup that lies on this box."""

    name: str
    size_bytes: int
    made_ms: int
    version: str
    """Of what made it."""
    parts: Dict[str, int]
    """How much of each."""
    secrets: bool
    """It holds secrets, sealed with a passphrase."""


class BackupList(Answer):
    """The newest first."""

    backups: List[BackupTold]
    kept: int
    """So many are kept; the oldest goes when another is made. All go when a person is erased."""


@dataclass(frozen=True)
class Backup:
    """As :class:`BackupTold`."""

    name: str
    size_bytes: int
    made_ms: int
    version: str
    parts: Dict[str, int]
    secrets: bool


class BackupService(Protocol):
    """Whoever makes and restores them."""

    kept: int

    def make(self, parts: Sequence[str], passphrase: str, actor: str) -> Job:
        """Begin to make one; raises Unavailable."""

    async def list(self) -> Sequence[Backup]:
        """Those that lie here."""

    def path(self, name: str) -> Path:
        """Where one is; raises NotFound."""

    async def remove(self, name: str) -> None:
        """Remove one; raises NotFound."""

    async def restore(self, what: WhatToRestore, actor: str) -> Job:
        """Begin to put one back.

        Raises:
            NotFound: there is no such file.
            Unavailable: too many jobs are open.
        """


class BackupCalls:
    """Operations over one service."""

    def __init__(self, desk: BackupService) -> None:
        self._desk = desk

    def operations(self) -> List[Operation]:
        """All of them."""
        found, busy = ("NOT_FOUND",), ("UNAVAILABLE",)
        return [
            Operation(
                "POST",
                PATH,
                Need.ADMIN,
                "Begin to make a backup",
                self.make,
                Job,
                http_status=202,
                body=WhatToBackUp,
                tags=TAGS,
                errors=busy,
            ),
            Operation(
                "GET", PATH, Need.ADMIN, "Backups that lie here", self.list, BackupList, tags=TAGS, tagged=True
            ),
            Operation("GET", ONE, Need.ADMIN, "A backup", self.fetch, answer_type=ZIP, tags=TAGS, errors=found),
            Operation("DELETE", ONE, Need.ADMIN, "Remove a backup", self.remove, Nothing, tags=TAGS, errors=found),
            Operation(
                "POST",
                "/restore",
                Need.ADMIN,
                "Look through a backup, or put it back",
                self.restore,
                Job,
                http_status=202,
                body=WhatToRestore,
                tags=TAGS,
                errors=(*found, *busy),
                description=(
                    "What is in it is put back, all else stays: nobody and nothing is removed. The whole file is "
                    "checked before anything changes. Broken off, what was done stays, and it can be done again. "
                    "The result of the job says what would change (`dry_run`), or did."
                ),
            ),
        ]

    async def make(self, asked: Asked) -> Job:
        """Begin to make one."""
        what: WhatToBackUp = asked.body
        _check(what.parts)
        if what.passphrase and len(what.passphrase) < SHORTEST_PASSPHRASE:
            raise _wrong("passphrase", f"must have at least {SHORTEST_PASSPHRASE} characters")
        return self._desk.make(what.parts, what.passphrase, asked.actor)

    async def list(self, _asked: Asked) -> BackupList:
        """All that lie here."""
        backups = [BackupTold(**asdict(one)) for one in await self._desk.list()]
        return BackupList(backups=backups, kept=self._desk.kept)

    async def fetch(self, asked: Asked) -> web.StreamResponse:
        """The file of the path."""
        path = self._desk.path(asked.part("name"))
        headers = {
            "Content-Disposition": f'attachment; filename="{path.name}"',
            "Content-Type": ZIP,
            "Cache-Control": "no-store",
        }
        return web.FileResponse(path, headers=headers)

    async def remove(self, asked: Asked) -> Nothing:
        """Remove the file of the path."""
        await self._desk.remove(asked.part("name"))
        return Nothing()

    async def restore(self, asked: Asked) -> Job:
        """Begin to put one back."""
        what: WhatToRestore = asked.body
        _check(what.parts)
        if bool(what.backup) == bool(what.file):
            raise _wrong("backup", "or file must be given, and one of them only")
        return await self._desk.restore(what, asked.actor)


def _check(parts: Sequence[str]) -> None:
    if any(part not in ALL for part in parts):
        raise _wrong("parts", "must be some of " + ", ".join(ALL))


def _wrong(name: str, problem: str) -> Refusal:
    return Refusal("INVALID_ARGUMENTS", f"{name} {problem}", [WrongField(problem, pointer=f"#/{name}")])
