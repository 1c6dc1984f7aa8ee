"""Who a face belongs to: the people of the store in the gallery of one embedding model.

Vectors of different models are never compared. Those of another model than the one in use stay in the store, are
left out of the gallery and counted, so that somebody can be told to enrol these photos again.
"""

import asyncio
import threading
from dataclasses import dataclass
from itertools import islice
from typing import Callable, Dict, List, Optional, Sequence, Tuple, TypeVar

import numpy as np
import numpy.typing as npt
import structlog

from sophon_report.errors import BadInput, GalleryFull, NotFound, VisionAway
from sophon_report.model import FloatArray, Identity, Match, Person, PersonFace, Shot
from sophon_report.ops import memory
from sophon_report.recognition.gallery import Gallery
from sophon_report.recognition.kept_identities import KeptIdentities
from sophon_report.score import score_pct
from sophon_report.store.people import MANY, PeopleStore, StoredVector
from sophon_report.store.people_batch import Entry

LENGTH_TOLERANCE = 1e-3
LOADED_ROWS = 1000
INLINE_ROWS = 10_000
"""Up to here a search is quicker than the way to another thread."""

log = structlog.get_logger()
T = TypeVar("T")


@dataclass(frozen=True)
class KnownPeopleStats:
    """What is compared, and what cannot be."""

    faces: int
    other_embedder: int
    """Stored faces of another embedding model: enrol their photos again."""
    unusable: int
    """Stored faces whose vector the gallery refuses."""
    incomparable_shots: int
    """Shots of another model or with a vector that is none, matched with nobody."""


@dataclass(frozen=True)
class Nearest:
    """The person whose face is nearest to a picture, and the score, whether it passes or not."""

    identity: Identity
    score_pct: float
    faces: Tuple[Tuple[str, str], ...] = ()
    """Ids of all the person's faces, each with the id of its photo."""


