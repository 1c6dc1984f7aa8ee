"""Rows in, people in the gallery out: what becomes of each row of a batch.

A vector of the model in use is taken as it is. Any other face has its photo looked at again, behind whoever else
wants something looked at; without a photo it is refused. A person is registered when at least one of their faces
can be; what was left out is told. A batch is one transaction: nothing of it is stored before all its photos were
looked at, and all that can be stored is on the disk when :meth:`RowRegistrar.register` returns.
"""

import asyncio
import contextlib
import uuid
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Awaitable, Callable, Dict, List, Protocol, Sequence, Set, Tuple, TypeVar, Union

from sophon_report.errors import (
    BadImage,
    BadInput,
    GalleryFull,
    IdTaken,
    PermissionNotFound,
    SophonReportError,
    VisionAway,
)
from sophon_report.link.messages import PhotoResult
from sophon_report.model import Person, PersonFace
from sophon_report.quality_limits import Level
from sophon_report.recognition.enrol import check_identity, check_person, registered_face
from sophon_report.recognition.known_people import unit_row
from sophon_report.report.bulk.rows import FaceGiven, GroupGiven, PersonRow, too_large, word_of
from sophon_report.store.people import MANY, PeopleStore
from sophon_report.store.people_batch import Entry
from sophon_report.store.permissions import PermissionRow, PermissionStore
from sophon_report.wire.pictures import MAX_IMAGE_BYTES

MAX_GROUPS = 256
GROUPS_ASKED = 900
"""Of one question to the store."""
BEING_ERASED = "the person of this id is being erased: register them when that is done"
JPEG_START = b"\xff\xd8\xff"
ABREAST = 2
"""Photos of a batch under way at once: while one is looked at, the next is there already."""
VISION_LOOKS = 30
LOOK_S = 0.5
"""Vision loads models when the service starts: an import that comes then waits so many times so long."""

T = TypeVar("T")
Look = Callable[[bytes], Awaitable[PhotoResult]]
"""What a photo to register shows; raises BadImage for one that cannot be used."""
Do = Callable[[Callable[[], Any]], Awaitable[Any]]
"""Calls a function where the store is changed, and gives what it returns."""


@dataclass(frozen=True)
class Order:
    """How an import is meant."""

    replace: bool = False
    """People of known ids are overwritten."""
    level: Level = Level.NORMAL
    """What is asked of a photo."""
    again: bool = False
    """Rows may have been registered before: whoever is stored just so is not refused."""


@dataclass(frozen=True)
class Outcome:
    """What became of a row."""

    refused: str = ""
    """Why, ``""`` when the person is registered."""
    left_out: str = ""
    """Which face was not, and why."""
    code: str = ""
    """Why, as a word of :data:`~sophon_report.report.bulk.rows.REFUSALS`."""


_Faces = Tuple[Tuple[PersonFace, ...], Outcome]
"""The faces of a row that are registered, and what is told of it."""


class Registrar(Protocol):
    """Takes rows."""

    async def begin(self, groups: Sequence[GroupGiven], names: Sequence[str], rows: int, order: Order) -> None:
        """Get ready for ``rows`` rows.

        Raises:
            GalleryFull: so many more are not taken.
            PermissionNotFound: one of ``names`` is no permission group.
        """

    async def register(self, rows: Sequence[PersonRow], order: Order) -> List[Outcome]:
        """What becomes of each.

        Raises:
            Unavailable: the disk refuses or vision is away; nothing of this batch is stored.
        """


def make_group(permissions: PermissionStore, group: GroupGiven) -> str:
    """Make the group where none has its name, under another id where its own is taken; returns the id it has here.

    Raises:
        BadInput: its id or name cannot be one, or there are too many.
    """
    with contextlib.suppress(PermissionNotFound):
        return permissions.named(group.name).permission_id
    group_id = group.permission_id
    with contextlib.suppress(PermissionNotFound):
        permissions.get(group_id)
        group_id = uuid.uuid4().hex
    check_identity(group_id, group.name)
    permissions.add(PermissionRow(group_id, group.name, group.description, group.info_json))
    return group_id


class People(Protocol):
    """Where people are registered: the gallery of a running service, or the store of a stopped one."""

    def add_many(self, entries: Sequence[Entry], replace: bool = False) -> List[str]:
        """For each ``""``, or why it is refused."""


