"""Tracker: time per step and IDF1 in a crowd of 50, against norfair and supervision's ByteTrack.

The crowd is synthetic, so the truth is known: people walk, stop and turn at up to five face widths a second, hide
behind each other and behind two pillars, look away (low scores), and are now and then missed or seen where nobody
is. Truth are the faces of which at least 30 % can be seen, found or not.

Each tracker gets the same pictures, frame by frame in turns, in its own types, which are made outside the time
measured. IDF1 is motmetrics' own at IoU 0.5, of the boxes a tracker gave an id to. Settings of the peers are the
best of a search at each frame rate (see PEERS), ours the defaults at every rate; both were found on films of seeds
that are not measured here.

When there is more to look at than time, faces are looked for in every n-th frame of a camera only, and the
tracker foretells where they are in the next one. What that costs is the IDF1 of the frames looked at, ours alone,
each film shown n times, beginning with another frame.
"""

import statistics
import time
from dataclasses import dataclass
from typing import Any, Callable, Dict, List, Tuple

import motmetrics
import norfair
import numpy as np
import supervision

from sophon_report.model import Faces
from sophon_report.tracking.tracker import Tracker

WIDTH, HEIGHT, PEOPLE = 1920, 1080, 50
SIMULATION_HZ = 60
SIZES_PX = (26.0, 80.0)
PILLARS = np.array([(520.0, 0.0, 580.0, HEIGHT), (1300.0, 0.0, 1370.0, HEIGHT)])
PICTURE = np.array([(0.0, 0.0, WIDTH, HEIGHT)])
LEAST_VISIBLE = 0.3
SEEDS, SECONDS, MAIN_RATE, OTHER_RATES = (1, 2, 3), 16.0, 25, (10, 5)
EVERY_NTH = (1, 2, 3, 4, 6, 8)

PEERS: Dict[Tuple[str, int], Dict[str, Any]] = {
    ("supervision ByteTrack", 25): {"score": 0.3, "distance": 0.999, "lost_s": 1.5, "hits": 1},
    ("supervision ByteTrack", 10): {"score": 0.25, "distance": 0.99, "lost_s": 1.5, "hits": 2},
    ("supervision ByteTrack", 5): {"score": 0.3, "distance": 0.999, "lost_s": 1.5, "hits": 1},
    ("norfair", 25): {"score": 0.4, "by": "iou", "distance": 0.97, "lost_s": 2, "hits": 2, "R": 4, "Q": 0.1},
    ("norfair", 10): {
        "score": 0.3,
        "by": "euclidean",
        "distance": 100,
        "lost_s": 1.5,
        "hits": 2,
        "R": 1,
        "Q": 0.1,
    },
    ("norfair", 5): {"score": 0.3, "by": "euclidean", "distance": 100, "lost_s": 1.5, "hits": 2, "R": 4, "Q": 1},
}
"""The best by IDF1 of about 60 settings of ByteTrack and 90 of norfair: scores from which a face counts, largest
distance (1 - IoU, or pixels over all four numbers), how long a lost track is kept, faces that confirm one."""


@dataclass(frozen=True)
class Picture:
    """One frame: what a detector says and what is true."""

    now_ms: int
    faces: Faces
    truth_ids: np.ndarray
    truth_boxes: np.ndarray


