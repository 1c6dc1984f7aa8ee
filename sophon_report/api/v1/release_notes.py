"""What is new in which version, in the languages of the page."""

from pathlib import Path
from typing import List

import orjson

from sophon_report import __version__
from sophon_report.api.call import Need
from sophon_report.api.v1.operation import Asked, Operation
from sophon_report.api.v1.shapes import Answer

FILE = Path(__file__).resolve().parents[2] / "release_notes.json"


class Release(Answer):
    """One version."""

    version: str
    released: str
    """A day, or empty: not yet."""
    en: List[str]
    """A sentence or two each."""
    zh: List[str]


class ReleaseNotes(Answer):
    """The newest version first."""

    version: str
    """Of what runs."""
    releases: List[Release]


def release_notes() -> ReleaseNotes:
    """Those that this version brings along."""
    releases = [Release(**one) for one in orjson.loads(FILE.read_bytes())]
    return ReleaseNotes(version=__version__, releases=releases)


class ReleaseNoteCalls:
    """The one operation."""

    def __init__(self) -> None:
        self._notes = release_notes()

    def operations(self) -> List[Operation]:
        """What is served."""
        return [
            Operation(
                "GET",
                "/release-notes",
                Need.OPEN,
                "What is new in which version",
                self.look,
                ReleaseNotes,
                tags=("system",),
                tagged=True,
            )
        ]

    async def look(self, _asked: Asked) -> ReleaseNotes:
        """All of them."""
        return self._notes
