"""What the HTTP edge asks about registered people and permission groups, and what it is told."""

from dataclasses import dataclass, field
from typing import Callable, Mapping, Optional, Protocol, Sequence, Tuple

from sophon_report.model import Jpeg, Person, UserType
from sophon_report.quality_limits import Level
from sophon_report.store.people_query import PeopleOrder


@dataclass(frozen=True)
class FaceSource:
    """A face to be registered: a picture of it, or its vector."""

    image: bytes = field(default=b"", repr=False)
    """As it came: nobody has looked whether it is a picture. Its largest face counts."""
    feature: bytes = field(default=b"", repr=False)
    """Little endian float32 of the model in use; goes before the picture, which is kept as the photo then."""
    level: Level = Level.HIGH
    """What is asked of the picture."""
    accept: Optional[Callable[[Tuple[str, ...]], None]] = field(default=None, repr=False, compare=False)
    """Takes a face that is below the level all the same, and is told what it lacks by the names of
    :data:`sophon_report.quality_limits.ITEMS`; ``None``: it is refused."""


@dataclass(frozen=True)
class FaceKey:
    """Which of a person's faces: the first of these that is given."""

    index: Optional[int] = None
    photo_id: str = ""
    face_id: str = ""


@dataclass(frozen=True)
class RegisteredPerson:
    """A person and their faces."""

    person: Person
    faces: Tuple[Tuple[str, str], ...] = ()
    """Ids of the faces, each with the id of its photo, in order of registration."""


@dataclass(frozen=True)
class PeopleFilter:
    """Whom a list shows; what is left empty lets all pass."""

    name_part: str = ""
    identity_ids: Tuple[str, ...] = ()
    permission_ids: Tuple[str, ...] = ()
    """People who have one of them."""
    words: str = ""
    """A part of the name, or the beginning of the id."""
    user_types: Tuple[UserType, ...] = ()
    order: PeopleOrder = PeopleOrder.REGISTERED


@dataclass(frozen=True)
class PersonChanges:
    """What becomes different of a person; ``None`` stays as it is."""

    name: Optional[str] = None
    user_type: Optional[UserType] = None
    permission_ids: Optional[Tuple[str, ...]] = None
    ext_json: Optional[str] = None


@dataclass(frozen=True)
class PeoplePage:
    """A page of a list, and how many there are in all."""

    people: Tuple[RegisteredPerson, ...]
    total: int


class PeopleService(Protocol):
    """The registered people. A change is on the disk, and counts for recognition, when its call returns."""

    async def create(self, person: Person, source: FaceSource, replace: bool = False) -> RegisteredPerson:
        """Register a person by one face; ``replace`` overwrites one of the same id.

        Raises:
            IdTaken: somebody has the id.
            GalleryFull: no more faces are taken.
            PermissionNotFound: the person is to be in a group that is not there.
            BadInput: the id, name or vector cannot be used.
            BadImage: the picture cannot be used, and why.
            Unavailable: vision is not there, too busy or too slow; the person is being erased.
        """

    async def get(self, identity_id: str) -> RegisteredPerson:
        """One of them.

        Raises:
            NotFound: nobody has the id.
        """

    async def page(self, wanted: PeopleFilter, limit: int, offset: int) -> PeoplePage:
        """A page of those whom ``wanted`` lets pass, in its order."""

    async def update(
        self, identity_id: str, changes: PersonChanges, check: Callable[[RegisteredPerson], None] = ...
    ) -> RegisteredPerson:
        """Change what is known of somebody; raises as :meth:`get`, and as :meth:`create` but for pictures.

        ``check`` is called in a thread with what is known so far, and nobody changes a person meanwhile; what it
        raises is raised.
        """

    async def delete(self, identity_ids: Sequence[str]) -> Tuple[str, ...]:
        """Take people out of the gallery, faces and photos too; returns the ids that somebody had.

        What was seen of them stays in the history; :meth:`sophon_report.api.service.Service.erase_person` takes
        that as well.
        """

    async def add_face(self, identity_id: str, source: FaceSource) -> RegisteredPerson:
        """Register one more face of somebody, the last; raises as :meth:`get` and :meth:`create`."""

    async def replace_face(self, identity_id: str, which: FaceKey, source: FaceSource) -> RegisteredPerson:
        """Put a face in the place of another; raises as :meth:`add_face`, NotFound also without such a face."""

    async def remove_face(self, identity_id: str, which: FaceKey) -> RegisteredPerson:
        """Forget a face; raises as :meth:`get`, NotFound also without such a face."""

    async def put_first(self, identity_id: str, which: FaceKey) -> RegisteredPerson:
        """Let a face change places with the first, whose photo is shown; raises as :meth:`remove_face`."""

    async def photo(self, photo_id: str, width_px: int = 0) -> Jpeg:
        """The photo of a face, shrunk when it is wider than ``width_px``; 0: as it is.

        Raises:
            NotFound: none has the id, or it was registered without one.
        """


@dataclass(frozen=True)
class Permission:
    """A permission group: the people whom a device accepts that is bound to it."""

    permission_id: str
    name: str
    """Of one group only."""
    description: str = ""
    info_json: str = "{}"
    """What the older interface keeps of it beside: a JSON object."""


@dataclass(frozen=True)
class PermissionChanges:
    """What becomes different of a group; ``None`` stays as it is."""

    name: Optional[str] = None
    description: Optional[str] = None
    info_json: Optional[str] = None


@dataclass(frozen=True)
class PermissionPage:
    """A page of groups, and how many there are in all."""

    permissions: Tuple[Permission, ...]
    total: int


@dataclass(frozen=True)
class Regrouped:
    """What became of those who were to be put into a group, or taken out of it."""

    changed: int
    unknown: Tuple[str, ...] = ()
    """Ids that nobody has."""


class PermissionService(Protocol):
    """The permission groups. Who had one that is deleted loses it; a device bound to it accepts nobody then."""

    async def create(self, permission: Permission) -> Permission:
        """Add a group; an empty id is made.

        Raises:
            IdTaken, NameTaken: another group has it.
            BadInput: a value that cannot be stored.
        """

    async def find(self, permission_id: str = "", name: str = "") -> Permission:
        """The group of that id, or of that name when there is no id.

        Raises:
            PermissionNotFound: there is none.
        """

    async def page(self, name_part: str, limit: int, offset: int) -> PermissionPage:
        """A page of those whose name has the part, in the order in which they were added."""

    async def update(self, permission_id: str, changes: PermissionChanges) -> Permission:
        """Change what is known of a group; raises as :meth:`create` and :meth:`find`."""

    async def delete(self, permission_id: str) -> None:
        """Remove a group; raises as :meth:`find`."""

    async def members(self, permission_ids: Sequence[str]) -> Mapping[str, int]:
        """How many people are in each of these groups; one without any may be left out."""

    async def regroup(self, permission_id: str, identity_ids: Sequence[str], *, into: bool) -> Regrouped:
        """Put people into a group, or take them out of it, at once or not at all.

        Raises:
            PermissionNotFound: there is no such group.
            BadInput: somebody would be in more groups than one may be in.
        """
