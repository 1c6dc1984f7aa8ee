"""Registered people and their faces as API 2.0 (firmware V6R1C01 and V6R2C01) manages them.

What is wrong with an argument is told before what is wrong with the state: a call with a word that is no
``user_type`` is refused for that, whether the id is taken or not.

Where the documents leave a choice:

- ``getidentitys``, ``updateidenity`` and ``updateimage`` are names of the vendor's own index tables for
  ``getidentities``, ``updateidentity`` and ``replaceface``. A registered picture is fetched by GET on its page and
  by POST in the index.
- ``user_type`` is read in any case, and told in lower case.
- ``identity_name`` of a list is a part of the name in any case; filters that are empty let all pass.
- An empty ``identity_name`` is as good as none when a person is registered, and refused as a change.
- ``deleteface`` takes the last face of a person too: nothing says that a person must have one, and whoever
  replaces a picture in two steps does just that. Nobody is recognised as them until another comes.
- A face that takes the place of another has its place in the lists and ids of its own, since pictures are kept by
  their ids elsewhere.
- ``deleteidentities`` takes people out of the gallery; what was seen of them stays in the history.
"""

from functools import lru_cache
from typing import Any, Dict, List, Optional, Tuple

import numpy as np
from aiohttp import web

from sophon_report.api.arguments import Arguments, bad
from sophon_report.api.call import Call, Incoming, Need
from sophon_report.api.device_rules import further
from sophon_report.api.errors import Refusal
from sophon_report.api.face_sources import FaceSources
from sophon_report.api.front import Note
from sophon_report.api.long_answer import jpeg_answer
from sophon_report.api.people import (
    FaceKey,
    PeopleFilter,
    PeopleService,
    PersonChanges,
    RegisteredPerson,
)
from sophon_report.errors import NotFound, PermissionNotFound
from sophon_report.model import Jpeg, Person, UserType
from sophon_report.ops.threads import in_thread
from sophon_report.recognition.enrol import MAX_PERMISSIONS
from sophon_report.wire.identities import ANONYMOUS, faces_object, identity_object, pagination
from sophon_report.wire.pictures import encode_jpeg

MAX_EXT_BYTES = 16_384
"""Of ``ext_user_info`` as JSON."""
MAX_FILTERED = 400
MAX_DELETED = 10_000
MAX_PAGE = 1000
MAX_PAGES = 1 << 30
MAX_FACE_INDEX = 10_000
BLANK_PX = 112


