"""The shots of a turn: embedded in one go, bounded, and nobody's lost when a frame or the model fails."""

import numpy as np
import pytest

from sophon_report.errors import ModelError
from sophon_report.model import Device, DeviceType, Faces
from sophon_report.testing.steered_engine import SteeredEngine
from sophon_report.vision.picture import Frame, HostPicture
from sophon_report.vision.pipeline import Pipeline
from sophon_report.vision.scheduler import shots_of_turn
from sophon_report.vision.shots import ShotTaker

PICTURE = HostPicture(np.zeros((400, 4000, 3), np.uint8))
LANDMARKS = np.array([[20, 25], [40, 25], [30, 38], [22, 50], [38, 50]], np.float32)


def crowd(count):
    """So many faces side by side."""
    corner = np.array([[70 * place, 100] for place in range(count)], np.float32)
    boxes = np.concatenate([corner, corner + 60], axis=1)
    return Faces(boxes, LANDMARKS + corner[:, None], np.full(count, 0.9, np.float32))


class Scene:
    """Cameras, each with so many faces before it that stand still; every turn has a frame of each."""

    def __init__(self, **faces):
        self.engine = SteeredEngine()
        self.taker = ShotTaker(self.engine)
        self.faces = {name: crowd(count) for name, count in faces.items()}
        self.pipelines = {
            name: Pipeline(Device(name, name, DeviceType.FILE, name), self.engine, 40) for name in faces
        }
        self._now_ms = 1_760_000_000_000

    def turn(self):
        """Return whose shots it brought."""
        self._now_ms += 40
        candidates = []
        for name, pipeline in self.pipelines.items():
            candidates += pipeline.follow(Frame(name, self._now_ms, PICTURE), self.faces[name])[1]
        return [(shot.device_id, shot.track_id) for shot in self.taker.take(candidates)]

    def count(self, name):
        return sum(pipeline.counts()[name] for pipeline in self.pipelines.values())


def test_the_shots_of_all_frames_of_a_turn_are_embedded_in_one_call():
    """Tracks are sure from their third frame."""
    scene = Scene(a=2, b=1)
    assert [scene.turn(), scene.turn()] == [[], []]
    assert scene.turn() == [("a", 1), ("a", 2), ("b", 1)]
    assert scene.engine.embedded == [3]
    assert (scene.taker.embeddings, scene.count("shots"), scene.count("shots_deferred")) == (3, 3, 0)


def test_a_crowd_before_one_camera_gets_its_shots_over_some_turns_and_the_other_at_once():
    """Nobody of the crowd is left out, nobody is embedded twice, and what was put off is counted."""
    scene = Scene(crowd=50, quiet=1)
    scene.turn(), scene.turn()
    most = shots_of_turn(scene.engine.batch)
    turns = [scene.turn() for _ in range(20)]
    assert ("quiet", 1) in turns[0]
    assert [len(shots) for shots in turns[:7]] == [most] * 6 + [51 - 6 * most]
    told = [shot for shots in turns for shot in shots]
    assert len(told) == len(set(told)) == 51
    assert max(scene.engine.embedded) <= most
    assert scene.count("shots_deferred") > 0
    assert scene.count("measures_deferred") > 0


def test_a_turn_whose_embedding_fails_loses_no_shot():
    """Its faces stay due and have their shot in the next frame."""
    scene = Scene(a=2)
    scene.turn(), scene.turn()
    scene.engine.fails["embed"] = ModelError("the chip gave what is not finite")
    assert scene.turn() == []
    scene.engine.fails.clear()
    assert scene.turn() == [("a", 1), ("a", 2)]
    assert (scene.taker.failed, scene.taker.embeddings) == (2, 2)


@pytest.mark.parametrize("method", ["jpeg", "attributes"])
def test_a_frame_whose_shots_cannot_be_made_keeps_them_due(method):
    """The others of its turn are not asked about it."""
    scene = Scene(a=1)
    scene.turn(), scene.turn()
    scene.engine.fails[method] = ModelError("no")
    assert scene.turn() == []
    scene.engine.fails.clear()
    assert scene.turn() == [("a", 1)]
