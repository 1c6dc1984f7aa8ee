"""The row of the older call, key by key."""

import orjson
from full_events import CAMERA_QUALITY, full_shot
from past_events import past_event, past_stranger

from sophon_report.wire.attributes import older_face_attributes
from sophon_report.wire.event_record_old import record

GOLDEN = {
    "_id": "1760000000123456",
    "timestamp": 1_760_000_000.123,
    "common": {
        "identity_id": "E-0001",
        "identity_name": "张三",
        "image_id": "photo-1",
        "recognize_face_pic_id": "1760000000.1234562",
        "spot_pic_id": "1760000000.1234561",
        "group_name": "default_group",
        "permission_id": "p-1",
        "permission_name": "staff",
        "person_type": 1,
        "score": 91.25,
        "ep_info": {
            "ep_id": "LICENCE-0001__rtsp://admin:***@10.0.0.21:554/main",
            "ep_type": "rtsp",
            "ep_ip": "10.0.0.21",
            "ep_name": "front door",
            "device_id": "door",
        },
        "want_action": "0",
        "frame_id": 1,
        "recognize_face_attr": {**older_face_attributes(past_event().shot), "feature": []},
        "is_send": 1,
        "card_id": "",
    },
    "gate_data": {"ir_image_id": "", "depth_image_id": ""},
    "grab_data": {"grap_fiqa_info": {}},
    "video_data": {
        "track_id": 7,
        "video_shape": [],
        "in_timestamp": 1_760_000_000.0,
        "in_bg_pic_id": "1760000000.1234561",
        "in_face_pic_id": "1760000000.1234562",
        "in_box": [50, 23, 172, 183],
        "recognition_timestamp": 1_760_000_000.123,
        "pose_score": None,
        "out_timestamp": 1_760_000_003.456,
        "unknown_id": 0,
    },
}


def test_the_row_is_as_the_page_has_it():
    """Every field, in order; times are seconds."""
    assert orjson.dumps(record(past_event(), "LICENCE-0001")) == orjson.dumps(GOLDEN)


def test_somebody_unknown_is_named_stranger_without_an_id():
    """As in every form before V6."""
    common = record(past_stranger(), "L")["common"]
    assert (common["identity_id"], common["identity_name"], common["person_type"]) == ("", "stranger", 4)


def test_a_capture_camera_s_word_on_age_and_sex_is_passed_on():
    """Under the name that the page misspells; what is no number is not."""
    pushed = {"device_type": "photo", "device_ip": "10.0.0.31", "infrared_image_id": "1760000000.1234563"}
    told = record(past_event(**pushed, shot=full_shot(camera_quality=orjson.dumps(CAMERA_QUALITY))), "L")
    assert told["grab_data"] == {"grap_fiqa_info": {"age": 33, "sex": 1}}
    assert told["gate_data"]["ir_image_id"] == "1760000000.1234563"
    assert told["common"]["ep_info"]["ep_id"] == "L__10.0.0.31"
    assert (told["video_data"]["in_box"], told["video_data"]["in_bg_pic_id"]) == ([], "")
    for nonsense in (b"no JSON", b'{"age": [[1]], "sex": "x"}', b"[1]"):
        told = record(past_event(shot=full_shot(camera_quality=nonsense)), "L")
        assert told["grab_data"] == {"grap_fiqa_info": {}}
