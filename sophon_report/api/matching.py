"""Who is on this picture: ``search`` of API 2.0, and ``PictureMatch`` before it.

A photo device pushes its pictures this way, so a match that names a registered photo device is an event (vendor,
firmware V6R1C01, the sample flow from registration to match). One that names none is answered only.

Where the documents leave a choice:

- ``PictureMatch`` answers in ``data`` like every older call, and once more without it, as its own page shows.
- A score is 0 to 100 in both. Below the threshold ``search`` names the nearest person, as its sample does; their
  photo only with ``with_result_modification`` false. ``PictureMatch`` then tells the name ``stranger`` and nobody,
  as its sample does, unless ``need_keep_info`` asks for what was found all the same.
- Nothing here tells a living face from a photo of one, in colour or infrared: whoever asks for it is refused, so
  that no door opens on a belief. The infrared picture goes along with the event.
- ``permission_name`` is the name of a permission group, as the tables say; the id of one will do as well. One that
  no group has is refused with ``PERMISSION_ID_NOT_FOUND``. Beside a device it is not looked at: that has its own.
- ``group_name`` is read; there is one gallery.
- ``compare_time`` is not the event's time: its unit is written down nowhere, and the clocks of gates are off.
- A stranger whom the library knows again is named, and does not pass: ``result`` false, ``retcode`` ``"0"``. A
  gate opens on those words, and the documents do not say that it should for somebody whom nobody registered.
- ``with_default_group_only`` true, and ``support_stranger`` false, leave the stranger library out. It is asked for
  otherwise, while it is on.
- ``with_attribute`` is checked and changes nothing in the answer.
"""

import contextlib
from pathlib import Path
from typing import Any, Callable, Dict, List, Sequence, Tuple

from sophon_report.api.arguments import Arguments, bad
from sophon_report.api.call import Call, Incoming, Need
from sophon_report.api.device_rules import further
from sophon_report.api.errors import Refusal
from sophon_report.api.gate import only_as_device
from sophon_report.api.groups import GroupService
from sophon_report.api.old_lists import opened
from sophon_report.api.people import PeopleService, PermissionService
from sophon_report.api.picture_arguments import PictureArguments
from sophon_report.api.pictures import SMALLEST_FACE_PX, MatchAnswer, Pictures, PushedPicture
from sophon_report.config import Access
from sophon_report.errors import NotFound, PermissionNotFound
from sophon_report.model import Person
from sophon_report.ops.addresses import plain_address
from sophon_report.wire.identities import identity_object
from sophon_report.wire.images import bare
from sophon_report.wire.names import STRANGER_NAME
from sophon_report.wire.old_people import told_info

_NO_LIVENESS = ("", "0", "off", "liveness_off")
_LIVENESS = ("liveness_off", "liveness_rgb", "liveness_rgb_ir")