class RowRegistrar:
    """The registrar on the store itself.

    Args:
        people: where they go.
        store: what is stored.
        permissions: the groups.
        look: has a photo looked at.
        model: SHA-256 of the embedding model in use and the length of its vectors.
        do: runs what changes the store.
        is_erasing: whether a person of that id is being erased now.
        look_s: how long to wait between looks for a vision that has not come yet.
    """

    def __init__(
        self,
        people: People,
        store: PeopleStore,
        permissions: PermissionStore,
        look: Look,
        model: Callable[[], Tuple[str, int]],
        do: Do,
        is_erasing: Callable[[str], bool] = lambda _identity_id: False,
        look_s: float = LOOK_S,
    ) -> None:
        self._look_s = look_s
        self._people, self._store, self._permissions = people, store, permissions
        self._look, self._model, self._do, self._is_erasing = look, model, do, is_erasing

    async def begin(self, groups: Sequence[GroupGiven], names: Sequence[str], rows: int, order: Order) -> None:
        looks = VISION_LOOKS
        while not self._model()[1]:
            looks -= 1
            if not looks:
                raise VisionAway("vision was not there yet, so it is not known which vectors it makes; try again")
            await asyncio.sleep(self._look_s)
        await self._do(partial(self._begin, groups, names, rows, order))

    def _begin(self, groups: Sequence[GroupGiven], names: Sequence[str], rows: int, order: Order) -> None:
        there = self._store.count()
        if not order.replace and not order.again and there + rows > MANY:
            raise GalleryFull(
                f"{there} people are registered and {rows} would come: at most {MANY} are taken; "
                "those of known ids do not count when they are replaced"
            )
        for group in groups:
            make_group(self._permissions, group)
        for name in names:
            self._group_id(name)

    async def register(self, rows: Sequence[PersonRow], order: Order) -> List[Outcome]:
        checked: List[Union[Person, Outcome, None]] = await self._do(partial(self._check, rows, order))
        todo = [(at, row) for at, row in enumerate(rows) if isinstance(checked[at], Person)]
        # What needs no look is made in the thread: hundreds of faces in a row would hold up the event loop.
        looked: Dict[int, _Faces] = await self._do(partial(self._without_look, todo))
        left = iter([(at, row) for at, row in todo if at not in looked])

        async def look_at_some() -> None:
            for at, row in left:
                looked[at] = await self._faces(row, order.level)

        await _all([look_at_some() for _ in range(ABREAST)])
        entries = {
            at: Entry(person, looked[at][0])
            for at, person in enumerate(checked)
            if isinstance(person, Person) and looked[at][0]
        }
        reasons = await self._do(partial(self._add, list(entries.values()), order))
        refused = dict(zip(entries, reasons))
        return [
            _outcome(one, looked[at][1] if at in looked else Outcome(), refused.get(at, ""))
            for at, one in enumerate(checked)
        ]

    def _without_look(self, rows: Sequence[Tuple[int, PersonRow]]) -> Dict[int, _Faces]:
        """The faces of rows that bring a vector of the model in use for each; others are left out."""
        model, dim = self._model()
        found = {}
        for at, row in rows:
            if all(given.feature and given.embedder == model for given in row.faces):
                found[at] = _gathered([_made(given, model, dim) for given in row.faces])
        return found

    def _check(self, rows: Sequence[PersonRow], order: Order) -> List[Union[Person, Outcome, None]]:
        """Whom each row means, why it is refused, or ``None``: it is there already."""
        seen: Dict[str, None] = {}
        found: List[Union[Person, Outcome, None]] = []
        groups: Dict[str, str] = {}
        known = set() if order.replace else self._store.taken([row.person.identity_id for row in rows])
        for row in rows:
            try:
                found.append(self._checked(row, seen, groups, known, order))
            except SophonReportError as error:
                found.append(Outcome(str(error), code=word_of(error)))
        return found

    def _checked(
        self, row: PersonRow, seen: Dict[str, None], groups: Dict[str, str], known: Set[str], order: Order
    ) -> Union[Person, None]:
        person = row.person
        check_person(person)
        if person.identity_id in seen:
            raise BadInput(f"the id {person.identity_id} is used by another row")
        if self._is_erasing(person.identity_id):
            raise BadInput(BEING_ERASED)
        for name in row.groups:
            if name not in groups:
                groups[name] = self._group_id(name)
        person = replace(person, permission_ids=tuple(dict.fromkeys(groups[name] for name in row.groups)))
        if len(person.permission_ids) > MAX_GROUPS:
            raise BadInput(f"a person may be in {MAX_GROUPS} permission groups")
        if person.identity_id in known:
            if order.again and self._store.get(person.identity_id) == person:
                return None
            raise IdTaken(f"the id {person.identity_id} is taken")
        seen[person.identity_id] = None
        return person

    def _group_id(self, name: str) -> str:
        for find in (self._permissions.named, self._permissions.get):
            with contextlib.suppress(PermissionNotFound):
                return find(name).permission_id
        raise PermissionNotFound(f"there is no permission group {name}")

    def _add(self, entries: Sequence[Entry], order: Order) -> List[str]:
        """Register them; for each ``""`` or why not. Much may have changed while their photos were looked at."""
        groups = self._groups_gone({each for one in entries for each in one.person.permission_ids})
        reasons = [self._no_longer(one.person, groups) for one in entries]
        wanted = [one for one, reason in zip(entries, reasons) if not reason]
        added = iter(self._people.add_many(wanted, order.replace) if wanted else [])
        return [reason or next(added) for reason in reasons]

    def _no_longer(self, person: Person, groups_gone: Set[str]) -> str:
        if self._is_erasing(person.identity_id):
            return BEING_ERASED
        gone = [each for each in person.permission_ids if each in groups_gone]
        return f"the permission group {gone[0]} was deleted meanwhile" if gone else ""

    def _groups_gone(self, permission_ids: Set[str]) -> Set[str]:
        asked = sorted(permission_ids)
        gone: Set[str] = set()
        for start in range(0, len(asked), GROUPS_ASKED):
            gone.update(self._permissions.missing(asked[start : start + GROUPS_ASKED]))
        return gone

    async def _faces(self, row: PersonRow, level: Level) -> _Faces:
        """The faces to register, and what is to be told of the others."""
        found: List[Union[PersonFace, BadInput]] = []
        for given in row.faces:
            try:
                found.append(await self._face(given, level))
            except BadInput as error:
                found.append(error)
        return _gathered(found)

    async def _face(self, given: FaceGiven, level: Level) -> PersonFace:
        model, dim = self._model()
        if given.feature and given.embedder == model:
            return _as_given(given, model, dim)
        if given.feature and not given.photo:
            raise BadInput("its feature is of another model, and there is no photo to make one of")
        if len(given.photo) > MAX_IMAGE_BYTES:
            raise BadImage("too_large", too_large(len(given.photo)))
        return registered_face(await self._look(given.photo), self._model()[0], level)


