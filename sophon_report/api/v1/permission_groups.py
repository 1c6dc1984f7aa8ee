"""The permission groups: the people whom a device accepts that is bound to one.

Who is in a group is told by ``people?permission_id=``.
"""

from typing import Callable, List, Mapping, Optional, Sequence

from pydantic import Field

from sophon_report.api.call import Need
from sophon_report.api.people import Permission, PermissionChanges, PermissionService
from sophon_report.api.v1.operation import Asked, Operation, Reply
from sophon_report.api.v1.registered import Id
from sophon_report.api.v1.shapes import Answer, Body, Page
from sophon_report.api.v1.tags import Tags
from sophon_report.model import Device

PATH = "/groups"
ONE = PATH + "/{permission_id}"
TAGS = ("groups",)
MAX_MEMBERS = 500
"""Put into a group, or taken out, by one call."""


class BoundDevice(Answer):
    """A device that accepts the people of a group and nobody else."""

    device_id: str
    name: str


class GroupTold(Answer):
    """A permission group."""

    permission_id: str
    name: str
    description: str
    members: int
    """People who are in it."""
    devices: List[BoundDevice]
    """Bound to it."""


class GroupPageAnswer(Answer):
    """A page of groups in the order in which they were added, and how many there are in all."""

    groups: List[GroupTold]
    total: int


class GroupsQuery(Page):
    """Which groups; what is left out lets all pass."""

    name: str = Field("", max_length=256)
    """A part of the name."""


class NewGroup(Body):
    """A group to be added."""

    name: str = Field(min_length=1, max_length=256)
    """Of one group only."""
    permission_id: str = Field("", max_length=128)
    """Left out: it is made up."""
    description: str = Field("", max_length=2048)


class GroupPatch(Body):
    """What becomes different; what is left out stays."""

    name: Optional[str] = Field(None, min_length=1, max_length=256)
    description: Optional[str] = Field(None, max_length=2048)


class MembersChange(Body):
    """Who comes into a group, and who leaves it."""

    add: List[Id] = Field([], max_length=MAX_MEMBERS)
    remove: List[Id] = Field([], max_length=MAX_MEMBERS)


class MembersChanged(Answer):
    """What became of it."""

    added: int
    """Who was in it before is not counted."""
    removed: int
    unknown: List[str]
    """Ids that nobody has: the others were changed."""


class GroupCalls:
    """Operations over ``groups``; what changes a group heeds ``If-Match``.

    Args:
        groups: what is read and changed.
        devices: those that there are now.
        tags: of the service.
    """

    def __init__(self, groups: PermissionService, devices: Callable[[], Sequence[Device]], tags: Tags) -> None:
        self._groups, self._devices, self._tags = groups, devices, tags

    def operations(self) -> List[Operation]:
        """All of them."""
        unknown = ("NOT_FOUND", "UNAVAILABLE")
        return [
            Operation(
                "GET",
                PATH,
                Need.READ,
                "Permission groups",
                self.list,
                GroupPageAnswer,
                query=GroupsQuery,
                tags=TAGS,
                tagged=True,
            ),
            Operation(
                "POST",
                PATH,
                Need.WRITE,
                "Add a permission group",
                self.add,
                GroupTold,
                http_status=201,
                body=NewGroup,
                tags=TAGS,
                errors=("TAKEN", "UNAVAILABLE"),
                tagged=True,
            ),
            Operation(
                "GET", ONE, Need.READ, "A group", self.get, GroupTold, tags=TAGS, errors=unknown, tagged=True
            ),
            Operation(
                "PATCH",
                ONE,
                Need.WRITE,
                "Change a permission group",
                self.patch,
                GroupTold,
                body=GroupPatch,
                tags=TAGS,
                errors=(*unknown, "TAKEN"),
                tagged=True,
                guarded=True,
            ),
            Operation(
                "DELETE",
                ONE,
                Need.WRITE,
                "Delete a permission group; tells whom and what it was of",
                self.delete,
                GroupTold,
                tags=TAGS,
                errors=unknown,
                guarded=True,
                description="Its people stay and lose it. A device that is bound to it accepts nobody any more.",
            ),
            Operation(
                "POST",
                ONE + "/members",
                Need.WRITE,
                "Put people into a permission group, and take others out",
                self.change_members,
                MembersChanged,
                body=MembersChange,
                tags=TAGS,
                errors=unknown,
            ),
        ]

    async def list(self, asked: Asked) -> GroupPageAnswer:
        """A page of groups."""
        wanted: GroupsQuery = asked.query
        page = await self._groups.page(wanted.name, wanted.limit, wanted.offset)
        members = await self._groups.members([each.permission_id for each in page.permissions])
        groups = [self._told(each, members) for each in page.permissions]
        return GroupPageAnswer(groups=groups, total=page.total)

    async def add(self, asked: Asked) -> Reply:
        """Add the group of the body."""
        given: NewGroup = asked.body
        group = await self._groups.create(Permission(given.permission_id, given.name, given.description))
        return self._reply(await self._whole(group), 201)

    async def get(self, asked: Asked) -> Reply:
        """The group of the path."""
        return self._reply(await self._whole(await self._groups.find(asked.part("permission_id"))))

    async def patch(self, asked: Asked) -> Reply:
        """Change the group of the path."""
        given: GroupPatch = asked.body
        known = await self._seen(asked)
        changes = PermissionChanges(given.name, given.description)
        return self._reply(await self._whole(await self._groups.update(known.permission_id, changes)))

    async def delete(self, asked: Asked) -> GroupTold:
        """Delete the group of the path."""
        group = await self._seen(asked)
        await self._groups.delete(group.permission_id)
        return group

    async def change_members(self, asked: Asked) -> MembersChanged:
        """Put the people of the body into the group of the path, and take others out."""
        given: MembersChange = asked.body
        group = asked.part("permission_id")
        removed = await self._groups.regroup(group, given.remove, into=False)
        added = await self._groups.regroup(group, given.add, into=True)
        unknown = dict.fromkeys((*added.unknown, *removed.unknown))
        return MembersChanged(added=added.changed, removed=removed.changed, unknown=list(unknown))

    async def _seen(self, asked: Asked) -> GroupTold:
        group = await self._whole(await self._groups.find(asked.part("permission_id")))
        asked.must_match(self._tags.of_value(group))
        return group

    async def _whole(self, group: Permission) -> GroupTold:
        return self._told(group, await self._groups.members([group.permission_id]))

    def _reply(self, group: GroupTold, http_status: int = 200) -> Reply:
        """Its members count in the tag: who deletes a group has seen whom it is taken from."""
        return Reply(group, http_status, self._tags.of_value(group))

    def _told(self, group: Permission, members: Mapping[str, int]) -> GroupTold:
        bound = [each for each in self._devices() if each.permission_id == group.permission_id]
        return GroupTold(
            permission_id=group.permission_id,
            name=group.name,
            description=group.description,
            members=members.get(group.permission_id, 0),
            devices=[BoundDevice(device_id=each.device_id, name=each.name) for each in bound],
        )
