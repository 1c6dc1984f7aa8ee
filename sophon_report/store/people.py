"""Registered people, their faces and photos.

One file to back up, one transaction to erase a person. A vector carries the SHA-256 of the model that made it;
photos lie in a table of their own, so that the vectors are read quickly.
"""

import sqlite3
from dataclasses import dataclass
from typing import Any, Dict, Iterator, List, Optional, Sequence, Set, Tuple

from sophon_report.errors import GalleryFull, IdTaken, NotFound
from sophon_report.model import Identity, Jpeg, Person, PersonFace, UserType
from sophon_report.store.database import Database
from sophon_report.store.folding import folded
from sophon_report.store.people_batch import MAX_FACES, Entry, add_many, taken
from sophon_report.store.people_query import ORDERS, PeopleOrder, PeopleQuery, marks
from sophon_report.store.strangers import become_person, forget_aliases

PAGE_ROWS = 500
"""People of one page; also below SQLite's 999 values a statement."""
VECTOR_ROWS = 1000
"""Vectors read under one hold of the lock: 8 MB of 512 numbers each."""
SCRUB_TRIES = 5
MANY = 100_000
"""People, or faces in the gallery, up to which all this was measured; the vendor's boxes hold no more."""
NEARLY_MANY = 90_000
"""From here on it is told that it becomes many."""

FaceIds = Tuple[str, str]
"""Ids of a face and of its photo."""


@dataclass(frozen=True)
class StoredVector:
    """What the gallery needs of a registered face."""

    face_id: str
    identity_id: str
    permission_ids: Tuple[str, ...]
    embedding: bytes
    embedder: str


@dataclass(frozen=True)
class PeopleCount:
    """How many are stored."""

    people: int
    faces: int