def _as_given(given: FaceGiven, model: str, dim: int) -> PersonFace:
    """A face whose vector is of the model in use."""
    unit_row(given.feature, dim)
    _check_photo(given.photo)
    return PersonFace(uuid.uuid4().hex, uuid.uuid4().hex, given.photo, given.feature, model)


def _made(given: FaceGiven, model: str, dim: int) -> Union[PersonFace, BadInput]:
    try:
        return _as_given(given, model, dim)
    except BadInput as error:
        return error


def _gathered(made: Sequence[Union[PersonFace, BadInput]]) -> _Faces:
    """What is registered of a row's faces, and what is told of the others."""
    found = tuple(one for one in made if isinstance(one, PersonFace))
    problems = [
        f"face {number}: {one}" if len(made) > 1 else str(one)
        for number, one in enumerate(made, 1)
        if isinstance(one, BadInput)
    ]
    told = "; ".join(problems)
    code = next((word_of(one) for one in made if isinstance(one, BadInput)), "")
    if found:
        return found, Outcome(left_out=told, code=code)
    return found, Outcome(refused=told or "it has no face", code=code or "row")


def _outcome(checked: Union[Person, Outcome, None], looked: Outcome, refused: str) -> Outcome:
    if isinstance(checked, Outcome):
        return checked
    return Outcome(refused, code="row") if refused else looked


def _check_photo(photo: bytes) -> None:
    """Refuse what would be kept as a photo and is no JPEG; it was encoded by a box, and is not decoded again.

    Raises:
        BadImage: it is none.
    """
    if photo and (len(photo) > MAX_IMAGE_BYTES or not photo.startswith(JPEG_START)):
        raise BadImage("not_an_image", "its photo is no JPEG, or too large")


async def _all(doing: Sequence[Awaitable[None]]) -> None:
    """Wait for all; when one fails the others are left off first."""
    tasks = [asyncio.ensure_future(one) for one in doing]
    try:
        await asyncio.gather(*tasks)
    except BaseException:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise
