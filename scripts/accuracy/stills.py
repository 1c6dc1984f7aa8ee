"""Age and gender on whole still pictures whose captions say when they were taken; and the pairs among them.

Five photographs of three people. The White House's are only ever looked at as they are.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import List, Optional, Tuple

import numpy as np

from sophon_report.demo.pictures import BIDEN, COLLINS, FACE_RECOGNITION, OBAMA_CAPITOL, OBAMA_PORTRAIT
from sophon_report.link.messages import Photo, PhotoUse
from sophon_report.model import Attributes, FloatArray
from sophon_report.vision.engines.base import Engine
from sophon_report.vision.models.fetch import Member, fetch_archive_members
from sophon_report.vision.photo import look_at

OBAMA_BLUE_ROOM = Member(
    path="face_recognition-1.3.0/tests/test_images/obama3.jpg",
    sha256="76ac6bf97c36dc2da0ad16a537d6a5ac1b10f48d49aac29a0cca9a17cdbc3ca3",
    size_bytes=595_944,
)
"""Pete Souza, Official White House Photographer, 2010-05-10: as the others, with the same notice."""
OBAMA, OBAMA_BORN = "Barack Obama", date(1961, 8, 4)
JOE_BIDEN, BIDEN_BORN = "Joe Biden", date(1942, 11, 20)


@dataclass(frozen=True)
class Still:
    """A photograph and what it was taken for."""

    file: str
    person: str
    age_years: Optional[int]
    """``None``: the picture is undated."""
    attributes: Attributes
    feature: FloatArray


@dataclass(frozen=True)
class Pair:
    """Two photographs and how near their faces are."""

    one: str
    other: str
    same: bool
    cosine: float


def look(engine: Engine, folder: Path) -> Tuple[Still, ...]:
    """Look at each picture as a pushed one is looked at; ``folder`` has the demo's, what it lacks is fetched."""
    fetch_archive_members(FACE_RECOGNITION, [OBAMA_PORTRAIT.member, OBAMA_BLUE_ROOM, BIDEN.member], folder)
    return (
        _still(engine, folder, OBAMA_PORTRAIT.name, OBAMA, _age(OBAMA_BORN, date(2012, 12, 6))),
        _still(engine, folder, OBAMA_CAPITOL.name, OBAMA, _age(OBAMA_BORN, date(2009, 9, 9))),
        _still(engine, folder, OBAMA_BLUE_ROOM.name, OBAMA, _age(OBAMA_BORN, date(2010, 5, 10))),
        _still(engine, folder, BIDEN.name, JOE_BIDEN, _age(BIDEN_BORN, date(2010, 5, 10))),
        _still(engine, folder, COLLINS.name, COLLINS.person, None),
    )


def pairs(stills: Tuple[Still, ...]) -> List[Pair]:
    """Every two of them."""
    return [
        Pair(one.file, other.file, one.person == other.person, float(one.feature @ other.feature))
        for place, one in enumerate(stills)
        for other in stills[place + 1 :]
    ]


def _age(born: date, taken: date) -> int:
    return taken.year - born.year - ((taken.month, taken.day) < (born.month, born.day))


def _still(engine: Engine, folder: Path, file: str, person: str, age_years: Optional[int]) -> Still:
    result = look_at(engine, Photo(0, (folder / file).read_bytes(), 40, PhotoUse.EVENT))
    face = result.faces[0]
    feature = np.frombuffer(face.embedding, "<f4")
    return Still(file, person, age_years, face.attributes, feature)
