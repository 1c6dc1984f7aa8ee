"""Groups of people as the interface before API 2.0 manages them, and who is in them.

There is one gallery, which devices search by permission groups: these groups are kept and told, and decide about
nobody's face. So somebody's only group is not taken from them: whoever does that means to lock them out, and
would not. Where the documents leave a choice:

- A group's id is its name, as in the vendor's sample (``default_group``), which is always there.
- A name has no comma in it: lists of groups are written with one.
- Who may see devices finds a group whose name they know whole, and is told no more of it than that and its id.
- ``with_identity_id`` tells everybody in the group, a thousand at most; without it the list is empty.
"""

from typing import Any, Dict, List

from sophon_report.api.arguments import Arguments, bad
from sophon_report.api.call import Call, Incoming, Need
from sophon_report.api.groups import Group, GroupService
from sophon_report.api.old_lists import MayRead, kept, not_empty, opened, page, sought
from sophon_report.wire.old_people import found_row, group_info, old_pagination, page_of

PATH, FIND, USERS = "/SophonFogSys/api/groups", "/SophonFace/api/groups", "/SophonFogSys/api/GroupUsers"
MAX_TOLD = 1000
PAGE = 500


class OldGroupCalls:
    """The five calls.

    Args:
        groups: what they read and change.
        may_read: whether a caller may read people.
    """

    def __init__(self, groups: GroupService, may_read: MayRead) -> None:
        self._groups, self._may_read = groups, may_read

    def calls(self) -> List[Call]:
        """What is served."""
        return [
            Call("POST", PATH, Need.WRITE, self.create),
            Call("GET", PATH, Need.READ, self.list),
            Call("GET", FIND, Need.OPEN, self.find),
            Call("PUT", USERS, Need.WRITE, self.join),
            Call("DELETE", USERS, Need.WRITE, self.leave),
        ]

    async def create(self, incoming: Incoming) -> Dict[str, Any]:
        """One more group."""
        given = incoming.arguments
        name = not_empty(given, "group_name")
        if "," in name:
            raise bad("group_name", "must not have a comma in it")
        group = Group(name, given.text("description", ""), kept("info", given.table("info", {})))
        await self._groups.create(group)
        return {"data": {"info": _info(group)}}

    async def list(self, incoming: Incoming) -> Dict[str, Any]:
        """A page of them, or the one of a name."""
        given = incoming.arguments
        skip_num, limit = page(given)
        name = given.text("group_name", "")
        groups = [each for each in await self._groups.list() if name in ("", each.name)]
        rows = [
            {**_info(each), "group_id": each.name, "groupname": each.name, "version": "V2"}
            for each in page_of(groups, skip_num, limit)
        ]
        return {"data": {"groups_list": rows, "pagination": old_pagination(skip_num, limit, len(groups))}}

    async def find(self, incoming: Incoming) -> Dict[str, Any]:
        """Ids by name: of exactly that one, or of all that have it in theirs."""
        may_read = self._may_read(incoming)
        name, whole = sought(incoming, may_read)
        found = [
            each
            for each in await self._groups.list()
            if (each.name == name if whole else name.lower() in each.name.lower())
        ]
        return {"data": [found_row(each.name, _info(each) if may_read else {"name": each.name}) for each in found]}

    async def join(self, incoming: Incoming) -> Dict[str, Any]:
        """People into a group."""
        name, identity_ids = _asked(incoming.arguments)
        await self._groups.join(name, identity_ids)
        return await self._told(name, incoming.arguments)

    async def leave(self, incoming: Incoming) -> Dict[str, Any]:
        """People out of a group."""
        name, identity_ids = _asked(incoming.arguments)
        await self._groups.leave(name, identity_ids)
        return await self._told(name, incoming.arguments)

    async def _told(self, name: str, given: Arguments) -> Dict[str, Any]:
        identity_ids: List[str] = []
        if given.flag("with_identity_id", default=False):
            for offset in range(0, MAX_TOLD, PAGE):
                some, _total = await self._groups.members(name, "", PAGE, offset)
                identity_ids += some
        return {"data": {"group_name": name, "identity_id": identity_ids}}


def _asked(given: Arguments) -> Any:
    given.flag("with_identity_id", default=False)
    return not_empty(given, "group_name"), given.texts("identity_id")


def _info(group: Group) -> Dict[str, Any]:
    return group_info(group.name, group.description, opened(group.info_json))
