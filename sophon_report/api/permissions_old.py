"""Permission groups as the interface before API 2.0 manages them: by their names.

``/SophonFogSys/api/permissions`` makes, lists, changes and deletes; ``/SophonFace/api/permissions`` finds the id
of a name, which devices and people carry. Where the documents leave a choice:

- Looking for an id needs no more than seeing the devices, which tell these ids: a client that may write registers
  a person in the group it has made without being let to read people. Such a one must name the group whole, with
  ``exact``, and is told its name and id alone; a part of a name, and lists, are for who may read people.
- ``info`` is kept and told; ``name`` and ``description`` in it are those of the group.
- A group that nobody has by that name gives an empty list; changing or deleting it is refused with
  ``ID_NOT_FOUND``.
- ``version``, which tells the histories of a group apart on the vendor's box, is always ``V2``, as in its sample.
"""

from typing import Any, Dict, List

from sophon_report.api.call import Call, Incoming, Need
from sophon_report.api.old_lists import MayRead, kept, not_empty, opened, page, sought
from sophon_report.api.people import Permission, PermissionChanges, PermissionService
from sophon_report.errors import PermissionNotFound
from sophon_report.wire.old_people import found_row, group_info, old_pagination

PATH, FIND = "/SophonFogSys/api/permissions", "/SophonFace/api/permissions"
MAX_FOUND = 500
NAME = "permission_name"


class OldPermissionCalls:
    """The five calls.

    Args:
        permissions: what they read and change.
        may_read: whether a caller may read people.
    """

    def __init__(self, permissions: PermissionService, may_read: MayRead) -> None:
        self._permissions, self._may_read = permissions, may_read

    def calls(self) -> List[Call]:
        """What is served."""
        return [
            Call("POST", PATH, Need.WRITE, self.create),
            Call("GET", PATH, Need.READ, self.list),
            Call("PUT", PATH, Need.WRITE, self.update),
            Call("DELETE", PATH, Need.WRITE, self.delete),
            Call("GET", FIND, Need.OPEN, self.find),
        ]

    async def create(self, incoming: Incoming) -> Dict[str, Any]:
        """One more group."""
        given = incoming.arguments
        permission = Permission(
            "",
            not_empty(given, NAME),
            given.text("description", ""),
            kept("info", given.table("info", {})),
        )
        return {"data": {"info": _info(await self._permissions.create(permission))}}

    async def list(self, incoming: Incoming) -> Dict[str, Any]:
        """A page of them, or the one of a name."""
        given = incoming.arguments
        skip_num, limit = page(given)
        name = given.text(NAME, "")
        if name:
            found = await self._named(name)
            total, rows = len(found), found if skip_num == 0 else []
        else:
            some = await self._permissions.page("", limit, skip_num * limit)
            total, rows = some.total, list(some.permissions)
        listed = [{**_info(each), "permission_id": each.permission_id, "version": "V2"} for each in rows]
        return {"data": {"permissions_list": listed, "pagination": old_pagination(skip_num, limit, total)}}

    async def update(self, incoming: Incoming) -> Dict[str, Any]:
        """Another description, other ``info``: what is given."""
        given = incoming.arguments
        stored = await self._permissions.find(name=not_empty(given, NAME))
        changes = PermissionChanges(
            description=given.text("description") if "description" in given else None,
            info_json=kept("info", given.table("info")) if "info" in given else None,
        )
        return {"data": {"info": _info(await self._permissions.update(stored.permission_id, changes))}}

    async def delete(self, incoming: Incoming) -> Dict[str, Any]:
        """One less; who had it loses it."""
        name = not_empty(incoming.arguments, NAME)
        stored = await self._permissions.find(name=name)
        await self._permissions.delete(stored.permission_id)
        return {"data": {NAME: name, "message": "the permission group is deleted, its people have it no more"}}

    async def find(self, incoming: Incoming) -> Dict[str, Any]:
        """Ids by name: of exactly that one, or of all that have it in theirs."""
        may_read = self._may_read(incoming)
        name, whole = sought(incoming, may_read)
        if whole:
            found = await self._named(name)
        else:
            found = list((await self._permissions.page(name, MAX_FOUND, 0)).permissions)
        rows = [found_row(each.permission_id, _info(each) if may_read else {"name": each.name}) for each in found]
        return {"data": rows}

    async def _named(self, name: str) -> List[Permission]:
        try:
            return [await self._permissions.find(name=name)]
        except PermissionNotFound:
            return []


def _info(permission: Permission) -> Dict[str, Any]:
    return group_info(permission.name, permission.description, opened(permission.info_json))
