"""Who is looked at next, and when: waiting frames, faces and photos in, choices out. No thread, no clock.

The promise:

* A turn takes at most one frame of a camera, the newest. Who was looked at longest ago goes first, so that with
  ``n`` cameras and turns of ``b`` frames none waits for more than ``ceil(n / b)`` turns, whatever the others send:
  too much load makes every camera's frames rarer down to the same rate, and one that sends less keeps all of its.
  What is left out is every n-th frame evenly, and the tracker, which knows times and no frame numbers, foretells.
* A turn that is full begins as soon as there is a place for it. One that is not full waits for more only while
  the engine is busy with another one anyway, and begins early enough to be there when that ends. An idle engine
  waits for nothing: what comes while it works on a small turn makes the next one full, so that turns fill up with
  the load by themselves, and under little load a frame is looked at as it comes.
* A turn makes a bounded number of shots. First shots come before better ones; within each, every camera's first
  wish comes before anybody's second. Of one camera's faces who came first gets the first shot first, and the
  greatest gain is the first of the others: a crowd costs itself time, and nobody else.
* Photos get at most :data:`PHOTO_SHARE` of the time while frames wait; the first one is looked at at once.
"""

from dataclasses import dataclass
from typing import Dict, List, Mapping, Sequence, Tuple

PHOTO_SHARE = 1 / 3
"""Of the engine's time, for single pictures, while cameras wait."""
SHOTS_A_FRAME, LEAST_SHOTS = 2, 4
"""Shots of a turn, by its frames, and at least: about as much work as finding the faces."""


@dataclass(frozen=True)
class Load:
    """How busy the engine is."""

    batch: int
    """Frames a turn should have."""
    places: int
    """Turns that may be begun now."""
    cameras: int
    """Devices that give frames: more cannot wait."""
    busy_until_s: float
    """When a turn must begin so that the engine does not run dry; in the past when it is idle."""


@dataclass(frozen=True)
class Choice:
    """Frames of these devices are a turn; when there are none, nothing changes for ``wait_s`` unless one comes."""

    device_ids: Tuple[str, ...] = ()
    wait_s: float = 0.0


FOREVER = Choice(wait_s=float("inf"))


def choose_turn(waiting: Mapping[str, int], load: Load, now_s: float) -> Choice:
    """Return whose frames make the next turn, or how long to wait for more.

    Args:
        waiting: devices with a frame, each with the number of its last frame that was looked at, of all frames
            counted, or 0; among these who came first stands first.
        load: how busy the engine is.
        now_s: on the clock of ``load``.
    """
    if not waiting or load.places < 1:
        return FOREVER
    enough = min(load.batch, max(load.cameras, 1))
    if len(waiting) < enough and now_s < load.busy_until_s:
        return Choice(wait_s=load.busy_until_s - now_s)
    return Choice(longest_ago(waiting, load.batch))


def longest_ago(waiting: Mapping[str, int], most: int) -> Tuple[str, ...]:
    """Return up to ``most`` devices, first those that were looked at longest ago."""
    return tuple(sorted(waiting, key=waiting.__getitem__)[:most])


@dataclass(frozen=True)
class Wish:
    """A face that is worth a shot."""

    device_id: str
    first: bool
    """Nothing was told of its track yet."""
    in_ms: int
    """When its track was first seen."""
    gain: float
    """By how much it beats the last shot of its track."""


def shots_of_turn(batch: int) -> int:
    """Return how many shots a turn of so many frames may make."""
    return max(LEAST_SHOTS, SHOTS_A_FRAME * batch)


def choose_shots(wishes: Sequence[Wish], most: int) -> List[int]:
    """Return the places of up to ``most`` wishes that are granted, most urgent first."""
    urgent = sorted(range(len(wishes)), key=lambda place: _urgency(wishes[place]))
    if len(urgent) <= most:
        return urgent
    asked: Dict[Tuple[str, bool], int] = {}
    rounds: List[Tuple[bool, int, int]] = []
    for order, place in enumerate(urgent):
        whose = wishes[place].device_id, wishes[place].first
        asked[whose] = asked.get(whose, 0) + 1
        rounds.append((not wishes[place].first, asked[whose], order))
    return [urgent[order] for _, _, order in sorted(rounds)[:most]]


def _urgency(wish: Wish) -> Tuple[bool, float]:
    return not wish.first, wish.in_ms if wish.first else -wish.gain


def photo_pause_s(took_s: float) -> float:
    """Return how long frames go first after a photo that took so long."""
    return took_s * (1 / PHOTO_SHARE - 1)
