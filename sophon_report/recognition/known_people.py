"""Who a face belongs to: the people of the store in the gallery of one embedding model.

Vectors of different models are never compared. Those of another model than the one in use stay in the store, are
left out of the gallery and counted, so that somebody can be told to enrol these photos again.

A match carries the person as the store has them: the 256 faces matched last are kept with their photos (about
15 MB), the one matched longest ago goes first.
"""

import asyncio
from dataclasses import dataclass
from functools import lru_cache
from typing import Callable, Dict, Optional, Sequence, Tuple, TypeVar

import numpy as np
import structlog

from sophon_report.errors import BadInput, NotFound
from sophon_report.model import FloatArray, Identity, Match, Person, PersonFace, Shot
from sophon_report.recognition.gallery import Gallery
from sophon_report.score import score_pct
from sophon_report.store.people import PeopleStore, StoredVector

LENGTH_TOLERANCE = 1e-3
KEPT_IDENTITIES = 256
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
    """Registered people, searchable by face; empty until :meth:`use` says by which model."""

    def __init__(self, store: PeopleStore) -> None:
        self._store = store
        self._identity = lru_cache(maxsize=KEPT_IDENTITIES)(store.identity)
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

    def use(self, embedder: str, dim: int, pass_cosine: float) -> None:
        """Compare vectors of this model from now on; reads the store unless the model is the one in use."""
        self._pass_cosine = pass_cosine
        if self._gallery is not None and (embedder, dim) == (self.embedder, self._gallery.dim):
            return
        # Complete or not at all: after an error of the store the next call reads it again.
        self._gallery, self.embedder, self._face_ids = None, "", {}
        self._other_embedder = self._unusable = 0
        gallery = Gallery(dim)
        for vector in self._store.faces():
            if vector.embedder != embedder:
                self._other_embedder += 1
            else:
                self._load(gallery, vector)
        self._gallery, self.embedder = gallery, embedder
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
            BadInput: the id is taken, a vector is not of the model in use, the gallery is full.
            NotFound: no filed stranger has that id.
        """
        gallery = self._gallery
        if gallery is None or any(face.embedder != self.embedder for face in faces):
            raise BadInput("the face was not computed by the model in use")
        if len(gallery) + len(faces) > gallery.max_rows:
            raise BadInput(f"the gallery is full: it holds {gallery.max_rows} faces, remove some first")
        rows = [unit_row(face.embedding, gallery.dim) for face in faces]
        self._store.add(person, faces, replace, stranger_id)
        self._drop(self._face_ids.pop(person.identity_id, ()))
        for face, row in zip(faces, rows):
            gallery.put(face.face_id, row, person.permission_ids)
        self._face_ids[person.identity_id] = tuple(face.face_id for face in faces)
        self._identity.cache_clear()

    def remove(self, identity_ids: Sequence[str]) -> Tuple[str, ...]:
        """Erase people; returns the ids that somebody had."""
        gone = self._store.delete(identity_ids)
        for identity_id in gone:
            self._drop(self._face_ids.pop(identity_id, ()))
        self._identity.cache_clear()
        return gone

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
            return Match(self._identity(face_id), score)
        except NotFound:  # erased since the search, or by another process
            return Match(None, score)

    def _nearest(self, embedding: bytes, permission_id: str) -> Optional[Nearest]:
        face_id, score = self._nearest_face(embedding, permission_id)
        if not face_id:
            return None
        try:
            identity = self._identity(face_id)
        except NotFound:  # as above
            return None
        return Nearest(identity, score, self._store.face_ids(identity.identity_id))

    def _nearest_face(self, embedding: bytes, permission_id: str) -> Tuple[str, float]:
        """Id and score of the nearest face; ``""`` when there is none to compare with."""
        if self._gallery is None:
            return "", 0.0
        hits = self._gallery.top_k(
            unit_row(embedding, self._gallery.dim), 1, [permission_id] if permission_id else None
        )
        return (hits[0].face_id, score_pct(hits[0].cosine, self._pass_cosine)) if hits else ("", 0.0)

    async def _aside(self, search: Callable[[], T]) -> T:
        """What ``search`` returns, from a thread when the gallery is large."""
        if self._gallery is None or len(self._gallery) <= INLINE_ROWS:
            return search()
        return await asyncio.get_running_loop().run_in_executor(None, search)

    def _is_here(self, identity: Identity) -> bool:
        """Whether this person was not erased while a thread compared: no event may name them after that."""
        return identity.identity_id in self._face_ids

    def stats(self) -> KnownPeopleStats:
        """Counters and levels of this moment."""
        return KnownPeopleStats(
            faces=0 if self._gallery is None else len(self._gallery),
            other_embedder=self._other_embedder,
            unusable=self._unusable,
            incomparable_shots=self._incomparable,
        )

    def _load(self, gallery: Gallery, vector: StoredVector) -> None:
        try:
            gallery.put(vector.face_id, unit_row(vector.embedding, gallery.dim), vector.permission_ids)
        except BadInput:
            self._unusable += 1
        else:
            known = self._face_ids.get(vector.identity_id, ())
            self._face_ids[vector.identity_id] = (*known, vector.face_id)

    def _drop(self, face_ids: Sequence[str]) -> None:
        for face_id in face_ids:
            assert self._gallery is not None
            self._gallery.remove(face_id)


def unit_row(embedding: bytes, dim: int) -> FloatArray:
    """The vector in ``embedding``; BadInput unless it is of length 1 and of ``dim`` numbers."""
    row = np.frombuffer(embedding, "<f4") if len(embedding) == 4 * dim else np.zeros(1, np.float32)
    if not abs(float(row @ row) - 1) <= LENGTH_TOLERANCE:
        raise BadInput(f"an embedding is {dim} float32 of length 1")
    return row
