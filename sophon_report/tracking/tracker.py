"""One camera's faces followed from frame to frame, by the native core.

The promise:

* A face keeps its ``track_id`` through misses and short occlusions, at any frame rate: all that moves or ages
  does so by the time given in, never by the number of frames.
* ``in_ms`` is the first frame a face was seen in, even though its track is told only from its ``min_hits``-th;
  ``out_ms`` is the last frame it was seen in, not when it was given up.
* Ids grow from ``first_id`` and are given when a track is confirmed; what never is confirmed costs no id.
* Time that stands still or runs back by up to ``lost_ms`` counts as no time; a jump of more than ``lost_ms``, to
  either side, ends all tracks, and the frame begins new ones. Times outside 0 to 2^53 are taken as the nearest.
* Boxes that are not finite or have a side under one pixel are passed over. At most :data:`MAX_FACES` faces a frame
  and :data:`MAX_TRACKS` tracks at a time: beyond, the lowest scores are passed over. All three are counted.

Association in the way of ByteTrack (Zhang et al., 2022): tracks choose among the sure faces first, and
those left over among the unsure ones, which keep a half hidden face alive but never begin a track.
"""

from dataclasses import dataclass
from typing import Any, Tuple

import numpy as np
import numpy.typing as npt

from sophon_report._native import ffi, lib
from sophon_report.model import Faces, Track

MAX_TRACKS: int = lib.SR_TRACKER_MAX_TRACKS
MAX_FACES: int = lib.SR_TRACKER_MAX_FACES


@dataclass(frozen=True)
class TrackerParams:
    """What counts as seen and as gone."""

    high_score: float = 0.5
    """From here a face may begin a track. Lower: fainter faces are told, and more that are none."""
    low_score: float = 0.1
    """Below this a face is not looked at; from here it can carry on a track that is there."""
    lost_ms: int = 1500
    """How long a track without a face is kept. Longer: longer occlusions are bridged, more mix-ups."""
    tentative_ms: int = 400
    """The same for a track that is not confirmed yet."""
    min_hits: int = 3
    """Faces that confirm a track. More: fewer false tracks, told later."""

    def __post_init__(self) -> None:
        if not 0.0 <= self.low_score <= self.high_score <= 1.0:
            raise ValueError(f"scores must be 0 <= low <= high <= 1, got {self.low_score} and {self.high_score}")
        if self.lost_ms < 1 or self.tentative_ms < 1 or self.min_hits < 1:
            raise ValueError(f"times and hits must be at least 1, got {self}")


@dataclass(frozen=True)
class Step:
    """What one frame said.

    Attributes:
        track_ids: ``(N,)`` int32, one per face in the order given; 0 where there is no confirmed track.
        in_ms: ``(N,)`` int64, when that track was first seen; 0 where there is none.
        ended: the confirmed tracks that were given up at this frame.
    """

    track_ids: npt.NDArray[np.int32]
    in_ms: npt.NDArray[np.int64]
    ended: Tuple[Track, ...]


@dataclass(frozen=True)
class TrackerStats:
    """What was passed over since the beginning."""

    bad_faces: int
    """Not finite, or a side under one pixel."""
    surplus_faces: int
    """Over :data:`MAX_FACES` in one frame."""
    refused_tracks: int
    """Over :data:`MAX_TRACKS` at one time."""


class Tracker:
    """Follows the faces of one camera. One thread at a time; the GIL is released while it works."""

    def __init__(self, params: TrackerParams = TrackerParams(), first_id: int = 1) -> None:
        if first_id < 1:
            raise ValueError(f"first_id must be at least 1, got {first_id}")
        native = ffi.new("sr_tracker_params *")
        native.high_score, native.low_score = params.high_score, params.low_score
        native.lost_ms, native.tentative_ms = params.lost_ms, params.tentative_ms
        native.min_hits = params.min_hits
        handle = lib.sr_tracker_new(native, first_id)
        if handle == ffi.NULL:
            raise MemoryError("no memory for a tracker")
        self._native = ffi.gc(handle, lib.sr_tracker_free)
        self._tracks = ffi.new("sr_track[]", MAX_TRACKS)

    def step(self, now_ms: int, faces: Faces) -> Step:
        """Return who is who in the frame of ``now_ms``."""
        boxes = np.ascontiguousarray(faces.boxes, np.float32)
        scores = np.ascontiguousarray(faces.scores, np.float32)
        track_ids = np.empty(len(scores), np.int32)
        in_ms = np.empty(len(scores), np.int64)
        count = lib.sr_tracker_step(
            self._native,
            now_ms,
            len(scores),
            ffi.from_buffer("float[]", boxes),
            ffi.from_buffer("float[]", scores),
            ffi.from_buffer("int32_t[]", track_ids),
            ffi.from_buffer("int64_t[]", in_ms),
            self._tracks,
        )
        if count < 0:
            raise MemoryError("no memory to follow faces")
        return Step(track_ids, in_ms, self._told(count))

    def open_tracks(self) -> Tuple[Track, ...]:
        """Return the confirmed tracks, each with ``out_ms`` as known so far."""
        return self._told(lib.sr_tracker_open(self._native, self._tracks))

    def finish(self) -> Tuple[Track, ...]:
        """End all tracks and return the confirmed ones; the next step begins anew, ids going on."""
        return self._told(lib.sr_tracker_finish(self._native, self._tracks))

    def stats(self) -> TrackerStats:
        """Return the counters."""
        counts: Any = lib.sr_tracker_counts(self._native)
        return TrackerStats(counts.bad_faces, counts.surplus_faces, counts.refused_tracks)

    def _told(self, count: int) -> Tuple[Track, ...]:
        return tuple(
            Track(track.track_id, track.in_ms, track.out_ms) for track in (self._tracks[i] for i in range(count))
        )
