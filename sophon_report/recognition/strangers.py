"""The stranger library: unknown people get an id, and are known again by it over days and restarts.

The promise:

- Only a picture that no registered person is near to is looked up here, with a mark of its own
  (``strangers.pass_pct``, stricter: nobody chose these photos). Vectors of different models are never compared.
- An id is given once and never to two people. Registered as a person, merged or erased, its owner takes it along.
- Whom a track filed and the gallery then knows in the same track is taken back: their id leads to the person.
- With ``strangers.enabled`` off nothing is looked up, filed or changed; what was filed stays for the next time.

What a picture leads to::

    filed strangers above the mark   worth filing   what happens
    none                             no             nothing: an unknown person without an id
    none                             yes            counted; the ``min_shots``-th of a face files it: NEW_STRANGER
    one                              any            known again, by its id
    one                              yes            the same; NEW_PHOTO, if it is better by CLEARLY_BETTER
    two or more                      no             the nearest is known again
    two or more                      yes            the two nearest become one

*The merge rule.* Of the two nearest the one filed first stays, of two filed in one millisecond the one with the
smaller id; the other's id becomes an alias of it, for good. The photo that stays is the older one's, unless the
picture at hand is as good: near to both, it then takes its place. One picture merges two strangers, so a third
waits for the next picture.

*When it is full* (``strangers.capacity``), who was not seen for longest goes; the id is not used again. When the
disk is behind (:mod:`sophon_report.store.stranger_writes`), nothing is filed, improved or merged; who is filed is
known again all the same.

*When the power goes*, what waited for the disk is lost: up to a few changes, and 5 s of times last seen. A
stranger whose filing was lost is filed anew under another id.

Photos are read from the store, those of who was seen last once (:mod:`.kept_strangers`). 30,000 strangers
with vectors of 512 numbers take 101 MB.
"""

import asyncio
import uuid
from collections import OrderedDict
from dataclasses import dataclass, replace
from itertools import islice
from typing import Callable, List, Optional, Sequence, Set, Tuple

import structlog

from sophon_report.config import Strangers
from sophon_report.errors import BadInput, StoreError, Unavailable
from sophon_report.model import FloatArray, Match, PostAction, Shot
from sophon_report.recognition.gallery import Gallery
from sophon_report.recognition.kept_strangers import KeptStrangers
from sophon_report.recognition.known_people import INLINE_ROWS, unit_row
from sophon_report.recognition.stranger_lookup import Lookup, Near, Renamed, StrangerStats, new_stranger_id
from sophon_report.recognition.unfiled import UnfiledFaces
from sophon_report.score import score_pct
from sophon_report.store.stranger_writes import StrangerWrites
from sophon_report.store.strangers import (
    Filed,
    Gone,
    Improved,
    Merged,
    Seen,
    StrangerPicture,
    StrangerRow,
    StrangerStore,
)

CLEARLY_BETTER = 2.0
"""Two steps of clarity. From the worst picture that is filed to the best there is are 17: but for merges a
stranger's photo changes at most eight times."""
KEPT_TRACKS = 1024
"""Which of them filed somebody; without it a stranger is not taken back."""
WRITTEN_S = 10.0
LISTED_ROWS = 500
LISTED_S = 1.0
"""A list waits so long for what is not on the disk yet, and goes without it then."""

log = structlog.get_logger()


@dataclass(frozen=True)
class _Entry:
    """A filed stranger; those of another model have no row in the gallery."""

    first_ms: int
    last_ms: int
    visits: int
    rank: float
    comparable: bool


