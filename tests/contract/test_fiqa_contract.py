"""The three shapes of a quality check, key by key, as the vendor's pages print them.

G2: ``/sophon/v2/face/fiqa`` of firmware V6. G1: ``/SophonFace/api/FIQA`` (its page prints numbers for the two that
nobody here computes). Message queue: the ``fiqa`` command of firmware V2 and V5, which has no call here yet.
"""

import base64

import pytest
from running_box import QUALITY, picture, running_box

from sophon_report.quality_limits import ITEMS, Level, judge_level
from sophon_report.wire.fiqa import queue_row

NONE = type(None)
HEADPOSE = {"pitch_angle": float, "roll_angle": float, "yaw_angle": float}
SCORES = {
    "brightness": float,
    "clarity": float,
    "face_size": float,
    "headpose": HEADPOSE,
    "mask": float,
    "occlusion": list,
    "partial": bool,
}
G2 = {
    "fiqa_result": bool,
    "detailed_result": {
        "bbox": list,
        "passed_items": list,
        "failed_items": list,
        "detailed_scores": SCORES,
    },
}
ROW = {"bbox": list, "fails": list, "fiqa_result": bool, "score": float, "success": list}
G1 = {
    **ROW,
    "info": {
        "clarity": float,
        "face_angle": list,
        "face_color": NONE,
        "face_location": bool,
        "face_size": int,
        "image_quality": NONE,
    },
}
QUEUE = {**ROW, "info": SCORES}
ASKED = {"image_base64_str": base64.b64encode(picture("ada")).decode()}


def shape(value):
    """Its keys, each with the type of what it holds."""
    return {key: shape(held) if isinstance(held, dict) else type(held) for key, held in value.items()}


@pytest.fixture(scope="module")
def box(tmp_path_factory):
    with running_box(tmp_path_factory.mktemp("q"), access={"open_writes": True}) as running:
        yield running


@pytest.mark.parametrize("level", ["no", "low", "normal", "middle", "high", "custom"])
def test_g2_and_g1_have_their_keys_at_every_level(box, level):
    """None left out, none added; every type is the page's, or null."""
    newer = box.post("/sophon/v2/face/fiqa", {**ASKED, "fiqa_level": level})
    assert (newer.status, shape(newer.body)) == (200, G2)
    older = box.post("/SophonFace/api/FIQA", {**ASKED, "fiqa_level": level})
    assert (older.status, list(older.body)) == (200, ["data"])
    assert [shape(row) for row in older.body["data"]] == [G1]


def test_the_queue_has_its_keys():
    """The row of ``data``; its numbers and items are those of G2."""
    row = queue_row((1, 2, 3, 4), QUALITY, judge_level(QUALITY, Level.HIGH))
    assert shape(row) == QUEUE
    assert set(row["success"]) == set(ITEMS)


def test_what_nobody_computed_is_said_to_be_so(box):
    """A mask of -1, nothing said to be occluded, and neither judged."""
    found = box.post("/sophon/v2/face/fiqa", ASKED).body["detailed_result"]
    scores = found["detailed_scores"]
    assert (scores["mask"], scores["occlusion"]) == (-1, [])
    assert set(found["passed_items"]) | set(found["failed_items"]) == set(ITEMS)


@pytest.mark.parametrize(
    ("of", "status", "newer", "older"),
    [
        ("wall", 400, "NO_FACE_ERROR", 40004),
        ("text", 400, "IMAGE_DECODE_ERROR", 40003),
        ("poster", 400, "IMAGE_SIZE_TOO_LARGE_ERROR", 40007),
        ("tiny", 400, "LOW_QUALITY_ERROR", 40006),
        ("crowd", 503, "INTERNAL_ERROR", 50072),
    ],
)
def test_what_cannot_be_judged_is_refused_with_the_documented_codes(box, of, status, newer, older):
    """A face of less than 20 px is none that could be judged."""
    asked = {"image_base64_str": base64.b64encode(picture(of)).decode()}
    told = [box.post(path, asked) for path in ("/sophon/v2/face/fiqa", "/SophonFace/api/FIQA")]
    assert [(answer.status, answer.code) for answer in told] == [(status, newer), (status, older)]
