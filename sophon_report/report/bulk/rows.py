"""One row of what is imported: a person with faces, or why there is none."""

from dataclasses import dataclass, field
from typing import Iterator, List, Optional, Protocol, Tuple, Union

from sophon_report.api.device_rules import further_text
from sophon_report.errors import IMAGE_REASONS, BadImage, BadInput, GalleryFull, IdTaken, PermissionNotFound
from sophon_report.model import Person, UserType
from sophon_report.wire.pictures import MAX_IMAGE_BYTES

MAX_ROWS = 100_000
"""Rows of one import, also those that are refused."""
MAX_LABEL_LETTERS = 200
REFUSALS = (
    *IMAGE_REASONS,
    "row",  # a name, an id or a value that cannot be used
    "name",  # of a file, which tells no id and name
    "taken",
    "twice",  # another row before it has the id
    "group",
    "full",
)
"""Why a row or a face is refused: the page has words for each."""


@dataclass(frozen=True)
class FaceGiven:
    """A face as it came: a picture of it, its vector, or both."""

    photo: bytes = field(default=b"", repr=False)
    """Nobody has looked whether it is a picture; one byte more than are taken when it is too large."""
    feature: bytes = field(default=b"", repr=False)
    """Little endian float32 of ``embedder``."""
    embedder: str = ""


@dataclass(frozen=True)
class PersonRow:
    """A person to be registered."""

    number: int
    """Of the row in its source, from 1; refused rows count."""
    label: str
    """What the row is told by: a file name, or where it stands in a list."""
    person: Person
    """Without permission ids; those are found by ``groups``."""
    faces: Tuple[FaceGiven, ...]
    groups: Tuple[str, ...] = ()
    """Names of permission groups, or their ids."""

    @property
    def size_bytes(self) -> int:
        """Of its pictures and vectors."""
        return sum(len(face.photo) + len(face.feature) for face in self.faces)


@dataclass(frozen=True)
class RefusedRow:
    """A row that cannot be used."""

    number: int
    label: str
    reason: str
    code: str = "row"
    """The reason as a word of :data:`REFUSALS`."""


Row = Union[PersonRow, RefusedRow]


@dataclass(frozen=True)
class GroupGiven:
    """A permission group that a source brings along; made where no group has its name."""

    permission_id: str
    name: str
    description: str = ""
    info_json: str = "{}"


def info_of(raw: str) -> str:
    """What a file brings to be kept of a group or a person beside the rest, as it is stored.

    Raises:
        BadInput: it is no object, or too large: whoever asks for it later could not be told.
    """
    try:
        return further_text(raw)
    except ValueError as error:
        raise BadInput(f"info {error}") from None


class Source(Protocol):
    """An opened source of people. Its rows come in the same order each time, as long as the file is the same."""

    notes: List[str]
    """What whoever imports should know of it beside its rows; grows while it is read."""
    groups: Tuple[GroupGiven, ...]

    def count(self) -> Optional[int]:
        """How many rows there are, ``None`` when nobody knows before the end."""

    def rows(self, skip: int) -> Iterator[Row]:
        """Those after the first ``skip``; pictures are read as their row is asked for.

        Raises:
            BadInput: from here on the source cannot be read; the rows before count.
            Unavailable: the disk refuses.
        """

    def close(self) -> None:
        """Let the file go."""


@dataclass(frozen=True)
class Defaults:
    """What everybody of a source gets who brings nothing of their own."""

    user_type: UserType = UserType.EMPLOYEE
    groups: Tuple[str, ...] = ()
    """Added to those that the row names."""


def label_of(text: str) -> str:
    """``text`` as a label: bounded, without control characters."""
    shown = "".join(letter if letter.isprintable() else "�" for letter in text[: MAX_LABEL_LETTERS + 1])
    return shown if len(shown) <= MAX_LABEL_LETTERS else shown[: MAX_LABEL_LETTERS - 1] + "…"


def checked_count(count: int, what: str) -> int:
    """``count``, when so many rows are taken at once.

    Raises:
        BadInput: they are too many, or none.
    """
    if not count:
        raise BadInput(f"{what} holds nobody to register")
    if count > MAX_ROWS:
        raise BadInput(f"{what} holds {count} people, at most {MAX_ROWS} are taken at once")
    return count


def word_of(error: Exception) -> str:
    """The word of :data:`REFUSALS` for an error that refuses a row."""
    if isinstance(error, BadImage):
        return error.reason
    kinds = ((IdTaken, "taken"), (GalleryFull, "full"), (PermissionNotFound, "group"))
    return next((word for kind, word in kinds if isinstance(error, kind)), "row")


def too_large(size_bytes: int) -> str:
    """Why a picture of so many bytes is refused."""
    return f"the picture has {size_bytes} bytes, at most {MAX_IMAGE_BYTES} are taken"
