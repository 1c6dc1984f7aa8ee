"""The permission groups, as the HTTP edge asks for them.

A group that goes is taken from everybody in the same moment: a device that is bound to it accepts nobody after it,
also when another group of the same id is made.
"""

import uuid
from dataclasses import replace
from functools import partial
from typing import Mapping, Sequence

from sophon_report.api.people import Permission, PermissionChanges, PermissionPage, Regrouped
from sophon_report.recognition.enrol import check_identity
from sophon_report.recognition.known_people import KnownPeople
from sophon_report.report.shelf import Shelf
from sophon_report.store.permissions import PermissionRow


class PermissionDesk:
    """The :class:`sophon_report.api.people.PermissionService` of a running service.

    Args:
        people: the gallery, which permits by groups.
        changing: where changes are made.
        listing: where groups are read.
    """

    def __init__(self, people: KnownPeople, changing: Shelf, listing: Shelf) -> None:
        self._people, self._changing, self._listing = people, changing, listing

    async def create(self, permission: Permission) -> Permission:
        """Add a group; an empty id is made."""
        if not permission.permission_id:
            permission = replace(permission, permission_id=uuid.uuid4().hex)
        row = _row(permission)
        await self._changing.do(partial(self._changing.permissions.add, row))
        return permission

    async def find(self, permission_id: str = "", name: str = "") -> Permission:
        """The group of that id, or of that name when there is no id."""
        store = self._listing.permissions
        find = partial(store.get, permission_id) if permission_id else partial(store.named, name)
        return _permission(await self._listing.do(find))

    async def page(self, name_part: str, limit: int, offset: int) -> PermissionPage:
        """A page of those whose name has the part."""
        return await self._listing.do(partial(self._page, name_part, limit, offset))

    async def update(self, permission_id: str, changes: PermissionChanges) -> Permission:
        """Change what is known of a group."""
        return await self._changing.do(partial(self._update, permission_id, changes))

    async def delete(self, permission_id: str) -> None:
        """Remove a group."""
        await self._changing.do(partial(self._delete, permission_id))

    async def members(self, permission_ids: Sequence[str]) -> Mapping[str, int]:
        """How many people are in each of these groups."""
        return await self._listing.do(partial(self._listing.permissions.members, permission_ids))

    async def regroup(self, permission_id: str, identity_ids: Sequence[str], *, into: bool) -> Regrouped:
        """Put people into a group, or take them out of it."""
        return await self._changing.do(partial(self._regroup, permission_id, identity_ids, into))

    def _regroup(self, permission_id: str, identity_ids: Sequence[str], into: bool) -> Regrouped:
        # Groups go in this thread too: this one is there until it is done.
        self._changing.permissions.get(permission_id)
        there = self._changing.people.taken(identity_ids)
        add, remove = (permission_id, "") if into else ("", permission_id)
        changed = self._people.regroup(sorted(there), add, remove)
        return Regrouped(changed, tuple(each for each in identity_ids if each not in there))

    def _page(self, name_part: str, limit: int, offset: int) -> PermissionPage:
        store = self._listing.permissions
        with self._listing.database.one_moment():
            rows = store.list(name_part, limit, offset)
            return PermissionPage(tuple(map(_permission, rows)), store.count(name_part))

    def _update(self, permission_id: str, changes: PermissionChanges) -> Permission:
        former = self._changing.permissions.get(permission_id)
        row = PermissionRow(
            permission_id,
            former.name if changes.name is None else changes.name,
            former.description if changes.description is None else changes.description,
            former.info_json if changes.info_json is None else changes.info_json,
        )
        check_identity(row.permission_id, row.name)
        self._changing.permissions.update(row)
        return _permission(row)

    def _delete(self, permission_id: str) -> None:
        self._changing.permissions.delete(permission_id)
        self._people.drop_permission(permission_id)


def _row(permission: Permission) -> PermissionRow:
    check_identity(permission.permission_id, permission.name)
    return PermissionRow(permission.permission_id, permission.name, permission.description, permission.info_json)


def _permission(row: PermissionRow) -> Permission:
    return Permission(row.permission_id, row.name, row.description, row.info_json)
