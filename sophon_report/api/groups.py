"""What the HTTP edge asks about the groups of the interface before API 2.0, and what it is told."""

from dataclasses import dataclass
from typing import Mapping, Protocol, Sequence, Tuple

from sophon_report.wire.names import DEFAULT_GROUP


@dataclass(frozen=True)
class Group:
    """A group of people; it decides about nobody's face, permission groups do."""

    name: str
    description: str = ""
    info_json: str = "{}"
    """What else was given with it: a JSON object."""


@dataclass(frozen=True)
class Filed:
    """What the older interface keeps of a person, beside what API 2.0 knows."""

    groups: Tuple[str, ...] = (DEFAULT_GROUP,)
    info_json: str = "{}"
    """What else its clients gave in ``info``: a JSON object."""
    permission_names: Tuple[str, ...] = ()
    """Of the permission groups."""


class GroupService(Protocol):
    """The groups, and who is in them. A change is on the disk when its call returns."""

    async def create(self, group: Group) -> None:
        """Add one.

        Raises:
            NameTaken: another has the name.
            BadInput: a value that cannot be stored.
        """

    async def list(self) -> Tuple[Group, ...]:
        """All of them, a thousand at most, in order of addition."""

    async def check(self, names: Sequence[str]) -> None:
        """Refuse a name that no group has.

        Raises:
            NotFound: it names it.
        """

    async def filed(self, identity_ids: Sequence[str]) -> Mapping[str, Filed]:
        """What is kept of these people, at most 500; of each id, whether somebody has it or not."""

    async def keep(self, identity_id: str, groups: Sequence[str], info_json: str) -> None:
        """Put somebody into these groups and no other, and keep what else is told of them.

        Raises:
            BadInput: there is no such group or person.
        """

    async def join(self, name: str, identity_ids: Sequence[str]) -> None:
        """Put people into one more group, all or none.

        Raises:
            NotFound: there is no such group, or nobody of an id.
        """

    async def leave(self, name: str, identity_ids: Sequence[str]) -> None:
        """Take people out of a group, all or none; raises as :meth:`join`, BadInput when it is somebody's only."""

    async def members(self, name: str, name_part: str, limit: int, offset: int) -> Tuple[Tuple[str, ...], int]:
        """Ids of a page of a group's people in order of registration, and how many there are in all."""