class Crowd:
    """People on the move; who leaves the picture is replaced by somebody new."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.clock_s, self.next_id = 0.0, PEOPLE
        self.ids = np.arange(PEOPLE)
        self.size = np.exp(self.rng.uniform(*np.log(SIZES_PX), PEOPLE))
        self.x = self.rng.uniform(0, WIDTH, PEOPLE)
        self.lane = self.rng.normal(0, 90, PEOPLE)
        self.drift = np.zeros(PEOPLE)
        self.wish, self.velocity = np.zeros((PEOPLE, 2)), np.zeros((PEOPLE, 2))
        self.growth = np.zeros(PEOPLE)
        self.stride = self.rng.uniform(0, 2 * np.pi, PEOPLE)
        self.turned = np.zeros(PEOPLE, bool)
        self._change_mind(np.ones(PEOPLE, bool))

    def _change_mind(self, who: np.ndarray) -> None:
        """Walk another way, or stop; come nearer or go away."""
        count = int(who.sum())
        speed = self.rng.uniform(-5, 5, count) * (self.rng.random(count) > 0.25)
        self.wish[who] = np.stack([speed, self.rng.normal(0, 0.3, count)], 1)
        self.growth[who] = self.rng.normal(0, 0.08, count)

    def advance(self) -> None:
        """Let 1 / SIMULATION_HZ seconds pass. Speeds are in sizes of the face."""
        dt = 1.0 / SIMULATION_HZ
        self.clock_s += dt
        self._change_mind(self.rng.random(PEOPLE) < dt / 3.0)
        sway = self.rng.normal(0, np.sqrt(dt), (PEOPLE, 2)) * [2.0, 0.6]
        self.velocity += (self.wish - self.velocity) * dt / 0.5 + sway
        self.x += self.velocity[:, 0] * self.size * dt
        self.drift = self.drift * (1 - dt / 4) + self.velocity[:, 1] * self.size * dt
        self.size = np.clip(self.size * np.exp(self.growth * dt), 24, 90)
        chance = self.rng.random(PEOPLE)
        self.turned = np.where(self.turned, chance > dt / 0.4, chance < dt / 6.0)
        self._replace((self.x < -self.size) | (self.x > WIDTH + self.size))

    def _replace(self, gone: np.ndarray) -> None:
        count = int(gone.sum())
        self.ids[gone] = np.arange(self.next_id, self.next_id + count)
        self.next_id += count
        side = self.rng.choice([-1.0, 1.0], count)
        self.size[gone] = np.exp(self.rng.uniform(*np.log(SIZES_PX), count))
        self.x[gone] = np.where(side > 0, -0.5 * self.size[gone], WIDTH + 0.5 * self.size[gone])
        self.lane[gone] = self.rng.normal(0, 90, count)
        self._change_mind(gone)
        self.wish[gone, 0] = side * self.rng.uniform(1, 5, count)
        self.velocity[gone] = self.wish[gone]

    def boxes(self) -> np.ndarray:
        """Where the faces are: nearer ones lower in the picture, walking ones bobbing."""
        bob = 0.12 * np.sin(self.stride + self.clock_s * 2 * np.pi * 1.8) * (np.abs(self.velocity[:, 0]) > 0.5)
        y = 200 + (self.size - 24) / 66 * 650 + self.lane + self.drift + bob * self.size
        centre, half = np.stack([self.x, y], 1), np.stack([self.size / 2, self.size * 0.62], 1)
        return np.concatenate([centre - half, centre + half], 1)

    def visible(self, boxes: np.ndarray) -> np.ndarray:
        """Part of each face that neither a nearer head, a nearer body, a pillar nor the picture's edge hides."""
        low, high = boxes[:, :2], boxes[:, 2:]
        width, height = (high - low).T
        bodies = np.stack(
            [low[:, 0] - width / 2, high[:, 1], high[:, 0] + width / 2, high[:, 1] + 1.5 * height], 1
        )
        nearer = self.size[None, :] > self.size[:, None]
        people = (nearer * (shared_area(boxes, boxes) + shared_area(boxes, bodies))).sum(1)
        outside = width * height - shared_area(boxes, PICTURE)[:, 0]
        hidden = people + shared_area(boxes, PILLARS).sum(1) + outside
        return np.clip(1 - hidden / (width * height), 0, 1)

    def picture(self) -> Picture:
        """What a detector finds now, and what is there."""
        rng, boxes = self.rng, self.boxes()
        visible = self.visible(boxes)
        true = visible >= LEAST_VISIBLE
        score = 0.95 * visible**0.6 - 0.4 * self.turned + rng.normal(0, 0.06, PEOPLE)
        seen = true & (score > 0.1) & (rng.random(PEOPLE) < 0.5 + 0.48 * visible - 0.1 * self.turned)
        blur = (1 + 1.5 * (1 - visible))[:, None] * self.size[:, None]
        found = boxes + (rng.normal(0, 0.03, (PEOPLE, 4)) + np.tile(rng.normal(0, 0.02, (PEOPLE, 2)), 2)) * blur
        ghosts, ghost_scores = self._ghosts()
        faces = shuffled(
            rng, np.concatenate([found[seen], ghosts]), np.concatenate([np.clip(score[seen], 0, 1), ghost_scores])
        )
        return Picture(1_700_000_000_000 + round(self.clock_s * 1000), faces, self.ids[true], boxes[true])

    def _ghosts(self) -> Tuple[np.ndarray, np.ndarray]:
        count = self.rng.poisson(1.5)
        corner = self.rng.uniform(0, 1, (count, 2)) * [WIDTH, HEIGHT]
        side = self.rng.uniform(24, 90, (count, 1)) * [1, 1.24]
        return np.concatenate([corner, corner + side], 1), self.rng.beta(2, 4, count)


