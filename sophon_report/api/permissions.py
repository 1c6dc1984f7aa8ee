"""Permission groups as API 2.0 (firmware V6R1C01 and V6R2C01) manages them, ``/sophon/v2/face/*permission*``.

A group is the people whom a device accepts that is bound to it; a device that is bound to one that was deleted
accepts nobody.

Where the documents leave a choice:

- ``updatepermission`` finds the group by ``permission_id``, else by ``permission_name``. The new values are
  ``new_name`` and ``new_description`` on one page of the vendor's, ``permission_name`` and ``description`` on
  another: both are read, and beside an id ``permission_name`` is the new name.
- ``deletepermission`` takes the name when both are given, as documented; ``getpermission`` the id.
"""

from typing import Any, Dict, List, Optional, Tuple

from sophon_report.api.arguments import Arguments, bad
from sophon_report.api.call import Call, Incoming, Need
from sophon_report.api.front import Note
from sophon_report.api.identities import page_of
from sophon_report.api.people import Permission, PermissionChanges, PermissionService
from sophon_report.wire.identities import pagination, permission_object


class PermissionCalls:
    """The five calls.

    Args:
        permissions: what they read and change.
        note: of the audit.
    """

    def __init__(self, permissions: PermissionService, note: Note) -> None:
        self._permissions, self._note = permissions, note

    def calls(self) -> List[Call]:
        """What is served."""
        root = "/sophon/v2/face/"
        return [
            Call("POST", root + "createpermission", Need.WRITE, self.create),
            Call("POST", root + "getpermission", Need.READ, self.get),
            Call("POST", root + "getpermissions", Need.READ, self.page),
            Call("POST", root + "updatepermission", Need.WRITE, self.update),
            Call("POST", root + "deletepermission", Need.WRITE, self.delete),
        ]

    async def create(self, incoming: Incoming) -> Dict[str, Any]:
        """``createpermission``: one more group."""
        given = incoming.arguments
        permission = Permission(
            given.text("permission_id", ""),
            _not_empty("permission_name", given.text("permission_name")),
            given.text("description", ""),
        )
        return _told(await self._permissions.create(permission))

    async def get(self, incoming: Incoming) -> Dict[str, Any]:
        """``getpermission``: one of them."""
        permission_id, name = _named(incoming.arguments)
        return _told(await self._permissions.find(permission_id, name))

    async def page(self, incoming: Incoming) -> Dict[str, Any]:
        """``getpermissions``: a page of those whose name has a part."""
        given = incoming.arguments
        part = given.text("permission_name", "")
        limit, index = page_of(given)
        page = await self._permissions.page(part, limit, index * limit)
        return {
            "permissions": [_told(each) for each in page.permissions],
            "pagination": pagination(index, limit, page.total),
        }

    async def update(self, incoming: Incoming) -> Dict[str, Any]:
        """``updatepermission``: another name, another description: what is given."""
        given = incoming.arguments
        permission_id, name = _named(given)
        changes = PermissionChanges(
            name=_first(given, "new_name", *(("permission_name",) if permission_id else ())),
            description=_first(given, "new_description", "description"),
        )
        if changes.name == "":
            raise bad("new_name", "must not be empty")
        stored = await self._permissions.find(permission_id, name)
        return _told(await self._permissions.update(stored.permission_id, changes))

    async def delete(self, incoming: Incoming) -> Dict[str, Any]:
        """``deletepermission``: one group less; who had it loses it."""
        permission_id, name = _named(incoming.arguments)
        stored = await self._permissions.find("" if name else permission_id, name)
        await self._permissions.delete(stored.permission_id)
        self._note(incoming.actor, "permission group deleted", f"group {stored.permission_id}")
        return {"permission_id": stored.permission_id}


def _named(given: Arguments) -> Tuple[str, str]:
    """Id and name of the group that is meant; one of them is given."""
    permission_id, name = given.text("permission_id", ""), given.text("permission_name", "")
    if not permission_id and not name:
        given.needed("permission_id")
        raise bad("permission_id", "must not be empty")
    return permission_id, name


def _first(given: Arguments, *names: str) -> Optional[str]:
    """The first of these texts that is given."""
    texts = [given.text(name) for name in names if name in given]
    return texts[0] if texts else None


def _not_empty(argument: str, value: str) -> str:
    if not value:
        raise bad(argument, "must not be empty")
    return value


def _told(permission: Permission) -> Dict[str, Any]:
    return permission_object(permission.permission_id, permission.name, permission.description)
