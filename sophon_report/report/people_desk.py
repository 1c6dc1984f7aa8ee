"""The registered people, as the HTTP edge asks for them.

Changes are made one after the other: on the disk, then in the gallery, so that none is lost and none is half made,
however many ask at once. The event loop waits neither for them nor for lists.
"""

import uuid
from dataclasses import replace
from functools import partial
from typing import Callable, List, Sequence, Tuple

from sophon_report.api.people import (
    FaceKey,
    FaceSource,
    PeopleFilter,
    PeoplePage,
    PersonChanges,
    RegisteredPerson,
)
from sophon_report.errors import (
    BadInput,
    IdTaken,
    NotFound,
    PermissionNotFound,
    Unavailable,
    VisionAway,
    WrongState,
)
from sophon_report.link.messages import PhotoUse
from sophon_report.model import Jpeg, Person, PersonFace
from sophon_report.recognition.enrol import check_person, face_of_stranger, face_of_vector, registered_face
from sophon_report.recognition.known_people import KnownPeople
from sophon_report.report.photo_desk import PhotoDesk
from sophon_report.report.shelf import Shelf
from sophon_report.store.people import PAGE_ROWS
from sophon_report.store.people_query import PeopleQuery
from sophon_report.store.strangers import StrangerPicture
from sophon_report.wire.pictures import small_jpeg

DELETED_AT_ONCE = 100
MAX_ASKED = 400
"""Ids in each part of a filter."""


