"""The engine of a box on the fake chip: the same faces and features as the CPU's, on pictures of all kinds."""

import numpy as np
import pytest

from sophon_report.testing.sail import Scenario
from sophon_report.vision.picture import HostPicture

pytestmark = pytest.mark.models
PROFILES = [
    Scenario(version=version, target=target) for version in ("3.7.0", "3.10.7") for target in ("BM1684", "BM1684X")
]


def iou(a, b):
    corner, far = np.maximum(a[:2], b[:2]), np.minimum(a[2:], b[2:])
    shared = np.clip(far - corner, 0, None).prod()
    return shared / ((a[2:] - a[:2]).prod() + (b[2:] - b[:2]).prod() - shared)


@pytest.mark.parametrize("scenario", PROFILES, ids=lambda one: f"{one.version}-{one.target}")
def test_faces_and_features_are_those_of_the_cpu(sail_engine, scenario, astronaut, face, engine):
    """On both chips and with the oldest and the newest SAIL."""
    picture = HostPicture(astronaut)
    with sail_engine(scenario) as chip:
        (found,) = chip.detect([picture], 20)
        assert len(found) == 1
        assert iou(found.boxes[0], face.boxes[0]) > 0.95
        crops = chip.align(picture, found.landmarks)
        (feature,) = chip.embed(crops)
        (expected,) = engine.embed(engine.align(picture, face.landmarks))
        assert feature @ expected > 0.99
        assert np.linalg.norm(feature) == pytest.approx(1, abs=1e-5)
