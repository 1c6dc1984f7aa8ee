"""The tracker once more, slow and plain, to compare the native one with.

Written from what is promised, not from the native code: textbook matrices instead of shared variances, and all
pairings tried instead of augmenting paths.
"""

import functools
import math
from dataclasses import dataclass
from typing import Dict, FrozenSet, List, Sequence, Tuple

import numpy as np

from sophon_report.model import Faces, Track
from sophon_report.tracking.tracker import TrackerParams

PLACE_NOISE, SIZE_NOISE = 0.08, 0.07
ACCELERATION, FIRST_SPEED, SIZE_DRIFT = 3.0, 2.5, 0.01
GATE, NEW_FACE_SURPRISE = 12.0, 20.0

Seen = Tuple[int, float, np.ndarray]
"""Index in the frame, score, measurement (centre x, centre y, log width, log height)."""


@dataclass
class TwinTrack:
    state: np.ndarray
    """x, y, log width, log height, velocity x, velocity y."""
    variance: np.ndarray
    in_ms: int
    out_ms: int
    hits: int = 1
    track_id: int = 0

    @property
    def area(self) -> float:
        return math.exp(self.state[2] + self.state[3])

    @property
    def noise(self) -> np.ndarray:
        return noise_of(self.area)

    def predict(self, seconds: float) -> None:
        transition = np.eye(6)
        transition[0, 4] = transition[1, 5] = seconds
        added = np.zeros((6, 6))
        for place, speed in ((0, 4), (1, 5)):
            added[place, place] = seconds**3 / 3
            added[place, speed] = added[speed, place] = seconds**2 / 2
            added[speed, speed] = seconds
        added *= ACCELERATION * self.area
        added[2, 2] = added[3, 3] = SIZE_DRIFT * seconds
        self.state = transition @ self.state
        self.variance = transition @ self.variance @ transition.T + added

    def update(self, measured: np.ndarray) -> None:
        gain = self.variance[:, :4] @ np.linalg.inv(self.variance[:4, :4] + self.noise)
        self.variance = self.variance - gain @ self.variance[:4]
        self.state = self.state + gain @ (measured - self.state[:4])

    def gain(self, measured: np.ndarray) -> float:
        spread = self.variance[:4, :4] + self.noise
        off = measured - self.state[:4]
        distance = float(off @ np.linalg.inv(spread) @ off)
        doubt = math.log(np.linalg.det(spread) / np.linalg.det(self.noise))
        return max(NEW_FACE_SURPRISE - distance - doubt, 0.0) if distance < GATE else 0.0


def noise_of(area: float) -> np.ndarray:
    return np.diag([PLACE_NOISE**2 * area] * 2 + [SIZE_NOISE**2] * 2)


def new_track(measured: np.ndarray, now_ms: int) -> TwinTrack:
    variance = np.zeros((6, 6))
    area = math.exp(measured[2] + measured[3])
    variance[:4, :4] = noise_of(area)
    variance[4, 4] = variance[5, 5] = FIRST_SPEED**2 * area
    return TwinTrack(np.concatenate([measured, np.zeros(2)]), variance, now_ms, now_ms)


def best_pairing(gains: Sequence[Sequence[float]]) -> Dict[int, int]:
    """Row to column with the largest total gain, by trying every choice of every row."""

    @functools.lru_cache(maxsize=None)
    def best(row: int, free: FrozenSet[int]) -> Tuple[float, Tuple[Tuple[int, int], ...]]:
        if row == len(gains):
            return 0.0, ()
        answers = [best(row + 1, free)]
        for column in free:
            if gains[row][column] > 0:
                total, pairs = best(row + 1, free - {column})
                answers.append((total + gains[row][column], ((row, column), *pairs)))
        return max(answers, key=lambda answer: answer[0])

    columns = len(gains[0]) if gains else 0
    return dict(best(0, frozenset(range(columns)))[1])


class TwinTracker:
    def __init__(self, params: TrackerParams) -> None:
        self.params = params
        self.tracks: List[TwinTrack] = []
        self.next_id = 1
        self.now_ms = -1

    def step(self, told_ms: int, faces: Faces) -> Tuple[List[int], List[int], Tuple[Track, ...]]:
        ended = self.advance(told_ms)
        seen = self.readable(faces)
        sure = [one for one in seen if one[1] >= self.params.high_score]
        unsure = [one for one in seen if one[1] < self.params.high_score]
        known = [track for track in self.tracks if track.track_id]
        tentative = [track for track in self.tracks if not track.track_id]
        found: Dict[int, TwinTrack] = {}
        known, sure = self.associate(known, sure, found)
        self.associate(known, unsure, found)
        _, sure = self.associate(tentative, sure, found)
        for index, _, measured in sorted(sure, key=lambda one: -one[1]):
            found[index] = new_track(measured, self.now_ms)
            self.tracks.append(found[index])
        self.confirm()
        told = [found.get(index) for index in range(len(faces))]
        shown = [
            track if track and track.track_id else TwinTrack(np.zeros(6), np.zeros((6, 6)), 0, 0) for track in told
        ]
        return [track.track_id for track in shown], [track.in_ms for track in shown], ended

    def advance(self, told_ms: int) -> Tuple[Track, ...]:
        passed_ms = told_ms - self.now_ms if self.now_ms >= 0 else 0
        jumped = abs(passed_ms) > self.params.lost_ms
        self.now_ms = told_ms if jumped else max(told_ms, self.now_ms)
        kept, ended = [], []
        for track in self.tracks:
            keep_ms = self.params.lost_ms if track.track_id else self.params.tentative_ms
            over = jumped or self.now_ms - track.out_ms > keep_ms
            (ended if over else kept).append(track)
        self.tracks = kept
        for track in kept:
            track.predict(max(passed_ms, 0) / 1000)
        return tuple(Track(track.track_id, track.in_ms, track.out_ms) for track in ended if track.track_id)

    def readable(self, faces: Faces) -> List[Seen]:
        seen = []
        for index, (box, score) in enumerate(zip(faces.boxes.astype(float), faces.scores.astype(float))):
            x1, y1, x2, y2 = box
            if np.isfinite(box).all() and x2 - x1 >= 1 and y2 - y1 >= 1 and score >= self.params.low_score:
                measured = np.array([(x1 + x2) / 2, (y1 + y2) / 2, math.log(x2 - x1), math.log(y2 - y1)])
                seen.append((index, score, measured))
        return seen

    def associate(
        self, tracks: List[TwinTrack], seen: List[Seen], found: Dict[int, TwinTrack]
    ) -> Tuple[List[TwinTrack], List[Seen]]:
        """Fill ``found`` and return the tracks and faces that are left over."""
        pairing = best_pairing([[track.gain(measured) for _, _, measured in seen] for track in tracks])
        for row, column in pairing.items():
            index, _, measured = seen[column]
            tracks[row].update(measured)
            tracks[row].out_ms = self.now_ms
            tracks[row].hits += 1
            found[index] = tracks[row]
        free_tracks = [track for row, track in enumerate(tracks) if row not in pairing]
        return free_tracks, [one for column, one in enumerate(seen) if column not in pairing.values()]

    def confirm(self) -> None:
        for track in self.tracks:
            if not track.track_id and track.hits >= self.params.min_hits:
                track.track_id, self.next_id = self.next_id, self.next_id + 1
