"""Which faces are on this picture: ``detect`` of API 2.0, and ``/SophonFace/api/detect`` before it.

All faces that are as large as the settings ask (``REGN_MIN_FACE``), the largest first. Where the documents leave a
choice:

- A picture without a face is refused with ``NO_FACE_ERROR``, which the page lists; there is no empty list.
- Attributes are told as far as the settings have them computed (``ALG_ATTRIBUTE_DETECT``); the others are null.
- The older call takes ``image_url``. A caller must not have the box fetch what it likes from the network it is in:
  it is refused by name. The newer call's ``image_path`` is taken in its place.
- They change nothing, but take the time of whatever watches the cameras: they need what pushing a picture needs.
"""

from pathlib import Path
from typing import Any, Dict, List, Tuple

from sophon_report.api.arguments import Arguments, bad
from sophon_report.api.call import Call, Incoming, Need
from sophon_report.api.picture_arguments import PictureArguments
from sophon_report.api.pictures import FaceSeen, Pictures
from sophon_report.link.messages import FacesAsked
from sophon_report.wire.faces import Wanted, face_row, old_face_row

FACES = 10
"""Described without ``max_num_faces``; the vendor's default."""
MOST_FACES = 50
"""That may be asked for: each costs a feature and attributes, a second of a small machine for all of them."""


class DetectCalls:
    """The two calls.

    Args:
        pictures: looks at them.
        imports: the folder whose files may be named.
    """

    def __init__(self, pictures: Pictures, imports: Path) -> None:
        self._pictures = pictures
        self._read = PictureArguments(imports)

    def calls(self) -> List[Call]:
        """What is served."""
        return [
            Call("POST", "/sophon/v2/face/detect", Need.PUSH, self.detect),
            Call("POST", "/SophonFace/api/detect", Need.PUSH, self.old_detect),
        ]

    async def detect(self, incoming: Incoming) -> Dict[str, Any]:
        """``detect``: where the faces are, and what was asked of them."""
        wanted, faces = await self._found(incoming.arguments)
        return {"faces": [face_row(wanted, *_facts(face)) for face in faces]}

    async def old_detect(self, incoming: Incoming) -> Dict[str, Any]:
        """The older ``detect``: the same, with ages in years and vectors as numbers."""
        given = incoming.arguments
        if given.text("image_url", "") and "image_base64_str" not in given:
            raise bad("image_url", "is not fetched: send the picture itself as image_base64_str")
        wanted, faces = await self._found(given)
        return {"data": [old_face_row(wanted, *_facts(face)) for face in faces]}

    async def _found(self, given: Arguments) -> Tuple[Wanted, Tuple[FaceSeen, ...]]:
        wanted = Wanted(
            feature=given.flag("with_feature", default=False),
            attribute=given.flag("with_attribute", default=False),
            headpose=given.flag("with_headpose", default=False),
            landmark=given.flag("with_landmark", default=False),
        )
        most = given.whole("max_num_faces", FACES, low=1, high=MOST_FACES)
        image = await self._read.needed(given, "image_path", "image_base64_str")
        return wanted, await self._pictures.faces_of(image, FacesAsked(most, wanted.feature, wanted.attribute))


def _facts(face: FaceSeen) -> Tuple[Any, ...]:
    return face.box, face.landmarks, face.quality, face.embedding, face.attributes
