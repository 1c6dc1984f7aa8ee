"""Who is in the film: the people of the sample, or those of a folder of the user's own portraits."""

from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Optional, Tuple

from sophon_report.demo import pictures
from sophon_report.demo.scene import MAX_PORTRAITS
from sophon_report.errors import BadImage, BadInput
from sophon_report.model import Box, ImageArray
from sophon_report.people_import import read_photo
from sophon_report.recognition.enrol import PHOTO_SUFFIXES, parse_photo_name
from sophon_report.wire.pictures import decode_image

FindFace = Callable[[ImageArray], Optional[Box]]
"""Returns the box of the picture's main face, or ``None``."""


@dataclass(frozen=True)
class Member:
    """A person of the film."""

    person: str
    shown: Path
    """The photograph that is in the film."""
    face: Optional[Box]
    """Where the face is on it, in its pixels; ``None``: to be found."""
    identity_id: Optional[str] = None
    """``None``: the unknown one."""
    registered: Optional[Path] = None
    """The photograph by which the others are known."""

    @property
    def file_name(self) -> str:
        """How ``people import`` wants the registered photograph to be called."""
        return f"{self.identity_id}__{self.person}.jpg"


def sample_cast(folder: Path) -> Tuple[Member, ...]:
    """The people of the sample, their pictures in ``folder``: two who are registered and one who is not.

    Of the first there are two photographs: the film shows one, the other is registered.
    """

    def member(
        shown: pictures.SamplePicture,
        identity_id: Optional[str] = None,
        registered: Optional[pictures.SamplePicture] = None,
    ) -> Member:
        known_by = folder / registered.name if registered else None
        return Member(shown.person, folder / shown.name, shown.face, identity_id, known_by)

    return (
        member(pictures.OBAMA_PORTRAIT, "E-0001", pictures.OBAMA_CAPITOL),
        member(pictures.COLLINS, "E-0002", pictures.COLLINS),
        member(pictures.BIDEN),
    )


def own_cast(folder: Path) -> Tuple[Member, ...]:
    """The people of a folder of ``<id>__<name>.jpg``; of two or more the last one stays unknown.

    Raises:
        BadInput: the folder cannot be read, a picture is named otherwise, an id is used twice, or there are none
            or too many.
    """
    try:
        files = sorted(path for path in folder.iterdir() if path.suffix.lower() in PHOTO_SUFFIXES)
    except OSError as error:
        raise BadInput(f"{folder}: {error.strerror}") from error
    if not 1 <= len(files) <= MAX_PORTRAITS:
        raise BadInput(f"{folder}: the film has room for 1 to {MAX_PORTRAITS} portraits, there are {len(files)}")
    cast = [_own_member(path) for path in files]
    ids = [member.identity_id for member in cast]
    for number, identity_id in enumerate(ids):
        if identity_id in ids[:number]:
            raise BadInput(f"{folder}: the id {identity_id} is used twice")
    if len(cast) > 1:
        cast[-1] = Member(cast[-1].person, cast[-1].shown, None)
    return tuple(cast)


def _own_member(path: Path) -> Member:
    try:
        identity_id, name = parse_photo_name(path.name)
    except BadInput as error:
        raise BadInput(f"{path.name}: {error}; a portrait is called <id>__<name>.jpg") from error
    return Member(name, path, None, identity_id, path)


def read_picture(path: Path) -> ImageArray:
    """The picture as ``(H, W, 3)`` uint8 BGR, upright.

    Raises:
        BadImage: it cannot be read, is too large, or is no picture.
    """
    try:
        return decode_image(read_photo(path))
    except BadImage as error:
        raise BadImage(error.reason, f"{path.name}: {error}") from error


def locate_face(member: Member, image: ImageArray, find_face: Optional[FindFace]) -> Box:
    """Where the face is on the member's photograph.

    Raises:
        BadImage: there is none.
        ValueError: it is not known and nobody was passed in to find it.
    """
    if member.face is not None:
        return member.face
    if find_face is None:
        raise ValueError("portraits of one's own need find_face")
    box = find_face(image)
    if box is None:
        raise BadImage("no_face", f"{member.shown.name}: no face was found")
    return box
