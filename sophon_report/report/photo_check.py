"""What would become of a photo if somebody were registered by it: asked before anything is stored."""

from dataclasses import dataclass
from functools import partial
from typing import Callable, Optional, Tuple

import numpy as np

from sophon_report.api.pictures import FaceSeen, Pictures
from sophon_report.api.v1.photo_checks import Alike, CheckedPhoto
from sophon_report.config import Matching
from sophon_report.errors import BadImage
from sophon_report.link.messages import FacesAsked
from sophon_report.quality_limits import LEVELS, Level
from sophon_report.recognition.known_people import KnownPeople
from sophon_report.recognition.photo_verdict import Reason, reasons, rivals
from sophon_report.report.shelf import Shelf
from sophon_report.score import score_pct

MOST_FACES = 10
"""Faces of one photo that are told."""
_ASKED = FacesAsked(most=MOST_FACES, attributes=False)


@dataclass(frozen=True)
class PhotoCheck:
    """The :class:`sophon_report.api.v1.photo_checks.PhotoJudge` of a running service.

    Attributes:
        pictures: looks at the photo.
        people: who is known.
        listing: where the faces of a person are read.
        matching: the settings of the moment.
        level: what a word of the vendor's levels asks; ``""`` is that of registering here.
    """

    pictures: Pictures
    people: KnownPeople
    listing: Shelf
    matching: Callable[[], Matching]
    level: Callable[[str], Level]

    async def check(self, image: bytes, level: str, identity_id: str) -> CheckedPhoto:
        """What is on the photo, and whether it does; raises as ``PhotoJudge.check``."""
        asked = self.level(level)
        try:
            faces = await self.pictures.faces_of(image, _ASKED)
        except BadImage as error:
            code = error.reason if error.reason in ("not_an_image", "too_large") else "no_face"
            return CheckedPhoto(asked.value, (Reason(code),))
        boxes, face = tuple(each.box for each in faces), faces[0]
        found = list(reasons(face.quality, LEVELS[asked]))
        smallest_px = self.matching().min_face_px
        is_large = face.quality.size_px >= smallest_px
        if not is_large and not any(each.code == "face_too_small" for each in found):
            found.append(Reason("face_too_small", round(face.quality.size_px, 1), smallest_px))
        if rivals(boxes) > 1:
            found.append(Reason("several_faces", rivals(boxes), 1, blocks=False))
        alike, own_pct = await self._alike(face), await self._own_pct(face, identity_id)
        return CheckedPhoto(asked.value, tuple(found), boxes, alike, own_pct, usable=is_large)

    async def _alike(self, face: FaceSeen) -> Optional[Alike]:
        """The person whom cameras would take this face for."""
        nearest = await self.people.nearest(face.embedding, "")
        if nearest is None or not nearest.score_pct > self.matching().pass_pct:
            return None
        return Alike(nearest.identity, nearest.score_pct, nearest.faces)

    async def _own_pct(self, face: FaceSeen, identity_id: str) -> Optional[float]:
        """How much it looks like the photos that the person has."""
        if not identity_id:
            return None
        own = await self.listing.do(partial(self.listing.people.faces_of, identity_id))
        vectors: Tuple[bytes, ...] = tuple(
            each.embedding
            for each in own
            if each.embedder == self.people.embedder and len(each.embedding) == len(face.embedding)
        )
        row = np.frombuffer(face.embedding, "<f4")
        cosines = [float(np.frombuffer(vector, "<f4") @ row) for vector in vectors]
        return score_pct(max(cosines), self.people.pass_cosine) if cosines else None
