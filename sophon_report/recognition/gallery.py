"""The registered faces in memory, and which of them are nearest to a new one.

The answer is exact: ``native/src/gallery.cpp`` opens with the proof that its int8 first pass leaves out no row
that could be in it. Rows are unit vectors, so a dot product is a cosine.

A search releases the interpreter while it runs but holds the lock, so searches and changes take turns and what is
read is never half written. New rows are coded before a change takes that lock, into memory that no search looks
at: a search waits for a change some ten microseconds, a change for a search a few milliseconds. Changes wait for
each other at a lock of their own.

Bound: ``max_rows`` faces. When full, ``put`` of a new face is refused and counted in ``stats().refused``; nobody
who is registered is ever dropped.
"""

import math
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any, Dict, FrozenSet, Iterable, List, Optional, Sequence

import numpy as np

from sophon_report._native import ffi, lib
from sophon_report.errors import BadInput, GalleryFull, NotFound
from sophon_report.model import FloatArray

SLICE_ROWS = 64
"""Faces that begin to count under one hold of the lock: some ten microseconds."""
KEPT_SEARCHES = 256
"""Groups, or sets of groups, that are searched in turn; a device has one."""

_MAX_DIM = 4096
_NO_MEMORY = "no memory for the gallery"
_LENGTH_TOLERANCE = 1e-3
"""How far from 1 a vector's length may be; float32 rounding stays a thousand times below."""


@dataclass(frozen=True)
class Hit:
    """A registered face and its cosine with the query."""

    face_id: str
    cosine: float


@dataclass(frozen=True)
class GalleryStats:
    """Counters since the gallery was made."""

    rows: int
    max_rows: int
    refused: int
    """New faces turned away because the gallery was full."""
    searches: int
    computed: int
    """Rows whose cosine the first pass could not rule out, over all searches."""


