"""The first run: how far it is, and that a step of it is behind.

What the steps do goes by calls of their own: of the password, settings, devices and destinations. Here stands only
which of them nobody has to be asked again. Before anybody has logged in the page has to know
whether there is a first run, and where to find the password: so anybody may ask, and is told no secret.
"""

from pathlib import Path
from typing import FrozenSet, List, Literal, Protocol, Tuple

from pydantic import Field

from sophon_report import __version__
from sophon_report.api.call import Need
from sophon_report.api.v1.operation import Asked, Operation
from sophon_report.api.v1.shapes import Answer, Body

PATH = "/setup"
TAGS = ("setup",)
STEPS = ("password", "access", "name", "camera", "upload")
Step = Literal["password", "access", "name", "camera", "upload"]


class SetupTold(Answer):
    """How far the first run is."""

    done: bool
    """It is over: the page shows it no more."""
    passed: List[str]
    """Steps that were done or left out, in their order: password, access, name, camera, upload."""
    generated: bool
    """The password of `admin` is still the one that the service made up."""
    password_file: str
    """The file on the box that holds that password, readable by its owner only; empty when somebody chose one."""
    name: str
    """Of the box; empty when it has none."""
    version: str


class SetupKept(Body):
    """How far the first run is from now on."""

    done: bool
    passed: List[Step] = Field(max_length=len(STEPS))


class SetupService(Protocol):
    """Whoever keeps how far it is."""

    def name(self) -> str:
        """Of the box."""

    async def passed(self) -> FrozenSet[str]:
        """Steps that are behind, and ``done``."""

    async def keep(self, passed: Tuple[str, ...]) -> None:
        """Have these be behind."""


class SetupCalls:
    """Two operations.

    Args:
        service: keeps how far it is.
        password_file: there while the password is the one that was made up.
    """

    def __init__(self, service: SetupService, password_file: Path) -> None:
        self._service, self._file = service, password_file

    def operations(self) -> List[Operation]:
        """Both."""
        return [
            Operation("GET", PATH, Need.ANYONE, "How far the first run is", self.get, SetupTold, tags=TAGS),
            Operation(
                "PUT",
                PATH,
                Need.ADMIN,
                "Say how far the first run is",
                self.put,
                SetupTold,
                body=SetupKept,
                tags=TAGS,
                errors=("UNAVAILABLE",),
                description="`done` ends it; false shows it to the next admin who comes.",
            ),
        ]

    async def get(self, _asked: Asked) -> SetupTold:
        """How far it is."""
        passed = await self._service.passed()
        generated = self._file.exists()
        return SetupTold(
            done="done" in passed,
            passed=[step for step in STEPS if step in passed],
            generated=generated,
            password_file=str(self._file) if generated else "",
            name=self._service.name(),
            version=__version__,
        )

    async def put(self, asked: Asked) -> SetupTold:
        """Keep how far it is."""
        wanted: SetupKept = asked.body
        await self._service.keep((*wanted.passed, "done") if wanted.done else tuple(wanted.passed))
        return await self.get(asked)
