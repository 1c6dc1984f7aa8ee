"""Registered people and their faces.

Photos are JPEG blobs beside their vectors: one file to back up, one transaction to erase a person. A vector
carries the SHA-256 of the model that made it.
"""

import sqlite3
from dataclasses import dataclass
from typing import Dict, Iterator, List, Sequence, Tuple

from sophon_report.errors import BadInput, NotFound
from sophon_report.model import Identity, Person, PersonFace, UserType
from sophon_report.store.database import Database
from sophon_report.store.strangers import become_person, forget_aliases

PAGE_ROWS = 500
"""Rows read under one hold of the lock; also below SQLite's 999 values a statement."""
MAX_FACES = 20
"""Faces a person may have."""
MANY = 100_000
"""People, or faces in the gallery, up to which all this was measured; the vendor's boxes hold no more."""
NEARLY_MANY = 90_000
"""From here on it is told that it becomes many."""


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
            BadInput: the id is taken, a face id is taken, or a value is outside its limits.
            NotFound: no filed stranger has that id; nothing was changed.
        """
        if len(faces) > MAX_FACES:
            raise BadInput(f"a person may have {MAX_FACES} faces, got {len(faces)}")
        with self._database.change() as connection:
            if replace:
                connection.execute("DELETE FROM person WHERE identity_id = ?", (person.identity_id,))
            elif _exists(connection, person.identity_id):
                raise BadInput(f"the id {person.identity_id} is taken")
            _insert(connection, person, faces)
            if stranger_id:
                become_person(connection, stranger_id, person.identity_id)
        if replace or stranger_id:
            self._database.scrub()

    def get(self, identity_id: str) -> Person:
        """The person of that id.

        Raises:
            NotFound: nobody has it.
        """
        found = self._people("WHERE identity_id = ?", (identity_id,))
        if not found:
            raise NotFound(f"nobody has the id {identity_id}")
        return found[0]

    def list(self, limit: int = 100, offset: int = 0, name_like: str = "") -> List[Person]:
        """People in order of registration, at most 500 at once; ``name_like`` is a part of the name."""
        page = (_pattern(name_like), min(limit, PAGE_ROWS), offset)
        return self._people("WHERE name LIKE ? ESCAPE '\\' ORDER BY number LIMIT ? OFFSET ?", page)

    def count(self, name_like: str = "") -> int:
        """How many people :meth:`list` would give without a limit."""
        sql = "SELECT count(*) FROM person WHERE name LIKE ? ESCAPE '\\'"
        return int(self._database.rows(sql, (_pattern(name_like),))[0][0])

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
            self._database.scrub()
        return gone

    def faces_of(self, identity_id: str) -> Tuple[PersonFace, ...]:
        """The person's faces in order of registration; empty when nobody has the id."""
        sql = """SELECT face_id, photo_id, photo_jpeg, embedding, embedder
                 FROM face WHERE identity_id = ? ORDER BY number"""
        return tuple(PersonFace(*row) for row in self._database.rows(sql, (identity_id,)))

    def face_ids(self, identity_id: str) -> Tuple[Tuple[str, str], ...]:
        """Ids of the person's faces and of their photos, in the same order."""
        sql = "SELECT face_id, photo_id FROM face WHERE identity_id = ? ORDER BY number"
        return tuple((face_id, photo_id) for face_id, photo_id in self._database.rows(sql, (identity_id,)))

    def count_of(self, identity_ids: Sequence[str]) -> PeopleCount:
        """How many of these people there are, and how many faces they have."""
        marks = ",".join("?" * len(identity_ids))
        people = f"SELECT count(*) FROM person WHERE identity_id IN ({marks})"  # noqa: S608 - marks only
        faces = f"SELECT count(*) FROM face WHERE identity_id IN ({marks})"  # noqa: S608 - marks only
        return PeopleCount(*(int(self._database.rows(sql, identity_ids)[0][0]) for sql in (people, faces)))

    def faces(self) -> Iterator[StoredVector]:
        """Every registered face without its photo, page by page: others work on the store in between."""
        sql = """SELECT number, face_id, identity_id, embedding, embedder
                 FROM face WHERE number > ? ORDER BY number LIMIT ?"""
        last = -1
        while True:
            page = self._database.rows(sql, (last, PAGE_ROWS))
            permissions = self._permissions([row[2] for row in page])
            for _, face_id, identity_id, embedding, embedder in page:
                yield StoredVector(face_id, identity_id, permissions.get(identity_id, ()), embedding, embedder)
            if len(page) < PAGE_ROWS:
                return
            last = page[-1][0]

    def identity(self, face_id: str) -> Identity:
        """The person that a face belongs to, with this face's photo and vector.

        Raises:
            NotFound: no face has that id.
        """
        sql = """SELECT identity_id, name, user_type, face_id, photo_id, photo_jpeg, embedding
                 FROM face JOIN person USING (identity_id) WHERE face_id = ?"""
        rows = self._database.rows(sql, (face_id,))
        if not rows:
            raise NotFound(f"no face has the id {face_id}")
        identity_id, name, user_type, *face = rows[0]
        permission_ids = self._permissions([identity_id]).get(identity_id, ())
        return Identity(identity_id, name, UserType(user_type), permission_ids, *face)

    def _people(self, where: str, values: Sequence[object]) -> List[Person]:
        sql = f"SELECT identity_id, name, user_type FROM person {where}"  # noqa: S608 - constants
        rows = self._database.rows(sql, values)
        permissions = self._permissions([row[0] for row in rows])
        return [Person(row[0], row[1], UserType(row[2]), permissions.get(row[0], ())) for row in rows]

    def _permissions(self, identity_ids: Sequence[str]) -> Dict[str, Tuple[str, ...]]:
        wanted = sorted(set(identity_ids))
        marks = ",".join("?" * len(wanted))
        sql = f"""SELECT identity_id, permission_id FROM permission_of
                  WHERE identity_id IN ({marks}) ORDER BY identity_id, position"""  # noqa: S608 - marks only
        found: Dict[str, Tuple[str, ...]] = {}
        for identity_id, permission_id in self._database.rows(sql, wanted):
            found[identity_id] = (*found.get(identity_id, ()), permission_id)
        return found


def _exists(connection: sqlite3.Connection, identity_id: str) -> bool:
    return connection.execute("SELECT 1 FROM person WHERE identity_id = ?", (identity_id,)).fetchone() is not None


def _insert(connection: sqlite3.Connection, person: Person, faces: Sequence[PersonFace]) -> None:
    identity_id = person.identity_id
    connection.execute(
        "INSERT INTO person (identity_id, name, user_type) VALUES (?, ?, ?)",
        (identity_id, person.name, person.user_type.value),
    )
    connection.executemany(
        "INSERT INTO permission_of (identity_id, position, permission_id) VALUES (?, ?, ?)",
        [(identity_id, position, permission) for position, permission in enumerate(person.permission_ids)],
    )
    connection.executemany(
        """INSERT INTO face (face_id, identity_id, photo_id, photo_jpeg, embedding, embedder)
           VALUES (?, ?, ?, ?, ?, ?)""",
        [
            (face.face_id, identity_id, face.photo_id, face.photo_jpeg, face.embedding, face.embedder)
            for face in faces
        ],
    )


def _pattern(part: str) -> str:
    escaped = part.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