class PeopleStore:
    """People of one store file."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self, person: Person, faces: Sequence[PersonFace], replace: bool = False, stranger_id: str = ""
    ) -> None:
        """Register ``person`` with ``faces``; ``replace`` overwrites one of the same id, faces and all.

        Args:
            person: who.
            faces: theirs, in order.
            replace: a person of the same id goes.
            stranger_id: the filed stranger whom this person was; leaves the library in the same transaction.

        Raises:
            IdTaken: somebody has the id.
            GalleryFull: so many faces no person may have.
            BadInput: a face id is taken, or a value is outside its limits.
            NotFound: no filed stranger has that id; nothing was changed.
        """
        _check_faces(len(faces))
        with self._database.change() as connection:
            if replace:
                connection.execute("DELETE FROM person WHERE identity_id = ?", (person.identity_id,))
            elif _exists(connection, person.identity_id):
                raise IdTaken(f"the id {person.identity_id} is taken")
            _insert(connection, person, faces)
            if stranger_id:
                become_person(connection, stranger_id, person.identity_id)
        if replace or stranger_id:
            self._scrub()

    def add_many(self, entries: Sequence[Entry], replace: bool = False) -> List[str]:
        """Register people in one transaction; returns for each ``""`` or why they were refused.

        Args:
            entries: whose ids differ.
            replace: people of the same ids go, faces and all.

        Raises:
            StoreError: the file cannot be written; nobody was registered.
        """
        return add_many(self._database, entries, replace)

    def taken(self, identity_ids: Sequence[str]) -> Set[str]:
        """Which of these ids somebody has."""
        return taken(self._database.rows, identity_ids)

    def update(self, person: Person) -> None:
        """Overwrite what is known of the person of that id; faces stay.

        Raises:
            NotFound: nobody has the id.
            BadInput: a value is outside its limits.
        """
        with self._database.change() as connection:
            values = (person.name, folded(person.name), person.user_type.value, person.ext_json)
            sql = "UPDATE person SET name = ?, name_folded = ?, user_type = ?, ext_json = ? WHERE identity_id = ?"
            if not connection.execute(sql, (*values, person.identity_id)).rowcount:
                raise _nobody(person.identity_id)
            connection.execute("DELETE FROM permission_of WHERE identity_id = ?", (person.identity_id,))
            _permit(connection, person.identity_id, person.permission_ids)

    def add_face(self, identity_id: str, face: PersonFace, stranger_id: str = "") -> None:
        """Register one more face, the last.

        Args:
            identity_id: whose it is.
            face: theirs.
            stranger_id: the filed stranger who this person was; leaves the library in the same transaction.

        Raises:
            NotFound: nobody has the id, or no filed stranger has theirs; nothing was changed.
            GalleryFull: the person has as many as one may have.
            BadInput: a value is outside its limits.
        """
        with self._database.change() as connection:
            if not _exists(connection, identity_id):
                raise _nobody(identity_id)
            sql = "SELECT count(*) FROM face WHERE identity_id = ?"
            _check_faces(connection.execute(sql, (identity_id,)).fetchone()[0] + 1)
            _insert_face(connection, identity_id, face)
            if stranger_id:
                become_person(connection, stranger_id, identity_id)
        if stranger_id:
            self._scrub()

    def replace_face(self, identity_id: str, face_id: str, face: PersonFace) -> None:
        """Put ``face`` in the place of one of the person's faces.

        Raises:
            NotFound: the person has no such face.
            BadInput: a value is outside its limits.
        """
        with self._database.change() as connection:
            number = _number_of(connection, identity_id, face_id)
            connection.execute("DELETE FROM face WHERE number = ?", (number,))
            _insert_face(connection, identity_id, face, number)
        self._scrub()

    def put_first(self, identity_id: str, face_id: str) -> None:
        """Let one of the person's faces change places with the first, whose photo is shown.

        Raises:
            NotFound: the person has no such face.
        """
        with self._database.change() as connection:
            number = _number_of(connection, identity_id, face_id)
            sql = "SELECT min(number) FROM face WHERE identity_id = ?"
            (first,) = connection.execute(sql, (identity_id,)).fetchone()
            if number != first:
                connection.execute("PRAGMA defer_foreign_keys = ON")  # until the end of the transaction
                for former, becomes in ((first, -1), (number, first), (-1, number)):
                    connection.execute("UPDATE face SET number = ? WHERE number = ?", (becomes, former))
                    connection.execute("UPDATE photo SET face_number = ? WHERE face_number = ?", (becomes, former))

    def regroup(self, identity_ids: Sequence[str], add: str = "", remove: str = "") -> Dict[str, Tuple[str, ...]]:
        """Put people into a permission group, or take them out of one, in one transaction.

        Args:
            identity_ids: whom; at most 900. Who is not there is passed over.
            add: the group that they get.
            remove: the group that they lose.

        Returns:
            The groups that they have now, of those for whom something changed.

        Raises:
            BadInput: somebody would be in more groups than the store takes; nobody is changed.
        """
        changed: Dict[str, Tuple[str, ...]] = {}
        with self._database.change() as connection:
            there = taken(connection.execute, identity_ids)
            held = self._permissions(sorted(there))
            for identity_id in sorted(there):
                former = held.get(identity_id, ())
                now = tuple(each for each in former if each != remove)
                now += (add,) if add and add not in now else ()
                if now != former:
                    connection.execute("DELETE FROM permission_of WHERE identity_id = ?", (identity_id,))
                    _permit(connection, identity_id, now)
                    changed[identity_id] = now
        return changed

    def remove_face(self, identity_id: str, face_id: str) -> None:
        """Forget one of the person's faces, with its photo.

        Raises:
            NotFound: the person has no such face.
        """
        with self._database.change() as connection:
            number = _number_of(connection, identity_id, face_id)
            connection.execute("DELETE FROM face WHERE number = ?", (number,))
        self._scrub()

    def delete(self, identity_ids: Sequence[str]) -> Tuple[str, ...]:
        """Erase people with their faces and photos; returns the ids that somebody had.

        What led to them as strangers leads nowhere after it: the next of that id is somebody else.
        """
        with self._database.change() as connection:
            forget_aliases(connection, identity_ids)
            gone = tuple(
                identity_id
                for identity_id in identity_ids
                if connection.execute("DELETE FROM person WHERE identity_id = ?", (identity_id,)).rowcount
            )
        if gone:
            self._scrub()
        return gone

    def get(self, identity_id: str) -> Person:
        """The person of that id.

        Raises:
            NotFound: nobody has it.
        """
        found = self._people("WHERE identity_id = ?", (identity_id,))
        if not found:
            raise _nobody(identity_id)
        return found[0]

    def list(self, limit: int = 100, offset: int = 0, query: Optional[PeopleQuery] = None) -> List[Person]:
        """People in the order of ``query``, at most 500 at once."""
        query = query or PeopleQuery()
        where, values = query.where()
        index = "INDEXED BY person_name" if query.name_part and query.order is not PeopleOrder.ID else ""
        order = ORDERS[query.order]
        numbers = f"SELECT number FROM person {index} WHERE {where} ORDER BY {order} LIMIT ? OFFSET ?"  # noqa: S608 - constants
        return self._people(
            f"WHERE number IN ({numbers}) ORDER BY {order}", (*values, min(limit, PAGE_ROWS), offset)
        )

    def after(self, number: int, limit: int) -> List[Tuple[int, Person]]:
        """People in order of registration behind that number, each with their own; at most 500 at once."""
        sql = "SELECT number, identity_id FROM person WHERE number > ? ORDER BY number LIMIT ?"
        numbers = {row[1]: row[0] for row in self._database.rows(sql, (number, min(limit, PAGE_ROWS)))}
        found = self._people(f"WHERE identity_id IN ({marks(list(numbers))}) ORDER BY number", list(numbers))
        return [(numbers[person.identity_id], person) for person in found]

    def count(self, query: Optional[PeopleQuery] = None) -> int:
        """How many people :meth:`list` would give without a limit."""
        where, values = (query or PeopleQuery()).where()
        return int(self._database.rows(f"SELECT count(*) FROM person WHERE {where}", values)[0][0])  # noqa: S608 - constants

    def faces_of(self, identity_id: str) -> Tuple[PersonFace, ...]:
        """The person's faces in order of registration; empty when nobody has the id."""
        sql = """SELECT face_id, photo_id, coalesce(jpeg, x''), embedding, embedder
                 FROM face LEFT JOIN photo ON face_number = number WHERE identity_id = ? ORDER BY number"""
        return tuple(PersonFace(*row) for row in self._database.rows(sql, (identity_id,)))

    def face_ids(self, identity_id: str) -> Tuple[FaceIds, ...]:
        """Ids of the person's faces and of their photos, in the same order."""
        return self.face_ids_of([identity_id]).get(identity_id, ())

    def face_ids_of(self, identity_ids: Sequence[str]) -> Dict[str, Tuple[FaceIds, ...]]:
        """The same of several people, at most 900; who has no face is not in it."""
        sql = f"""SELECT identity_id, face_id, photo_id FROM face
                  WHERE identity_id IN ({marks(identity_ids)}) ORDER BY number"""  # noqa: S608 - marks only
        found: Dict[str, Tuple[FaceIds, ...]] = {}
        for identity_id, face_id, photo_id in self._database.rows(sql, identity_ids):
            found[identity_id] = (*found.get(identity_id, ()), (face_id, photo_id))
        return found

    def photo(self, photo_id: str) -> Jpeg:
        """The photo of that id, of a person or of a filed stranger: events name theirs as well.

        Raises:
            NotFound: none has it.
        """
        sql = """SELECT jpeg FROM photo JOIN face ON number = face_number WHERE photo_id = ?
                 UNION ALL SELECT photo_jpeg FROM stranger WHERE photo_id = ? LIMIT 1"""
        rows = self._database.rows(sql, (photo_id, photo_id))
        if not rows:
            raise NotFound(f"no photo has the id {photo_id}")
        return bytes(rows[0][0])

    def count_of(self, identity_ids: Sequence[str]) -> PeopleCount:
        """How many of these people there are, and how many faces they have."""
        places = marks(identity_ids)
        people = f"SELECT count(*) FROM person WHERE identity_id IN ({places})"  # noqa: S608 - marks only
        faces = f"SELECT count(*) FROM face WHERE identity_id IN ({places})"  # noqa: S608 - marks only
        return PeopleCount(*(int(self._database.rows(sql, identity_ids)[0][0]) for sql in (people, faces)))

    def faces(self) -> Iterator[StoredVector]:
        """Every registered face without its photo, page by page: others work on the store in between."""
        sql = """SELECT number, face_id, identity_id,
                 (SELECT group_concat(hex(permission_id)) FROM permission_of AS held
                  WHERE held.identity_id = face.identity_id), embedding, embedder
                 FROM face WHERE number > ? ORDER BY number LIMIT ?"""
        sets: Dict[Optional[str], Tuple[str, ...]] = {None: ()}  # people share few
        last = -1
        while True:
            page = self._database.rows(sql, (last, VECTOR_ROWS))
            if not page:
                self._database.give_back()
                return
            for _, face_id, identity_id, held, embedding, embedder in page:
                permission_ids = sets.get(held)
                if permission_ids is None:
                    permission_ids = sets[held] = tuple(bytes.fromhex(one).decode() for one in held.split(","))
                yield StoredVector(face_id, identity_id, permission_ids, embedding, embedder)
            last = page[-1][0]

    def identity(self, face_id: str) -> Identity:
        """The person that a face belongs to, with this face's photo and vector.

        Raises:
            NotFound: no face has that id.
        """
        sql = """SELECT identity_id, name, user_type, face_id, photo_id, coalesce(jpeg, x''), embedding
                 FROM face JOIN person USING (identity_id) LEFT JOIN photo ON face_number = face.number
                 WHERE face_id = ?"""
        rows = self._database.rows(sql, (face_id,))
        if not rows:
            raise NotFound(f"no face has the id {face_id}")
        identity_id, name, user_type, *face = rows[0]
        permission_ids = self._permissions([identity_id]).get(identity_id, ())
        return Identity(identity_id, name, UserType(user_type), permission_ids, *face)

    def _scrub(self) -> None:
        """Leave nothing that was deleted in the file's log; whoever reads a list meanwhile is soon done."""
        for _ in range(SCRUB_TRIES):
            if self._database.scrub():
                return

    def _people(self, where: str, values: Sequence[object]) -> List[Person]:
        sql = f"SELECT identity_id, name, user_type, ext_json FROM person {where}"  # noqa: S608 - constants
        rows = self._database.rows(sql, values)
        permissions = self._permissions([row[0] for row in rows])
        return [Person(row[0], row[1], UserType(row[2]), permissions.get(row[0], ()), row[3]) for row in rows]

    def _permissions(self, identity_ids: Sequence[str]) -> Dict[str, Tuple[str, ...]]:
        wanted = sorted(set(identity_ids))
        sql = f"""SELECT identity_id, permission_id FROM permission_of
                  WHERE identity_id IN ({marks(wanted)}) ORDER BY identity_id, position"""  # noqa: S608 - marks only
        return _gathered(self._database.rows(sql, wanted))


