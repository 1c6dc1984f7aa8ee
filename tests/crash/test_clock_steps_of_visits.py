"""The clock steps while people stand before a camera: their visits are what they were."""

from dataclasses import replace

import numpy as np
import pytest
from scenes import DOOR, RULES, T0, face_of, known
from scenes import shot as shot_of

from sophon_report.model import Faces, Recognition, Visit
from sophon_report.ops.clock import Patience, SteadyClock
from sophon_report.recognition.visits import VisitBook
from sophon_report.tracking.tracker import Tracker

HOUR_MS = 3_600_000
FRAME_MS = 40
STEPS = [HOUR_MS, -HOUR_MS, 365 * 24 * HOUR_MS, -T0 + 1000, 900, -900]
FACE = Faces(np.array([[100, 100, 200, 220]], np.float32), np.zeros((1, 5, 2), np.float32), np.ones(1, np.float32))


class Door:
    """A camera's way from its clock over the tracker to the visits, with a wall clock that is set by hand."""

    def __init__(self, rules=RULES):
        quiet_ms = round((rules.gap_s + rules.stranger_after_s) * 1000) + 1000
        self.wall_ms, self.steady_ms = T0, 0.0
        self.clock = SteadyClock(
            lambda: self.wall_ms, lambda: self.steady_ms, Patience(quiet_ms, round(rules.max_s * 1000))
        )
        ids = iter(map(str, range(1000)))
        self.book = VisitBook(rules, 0.489, lambda shot: shot.quality.clarity, lambda: next(ids))
        self.tracker = Tracker()
        self.told, self.shown, self.frames = [], set(), 0

    def film(self, seconds, person=""):
        """So long ``person`` is there, or nobody."""
        for _ in range(round(seconds * 1000 / FRAME_MS)):
            self.wall_ms += FRAME_MS
            self.steady_ms += FRAME_MS
            self._frame(FACE if person else Faces.none(), person)

    def _frame(self, faces, person):
        now_ms = self.clock.now_ms()
        step = self.tracker.step(now_ms, faces)
        for track in step.ended:
            self.told += self.book.track_end("door", track)
        if len(faces) or self.tracker.open_tracks():
            self.clock.somebody()
        for track_id, in_ms in zip(step.track_ids.tolist(), step.in_ms.tolist()):
            if track_id and track_id not in self.shown:
                self.shown.add(track_id)
                picture = replace(
                    shot_of(track_id, 0), in_ms=in_ms, captured_ms=now_ms, embedding=face_of(len(person))
                )
                self.told += self.book.shot(DOOR, picture, known(person), True)
        self.frames += 1
        if self.frames % 12 == 0:
            self.told += self.book.seen("door", now_ms, self.tracker.open_tracks())

    def visits(self):
        return [entry for entry in self.told if isinstance(entry, Visit)]

    def recognitions(self):
        return [entry for entry in self.told if isinstance(entry, Recognition)]


@pytest.mark.parametrize("step_ms", STEPS)
@pytest.mark.parametrize("after_s", [0.04, 0.12, 2, 9.9, 11, 13, 14.4])
def test_one_stay_is_one_visit_whenever_the_clock_steps(step_ms, after_s):
    """At the first face, in the middle, in the gap before the end: told once, ended once, as long as it was."""
    door = Door()
    door.film(5)
    for seconds in np.diff([0, after_s, 30]) if after_s < 10 else ():
        door.film(min(seconds, 10 - (0 if seconds == after_s else after_s)), "anna")
        if seconds == after_s:
            door.wall_ms += step_ms
    if after_s >= 10:
        door.film(10, "anna")
        door.film(after_s - 10)
        door.wall_ms += step_ms
    door.film(20)
    [visit], [recognition] = door.visits(), door.recognitions()
    assert visit.event_id == recognition.event_id
    assert visit.in_ms <= visit.recognised_ms <= visit.out_ms
    assert visit.out_ms - visit.in_ms == pytest.approx(10_000, abs=2 * FRAME_MS)
    assert visit.in_ms == pytest.approx(T0 + 5000, abs=2 * FRAME_MS)
    assert visit.ended_by == "left"


@pytest.mark.parametrize("step_ms", STEPS)
def test_the_visit_after_a_step_has_the_right_time(step_ms):
    """The next one who comes, some seconds after the last one left."""
    door = Door()
    door.film(5, "anna")
    door.wall_ms += step_ms
    door.film(5, "anna")
    door.film(20)
    came_ms = door.wall_ms + FRAME_MS
    door.film(5, "bob")
    door.film(10)
    assert [visit.match.identity.identity_id for visit in door.visits()] == ["anna", "bob"]
    assert door.visits()[1].in_ms == came_ms
    assert door.visits()[1].out_ms == pytest.approx(came_ms + 5000, abs=2 * FRAME_MS)


@pytest.mark.parametrize("step_ms", STEPS)
def test_a_step_under_somebody_who_never_leaves_is_taken_up_with_the_longest_visit(step_ms):
    """Then they begin another visit, as they would have; no time of any visit runs backwards, none overlaps."""
    door = Door()
    door.film(30, "anna")
    door.wall_ms += step_ms
    door.film(100, "anna")
    now_ms = door.wall_ms
    door.film(20)
    assert all(visit.in_ms <= visit.recognised_ms <= visit.out_ms for visit in door.visits())
    assert len(door.visits()) == len(door.recognitions())
    assert len({visit.event_id for visit in door.visits()}) == len(door.visits())
    assert sum(visit.out_ms - visit.in_ms for visit in door.visits()) == pytest.approx(130_000, abs=2000)
    assert door.visits()[-1].out_ms == pytest.approx(now_ms, abs=2 * FRAME_MS)