class MatchCalls:
    """The two calls.

    Args:
        pictures: looks at them.
        imports: the folder whose files may be named.
        access: asked at each call.
        people: asked for all that is known of who is found.
        permissions: where a group's name is looked up.
        groups: asked for what only the older interface tells of a person.
    """

    def __init__(
        self,
        pictures: Pictures,
        imports: Path,
        access: Callable[[], Access],
        people: PeopleService,
        permissions: PermissionService,
        groups: GroupService,
    ) -> None:
        self._pictures, self._access = pictures, access
        self._people, self._permissions, self._groups = people, permissions, groups
        self._read = PictureArguments(imports)

    def calls(self) -> List[Call]:
        """What is served."""
        return [
            Call("POST", "/sophon/v2/face/search", Need.PUSH, self.search),
            Call("POST", "/SophonMatch/api/PictureMatch", Need.PUSH, self.picture_match),
        ]

    async def search(self, incoming: Incoming) -> Dict[str, Any]:
        """``search``: who of a group is on the picture."""
        given = incoming.arguments
        with_photo = given.flag("with_register_photo", default=False)
        with_photo = given.flag("need_register_photo", default=with_photo)  # as the page's text calls it
        shows_nearest = not given.flag("with_result_modification", default=True)
        with_debug = given.flag("with_debug_info", default=True)
        only_people = given.flag("with_default_group_only", default=False)
        given.flag("with_attribute", default=False)
        _refuse_liveness(given.text("with_liveness_check", "liveness_off", words=_LIVENESS))
        device_address = self._device_address(incoming, "media_device_ip")
        answer = await self._pictures.push(
            PushedPicture(
                image=await self._read.needed(given, "rgb_image_path", "rgb_image_base64"),
                device_address=device_address,
                permission_id="" if device_address else await self._permission_id(given),
                min_face_px=_min_face_px(given),
                infrared=await self._read.optional(given, "ir_image_path", "ir_image_base64") or b"",
                only_people=only_people,
            )
        )
        person = answer.nearest
        body: Dict[str, Any] = {
            "result": answer.passed,
            "score": round(answer.score_pct, 4),
            "identity_id": person.identity_id,
            "identity_info": identity_object(*await self._known(answer)),
        }
        if with_photo:
            shown = answer.passed or answer.known_again or shows_nearest
            body["register_image"] = bare(person.photo_jpeg) if shown else ""
        return {**body, "debug_info": _debug_info(answer)} if with_debug else body

    async def picture_match(self, incoming: Incoming) -> Dict[str, Any]:
        """``PictureMatch``: the same question in the older words."""
        given = incoming.arguments
        with_photo = given.flag("need_register_photo", default=False)
        with_debug = given.flag("with_debug_info", default=False)
        only_people = not given.flag("support_stranger", default=True)
        keeps_info = given.flag("need_keep_info", default=False)
        given.flag("with_attribute", default=False)
        given.text("group_name", "")
        _refuse_liveness(given.text("liveness_mode", ""))
        device_address = self._device_address(incoming, "device_ip")
        answer = await self._pictures.push(
            PushedPicture(
                image=await self._read.needed(given, "image_file_path", "rgb_image_base64"),
                device_address=device_address,
                permission_id="" if device_address else await self._permission_id(given),
                min_face_px=_min_face_px(given),
                infrared=await self._read.optional(given, "", "ir_image_base64") or b"",
                camera_quality=_camera_quality(given),
                only_people=only_people,
            )
        )
        person = answer.nearest if answer.passed or answer.known_again or keeps_info else None
        body: Dict[str, Any] = {
            "retcode": "1" if answer.passed else "0",
            "score": round(answer.score_pct, 4),
            "identity_id": person.identity_id if person else "",
            "identity_info": await self._old_info(answer) if person else {},
            "name": person.name if person else STRANGER_NAME,
            "reg_pic": bare(person.photo_jpeg) if person and with_photo else "",
        }
        if with_debug:
            body["debug_info"] = _debug_info(answer)
        return {"data": body, **body}

    async def _permission_id(self, given: Arguments) -> str:
        """Id of the group that is named, ``""`` for none.

        Raises:
            Refusal: no group has the name, or the id.
        """
        name = given.text("permission_name", "")
        if not name:
            return ""
        try:
            return (await self._permissions.find(name=name)).permission_id
        except PermissionNotFound:
            pass
        try:
            return (await self._permissions.find(name)).permission_id
        except PermissionNotFound as error:
            raise Refusal("PERMISSION_ID_NOT_FOUND", str(error)) from None

    async def _known(self, answer: MatchAnswer) -> Tuple[Person, Sequence[Tuple[str, str]]]:
        """Who is found and their faces: as they are now, or as they were compared when they are no more."""
        found = answer.nearest
        if not answer.known_again:
            with contextlib.suppress(NotFound):
                known = await self._people.get(found.identity_id)
                return known.person, known.faces
        return Person(found.identity_id, found.name, found.user_type, found.permission_ids), answer.faces

    async def _old_info(self, answer: MatchAnswer) -> Dict[str, Any]:
        """``identity_info`` of the older call; the photo is that of the face that was found."""
        person, faces = await self._known(answer)
        filed = (await self._groups.filed([person.identity_id]))[person.identity_id]
        told = told_info(
            person,
            faces,
            filed.groups,
            filed.permission_names,
            opened(person.ext_json),
            opened(filed.info_json),
        )
        return {**told, "image_id": answer.nearest.photo_id}

    def _device_address(self, incoming: Incoming, name: str) -> str:
        """Address of the device whose picture this is, ``""`` for none.

        A caller that is let in only because it is a photo device pushes as itself, and asks about no other group.
        Anyone else may name a device; a photo device that names neither device nor group means itself.

        Raises:
            Refusal: it names another device, or a group, without being allowed to.
        """
        named = incoming.arguments.text(name, "")
        names_group = bool(incoming.arguments.text("permission_name", ""))
        peer = plain_address(incoming.peer)
        if only_as_device(incoming, self._access()):
            if plain_address(named or peer) != peer or (names_group and not named):
                raise Refusal(
                    "PASSWORD_ERROR",
                    f"a photo device pushes as itself: {name} must be {peer}; to ask about others this needs a "
                    "token (Authorization: Bearer <token>), or access.open_writes = true in the settings",
                )
            return peer
        if named or names_group or not self._pictures.is_photo_device(peer):
            return named
        return peer


def _refuse_liveness(mode: str) -> None:
    if mode in _NO_LIVENESS:
        return
    if mode.endswith("ir"):
        raise Refusal("NOT_SUPPORT_IR_LIVENESS", "infrared pictures are not checked for life here")
    raise Refusal("LIVENESS_DETECT_FAIL", "pictures are not checked for life here: ask for liveness_off")


def _min_face_px(given: Arguments) -> int:
    asked = given.whole("min_face_size", 0, low=0, high=10_000)
    return max(asked, SMALLEST_FACE_PX) if asked else 0


def _camera_quality(given: Arguments) -> bytes:
    """``grab_fiqa_info`` as the JSON object that it came as, ``b""`` for none."""
    table = given.table("grab_fiqa_info", {})
    try:
        return further(table).encode() if table else b""
    except ValueError as error:
        raise bad("grab_fiqa_info", str(error)) from None


def _debug_info(answer: MatchAnswer) -> Dict[str, float]:
    return {"comparetime": round(answer.compare_ms, 3), "totaltime": round(answer.total_ms, 3)}
