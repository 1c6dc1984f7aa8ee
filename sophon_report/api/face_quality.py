"""Would this picture do: ``fiqa`` of API 2.0, and ``/SophonFace/api/FIQA`` before it.

The face that is judged is the largest, as on the vendor's box. Where the documents leave a choice:

- The older call takes a file's name (``image_path``) as the newer one does, and every word for a level.
- A picture without a face is refused with ``NO_FACE_ERROR`` in both; one whose face is poor is answered.
- It changes nothing, but takes the time of whatever watches the cameras: it needs what pushing a picture needs.
"""

from pathlib import Path
from typing import Any, Callable, Dict, List, Tuple

from sophon_report.api.arguments import Arguments
from sophon_report.api.call import Call, Incoming, Need
from sophon_report.api.picture_arguments import PictureArguments
from sophon_report.api.pictures import FaceSeen, Pictures
from sophon_report.link.messages import FacesAsked
from sophon_report.quality_limits import LEVEL_WORDS, Level, Verdict, judge_level
from sophon_report.wire.fiqa import detailed_reply, fiqa_row

_MEASURED = FacesAsked(vectors=False, attributes=False)


class FaceQualityCalls:
    """The two calls.

    Args:
        pictures: looks at them.
        imports: the folder whose files may be named.
        level: what a word of the vendor's levels means now.
    """

    def __init__(self, pictures: Pictures, imports: Path, level: Callable[[str], Level]) -> None:
        self._pictures, self._level = pictures, level
        self._read = PictureArguments(imports)

    def calls(self) -> List[Call]:
        """What is served."""
        return [
            Call("POST", "/sophon/v2/face/fiqa", Need.PUSH, self.fiqa),
            Call("POST", "/SophonFace/api/FIQA", Need.PUSH, self.old_fiqa),
        ]

    async def fiqa(self, incoming: Incoming) -> Dict[str, Any]:
        """``fiqa``: whether the picture reaches a level, with all that was measured."""
        face, verdict = await self._judged(incoming.arguments)
        return detailed_reply(face.box, face.quality, verdict)

    async def old_fiqa(self, incoming: Incoming) -> Dict[str, Any]:
        """``FIQA``: the same in the older words, a list of the one face."""
        face, verdict = await self._judged(incoming.arguments)
        return {"data": [fiqa_row(face.box, face.quality, verdict)]}

    async def _judged(self, given: Arguments) -> Tuple[FaceSeen, Verdict]:
        level = self._level(given.text("fiqa_level", "", words=(*LEVEL_WORDS, "")) or Level.HIGH.value)
        picture = await self._read.needed(given, "image_path", "image_base64_str")
        face = (await self._pictures.faces_of(picture, _MEASURED))[0]
        return face, judge_level(face.quality, level)