class PeopleDesk:
    """The :class:`sophon_report.api.people.PeopleService` of a running service.

    Args:
        people: the gallery.
        changing: where changes are made.
        listing: where lists are read.
        desk: has photos looked at.
        min_face_px: smallest face that is looked at, asked for each photo.
        is_erasing: whether a person or stranger of that id is being erased now.
    """

    def __init__(
        self,
        people: KnownPeople,
        changing: Shelf,
        listing: Shelf,
        desk: PhotoDesk,
        min_face_px: Callable[[], int],
        is_erasing: Callable[[str], bool],
    ) -> None:
        self._people, self._changing, self._listing = people, changing, listing
        self._desk, self._min_face_px, self._is_erasing = desk, min_face_px, is_erasing

    async def create(self, person: Person, source: FaceSource, replace: bool = False) -> RegisteredPerson:
        """Register a person by one face."""
        person = _with_id(person)
        check_person(person)
        if not replace:
            await self._listing.do(partial(self._check_free, person.identity_id))
        face = await self._face_of(source, person.identity_id)
        return await self._changing.do(partial(self._add, person, face, replace))

    async def create_from_stranger(self, person: Person, stranger_id: str, picture: StrangerPicture) -> None:
        """Register a filed stranger by their picture; they leave the store's library.

        Raises:
            BadInput: the id is taken or is the stranger's, or it or the name cannot be used.
            WrongState: the stranger was filed by another model.
            NotFound: no filed stranger has that id, or no permission group one of theirs.
            Unavailable: the disk refuses.
        """
        person = _once(person)
        check_person(person)
        face = self._face_of_stranger(stranger_id, picture, person.identity_id)
        await self._changing.do(partial(self._add_stranger, person, face, stranger_id))

    async def add_face_of_stranger(
        self, identity_id: str, stranger_id: str, picture: StrangerPicture
    ) -> RegisteredPerson:
        """Register a filed stranger's picture as one more face of somebody, who they were all along.

        Raises:
            WrongState: the stranger was filed by another model.
            GalleryFull: the person has as many faces as one may have, or the gallery has.
            NotFound: nobody has the id, or no filed stranger theirs.
            Unavailable: the disk refuses.
        """
        face = self._face_of_stranger(stranger_id, picture, identity_id)
        return await self._changing.do(partial(self._add_face, identity_id, face, stranger_id))

    def _face_of_stranger(self, stranger_id: str, picture: StrangerPicture, identity_id: str) -> PersonFace:
        if self._people.embedder and picture.embedder != self._people.embedder:
            raise WrongState("the stranger was filed by another model: register them by a photo")
        return face_of_stranger(stranger_id, picture, identity_id)

    async def get(self, identity_id: str) -> RegisteredPerson:
        """One of them."""
        return await self._listing.do(partial(_registered, self._listing, identity_id))

    async def page(self, wanted: PeopleFilter, limit: int, offset: int) -> PeoplePage:
        """A page of those whom ``wanted`` lets pass."""
        if max(len(wanted.identity_ids), len(wanted.permission_ids)) > MAX_ASKED:
            raise BadInput(f"a filter takes at most {MAX_ASKED} ids")
        query = PeopleQuery(
            wanted.name_part,
            wanted.identity_ids,
            wanted.permission_ids,
            wanted.words,
            wanted.user_types,
            wanted.order,
        )
        return await self._listing.do(partial(_page, self._listing, query, limit, offset))

    async def update(
        self,
        identity_id: str,
        changes: PersonChanges,
        check: Callable[[RegisteredPerson], None] = lambda _former: None,
    ) -> RegisteredPerson:
        """Change what is known of somebody, unless ``check`` refuses."""
        self.check_erasing(identity_id)
        return await self._changing.do(partial(self._update, identity_id, changes, check))

    async def delete(self, identity_ids: Sequence[str]) -> Tuple[str, ...]:
        """Take people out of the gallery.

        Not all at once when they are many: whoever else writes to the store would wait for it.
        """
        gone: List[str] = []
        for start in range(0, len(identity_ids), DELETED_AT_ONCE):
            some = tuple(identity_ids[start : start + DELETED_AT_ONCE])
            gone += await self._changing.do(partial(self._people.remove, some))
        return tuple(gone)

    async def add_face(self, identity_id: str, source: FaceSource) -> RegisteredPerson:
        """Register one more face of somebody."""
        await self.get(identity_id)
        face = await self._face_of(source, identity_id)
        return await self._changing.do(partial(self._add_face, identity_id, face))

    async def replace_face(self, identity_id: str, which: FaceKey, source: FaceSource) -> RegisteredPerson:
        """Put a face in the place of another."""
        _face_id(await self.get(identity_id), which)
        face = await self._face_of(source, identity_id)
        return await self._changing.do(partial(self._replace_face, identity_id, which, face))

    async def remove_face(self, identity_id: str, which: FaceKey) -> RegisteredPerson:
        """Forget a face."""
        self.check_erasing(identity_id)
        return await self._changing.do(partial(self._remove_face, identity_id, which))

    async def put_first(self, identity_id: str, which: FaceKey) -> RegisteredPerson:
        """Let a face change places with the first."""
        return await self._changing.do(partial(self._put_first, identity_id, which))

    async def photo(self, photo_id: str, width_px: int = 0) -> Jpeg:
        """The photo of a face. It is shrunk where it is read, not on threads that searches wait for."""
        return await self._listing.do(partial(self._photo, photo_id, width_px))

    def _photo(self, photo_id: str, width_px: int) -> Jpeg:
        photo = self._listing.people.photo(photo_id)
        return small_jpeg(photo, width_px) if width_px else photo

    async def _face_of(self, source: FaceSource, identity_id: str) -> PersonFace:
        """The face to register of ``identity_id``, whom nobody erases when this returns."""
        self.check_erasing(identity_id)
        embedder, dim = self._people.embedder, self._people.dim
        if not dim:
            raise VisionAway("vision was not there yet, so it is not known which vectors it makes; try again")
        if not source.feature:
            result = await self._desk.look_at(source.image, self._min_face_px(), PhotoUse.ENROL)
            face = registered_face(result, self._people.embedder, source.level, source.accept)
        elif not source.image:
            face = face_of_vector(source.feature, embedder, dim)
        else:
            face = face_of_vector(source.feature, embedder, dim)  # refused before anybody looks
            seen = await self._desk.look_at(source.image, self._min_face_px(), PhotoUse.ENROL)
            face = replace(face, photo_jpeg=seen.portrait_jpeg)
        self.check_erasing(identity_id)
        return face

    def check_erasing(self, *identity_ids: str) -> None:
        """Refuse whose new events an erasing under way would take along.

        Raises:
            Unavailable: one of these is being erased.
        """
        if any(map(self._is_erasing, identity_ids)):
            raise Unavailable("the person of this id is being erased: register them when that is done")

    def _check_free(self, identity_id: str) -> None:
        if self._listing.people.count_of([identity_id]).people:
            raise IdTaken(f"the id {identity_id} is taken")

    def _add(self, person: Person, face: PersonFace, replaces: bool) -> RegisteredPerson:
        self._check_permissions(person.permission_ids)
        self._people.add(person, [face], replace=replaces)
        return _registered(self._changing, person.identity_id)

    def _update(
        self, identity_id: str, changes: PersonChanges, check: Callable[[RegisteredPerson], None]
    ) -> RegisteredPerson:
        known = _registered(self._changing, identity_id)
        check(known)
        former = known.person
        person = Person(
            identity_id,
            former.name if changes.name is None else changes.name,
            former.user_type if changes.user_type is None else changes.user_type,
            former.permission_ids if changes.permission_ids is None else changes.permission_ids,
            former.ext_json if changes.ext_json is None else changes.ext_json,
        )
        person = _once(person)
        check_person(person)
        if changes.permission_ids is not None:
            self._check_permissions(person.permission_ids)
        self._people.update(person)
        return _registered(self._changing, identity_id)

    def _add_stranger(self, person: Person, face: PersonFace, stranger_id: str) -> None:
        self._check_permissions(person.permission_ids)
        self._people.add(person, [face], stranger_id=stranger_id)

    def _add_face(self, identity_id: str, face: PersonFace, stranger_id: str = "") -> RegisteredPerson:
        self._people.add_face(identity_id, face, stranger_id)
        return _registered(self._changing, identity_id)

    def _replace_face(self, identity_id: str, which: FaceKey, face: PersonFace) -> RegisteredPerson:
        former = _face_id(_registered(self._changing, identity_id), which)
        self._people.replace_face(identity_id, former, face)
        return _registered(self._changing, identity_id)

    def _put_first(self, identity_id: str, which: FaceKey) -> RegisteredPerson:
        face_id = _face_id(_registered(self._changing, identity_id), which)
        self._people.put_first(identity_id, face_id)
        return _registered(self._changing, identity_id)

    def _remove_face(self, identity_id: str, which: FaceKey) -> RegisteredPerson:
        former = _face_id(_registered(self._changing, identity_id), which)
        self._people.remove_face(identity_id, former)
        return _registered(self._changing, identity_id)

    def _check_permissions(self, permission_ids: Sequence[str]) -> None:
        """Groups go in this thread too: none that is there now is gone when the person is stored."""
        missing = self._changing.permissions.missing(permission_ids)
        if missing:
            raise PermissionNotFound(", ".join(missing))


