"""Registered people as the interface before API 2.0 manages them, ``/SophonFogSys/api/users``, and their photos.

The same people as API 2.0 has: who was registered by one is whole for the other. Where the documents leave a
choice:

- A person has one photo here: that of the first face. ``image_id`` is its id; ``image_ids`` names all.
- ``ignore_exist`` with a photo registers one more face of who is there already, or with ``support_single_face``
  the only one. Who has as many as may be gets it in the place of the first, so that a client that sends everybody
  every night is not refused one night. PUT with a photo puts it in the place of the first face.
- ``fiqa_level`` is that of registering here (``quality.enrol_level``) when it is not given: no page has a default.
- ``import_mode`` takes ``feature`` for the vector. ``need_bring_pic``, which is the default, asks for a photo
  beside it; without an ``import_mode`` there must be one in any case, and it is kept.
- ``create_no_exit_permission`` (sic) makes groups that are missing, each named by its id; without it an id that no
  group has is refused.
- ``group_name`` holds names with commas between; without it the person is in ``default_group``.
- ``info.user_id`` is the person's id, whatever is given. Keys of ``info`` that nobody here knows are kept and
  told.
- Of several people to delete, those who are there are deleted, also when others are not: the answer is the
  vendor's error then (``DELETE_USERS_FAILED``).
"""

import asyncio
import contextlib
from dataclasses import dataclass
from functools import partial
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Tuple

import orjson
from aiohttp import web

from sophon_report.api.arguments import Arguments, bad
from sophon_report.api.call import Call, Incoming, Need
from sophon_report.api.device_rules import further
from sophon_report.api.errors import Refusal
from sophon_report.api.face_sources import vector_of
from sophon_report.api.groups import Filed, GroupService
from sophon_report.api.long_answer import jpeg_answer
from sophon_report.api.old_lists import kept, not_empty, opened, page
from sophon_report.api.people import (
    FaceKey,
    FaceSource,
    PeopleFilter,
    PeopleService,
    Permission,
    PermissionService,
    PersonChanges,
    RegisteredPerson,
)
from sophon_report.api.picture_arguments import PictureArguments
from sophon_report.errors import IdTaken, NotFound, PermissionNotFound
from sophon_report.model import Jpeg, Person, UserType
from sophon_report.quality_limits import LEVEL_WORDS, Level
from sophon_report.recognition.enrol import MAX_PERMISSIONS, check_identity
from sophon_report.store.people_batch import MAX_FACES
from sophon_report.wire.names import DEFAULT_GROUP, USER_TYPES
from sophon_report.wire.old_people import ext_user_info, old_pagination, other_info, told_info, user_row

PATH, IMAGE = "/SophonFogSys/api/users", "/SophonFace/api/images/{image_id}"
MAX_DELETED = 1000
MAX_GROUPS = 100
MAX_EXT_BYTES = 16_384


@dataclass(frozen=True)
class _Info:
    """``info`` of a request; ``None`` is what it does not say."""

    name: Optional[str]
    user_type: Optional[UserType]
    permission_ids: Optional[Tuple[str, ...]]
    ext_json: Optional[str]
    other: Mapping[str, Any]

    @property
    def changes(self) -> PersonChanges:
        return PersonChanges(self.name, self.user_type, self.permission_ids, self.ext_json)


class OldUserCalls:
    """The five calls.

    Args:
        people: whom they read and change.
        permissions: where a group that is missing is made.
        groups: where what only this interface knows is kept.
        pictures: reads photos among arguments.
        level: what a word of the vendor's levels asks of a photo; ``""`` is that of registering here.
    """

    def __init__(
        self,
        people: PeopleService,
        permissions: PermissionService,
        groups: GroupService,
        pictures: PictureArguments,
        level: Callable[[str], Level],
    ) -> None:
        self._people, self._permissions, self._groups = people, permissions, groups
        self._pictures, self._level = pictures, level

    def calls(self) -> List[Call]:
        """What is served."""
        return [
            Call("POST", PATH, Need.WRITE, self.create),
            Call("GET", PATH, Need.READ, self.list),
            Call("PUT", PATH, Need.WRITE, self.update),
            Call("DELETE", PATH, Need.WRITE, self.delete),
            Call("GET", IMAGE, Need.READ, self.photo, reads_body=False),
        ]

    async def create(self, incoming: Incoming) -> Dict[str, Any]:
        """A person and their face; with ``ignore_exist`` who has the id is changed."""
        given = incoming.arguments
        identity_id, info = not_empty(given, "identity_id"), _info(given)
        ignores = given.flag("ignore_exist", default=False)
        only_face = given.flag("support_single_face", default=False)
        makes_groups = given.flag("create_no_exit_permission", default=False)
        names = _group_names(given) or (DEFAULT_GROUP,)
        if not info.name:
            raise Refusal("MISSING_ARGUMENTS", "info.name")
        source = await self._face(given, needed=True)
        assert source is not None
        await self._groups.check(names)
        former = (await self._groups.filed([identity_id]))[identity_id]
        info_json = _merged(former, info)
        check_identity(identity_id, info.name)
        await self._check_permissions(info.permission_ids or (), makes_groups)
        person = Person(
            identity_id,
            info.name,
            info.user_type or UserType.EMPLOYEE,
            info.permission_ids or (),
            info.ext_json or "{}",
        )
        try:
            known = await _with_groups(self._people.create(person, source))
        except IdTaken:
            if not ignores:
                raise
            known = await self._put_face(identity_id, source, only_face, adds=True)
            known = await _with_groups(self._people.update(identity_id, info.changes))
            names = tuple(dict.fromkeys([*former.groups, *names]))
        filed = await self._keep(identity_id, names, info_json)
        shown = given.text("group_name", DEFAULT_GROUP)
        return {"data": user_row(identity_id, shown, _told(known, filed), await self._photo(known))}

    async def list(self, incoming: Incoming) -> web.Response:
        """The person of an id, or a page of a group's; each with the photo."""
        given = incoming.arguments
        skip_num, limit = page(given)
        identity_id = given.text("identity_id", "")
        if identity_id:
            known: Tuple[RegisteredPerson, ...] = (await self._people.get(identity_id),)
            total = 1
        else:
            name = given.text("group_name", "") or DEFAULT_GROUP
            await self._groups.check([name])
            part = given.text("identity_name", "")
            ids, total = await self._groups.members(name, part, limit, skip_num * limit)
            known = await self._all_of(ids)
        filed = await self._groups.filed([each.person.identity_id for each in known])
        rows = []
        for each in known:
            mine = filed[each.person.identity_id]
            photo = await self._photo(each)
            rows.append(user_row(each.person.identity_id, list(mine.groups), _told(each, mine), photo))
        data = {"identities_list": rows, "pagination": old_pagination(skip_num, limit, total)}
        loop = asyncio.get_running_loop()
        body = await loop.run_in_executor(None, partial(orjson.dumps, {"data": data}))  # megabytes of photos
        return web.Response(body=body, content_type="application/json")

    async def update(self, incoming: Incoming) -> Dict[str, Any]:
        """What is given of a person becomes different, the rest stays."""
        given = incoming.arguments
        identity_id, info = not_empty(given, "identity_id"), _info(given)
        only_face = given.flag("support_single_face", default=False)
        makes_groups = given.flag("create_no_exit_permission", default=False)
        names = _group_names(given)
        await self._groups.check(names)
        source = await self._face(given, needed=False)
        await self._people.get(identity_id)
        if info.name:
            check_identity(identity_id, info.name)
        await self._check_permissions(info.permission_ids or (), makes_groups)
        former = (await self._groups.filed([identity_id]))[identity_id]
        info_json = _merged(former, info)
        if source is not None:
            await self._put_face(identity_id, source, only_face, adds=False)
        known = await _with_groups(self._people.update(identity_id, info.changes))
        filed = await self._keep(identity_id, names or former.groups, info_json)
        told = _told(known, filed)
        row = {"identity_id": identity_id, "group_name": list(filed.groups), "info": told}
        return {"data": {**row, "image_id": told["image_id"]}}

    async def delete(self, incoming: Incoming) -> Dict[str, Any]:
        """Fewer people: the one of ``identity_id``, or those of ``identity_ids``."""
        given = incoming.arguments
        several = "identity_ids" in given
        if not several:
            given.needed("identity_id")
        wanted = given.texts("identity_ids", most=MAX_DELETED) if several else [not_empty(given, "identity_id")]
        wanted = list(dict.fromkeys(wanted))
        groups: Dict[str, None] = {}
        for at in range(0, len(wanted), 500):
            filed = await self._groups.filed(wanted[at : at + 500])
            groups.update(dict.fromkeys(name for each in filed.values() for name in each.groups))
        gone = await self._people.delete(wanted)
        missing = [each for each in wanted if each not in set(gone)]
        if missing and several:
            raise Refusal("DELETE_USERS_FAILED", f"{len(missing)} of {len(wanted)} are not there, as {missing[0]}")
        if missing:
            raise NotFound(f"nobody has the id {missing[0]}")
        who = {"identity_ids": wanted} if several else {"identity_id": wanted[0]}
        return {"data": {"group_name": list(groups), **who, "message": "deleted, and taken out of the groups"}}

    async def photo(self, incoming: Incoming) -> web.Response:
        """The photo of a face."""
        return jpeg_answer(await self._people.photo(incoming.path["image_id"]))

    async def _face(self, given: Arguments, *, needed: bool) -> Optional[FaceSource]:
        """The face that is given; ``None`` when there is none and none is needed."""
        word = given.text("fiqa_level", "", words=(*LEVEL_WORDS, ""))
        by_vector = given.flag("import_mode", default=False)
        with_photo = given.flag("need_bring_pic", default=True)
        image = await self._pictures.optional(given, "", "reg_photo") or b""
        if by_vector and (needed or "feature" in given):
            if with_photo and not image and needed:
                raise Refusal("MISSING_ARGUMENTS", "reg_photo")
            vector = vector_of(given, "feature")
            if not vector:
                raise Refusal("MISSING_ARGUMENTS", "feature")
            return FaceSource(image, vector, self._level(word))
        if not image and needed:
            raise Refusal("MISSING_ARGUMENTS", "reg_photo")
        return FaceSource(image, level=self._level(word)) if image else None

    async def _put_face(
        self, identity_id: str, source: FaceSource, only_face: bool, *, adds: bool
    ) -> RegisteredPerson:
        """One more face of somebody, or one in the place of the first; with ``only_face`` the others go."""
        former = (await self._people.get(identity_id)).faces
        keeps = adds and not only_face and len(former) < MAX_FACES
        if keeps or not former:
            return await self._people.add_face(identity_id, source)
        known = await self._people.replace_face(identity_id, FaceKey(face_id=former[0][0]), source)
        for face_id, _photo_id in former[1:] if only_face else ():
            known = await self._people.remove_face(identity_id, FaceKey(face_id=face_id))
        return known

    async def _check_permissions(self, permission_ids: Sequence[str], makes: bool) -> None:
        """Refuse a permission group that is missing, or make it: before a face or a name is changed."""
        for permission_id in permission_ids:
            try:
                await self._permissions.find(permission_id)
            except PermissionNotFound as error:
                if not makes or not permission_id:
                    raise _no_group(error) from None
                with contextlib.suppress(IdTaken):  # by another request, in this moment
                    await self._permissions.create(Permission(permission_id, permission_id))

    async def _keep(self, identity_id: str, names: Sequence[str], info_json: str) -> Filed:
        """Write down what only this interface knows; returns all of it."""
        await self._groups.keep(identity_id, names, info_json)
        return (await self._groups.filed([identity_id]))[identity_id]

    async def _all_of(self, identity_ids: Sequence[str]) -> Tuple[RegisteredPerson, ...]:
        if not identity_ids:
            return ()
        wanted = PeopleFilter(identity_ids=tuple(identity_ids))
        return (await self._people.page(wanted, len(identity_ids), 0)).people

    async def _photo(self, known: RegisteredPerson) -> Jpeg:
        """Of the first face; ``b""`` when there is none."""
        if not known.faces:
            return b""
        try:
            return await self._people.photo(known.faces[0][1])
        except NotFound:
            return b""


async def _with_groups(registered: Any) -> RegisteredPerson:
    """What is awaited; a permission group that is missing is refused as the vendor calls it."""
    try:
        known: RegisteredPerson = await registered
    except PermissionNotFound as error:
        raise _no_group(error) from None
    return known


def _no_group(error: PermissionNotFound) -> Refusal:
    return Refusal("PERMISSION_ID_NOT_FOUND", str(error))


def _told(known: RegisteredPerson, filed: Filed) -> Dict[str, Any]:
    return told_info(
        known.person,
        known.faces,
        filed.groups,
        filed.permission_names,
        opened(known.person.ext_json),
        opened(filed.info_json),
    )


def _merged(former: Filed, info: _Info) -> str:
    """What is kept of ``info``; what is not given stays. Refused before anything is changed."""
    return kept("info", {**opened(former.info_json), **info.other})


def _info(given: Arguments) -> _Info:
    table = given.table("info", {})
    info = Arguments(table, lenient=True)
    ext = ext_user_info(info.table("ext_info")) if "ext_info" in info else None
    return _Info(
        name=info.text("name", "") or None,
        user_type=_user_type(info),
        permission_ids=(
            tuple(info.texts("permission_ids", most=MAX_PERMISSIONS)) if "permission_ids" in info else None
        ),
        ext_json=None if ext is None else _ext_json(ext),
        other=other_info(table),
    )


def _user_type(info: Arguments) -> Optional[UserType]:
    if "type" not in info:
        return None
    return UserType(USER_TYPES[info.whole("type", low=min(USER_TYPES), high=max(USER_TYPES))])


def _ext_json(table: Mapping[str, Any]) -> str:
    try:
        return further(table, MAX_EXT_BYTES)
    except ValueError as error:
        raise bad("info.ext_info", str(error)) from None


def _group_names(given: Arguments) -> Tuple[str, ...]:
    names = [name.strip() for name in given.text("group_name", "").split(",")]
    found = tuple(dict.fromkeys(name for name in names if name))
    if len(found) > MAX_GROUPS:
        raise bad("group_name", f"must not name more than {MAX_GROUPS} groups")
    return found
