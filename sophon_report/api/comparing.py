"""Are these two pictures of one person: ``compare`` of API 2.0, and ``/SophonMatch/api/compare`` before it.

The largest face of each counts. Where the documents leave a choice:

- The newer call answers with a score only, which its page explains: 82 and more very likely, from 60 possible. The
  older one compares the photo of an identity card with whoever shows it, and has marks of its own for that
  (:func:`sophon_report.score.card_raw`); its score is on the scale of those marks. Above the mark is passed (as
  everywhere), at the mark it is not.
- No page says which level of quality the older call asks for when none is named: none, as in the newer one.
- Its sample has an empty ``identity_id`` and the name ``stranger`` for who did not pass. Who did has the
  ``user_name`` of ``identity_info``: nobody is looked up, the card says who it is.
- ``need_save`` is checked and saves nothing: no layout has an event with two pictures and no device.
  ``compare_time`` is the time of that event.
- Whoever may push pictures may compare them: a registered photo device, and who may write.
"""

from pathlib import Path
from typing import Any, Callable, Dict, List, Tuple

from sophon_report.api.arguments import Arguments
from sophon_report.api.call import Call, Incoming, Need
from sophon_report.api.picture_arguments import PictureArguments
from sophon_report.api.pictures import FaceSeen, Pictures
from sophon_report.errors import BadImage
from sophon_report.link.messages import FacesAsked
from sophon_report.quality_limits import LEVEL_WORDS, LEVELS, Level, in_words
from sophon_report.score import CARD_MARKS_RAW, card_raw
from sophon_report.wire.names import STRANGER_NAME

_COMPARED = FacesAsked(attributes=False)


class CompareCalls:
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
            Call("POST", "/sophon/v2/face/compare", Need.PUSH, self.compare),
            Call("POST", "/SophonMatch/api/compare", Need.PUSH, self.old_compare),
        ]

    async def compare(self, incoming: Incoming) -> Dict[str, Any]:
        """``compare``: how alike two faces are, 0 to 100."""
        sources = (("image_1_path", "image_1_base64"), ("image_2_path", "image_2_base64"))
        return {"score": round(await self._likeness_pct(incoming.arguments, sources), 4)}

    async def old_compare(self, incoming: Incoming) -> Dict[str, Any]:
        """The older ``compare``: whether the face is that of the card."""
        given = incoming.arguments
        mark = CARD_MARKS_RAW[given.text("threshold", "middle", words=tuple(CARD_MARKS_RAW))]
        given.flag("need_save", default=False)
        shown = given.table("identity_info", {}).get("user_name")
        score = card_raw(await self._likeness_pct(given, (("", "face_image_base64"), ("", "card_image_base64"))))
        passed = score > mark
        body = {
            "retcode": "1" if passed else "0",
            "score": round(score, 4),
            "identity_id": "",
            "name": shown if passed and isinstance(shown, str) else STRANGER_NAME,
        }
        return {"data": body, **body}

    async def _likeness_pct(self, given: Arguments, sources: Tuple[Tuple[str, str], ...]) -> float:
        level = self._level(given.text("fiqa_level", "", words=(*LEVEL_WORDS, "")) or Level.NO.value)
        images = [await self._read.needed(given, path, text) for path, text in sources]
        names = [text[: -len("_base64")] for _, text in sources]
        one, other = [await self._face(image, name, level) for image, name in zip(images, names)]
        return self._pictures.likeness_pct(one, other)

    async def _face(self, image: bytes, name: str, level: Level) -> FaceSeen:
        """The largest face of the picture ``name``; why not names it."""
        try:
            face = (await self._pictures.faces_of(image, _COMPARED))[0]
        except BadImage as error:
            raise _of_picture(name, error.reason, str(error)) from None
        lacking = in_words(face.quality, LEVELS[level])
        if lacking:
            raise _of_picture(name, "low_quality", lacking)
        return face


def _of_picture(name: str, reason: str, detail: str) -> BadImage:
    """The refusal of one of two pictures; what it lacks stays in front, where the vendor has it."""
    items, mark, words = detail.partition(": ")
    poor = reason in ("low_quality", "face_too_small") and mark
    return BadImage(reason, f"{items}: {name}: {words}" if poor else f"{name}: {detail}")
