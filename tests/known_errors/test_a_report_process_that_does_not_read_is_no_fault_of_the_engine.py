"""While a link was not read for ten seconds, turns that had ended counted as hung, and vision left for them."""

import time

import numpy as np
import pytest

from sophon_report.testing.steered_engine import SteeredEngine
from sophon_report.vision.hang_watch import HangWatch
from sophon_report.vision.picture import HostPicture
from sophon_report.vision.watched import ENGINE_LIMIT_S, WatchedEngine


@pytest.mark.parametrize("ends", [True, False])
def test_a_turn_that_has_ended_does_not_hang_although_nobody_asks_for_it(ends):
    """One that has not ended does."""
    engine, watch, began_s = SteeredEngine(), HangWatch(), time.monotonic()
    WatchedEngine(engine, watch).begin_detect([HostPicture(np.zeros((4, 4, 3), np.uint8))], 40)
    if ends:
        engine.turns[0].end()
    looks = [watch.look(began_s + second) for second in range(int(ENGINE_LIMIT_S) + 3)]
    assert (looks[-1] is None) == ends