class Gallery:
    """Exact cosine search over the faces of one embedding model.

    Args:
        dim: length of the model's vectors.
        max_rows: most faces it holds. Each takes 5 bytes a dimension and 20 more.
    """

    def __init__(self, dim: int, max_rows: int = 1_000_000) -> None:
        if not 1 <= dim <= _MAX_DIM:
            raise BadInput(f"vectors have 1 to {_MAX_DIM} dimensions, not {dim}")
        native = lib.sr_gallery_new(dim)
        if native == ffi.NULL:
            raise MemoryError(_NO_MEMORY)
        self.dim = dim
        self.max_rows = max_rows
        self._writing = threading.Lock()
        """Held by whoever changes anything, before :attr:`_lock`."""
        self._lock = threading.Lock()
        self._native = ffi.gc(native, lib.sr_gallery_free)
        self._face_ids: List[str] = []
        self._set_of: List[int] = []
        self._row_of: Dict[str, int] = {}
        self._group_sets = _GroupSets()
        self._next_rank = 0
        self._refused = self._searches = self._computed = 0

    def __len__(self) -> int:
        return len(self._face_ids)

    def put(self, face_id: str, row: FloatArray, groups: Iterable[str] = ()) -> None:
        """Register a face, or replace the one of that id.

        Args:
            face_id: the caller's key.
            row: ``(dim,)`` float32 of unit length.
            groups: the permission groups whose searches may find it.

        Raises:
            BadInput: the row is of another length or dimension, or not finite.
            GalleryFull: it is a new face and there is no room.
            MemoryError: nothing was changed.
        """
        checked = self._checked(row, "row")
        self._put_checked([face_id], checked[np.newaxis], [frozenset(groups)])

    def put_many(self, face_ids: Sequence[str], rows: FloatArray, groups: Sequence[Iterable[str]]) -> None:
        """Register many faces while others search; they count from :data:`SLICE_ROWS` to :data:`SLICE_ROWS`.

        Args:
            face_ids: the caller's keys, each once; a face that is there already is replaced.
            rows: ``(N, dim)`` float32 of unit length.
            groups: for each the permission groups whose searches may find it.

        Raises:
            BadInput: a row is not of unit length, or not all are of the gallery's dimension; nothing was changed.
            GalleryFull: there is no room for all; those before are registered.
            MemoryError: nothing was changed.
        """
        self._put_checked(face_ids, self._checked_many(rows, len(face_ids)), [frozenset(one) for one in groups])

    def regroup(self, face_id: str, groups: Iterable[str]) -> None:
        """Let the searches of other permission groups find a face.

        Raises:
            NotFound: no face has that id.
        """
        with self._writing, self._lock:
            row = self._row_of.get(face_id)
            if row is None:
                raise NotFound(f"the gallery has no face {face_id}")
            group_set = self._group_sets.take(frozenset(groups))
            _check(lib.sr_gallery_regroup(self._native, row, group_set))
            self._group_sets.give_back(self._set_of[row])
            self._set_of[row] = group_set

    def drop_group(self, group: str) -> None:
        """No face is in this group any more: at once, however many were."""
        with self._writing, self._lock:
            self._group_sets.drop(group)

    def remove(self, face_id: str) -> None:
        """Forget a face; the last row moves into its place.

        Raises:
            NotFound: no face has that id.
        """
        with self._writing, self._lock:
            row = self._row_of.pop(face_id, None)
            if row is None:
                raise NotFound(f"the gallery has no face {face_id}")
            _check(lib.sr_gallery_remove(self._native, row))
            self._group_sets.give_back(self._set_of[row])
            last_id, last_set = self._face_ids.pop(), self._set_of.pop()
            if last_id != face_id:
                self._face_ids[row], self._set_of[row] = last_id, last_set
                self._row_of[last_id] = row

    def top_k(
        self,
        query: FloatArray,
        k: int = 1,
        groups: Optional[Iterable[str]] = None,
        threads: int = 1,
        *,
        exhaustive: bool = False,
    ) -> List[Hit]:
        """Return the ``k`` nearest faces, nearest first; of equal cosines the face registered first comes first.

        Args:
            query: ``(dim,)`` float32 of unit length.
            k: most hits wanted, at least 1; fewer come when fewer are permitted.
            groups: only faces that are in one of these groups; ``None`` searches all.
            threads: how many to search with; large galleries only gain.
            exhaustive: compute every cosine. The answer is the same; benches and tests compare with it.

        Raises:
            BadInput: the query is of another length or dimension, or not finite.
        """
        vector = ffi.from_buffer("float[]", self._checked(query, "query"))
        with self._lock:
            return self._nearest(vector, k, groups, threads, exhaustive)

    def stats(self) -> GalleryStats:
        """Return the counters."""
        with self._lock:
            return GalleryStats(len(self), self.max_rows, self._refused, self._searches, self._computed)

    def _nearest(
        self, vector: Any, k: int, groups: Optional[Iterable[str]], threads: int, exhaustive: bool
    ) -> List[Hit]:
        if groups is None:
            return self._search(vector, k, ffi.NULL, 0, threads, exhaustive)
        permitted = self._group_sets.permitted(frozenset(groups))
        with ffi.from_buffer("uint8_t[]", permitted) as bytes_of:  # let go at once: it must be able to grow
            return self._search(vector, k, bytes_of, len(permitted), threads, exhaustive)

    def _search(
        self, vector: Any, k: int, group_sets: Any, set_count: int, threads: int, exhaustive: bool
    ) -> List[Hit]:
        room = max(1, min(k, len(self)))
        wanted = ffi.new(
            "sr_gallery_query *",
            {
                "vector": vector,
                "group_sets": group_sets,
                "group_set_count": set_count,
                "k": room,
                "threads": threads,
                "exhaustive": exhaustive,
            },
        )
        hits, computed = ffi.new("sr_gallery_hit[]", room), ffi.new("uint64_t *")
        count = _check(lib.sr_gallery_search(self._native, wanted, hits, computed))
        self._searches += 1
        self._computed += computed[0]
        return [Hit(self._face_ids[hits[i].row], hits[i].cosine) for i in range(count)]

    def _put_checked(self, face_ids: Sequence[str], rows: FloatArray, groups: Sequence[FrozenSet[str]]) -> None:
        with self._writing:
            with self._lock:
                _check(lib.sr_gallery_reserve(self._native, len(face_ids)))
            for start in range(0, len(face_ids), SLICE_ROWS):
                end = start + SLICE_ROWS
                self._put_slice(face_ids[start:end], rows[start:end], groups[start:end])

    def _put_slice(self, face_ids: Sequence[str], rows: FloatArray, groups: Sequence[FrozenSet[str]]) -> None:
        """Replace those that are there, append the others together."""
        new = [at for at, face_id in enumerate(face_ids) if face_id not in self._row_of]
        if len(self) + len(new) > self.max_rows:
            self._refused += len(new)
            raise GalleryFull(f"the gallery is full: it holds {self.max_rows} faces, remove some first")
        if len(new) < len(face_ids):
            for at in sorted(set(range(len(face_ids))) - set(new)):
                self._replace(self._row_of[face_ids[at]], rows[at : at + 1], groups[at])
            rows = np.ascontiguousarray(rows[new])
        self._append([face_ids[at] for at in new], rows, [groups[at] for at in new])

    def _append(self, face_ids: Sequence[str], rows: FloatArray, groups: Sequence[FrozenSet[str]]) -> None:
        self._stage(rows)
        with self._lock:
            taken = [self._group_sets.take(one) for one in groups]
            _check(lib.sr_gallery_append_staged(self._native, len(taken), self._next_rank, taken))
            self._next_rank += len(taken)
            self._row_of.update(zip(face_ids, range(len(self), len(self) + len(taken))))
            self._face_ids.extend(face_ids)
            self._set_of.extend(taken)

    def _replace(self, number: int, row: FloatArray, groups: FrozenSet[str]) -> None:
        self._stage(row)
        with self._lock:
            group_set = self._group_sets.take(groups)
            _check(lib.sr_gallery_replace_staged(self._native, number, group_set))
            self._group_sets.give_back(self._set_of[number])
            self._set_of[number] = group_set

    def _stage(self, rows: FloatArray) -> None:
        """Code rows behind the last one, while others search: there is room, which the lock was held for."""
        _check(lib.sr_gallery_stage(self._native, ffi.from_buffer("float[]", rows), len(rows)))

    def _checked(self, vector: FloatArray, what: str) -> FloatArray:
        if vector.shape != (self.dim,) or vector.dtype != np.float32:
            raise BadInput(f"a {what} is ({self.dim},) float32, got {vector.shape} {vector.dtype}")
        length = math.sqrt(float(np.dot(vector, vector)))
        if not abs(length - 1) <= _LENGTH_TOLERANCE:  # NaN and infinity as well
            raise BadInput(f"a {what} has unit length, got {length}")
        return np.ascontiguousarray(vector)

    def _checked_many(self, rows: FloatArray, count: int) -> FloatArray:
        if rows.shape != (count, self.dim) or rows.dtype != np.float32:
            raise BadInput(f"rows are ({count}, {self.dim}) float32, got {rows.shape} {rows.dtype}")
        with np.errstate(invalid="ignore", over="ignore"):
            lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows))
            good = np.abs(lengths - 1) <= _LENGTH_TOLERANCE
        if not good.all():
            raise BadInput(f"a row has unit length, got {lengths[np.argmin(good)]}")
        return np.ascontiguousarray(rows)