def shared_area(ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    """Shared area of each of N boxes with each of M, ``(N, M)``."""
    low = np.maximum(ours[:, None, :2], theirs[None, :, :2])
    high = np.minimum(ours[:, None, 2:], theirs[None, :, 2:])
    return np.clip(high - low, 0, None).prod(2)


def shuffled(rng: np.random.Generator, boxes: np.ndarray, scores: np.ndarray) -> Faces:
    """The faces in no order that could tell who is who."""
    order = rng.permutation(len(scores))
    landmarks = np.zeros((len(order), 5, 2), np.float32)
    return Faces(boxes[order].astype(np.float32), landmarks, scores[order].astype(np.float32))


def film(seed: int, frame_rate: float, seconds: float = SECONDS) -> List[Picture]:
    """Pictures at ``frame_rate``, each up to a tenth of an interval early or late."""
    crowd, jitter, pictures = Crowd(seed), np.random.default_rng(seed + 1000), []
    due_s = 1.0 / frame_rate
    while crowd.clock_s < seconds:
        crowd.advance()
        if crowd.clock_s >= due_s:
            pictures.append(crowd.picture())
            due_s = (len(pictures) + 1 + jitter.uniform(-0.1, 0.1)) / frame_rate
    return pictures


@dataclass(frozen=True)
class Contestant:
    """A tracker: its own types are made by ``prepare``, ``step`` is timed, ``read`` gives ids and boxes."""

    prepare: Callable[[Picture], Any]
    step: Callable[[Any], Any]
    read: Callable[[Any, Picture], Tuple[Any, np.ndarray]]


def make_ours(_frame_rate: int) -> Contestant:
    """Ours, with its defaults."""
    tracker = Tracker()

    def read(step: Any, picture: Picture) -> Tuple[Any, np.ndarray]:
        told = step.track_ids > 0
        return step.track_ids[told], picture.faces.boxes[told]

    return Contestant(lambda picture: picture, lambda picture: tracker.step(picture.now_ms, picture.faces), read)


def make_byte_track(frame_rate: int) -> Contestant:
    """The peer that takes all faces and has two stages."""
    chosen = PEERS["supervision ByteTrack", frame_rate]
    tracker = supervision.ByteTrack(
        track_activation_threshold=chosen["score"],
        minimum_matching_threshold=chosen["distance"],
        lost_track_buffer=round(30 * chosen["lost_s"]),
        minimum_consecutive_frames=chosen["hits"],
        frame_rate=frame_rate,
    )

    def prepare(picture: Picture) -> Any:
        faces = picture.faces
        return supervision.Detections(faces.boxes, confidence=faces.scores, class_id=np.zeros(len(faces), int))

    def read(found: Any, _picture: Picture) -> Tuple[Any, np.ndarray]:
        return found.tracker_id, found.xyxy.reshape(-1, 4)

    return Contestant(prepare, tracker.update_with_detections, read)


def make_norfair(frame_rate: int) -> Contestant:
    """The peer that takes sure faces only; what it foretells without a face is not counted against it."""
    chosen = PEERS["norfair", frame_rate]
    tracker = norfair.Tracker(
        distance_function=chosen["by"],
        distance_threshold=chosen["distance"],
        hit_counter_max=round(frame_rate * chosen["lost_s"]),
        initialization_delay=chosen["hits"] - 1,
        past_detections_length=1,
        filter_factory=norfair.OptimizedKalmanFilterFactory(R=chosen["R"], Q=chosen["Q"]),
    )

    def prepare(picture: Picture) -> Any:
        sure = picture.faces.select(picture.faces.scores >= chosen["score"])
        return [
            norfair.Detection(box.reshape(2, 2), np.array([score, score]), data=picture.now_ms)
            for box, score in zip(sure.boxes, sure.scores)
        ]

    def read(objects: Any, picture: Picture) -> Tuple[Any, np.ndarray]:
        seen = [one for one in objects if one.last_detection.data == picture.now_ms]
        boxes = [one.last_detection.points.reshape(4) for one in seen]
        return [one.id for one in seen], np.array(boxes).reshape(-1, 4)

    return Contestant(prepare, tracker.update, read)


def run_film(pictures: List[Picture], contestants: Dict[str, Contestant]) -> Dict[str, Tuple[Any, List[float]]]:
    """Show every picture to every contestant in turns; return motmetrics' account and the step times of each."""
    accounts = {name: motmetrics.MOTAccumulator(auto_id=True) for name in contestants}
    times_us: Dict[str, List[float]] = {name: [] for name in contestants}
    for picture in pictures:
        for name, contestant in contestants.items():
            prepared = contestant.prepare(picture)
            begin = time.perf_counter()
            answer = contestant.step(prepared)
            times_us[name].append((time.perf_counter() - begin) * 1e6)
            ids, boxes = contestant.read(answer, picture)
            accounts[name].update(picture.truth_ids, ids, iou_distance(picture.truth_boxes, boxes))
    return {name: (accounts[name], times_us[name]) for name in contestants}


def iou_distance(truth: np.ndarray, told: np.ndarray) -> np.ndarray:
    """1 - IoU, NaN where boxes share less than half."""
    shared = shared_area(truth, told.astype(float))
    areas = [(boxes[:, 2:] - boxes[:, :2]).prod(1) for boxes in (truth, told.astype(float))]
    iou = shared / (areas[0][:, None] + areas[1][None, :] - shared)
    return np.where(iou >= 0.5, 1 - iou, np.nan)


def measure(frame_rate: int) -> Tuple[Dict[str, float], Dict[str, List[float]]]:
    """IDF1 over all films and every step time, per contestant."""
    makers = {"ours": make_ours, "supervision ByteTrack": make_byte_track, "norfair": make_norfair}
    accounts: Dict[str, List[Any]] = {name: [] for name in makers}
    times_us: Dict[str, List[float]] = {name: [] for name in makers}
    for seed in SEEDS:
        shown = run_film(film(seed, frame_rate), {name: make(frame_rate) for name, make in makers.items()})
        for name, (account, times) in shown.items():
            accounts[name].append(account)
            times_us[name] += times
    return {name: idf1_of(found) for name, found in accounts.items()}, times_us


def idf1_of(accounts: List[Any]) -> float:
    """IDF1 over all of motmetrics' accounts together."""
    table = motmetrics.metrics.create().compute_many(accounts, metrics=["idf1"], generate_overall=True)
    return float(table["idf1"]["OVERALL"])


def measure_every(nth: int) -> float:
    """IDF1 of ours when it is shown every n-th picture of the films only."""
    accounts = []
    for seed in SEEDS:
        pictures = film(seed, MAIN_RATE)
        for first in range(nth):
            shown = run_film(pictures[first::nth], {"ours": make_ours(MAIN_RATE)})
            accounts.append(shown["ours"][0])
    return idf1_of(accounts)


def run() -> Dict[str, Any]:
    """Return the figures; the goals are those of 25 frames a second."""
    results: List[Dict[str, Any]] = []
    idf1, times_us = measure(MAIN_RATE)
    peers = [name for name in idf1 if name != "ours"]
    fastest = min(peers, key=lambda name: statistics.median(times_us[name]))
    ratio = statistics.median(theirs / mine for theirs, mine in zip(times_us[fastest], times_us["ours"]))
    results.append({"what": f"times as fast as {fastest}", "value": ratio, "goal": 20, "unit": "x"})
    results += [
        {"what": f"{name}: one step", "value": statistics.median(times_us[name]), "goal": None, "unit": "µs"}
        for name in idf1
    ]
    for frame_rate in (MAIN_RATE, *OTHER_RATES):
        idf1 = idf1 if frame_rate == MAIN_RATE else measure(frame_rate)[0]
        best = max(idf1[name] for name in peers)
        results += [
            {
                "what": f"{name}: IDF1 at {frame_rate} frames a second",
                "value": value,
                "goal": round(best, 4) if name == "ours" else None,
                "unit": "",
            }
            for name, value in idf1.items()
        ]
    results += [
        {"what": f"ours: IDF1, faces looked for in 1 of {nth} frames of {MAIN_RATE} a second", "value": value}
        for nth, value in ((nth, measure_every(nth)) for nth in EVERY_NTH)
    ]
    return {"name": f"tracker, {PEOPLE} faces", "results": results}


if __name__ == "__main__":
    for row in run()["results"]:
        print(row)
