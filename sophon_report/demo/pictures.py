"""The sample photographs: where they come from, who took them, on what basis the demo may use them.

They are fetched onto the user's own machine out of packages of PyPI and are no part of this one. Four of them are
official White House photographs. Work of a federal employee in office has no copyright in the United States, but
their metadata carries a notice: for news publication and personal use, not to be manipulated in any way, not for
anything that suggests endorsement. So the demo shows photographs **whole**, moved, scaled and turned a little like
a print held up to a camera; none is cut out, blended or retouched, and nothing that shows them is published.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Callable, List, Optional, Tuple

from sophon_report.model import Box
from sophon_report.vision.models.fetch import Member, Package, fetch_archive_members

Say = Callable[[str], None]

WHITE_HOUSE_BASIS = "official work of a US federal employee, public domain in the US (17 U.S.C. 105)"
WHITE_HOUSE_NOTICE = (
    "for news publication and personal use only; may not be manipulated in any way, nor used in commercial or "
    "political materials or to suggest endorsement"
)
NASA_BASIS = "NASA, no known copyright restrictions, released into the public domain"

_TEST_IMAGES = "face_recognition-1.3.0/tests/test_images"
FACE_RECOGNITION = Package(
    registry="pypi",
    name="face_recognition",
    version="1.3.0",
    # The pictures are in the source archive only.
    pip_args=("--no-binary", "face_recognition"),
)
SCIKIT_IMAGE = Package(
    registry="pypi",
    name="scikit-image",
    version="0.26.0",
    # Any of its wheels holds the picture; this one is named so that an older Python finds it too.
    pip_args=("--only-binary=:all:", "--python-version", "3.11", "--platform", "manylinux_2_28_x86_64"),
)


@dataclass(frozen=True)
class SamplePicture:
    """A photograph of the sample, its story and where the face is."""

    package: Package
    member: Member
    person: str
    occasion: str
    """What it shows and when it was taken, from its caption."""
    photographer: str
    basis: str
    """Why it may be used."""
    notice: str
    """What its metadata asks for, ``""`` for nothing."""
    face: Box
    """In its own pixels; found by YuNet 2023mar."""

    @property
    def name(self) -> str:
        """Its file name."""
        return self.member.name


def _white_house(
    *, file: str, sha256: str, size_bytes: int, person: str, occasion: str, face: Box
) -> SamplePicture:
    return SamplePicture(
        package=FACE_RECOGNITION,
        member=Member(f"{_TEST_IMAGES}/{file}", sha256, size_bytes),
        person=person,
        occasion=occasion,
        photographer="Pete Souza, Official White House Photographer",
        basis=WHITE_HOUSE_BASIS,
        notice=WHITE_HOUSE_NOTICE,
        face=face,
    )


OBAMA_PORTRAIT = _white_house(
    file="obama.jpg",
    sha256="0930e3aa8cae5920329c0c8cbc6a2ab70f47b0e67b432875beaa95cbf7e741f6",
    size_bytes=279_922,
    person="Barack Obama",
    occasion="official portrait, 2012-12-06",
    face=(373.6, 94.3, 605.3, 415.7),
)
OBAMA_CAPITOL = _white_house(
    file="obama2.jpg",
    sha256="a7efcc907375274796f39646510704aa86672d59f6d5469d69af3c85590976a6",
    size_bytes=184_455,
    person="Barack Obama",
    occasion="at the Capitol, 2009-09-09",
    face=(195.3, 224.0, 470.8, 614.3),
)
BIDEN = _white_house(
    file="biden.jpg",
    sha256="3c17508bb91554c637a2eabddfae790e5bb1caba93130814fc2ac50be9760c4c",
    size_bytes=353_723,
    person="Joe Biden",
    occasion="Blue Room, 2010-05-10",
    face=(429.3, 175.8, 705.7, 558.1),
)
COLLINS = SamplePicture(
    package=SCIKIT_IMAGE,
    member=Member(
        path="skimage/data/astronaut.png",
        sha256="88431cd9653ccd539741b555fb0a46b61558b301d4110412b5bc28b5e3ea6cb5",
        size_bytes=791_555,
    ),
    person="Eileen Collins",
    occasion="astronaut's portrait, undated",
    photographer="NASA",
    basis=NASA_BASIS,
    notice="",
    face=(178.2, 62.9, 268.1, 176.2),
)
PICTURES: Tuple[SamplePicture, ...] = (OBAMA_PORTRAIT, OBAMA_CAPITOL, COLLINS, BIDEN)


def fetch_pictures(into: Path, from_dir: Optional[Path] = None, say: Say = print) -> None:
    """Make sure that every picture of :data:`PICTURES` is in ``into``, whole and right.

    Args:
        into: folder of the pictures; when all are there, nothing is fetched.
        from_dir: take the packages' archives from this folder instead of the network.
        say: told what is fetched.

    Raises:
        ModelError: one cannot be had, or is not the file it must be.
    """
    for package in (FACE_RECOGNITION, SCIKIT_IMAGE):
        members = [picture.member for picture in PICTURES if picture.package == package]
        fetch_archive_members(package, members, into, from_dir, say)


def credits() -> List[str]:  # noqa: A001 - what the field calls it
    """Who took the pictures and on what basis they are used, a line each, and what the demo does with them."""
    lines = [
        f"{picture.name}: {picture.person}, {picture.occasion}; photo: {picture.photographer}; {picture.basis}"
        for picture in PICTURES
    ]
    noticed = ", ".join(picture.name for picture in PICTURES if picture.notice)
    lines.append(f"Notice of {noticed}: {WHITE_HOUSE_NOTICE}.")
    lines.append("They are shown whole, on this machine only. Do not publish the film, nor pictures of it.")
    return lines
