"""The groups of the interface before API 2.0, as the HTTP edge asks for them; beside the event loop, as people."""

from functools import partial
from typing import Mapping, Sequence, Tuple

from sophon_report.api.groups import Filed, Group
from sophon_report.report.shelf import Shelf
from sophon_report.store.groups import GroupRow, GroupStore


class GroupDesk:
    """The :class:`sophon_report.api.groups.GroupService` of a running service.

    Args:
        changing: where changes are made.
        listing: where lists are read.
    """

    def __init__(self, changing: Shelf, listing: Shelf) -> None:
        self._changing, self._listing = changing, listing
        self._changed, self._listed = GroupStore(changing.database), GroupStore(listing.database)

    async def create(self, group: Group) -> None:
        """Add one."""
        row = GroupRow(group.name, group.description, group.info_json)
        await self._changing.do(partial(self._changed.add, row))

    async def list(self) -> Tuple[Group, ...]:
        """All of them."""
        rows = await self._listing.do(self._listed.list)
        return tuple(Group(row.name, row.description, row.info_json) for row in rows)

    async def check(self, names: Sequence[str]) -> None:
        """Refuse a name that no group has."""
        await self._listing.do(partial(self._listed.check, names))

    async def filed(self, identity_ids: Sequence[str]) -> Mapping[str, Filed]:
        """What is kept of these people."""
        rows = await self._listing.do(partial(self._listed.users, identity_ids))
        return {each: Filed(row.groups, row.info_json, row.permission_names) for each, row in rows.items()}

    async def keep(self, identity_id: str, groups: Sequence[str], info_json: str) -> None:
        """Put somebody into these groups and no other, and keep what else is told of them."""
        await self._changing.do(partial(self._changed.keep, identity_id, groups, info_json))

    async def join(self, name: str, identity_ids: Sequence[str]) -> None:
        """Put people into one more group."""
        await self._changing.do(partial(self._changed.join, name, identity_ids))

    async def leave(self, name: str, identity_ids: Sequence[str]) -> None:
        """Take people out of a group."""
        await self._changing.do(partial(self._changed.leave, name, identity_ids))

    async def members(self, name: str, name_part: str, limit: int, offset: int) -> Tuple[Tuple[str, ...], int]:
        """Ids of a page of a group's people."""
        return await self._listing.do(partial(self._listed.members, name, name_part, limit, offset))