class _GroupSets:
    """Numbers for the distinct sets of groups that rows have, so that a search tests one byte a row.

    Many rows share few sets. A number is free again when its last row has gone, so there are never more than rows.
    Which numbers a search may find is kept for the :data:`KEPT_SEARCHES` groups that were asked for last, the one
    asked for longest ago goes first: a byte a number, and where each person has groups of their own there are as
    many numbers as people.
    """

    def __init__(self) -> None:
        self._number_of: Dict[FrozenSet[str], int] = {}
        self._sets: List[FrozenSet[str]] = []
        self._rows: List[int] = []
        self._free: List[int] = []
        self._permitted: OrderedDict[FrozenSet[str], bytearray] = OrderedDict()

    def take(self, groups: FrozenSet[str]) -> int:
        """Return the number of a set, held by one row more."""
        number = self._number_of.get(groups)
        if number is None:
            number = self._free.pop() if self._free else len(self._sets)
            if number == len(self._sets):
                self._sets.append(groups)
                self._rows.append(0)
            self._sets[number] = groups
            self._number_of[groups] = number
            self._permit(number, groups)
        self._rows[number] += 1
        return number

    def give_back(self, number: int) -> None:
        """Let one row's hold go."""
        self._rows[number] -= 1
        if self._rows[number] == 0:
            if self._number_of.get(self._sets[number]) == number:
                del self._number_of[self._sets[number]]
            self._free.append(number)

    def drop(self, group: str) -> None:
        """Take a group out of every set. Two numbers may have equal sets after it: only one is given out again."""
        self._permitted.clear()
        for number, groups in enumerate(self._sets):
            if group in groups and self._rows[number]:
                self._number_of.pop(groups, None)
        for number, groups in enumerate(self._sets):
            if group in groups and self._rows[number]:
                self._sets[number] = groups - {group}
                self._number_of.setdefault(self._sets[number], number)

    def permitted(self, wanted: FrozenSet[str]) -> bytearray:
        """Return a byte a number: 1 where the set has a wanted group; it is kept, and grows."""
        kept = self._permitted.get(wanted)
        if kept is None:
            kept = self._permitted[wanted] = bytearray(not groups.isdisjoint(wanted) for groups in self._sets)
            if len(self._permitted) > KEPT_SEARCHES:
                self._permitted.popitem(last=False)
        else:
            self._permitted.move_to_end(wanted)
        return kept

    def _permit(self, number: int, groups: FrozenSet[str]) -> None:
        """A number stands for this set now."""
        for wanted, kept in self._permitted.items():
            if number == len(kept):
                kept.append(0)
            kept[number] = not groups.isdisjoint(wanted)


def _check(code: int) -> int:
    """Return what the native call returned, or raise what it refused."""
    if code == lib.SR_GALLERY_NO_MEMORY:
        raise MemoryError(_NO_MEMORY)
    assert code >= 0, code
    return code