def _with_id(person: Person) -> Person:
    return _once(person if person.identity_id else replace(person, identity_id=uuid.uuid4().hex))


def _once(person: Person) -> Person:
    """Each permission once, in the order in which they were named."""
    return replace(person, permission_ids=tuple(dict.fromkeys(person.permission_ids)))


def _registered(shelf: Shelf, identity_id: str) -> RegisteredPerson:
    with shelf.database.one_moment():
        return RegisteredPerson(shelf.people.get(identity_id), shelf.people.face_ids(identity_id))


def _page(shelf: Shelf, query: PeopleQuery, limit: int, offset: int) -> PeoplePage:
    rows: List[RegisteredPerson] = []
    with shelf.database.one_moment():
        while len(rows) < limit:
            people = shelf.people.list(limit - len(rows), offset + len(rows), query)
            faces = shelf.people.face_ids_of([person.identity_id for person in people])
            rows += [RegisteredPerson(person, faces.get(person.identity_id, ())) for person in people]
            if len(people) < PAGE_ROWS:
                break
        return PeoplePage(tuple(rows), shelf.people.count(query))


def _face_id(known: RegisteredPerson, which: FaceKey) -> str:
    """Id of the face that is meant.

    Raises:
        NotFound: the person has no such face.
    """
    for index, (face_id, photo_id) in enumerate(known.faces):
        if which.index is not None:
            found = index == which.index
        elif which.photo_id:
            found = photo_id == which.photo_id
        else:
            found = face_id == which.face_id
        if found:
            return face_id
    raise NotFound(f"{known.person.identity_id} has no such face")
