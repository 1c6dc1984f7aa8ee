"""The native tracker against its plain twin on random crowds."""

from typing import Iterator, Tuple

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from tracker_twin import TwinTracker, best_pairing

from sophon_report.model import Faces
from sophon_report.tracking.tracker import Tracker, TrackerParams


def crowd(seed: int, people: int, room: float, frames: int) -> Iterator[Tuple[int, Faces]]:
    """Faces that walk through each other in a small room, with misses, ghosts, bad values and odd times."""
    rng = np.random.default_rng(seed)
    place, velocity = rng.uniform(0, room, (people, 2)), rng.normal(0, 60, (people, 2))
    size, now_ms = rng.uniform(30, 60, people), 1_000_000
    for _ in range(frames):
        passed_ms = int(
            rng.choice([16, 40, 100, 200, 0, -30, 700, 2600], p=[0.2, 0.3, 0.2, 0.2, 0.02, 0.02, 0.04, 0.02])
        )
        now_ms += passed_ms
        place = (place + velocity * passed_ms / 1000) % room
        seen = rng.random(people) < 0.85
        ghosts = rng.uniform(0, room, (rng.poisson(0.3), 2))
        centre = np.concatenate([place[seen] + rng.normal(0, 2, (seen.sum(), 2)), ghosts])
        side = np.concatenate([size[seen] * np.exp(rng.normal(0, 0.05, seen.sum())), np.full(len(ghosts), 40.0)])
        boxes = np.concatenate([centre - side[:, None] / 2, centre + side[:, None] / 2], 1).astype(np.float32)
        boxes[rng.random(len(boxes)) < 0.01, 2] = np.nan
        scores = rng.beta(4, 2, len(boxes)).astype(np.float32)
        yield now_ms, Faces(boxes, np.zeros((len(boxes), 5, 2), np.float32), scores)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    people=st.integers(0, 7),
    room=st.sampled_from([120.0, 300.0, 1500.0]),
    min_hits=st.integers(1, 4),
    lost_ms=st.sampled_from([300, 1500]),
)
def test_the_native_tracker_says_what_its_twin_says(seed, people, room, min_hits, lost_ms):
    """The same ids, the same times and the same ends, frame by frame."""
    params = TrackerParams(min_hits=min_hits, lost_ms=lost_ms)
    native, twin = Tracker(params), TwinTracker(params)
    for now_ms, faces in crowd(seed, people, room, 40):
        step = native.step(now_ms, faces)
        assert (step.track_ids.tolist(), step.in_ms.tolist(), step.ended) == twin.step(now_ms, faces)


def test_the_twins_pairing_is_the_one_of_largest_total():
    """Not the greedy one: the best single pair is given up for two good ones."""
    assert best_pairing([[10.0, 9.0], [9.0, 0.0]]) == {0: 1, 1: 0}