class IdentityCalls:
    """The calls.

    Args:
        people: what they read and change.
        faces: reads the face of a call that registers one.
        note: of the audit.
    """

    def __init__(self, people: PeopleService, faces: FaceSources, note: Note) -> None:
        self._people, self._faces, self._note = people, faces, note

    def calls(self) -> List[Call]:
        """What is served."""
        root = "/sophon/v2/face/"
        picture = root + "getregisterimage/{image_id}"
        return [
            Call("POST", root + "createidentity", Need.WRITE, self.create),
            Call("POST", root + "getidentity", Need.READ, self.get),
            *(Call("POST", root + name, Need.READ, self.page) for name in ("getidentities", "getidentitys")),
            *(Call("POST", root + name, Need.WRITE, self.update) for name in ("updateidentity", "updateidenity")),
            Call("POST", root + "deleteidentities", Need.WRITE, self.delete),
            Call("POST", root + "addface", Need.WRITE, self.add_face),
            Call("POST", root + "deleteface", Need.WRITE, self.delete_face),
            *(Call("POST", root + name, Need.WRITE, self.replace_face) for name in ("replaceface", "updateimage")),
            *(Call(method, picture, Need.READ, self.photo, reads_body=False) for method in ("GET", "POST")),
        ]

    async def create(self, incoming: Incoming) -> Dict[str, Any]:
        """``createidentity``: a person and their first face."""
        given = incoming.arguments
        person = Person(
            identity_id=given.text("identity_id", ""),
            name=given.text("identity_name", "") or ANONYMOUS,
            user_type=_user_type(given) or UserType.EMPLOYEE,
            permission_ids=_permission_ids(given) or (),
            ext_json=_ext_json(given) or "{}",
        )
        replaces = given.flag("force_replace", default=False)
        source = await self._faces.needed(given)
        try:
            known = await self._people.create(person, source, replaces)
        except PermissionNotFound as error:
            raise _no_group(error) from None
        face_id, photo_id = known.faces[-1]
        return {
            "identity_id": known.person.identity_id,
            "register_image_id": photo_id,
            "face_id": face_id,
        }

    async def get(self, incoming: Incoming) -> Dict[str, Any]:
        """``getidentity``: one of them."""
        return _identity(await self._people.get(_identity_id(incoming.arguments)))

    async def page(self, incoming: Incoming) -> Dict[str, Any]:
        """``getidentities``: a page of those whom the filters let pass."""
        given = incoming.arguments
        filters = Arguments(given.table("filters", {}))
        identity_id = filters.text("identity_id", "")
        wanted = PeopleFilter(
            name_part=filters.text("identity_name", ""),
            identity_ids=(identity_id,) if identity_id else (),
            permission_ids=tuple(filters.texts("permission_id_list", [], most=MAX_FILTERED)),
        )
        limit, index = page_of(given)
        page = await self._people.page(wanted, limit, index * limit)
        return {
            "identities": [_identity(known) for known in page.people],
            "pagination": pagination(index, limit, page.total),
        }

    async def update(self, incoming: Incoming) -> Dict[str, Any]:
        """``updateidentity``: what is given becomes different, the rest stays."""
        given = incoming.arguments
        identity_id = _identity_id(given)
        changes = PersonChanges(
            name=given.text("identity_name") if "identity_name" in given else None,
            user_type=_user_type(given),
            permission_ids=_permission_ids(given),
            ext_json=_ext_json(given),
        )
        try:
            return _identity(await self._people.update(identity_id, changes))
        except PermissionNotFound as error:
            raise _no_group(error) from None

    async def delete(self, incoming: Incoming) -> Dict[str, Any]:
        """``deleteidentities``: fewer people; which ids nobody had is told."""
        wanted = list(dict.fromkeys(incoming.arguments.texts("identity_ids", most=MAX_DELETED)))
        gone = set(await self._people.delete(wanted))
        self._note(incoming.actor, "people deleted", f"{len(gone)} of {len(wanted)}")
        return {
            "success_identity_ids": [each for each in wanted if each in gone],
            "failed_identity_ids": [each for each in wanted if each not in gone],
        }

    async def add_face(self, incoming: Incoming) -> Dict[str, Any]:
        """``addface``: one more face of a person, the last in the lists."""
        identity_id = _identity_id(incoming.arguments)
        source = await self._faces.needed(incoming.arguments)
        return _faces(await self._people.add_face(identity_id, source))

    async def delete_face(self, incoming: Incoming) -> Dict[str, Any]:
        """``deleteface``: one face less."""
        given = incoming.arguments
        identity_id = _identity_id(given)
        which = FaceKey(None, given.text("register_image_id", ""), given.text("face_id", ""))
        _needs_one(which, given, "register_image_id")
        return _faces(await self._people.remove_face(identity_id, which))

    async def replace_face(self, incoming: Incoming) -> Dict[str, Any]:
        """``replaceface``: another face in the place of one."""
        given = incoming.arguments
        identity_id = _identity_id(given)
        index: Optional[int] = None
        if "register_image_index" in given:
            index = given.whole("register_image_index", low=0, high=MAX_FACE_INDEX)
        which = FaceKey(index, given.text("register_image_id", ""), given.text("face_id", ""))
        _needs_one(which, given, "register_image_index")
        source = await self._faces.needed(given)
        return _faces(await self._people.replace_face(identity_id, which, source))

    async def photo(self, incoming: Incoming) -> web.Response:
        """``getregisterimage``: the photo of a face; a blank one, as documented, when there is none."""
        try:
            jpeg = await self._people.photo(incoming.path["image_id"])
        except NotFound:
            jpeg = await in_thread(blank_photo)  # the first one loads OpenCV
        return jpeg_answer(jpeg)


def page_of(given: Arguments) -> Tuple[int, int]:
    """``page_limit`` and ``page_index`` of a list."""
    return (
        given.whole("page_limit", 10, low=1, high=MAX_PAGE),
        given.whole("page_index", 0, low=0, high=MAX_PAGES),
    )


@lru_cache(maxsize=1)
def blank_photo() -> Jpeg:
    """A white picture for a photo that is not there."""
    return encode_jpeg(np.full((BLANK_PX, BLANK_PX, 3), 255, np.uint8), 80)


def _identity_id(given: Arguments) -> str:
    identity_id = given.text("identity_id")
    if not identity_id:
        raise bad("identity_id", "must not be empty")
    return identity_id


def _user_type(given: Arguments) -> Optional[UserType]:
    word = given.text("user_type", "").lower()
    if not word:
        return None
    words = [kind.value for kind in UserType]
    if word not in words:
        raise bad("user_type", "must be one of " + ", ".join(words))
    return UserType(word)


def _permission_ids(given: Arguments) -> Optional[Tuple[str, ...]]:
    if "permission_ids" not in given:
        return None
    return tuple(given.texts("permission_ids", most=MAX_PERMISSIONS))


def _ext_json(given: Arguments) -> Optional[str]:
    if "ext_user_info" not in given:
        return None
    try:
        return further(given.table("ext_user_info"), MAX_EXT_BYTES)
    except ValueError as error:
        raise bad("ext_user_info", str(error)) from None


def _needs_one(which: FaceKey, given: Arguments, name: str) -> None:
    if which.index is None and not which.photo_id and not which.face_id:
        given.needed(name)
        raise Refusal("MISSING_ARGUMENTS", name)


def _no_group(error: PermissionNotFound) -> Refusal:
    return Refusal("PERMISSION_ID_NOT_FOUND", str(error))


def _identity(known: RegisteredPerson) -> Dict[str, Any]:
    return identity_object(known.person, known.faces)


def _faces(known: RegisteredPerson) -> Dict[str, Any]:
    return faces_object(known.person, known.faces)