def _gathered(rows: Sequence[Tuple[Any, ...]]) -> Dict[str, Tuple[str, ...]]:
    found: Dict[str, Tuple[str, ...]] = {}
    for identity_id, permission_id in rows:
        found[identity_id] = (*found.get(identity_id, ()), permission_id)
    return found


def _check_faces(count: int) -> None:
    if count > MAX_FACES:
        raise GalleryFull(f"a person may have {MAX_FACES} faces: remove or replace one")


def _nobody(identity_id: str) -> NotFound:
    return NotFound(f"nobody has the id {identity_id}")


def _exists(connection: sqlite3.Connection, identity_id: str) -> bool:
    return connection.execute("SELECT 1 FROM person WHERE identity_id = ?", (identity_id,)).fetchone() is not None


def _number_of(connection: sqlite3.Connection, identity_id: str, face_id: str) -> int:
    sql = "SELECT number FROM face WHERE face_id = ? AND identity_id = ?"
    found = connection.execute(sql, (face_id, identity_id)).fetchone()
    if found is None:
        raise NotFound(f"{identity_id} has no face {face_id}")
    return int(found[0])


def _insert(connection: sqlite3.Connection, person: Person, faces: Sequence[PersonFace]) -> None:
    connection.execute(
        "INSERT INTO person (identity_id, name, name_folded, user_type, ext_json) VALUES (?, ?, ?, ?, ?)",
        (person.identity_id, person.name, folded(person.name), person.user_type.value, person.ext_json),
    )
    _permit(connection, person.identity_id, person.permission_ids)
    for face in faces:
        _insert_face(connection, person.identity_id, face)


def _permit(connection: sqlite3.Connection, identity_id: str, permission_ids: Sequence[str]) -> None:
    connection.executemany(
        "INSERT INTO permission_of (identity_id, position, permission_id) VALUES (?, ?, ?)",
        [(identity_id, position, each) for position, each in enumerate(permission_ids)],
    )


def _insert_face(
    connection: sqlite3.Connection, identity_id: str, face: PersonFace, number: Optional[int] = None
) -> None:
    """Insert a face as the last, or under the number of one that has gone."""
    row = connection.execute(
        """INSERT INTO face (number, face_id, identity_id, photo_id, embedder, embedding)
           VALUES (?, ?, ?, ?, ?, ?)""",
        (number, face.face_id, identity_id, face.photo_id, face.embedder, face.embedding),
    ).lastrowid
    if face.photo_jpeg:
        connection.execute("INSERT INTO photo (face_number, jpeg) VALUES (?, ?)", (row, face.photo_jpeg))