class StrangerLibrary:
    """The filed strangers; empty until it is on and :meth:`use` has said by which model.

    Args:
        settings: of the moment, as :func:`~sophon_report.recognition.stranger_lookup.stranger_settings` gives
            them.
        store: where they are read.
        writes: where changes go.
        new_id: makes the id of who is filed at that time.
    """

    def __init__(
        self,
        settings: Strangers,
        store: StrangerStore,
        writes: StrangerWrites,
        new_id: Callable[[int], str] = new_stranger_id,
    ) -> None:
        self._settings, self._store, self._writes, self._new_id = settings, store, writes, new_id
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._kept = KeptStrangers(store)
        self._gallery: Optional[Gallery] = None
        self._unfiled: UnfiledFaces[StrangerPicture] = UnfiledFaces(1)
        self._model: Optional[Tuple[str, int, float]] = None
        self._embedder, self._pass_cosine = "", 1.0
        self._reading = asyncio.Lock()
        self._left_meanwhile: Set[str] = set()
        self._task: Optional[asyncio.Task[None]] = None
        self._other_embedder = 0
        self._filed_by: OrderedDict[Tuple[str, int], str] = OrderedDict()
        self._registered = self._improved = self._merged = 0
        self._taken_back = self._evicted = self._refused = 0

    @property
    def active(self) -> bool:
        """Whether pictures are looked up here now."""
        return self._settings.enabled and self._gallery is not None

    def apply(self, settings: Strangers) -> None:
        """Go by new settings; switched on, it is read from the store and answers a moment later."""
        self._settings = settings
        if self.active:
            self._shrink()
        elif settings.enabled and self._model is not None:
            self._task = asyncio.get_running_loop().create_task(self._read_in(), name="strangers")

    async def use(self, embedder: str, dim: int, pass_cosine: float) -> None:
        """Compare vectors of this model from now on; an error of the store leaves the library out."""
        self._model = (embedder, dim, pass_cosine)
        self._filed_by.clear()  # vision has begun anew, and with it the numbers of tracks
        await self._read_in()

    async def find(self, embedding: bytes, embedder: str) -> Tuple[Near, ...]:
        """Return the filed strangers whose score passes, the nearest first, at most two. Changes nothing."""
        gallery = self._gallery
        if gallery is None or not self.active or embedder != self._embedder:
            return ()
        try:
            row = unit_row(embedding, gallery.dim)
        except BadInput:
            return ()
        if len(gallery) <= INLINE_ROWS:
            hits = gallery.top_k(row, 2)
        else:
            hits = await asyncio.get_running_loop().run_in_executor(None, gallery.top_k, row, 2)
        scores = [Near(hit.face_id, score_pct(hit.cosine, self._pass_cosine)) for hit in hits]
        return tuple(near for near in scores if near.score_pct > self._settings.pass_pct)

    def who(self, near: Sequence[Near], nobody: Match) -> Match:
        """Return the nearest of ``near``, or ``nobody``. Changes nothing."""
        known = [each for each in near if each.stranger_id in self._entries]
        return Match(self._kept.get(known[0].stranger_id), known[0].score_pct) if known else nobody

    def learn(self, shot: Shot, near: Sequence[Near], nobody: Match, rank: float, worth_filing: bool) -> Lookup:
        """Return who is on a picture, and let the library grow by it.

        Args:
            shot: a picture that no registered person is near to.
            near: what :meth:`find` said of it.
            nobody: the gallery's answer, for an unknown person and for one who is filed now.
            rank: how good the picture is.
            worth_filing: whether somebody may be filed by it.
        """
        if not self.active or not self._is_comparable(shot):
            return Lookup(nobody)
        known = [each for each in near if each.stranger_id in self._entries]  # merged or gone since the search
        if not known:
            return self._unknown(shot, nobody, rank, worth_filing)
        stranger_id, former_id, margin = known[0].stranger_id, "", CLEARLY_BETTER
        if len(known) > 1 and worth_filing and self._writes.has_room():
            stranger_id, former_id = sorted((each.stranger_id for each in known), key=self._age)
            self._merge(former_id, stranger_id)
            margin = 0.0
        self._touch(stranger_id, shot.captured_ms)
        action = PostAction.NOTHING
        if worth_filing and rank >= self._entries[stranger_id].rank + margin and self._writes.has_room():
            self._improve(stranger_id, _picture(shot, rank))
            action = PostAction.NEW_PHOTO
        identity = self._kept.get(stranger_id)
        renamed = Renamed(former_id, identity) if former_id else None
        return Lookup(Match(identity, known[0].score_pct), action, renamed)

    def matched(self, shot: Shot, identity_id: str) -> None:
        """Take back whom this very track filed, if anybody: it shows a registered person, as the gallery says."""
        stranger_id = self._filed_by.pop((shot.device_id, shot.track_id), "")
        if stranger_id in self._entries and self.active and self._writes.has_room():
            self.forget(stranger_id)
            self._writes.put(Merged(stranger_id, identity_id))
            self._taken_back += 1

    def visited(self, stranger_id: str, out_ms: int) -> None:
        """Count a visit that has ended."""
        entry = self._entries.get(stranger_id)
        if entry is not None and self.active:
            self._entries[stranger_id] = replace(entry, visits=entry.visits + 1)
            self._touch(stranger_id, out_ms)

    async def written(self) -> None:
        """Wait until all that was decided is on the disk.

        Raises:
            Unavailable: the disk refuses, or is too slow.
        """
        loop = asyncio.get_running_loop()
        if not await loop.run_in_executor(None, self._writes.flush, WRITTEN_S):
            raise Unavailable("the strangers cannot be written to the disk now")

    async def list(self, limit: int, offset: int) -> List[StrangerRow]:
        """Strangers in order of filing, at most 500 at once, as the disk has them; also while it is off."""
        await asyncio.get_running_loop().run_in_executor(None, self._writes.flush, LISTED_S)
        return self._store.list(limit, offset)

    async def seen_last(self, limit: int, offset: int) -> List[StrangerRow]:
        """The same, who was seen last first; while it is off or read as :meth:`list`."""
        if not self.active:
            return await self.list(limit, offset)
        wanted = list(islice(reversed(self._entries), offset, offset + min(limit, LISTED_ROWS)))
        await asyncio.get_running_loop().run_in_executor(None, self._writes.flush, LISTED_S)
        return self._store.rows_of(wanted)

    def count(self) -> int:
        """How many are filed; also while it is off."""
        return len(self._entries) if self.active else self._store.count()

    async def remove(self, stranger_id: str) -> None:
        """Let a stranger go as one who was not seen for longest: events keep the id, and nobody gets it again.

        Raises:
            WrongState: they are registered as a person already.
            NotFound: no stranger has or had the id.
            Unavailable: the disk refuses, or is behind.
        """
        now, _picture = await self.filed(stranger_id)
        if not self._writes.has_room():
            raise Unavailable("the disk is behind: try again")
        self._writes.put(Gone((now,)))
        self.forget(now)
        await self.written()

    async def filed(self, stranger_id: str) -> Tuple[str, StrangerPicture]:
        """Return what the store's :meth:`~StrangerStore.filed` says, once all that was decided is on the disk.

        Raises:
            Unavailable: the disk refuses.
        """
        await self.written()
        return self._store.filed(stranger_id)

    async def erase(self, identity_id: str) -> Tuple[str, ...]:
        """Forget a stranger with every former id; arguments, answer and errors as of the store's.

        Raises:
            Unavailable: the disk refuses.
        """
        await self.written()
        gone = self._store.erase(identity_id)
        for stranger_id in gone:
            self.forget(stranger_id)
        return gone

    async def empty(self, erase: Callable[[], None]) -> None:
        """Know nobody any more; ``erase`` removes everybody from the store, in a thread.

        Raises:
            Unavailable: the disk refuses; who is left in the store is known again.
        """
        async with self._reading:
            self._gallery = None  # nobody is filed meanwhile
            try:
                await self.written()
                await asyncio.get_running_loop().run_in_executor(None, erase)
            finally:
                self._entries.clear()
                self._kept.clear()
                self._filed_by.clear()
                self._other_embedder = 0
        await self._read_in()

    def forget(self, stranger_id: str) -> None:
        """Know somebody no more who has left the store."""
        if self._reading.locked():
            self._left_meanwhile.add(stranger_id)
        entry = self._entries.pop(stranger_id, None)
        self._kept.drop(stranger_id)
        if entry is None:
            return
        if not entry.comparable:
            self._other_embedder -= 1
        elif self._gallery is not None:
            self._gallery.remove(stranger_id)

    def stats(self) -> StrangerStats:
        """Levels and counters of this moment."""
        writes = self._writes.stats()
        return StrangerStats(
            filed=len(self._entries),
            capacity=self._settings.capacity,
            other_embedder=self._other_embedder,
            unfiled=len(self._unfiled),
            registered=self._registered,
            improved=self._improved,
            merged=self._merged,
            taken_back=self._taken_back,
            evicted=self._evicted,
            refused_by_quality=self._refused,
            writes_waiting=writes.waiting,
            writes_dropped=writes.dropped,
            write_failures=writes.failures,
            writes_failing=writes.failing,
        )

    def _unknown(self, shot: Shot, nobody: Match, rank: float, worth_filing: bool) -> Lookup:
        if not worth_filing:
            self._refused += 1
            return Lookup(nobody)
        face = self._unfiled.add(self._row(shot.embedding), _picture(shot, rank), rank, self._pass_cosine)
        if face.pictures < self._settings.min_shots or not self._writes.has_room():
            return Lookup(nobody)
        self._unfiled.drop(face.key)
        stranger_id = self._file(face.picture, shot.captured_ms)
        if shot.track_id:  # a pushed picture has none
            self._filed_by[shot.device_id, shot.track_id] = stranger_id
            if len(self._filed_by) > KEPT_TRACKS:
                self._filed_by.popitem(last=False)
        return Lookup(Match(self._kept.get(stranger_id), nobody.score_pct), PostAction.NEW_STRANGER)

    def _file(self, picture: StrangerPicture, at_ms: int) -> str:
        assert self._gallery is not None
        stranger_id = self._new_id(at_ms)
        while stranger_id in self._entries:
            stranger_id = self._new_id(at_ms)
        evicted = self._evict(len(self._entries) + 1 - self._settings.capacity)
        self._gallery.put(stranger_id, self._row(picture.embedding))
        self._entries[stranger_id] = _Entry(at_ms, at_ms, 0, picture.rank, comparable=True)
        self._kept.put(stranger_id, picture)
        self._writes.put(Filed(stranger_id, at_ms, picture, evicted))
        self._registered += 1
        return stranger_id

    def _improve(self, stranger_id: str, picture: StrangerPicture) -> None:
        assert self._gallery is not None
        self._gallery.put(stranger_id, self._row(picture.embedding))
        self._entries[stranger_id] = replace(self._entries[stranger_id], rank=picture.rank)
        self._kept.put(stranger_id, picture)
        self._writes.put(Improved(stranger_id, picture))
        self._improved += 1

    def _merge(self, former_id: str, stranger_id: str) -> None:
        former, kept = self._entries[former_id], self._entries[stranger_id]
        self.forget(former_id)
        self._entries[stranger_id] = replace(kept, visits=kept.visits + former.visits)
        self._touch(stranger_id, former.last_ms)
        self._writes.put(Merged(former_id, stranger_id))
        self._merged += 1

    def _shrink(self) -> None:
        """Let go who is over the bound; without room for it the next filing does."""
        surplus = len(self._entries) - self._settings.capacity
        if surplus > 0 and self._writes.has_room():
            self._writes.put(Gone(self._evict(surplus)))

    def _evict(self, count: int) -> Tuple[str, ...]:
        gone: List[str] = []
        while len(gone) < count:
            gone.append(next(iter(self._entries)))
            self.forget(gone[-1])
        self._evicted += len(gone)
        return tuple(gone)

    def _touch(self, stranger_id: str, at_ms: int) -> None:
        entry = self._entries[stranger_id]
        entry = self._entries[stranger_id] = replace(entry, last_ms=max(entry.last_ms, at_ms))
        self._entries.move_to_end(stranger_id)
        self._writes.seen(stranger_id, Seen(entry.last_ms, entry.visits))

    def _age(self, stranger_id: str) -> Tuple[int, str]:
        return self._entries[stranger_id].first_ms, stranger_id

    def _is_comparable(self, shot: Shot) -> bool:
        try:
            self._row(shot.embedding)
        except BadInput:
            return False
        return shot.embedder == self._embedder

    def _row(self, embedding: bytes) -> FloatArray:
        assert self._gallery is not None
        return unit_row(embedding, self._gallery.dim)

    async def _read_in(self) -> None:
        """Read the store unless the library is off or holds what is there for this model."""
        async with self._reading:
            if self._model is None or not self._settings.enabled:
                return
            embedder, dim, self._pass_cosine = self._model
            if self._gallery is not None and (embedder, dim) == (self._embedder, self._gallery.dim):
                return
            self._gallery = None  # nobody is known, and nobody filed, until all are read
            self._left_meanwhile.clear()
            try:
                await self.written()
                read = await asyncio.get_running_loop().run_in_executor(None, self._read, embedder, dim)
            except (StoreError, Unavailable) as error:
                log.error("strangers_not_read", reason=str(error))
                return
            self._gallery, self._entries, self._other_embedder = read
            self._kept.clear()
            self._unfiled, self._embedder = UnfiledFaces(dim), embedder
            for stranger_id in tuple(self._left_meanwhile):  # may have been read before that
                self.forget(stranger_id)
            log.info("strangers_read", filed=len(self._entries), other_embedder=self._other_embedder)
            self._shrink()

    def _read(self, embedder: str, dim: int) -> Tuple[Gallery, "OrderedDict[str, _Entry]", int]:
        """What the store holds for this model, who was seen longest ago first, and how many are of others."""
        gallery, entries, others = Gallery(dim), [], 0
        for row, embedding in self._store.vectors():
            comparable = row.embedder == embedder
            if comparable:
                try:
                    gallery.put(row.stranger_id, unit_row(embedding, dim))
                except BadInput:
                    comparable = False
            others += not comparable
            entries.append((row.stranger_id, _Entry(row.first_ms, row.last_ms, row.visits, row.rank, comparable)))
        return gallery, OrderedDict(sorted(entries, key=lambda item: (item[1].last_ms, item[0]))), others


def _picture(shot: Shot, rank: float) -> StrangerPicture:
    return StrangerPicture(uuid.uuid4().hex, shot.face_jpeg, shot.embedding, shot.embedder, rank)
