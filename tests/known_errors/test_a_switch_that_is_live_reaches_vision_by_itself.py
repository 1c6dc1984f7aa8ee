"""Switching attributes was told to vision with the next change of the smallest face only."""

import pytest
from running_box import running_box
from waiting import until

from sophon_report.quality_limits import Limits


@pytest.fixture(scope="module")
def box(tmp_path_factory):
    with running_box(tmp_path_factory.mktemp("v"), access={"open_writes": True}) as running:
        until(lambda: running.vision.settings is not None, "the settings")
        yield running


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ({"ALG_ATTRIBUTE_DETECT": True}, lambda settings: settings.attributes),
        ({"REGN_POSE_THRESH": "middle"}, lambda settings: settings.shots.turned_deg == 90),
        ({"REGN_VIDEO_FIQA": "false"}, lambda settings: settings.shots == Limits(turned_deg=90.0)),
        ({"REGN_POSE_THRESH": "off"}, lambda settings: settings.shots == Limits()),
        ({"REGN_MIN_FACE": 50}, lambda settings: settings.min_face_px == 50),
    ],
    ids=lambda each: next(iter(each)) if isinstance(each, dict) else "",
)
def test_a_switch_that_is_live_reaches_vision_by_itself(box, keys, told):
    """Each alone, one after the other: attributes, the two filters of streams, the smallest face."""
    assert not told(box.vision.settings)
    assert box.post("/sophon/v2/face/setconfigs", {"config_dict": keys}).status == 200
    until(lambda: told(box.vision.settings), "vision being told")