class KnownPeople:
    """Registered people, searchable by face; empty until :meth:`use` says by which model.

    The store is the truth, this is what a search needs of it. A change is on the disk first and counts for the
    next search when its call returns; changes from several threads wait for each other. They wait for the disk as
    well, so none is made on the event loop.

    Args:
        store: asked for the person behind a face.
        changing: the same store on a connection of its own, which changes are written and vectors read by.
        most_faces: further ones are refused; those that are stored are all compared.
    """

    def __init__(self, store: PeopleStore, changing: Optional[PeopleStore] = None, most_faces: int = MANY) -> None:
        self._store, self._changing, self._most_faces = store, changing or store, most_faces
        self._change = threading.RLock()
        self._identities = KeptIdentities(store)
        self._gallery: Optional[Gallery] = None
        self._face_ids: Dict[str, Tuple[str, ...]] = {}
        self._pass_cosine = 1.0
        self._other_embedder = self._unusable = self._incomparable = 0
        self.embedder = ""
        """SHA-256 of the model in use; ``""`` before there is one."""

    @property
    def pass_cosine(self) -> float:
        """From this cosine on two faces count as one person, by the model in use."""
        return self._pass_cosine

    @property
    def dim(self) -> int:
        """How many numbers the vectors of the model in use have; 0 before there is one."""
        gallery = self._gallery
        return gallery.dim if gallery is not None else 0

    def use(self, embedder: str, dim: int, pass_cosine: float) -> None:
        """Compare vectors of this model from now on; reads the store unless the model is the one in use."""
        with self._change:
            self._pass_cosine = pass_cosine
            if self._gallery is not None and (embedder, dim) == (self.embedder, self._gallery.dim):
                return
            # Complete or not at all: after an error of the store the next call reads it again.
            self._gallery, self.embedder, self._face_ids = None, "", {}
            self._other_embedder = self._unusable = 0
            gallery = Gallery(dim)
            vectors = self._changing.faces()
            for some in iter(lambda: list(islice(vectors, LOADED_ROWS)), []):
                self._load(gallery, embedder, some)
            self._gallery, self.embedder = gallery, embedder
        memory.give_back()
        log.info("gallery_loaded", faces=len(gallery), other_embedder=self._other_embedder)

    def add(
        self, person: Person, faces: Sequence[PersonFace], replace: bool = False, stranger_id: str = ""
    ) -> None:
        """Register ``person``, or with ``replace`` overwrite; found by the next search.

        Args:
            person: who.
            faces: theirs, computed by the model in use.
            replace: a person of the same id goes.
            stranger_id: the filed stranger whom this person was; leaves the store's library.

        Raises:
            IdTaken: somebody has the id.
            GalleryFull: no more faces are taken.
            BadInput: a vector is not of the model in use, or a value is outside its limits.
            NotFound: no filed stranger has that id.
        """
        with self._change:
            former = self._face_ids.get(person.identity_id, ())
            gallery, rows = self._room_for(faces, len(former))
            self._changing.add(person, faces, replace, stranger_id)
            face_ids = tuple(face.face_id for face in faces)
            gallery.put_many(face_ids, rows, [person.permission_ids] * len(faces))
            self._face_ids[person.identity_id] = face_ids
            self._drop(former)
            self._identities.clear()

    def add_many(self, entries: Sequence[Entry], replace: bool = False) -> List[str]:
        """Register people in one transaction while others search; returns for each ``""`` or why they are refused.

        Args:
            entries: whose ids differ, their faces computed by the model in use.
            replace: people of the same ids go.

        Raises:
            VisionAway: it is not known yet which model is in use.
            StoreError: the file cannot be written; nobody was registered.
        """
        with self._change:
            gallery = self._gallery
            if gallery is None:
                raise VisionAway("vision was not there yet, so it is not known which vectors it makes; try again")
            reasons = self._refusals(gallery, entries, replace)
            wanted = [at for at, reason in enumerate(reasons) if not reason]
            stored = self._changing.add_many([entries[at] for at in wanted], replace)
            for at, reason in zip(wanted, stored):
                reasons[at] = reason
            self._take(gallery, [one for one, reason in zip(entries, reasons) if not reason])
        return reasons

    def _refusals(self, gallery: Gallery, entries: Sequence[Entry], replace: bool) -> List[str]:
        """Whom the gallery would refuse, and why."""
        faces = [face for one in entries for face in one.faces]
        whole = [len(face.embedding) == 4 * gallery.dim and face.embedder == self.embedder for face in faces]
        rows = np.frombuffer(
            b"".join(face.embedding if fits else bytes(4 * gallery.dim) for face, fits in zip(faces, whole)), "<f4"
        )
        usable = iter(are_unit(rows.reshape(-1, gallery.dim)))
        room = self._most_faces - len(gallery)
        reasons = []
        for one in entries:
            is_good = all(list(islice(usable, len(one.faces))))
            former = len(self._face_ids.get(one.person.identity_id, ())) if replace else 0
            if not is_good:
                reasons.append("the face was not computed by the model in use")
            elif len(one.faces) - former > room:
                reasons.append(f"the gallery is full: it holds {self._most_faces} faces, remove some first")
            else:
                room -= len(one.faces) - former
                reasons.append("")
        return reasons

    def _take(self, gallery: Gallery, entries: Sequence[Entry]) -> None:
        """What the store has now counts for the next search."""
        faces = [face for one in entries for face in one.faces]
        rows = np.frombuffer(b"".join(face.embedding for face in faces), "<f4").reshape(-1, gallery.dim)
        groups = [one.person.permission_ids for one in entries for _ in one.faces]
        gallery.put_many([face.face_id for face in faces], rows, groups)
        for one in entries:
            former = self._face_ids.get(one.person.identity_id, ())
            self._face_ids[one.person.identity_id] = tuple(face.face_id for face in one.faces)
            self._drop(former)
        self._identities.clear()

    def update(self, person: Person) -> None:
        """Overwrite what is known of somebody; their permissions count for the next search.

        Raises:
            NotFound: nobody has the id.
            BadInput: a value is outside its limits.
        """
        with self._change:
            self._changing.update(person)
            for face_id in self._face_ids.get(person.identity_id, ()):
                assert self._gallery is not None
                self._gallery.regroup(face_id, person.permission_ids)
            self._identities.clear()

    def add_face(self, identity_id: str, face: PersonFace, stranger_id: str = "") -> None:
        """Register one more face of somebody, the last; raises as :meth:`add`, and NotFound for an unknown id.

        With ``stranger_id`` it is that of a filed stranger, who leaves the store's library.
        """
        with self._change:
            gallery, rows = self._room_for([face])
            person = self._changing.get(identity_id)
            self._changing.add_face(identity_id, face, stranger_id)
            gallery.put(face.face_id, rows[0], person.permission_ids)
            self._face_ids[identity_id] = (*self._face_ids.get(identity_id, ()), face.face_id)

    def replace_face(self, identity_id: str, face_id: str, face: PersonFace) -> None:
        """Put ``face`` in the place of another; raises as :meth:`add_face`, NotFound also without such a face."""
        with self._change:
            gallery, rows = self._room_for([face], replaced=1)
            person = self._changing.get(identity_id)
            self._changing.replace_face(identity_id, face_id, face)
            gallery.put(face.face_id, rows[0], person.permission_ids)
            self._face_ids[identity_id] = (*self._without(identity_id, face_id), face.face_id)
            self._identities.clear()

    def put_first(self, identity_id: str, face_id: str) -> None:
        """Let a face be the one whose photo is shown; raises as :meth:`remove_face`."""
        with self._change:
            self._changing.put_first(identity_id, face_id)
            self._identities.clear()

    def regroup(self, identity_ids: Sequence[str], add: str = "", remove: str = "") -> int:
        """Put people into a permission group, or take them out of one, for the next search; how many it changed.

        Arguments and errors as of :meth:`sophon_report.store.people.PeopleStore.regroup`.
        """
        with self._change:
            changed = self._changing.regroup(identity_ids, add, remove)
            for identity_id, permission_ids in changed.items():
                for face_id in self._face_ids.get(identity_id, ()):
                    assert self._gallery is not None
                    self._gallery.regroup(face_id, permission_ids)
            self._identities.clear()
        return len(changed)

    def remove_face(self, identity_id: str, face_id: str) -> None:
        """Forget a face.

        Raises:
            NotFound: the person has no such face.
        """
        with self._change:
            self._changing.remove_face(identity_id, face_id)
            self._face_ids[identity_id] = self._without(identity_id, face_id)
            self._identities.clear()

    def remove(self, identity_ids: Sequence[str]) -> Tuple[str, ...]:
        """Erase people; returns the ids that somebody had."""
        with self._change:
            gone = self._changing.delete(identity_ids)
            for identity_id in gone:
                self._drop(self._face_ids.pop(identity_id, ()))
            self._identities.clear()
        return gone

    def empty(self, erase: Callable[[], None]) -> None:
        """Know nobody any more, from the next search on; ``erase`` then removes everybody from the store.

        Raises:
            StoreError: the disk refuses; who is left in the store is known again after a restart.
        """
        with self._change:
            if self._gallery is not None:
                self._gallery = Gallery(self._gallery.dim)
            self._face_ids = {}
            self._other_embedder = self._unusable = 0
            self._identities.clear()
            erase()
            self._identities.clear()

    def drop_permission(self, permission_id: str) -> None:
        """A permission group was removed from the store: nobody has it for the next search."""
        with self._change:
            if self._gallery is not None:
                self._gallery.drop_group(permission_id)
            self._identities.clear()

    async def match(self, shot: Shot, permission_id: str, pass_pct: float) -> Match:
        """Answer :meth:`find` for a shot; one that cannot be compared is nobody.

        A large gallery is searched in a thread.
        """
        if shot.embedder != self.embedder:
            self._incomparable += 1
            return Match(None, 0.0)
        try:
            match = await self._aside(lambda: self.find(shot.embedding, permission_id, pass_pct))
        except BadInput:
            self._incomparable += 1
            return Match(None, 0.0)
        return match if match.identity is None or self._is_here(match.identity) else Match(None, match.score_pct)

    async def nearest(self, embedding: bytes, permission_id: str) -> Optional[Nearest]:
        """Return whose face is nearest to ``embedding``, passed or not; ``None``: there is nobody to compare with.

        Arguments and errors as of :meth:`find`.
        """
        nearest = await self._aside(lambda: self._nearest(embedding, permission_id))
        return nearest if nearest and self._is_here(nearest.identity) else None

    def find(self, embedding: bytes, permission_id: str, pass_pct: float) -> Match:
        """Return the nearest person and the score; nobody unless the score is greater than ``pass_pct``.

        Args:
            embedding: of the model in use.
            permission_id: only people who have it; ``""`` is everybody.
            pass_pct: the mark; a score that equals it does not pass.

        Raises:
            BadInput: the embedding is no unit vector of the model's dimension.
        """
        face_id, score = self._nearest_face(embedding, permission_id)
        if not score > pass_pct:
            return Match(None, score)
        try:
            return Match(self._identities.get(face_id), score)
        except NotFound:  # erased since the search, or by another process
            return Match(None, score)

    def _nearest(self, embedding: bytes, permission_id: str) -> Optional[Nearest]:
        face_id, score = self._nearest_face(embedding, permission_id)
        if not face_id:
            return None
        try:
            identity = self._identities.get(face_id)
        except NotFound:  # as above
            return None
        return Nearest(identity, score, self._store.face_ids(identity.identity_id))

    def _nearest_face(self, embedding: bytes, permission_id: str) -> Tuple[str, float]:
        """Id and score of the nearest face; ``""`` when there is none to compare with."""
        gallery = self._gallery
        if gallery is None:
            return "", 0.0
        hits = gallery.top_k(unit_row(embedding, gallery.dim), 1, [permission_id] if permission_id else None)
        return (hits[0].face_id, score_pct(hits[0].cosine, self._pass_cosine)) if hits else ("", 0.0)

    async def _aside(self, search: Callable[[], T]) -> T:
        """What ``search`` returns, from a thread when the gallery is large."""
        gallery = self._gallery
        if gallery is None or len(gallery) <= INLINE_ROWS:
            return search()
        return await asyncio.get_running_loop().run_in_executor(None, search)

    def _is_here(self, identity: Identity) -> bool:
        """Whether this person was not erased while a thread compared: no event may name them after that."""
        return identity.identity_id in self._face_ids

    def stats(self) -> KnownPeopleStats:
        """Counters and levels of this moment."""
        gallery = self._gallery
        return KnownPeopleStats(
            faces=0 if gallery is None else len(gallery),
            other_embedder=self._other_embedder,
            unusable=self._unusable,
            incomparable_shots=self._incomparable,
        )

    def _load(self, gallery: Gallery, embedder: str, vectors: Sequence[StoredVector]) -> None:
        size = 4 * gallery.dim
        ours = [vector for vector in vectors if vector.embedder == embedder]
        self._other_embedder += len(vectors) - len(ours)
        whole = [vector for vector in ours if len(vector.embedding) == size]
        rows = np.frombuffer(b"".join(vector.embedding for vector in whole), "<f4").reshape(-1, gallery.dim)
        good = are_unit(rows)
        usable = [vector for vector, is_good in zip(whole, good) if is_good]
        self._unusable += len(ours) - len(usable)
        gallery.put_many(
            [vector.face_id for vector in usable],
            rows if good.all() else rows[good],
            [vector.permission_ids for vector in usable],
        )
        for vector in usable:
            known = self._face_ids.get(vector.identity_id, ())
            self._face_ids[vector.identity_id] = (*known, vector.face_id)

    def _room_for(self, faces: Sequence[PersonFace], replaced: int = 0) -> Tuple[Gallery, FloatArray]:
        """The gallery and a row for each face, once it is sure that it takes them."""
        gallery = self._gallery
        if gallery is None or any(face.embedder != self.embedder for face in faces):
            raise BadInput("the face was not computed by the model in use")
        if len(gallery) + len(faces) - replaced > self._most_faces:
            raise GalleryFull(f"the gallery is full: it holds {self._most_faces} faces, remove some first")
        rows = [unit_row(face.embedding, gallery.dim) for face in faces]
        return gallery, np.stack(rows) if rows else np.empty((0, gallery.dim), np.float32)

    def _without(self, identity_id: str, face_id: str) -> Tuple[str, ...]:
        """The person's faces but for one, which is dropped."""
        faces = self._face_ids.get(identity_id, ())
        if face_id in faces:  # not one of another model
            self._drop([face_id])
        return tuple(each for each in faces if each != face_id)

    def _drop(self, face_ids: Sequence[str]) -> None:
        for face_id in face_ids:
            assert self._gallery is not None
            self._gallery.remove(face_id)


def are_unit(rows: FloatArray) -> "npt.NDArray[np.bool_]":
    """Which of these ``(N, dim)`` rows are of length 1."""
    with np.errstate(invalid="ignore", over="ignore"):
        return np.asarray(np.abs(np.einsum("ij,ij->i", rows, rows) - 1) <= LENGTH_TOLERANCE)


def unit_row(embedding: bytes, dim: int) -> FloatArray:
    """The vector in ``embedding``; BadInput unless it is of length 1 and of ``dim`` numbers."""
    row = np.frombuffer(embedding, "<f4") if len(embedding) == 4 * dim else np.zeros(1, np.float32)
    if not abs(float(row @ row) - 1) <= LENGTH_TOLERANCE:
        raise BadInput(f"an embedding is {dim} float32 of length 1")
    return row
