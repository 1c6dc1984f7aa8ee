"""The record of API 2.0, key by key and in the order of the vendor's page."""

import orjson
import pytest
from past_events import past_event, past_stranger

from sophon_report.wire.attributes import face_attributes, feature_text
from sophon_report.wire.event_record import found, record

GOLDEN = {
    "event_id": "1760000000123456",
    "timestamp": 1_760_000_000_123,
    "identity_id": "E-0001",
    "identity_name": "张三",
    "register_image_id": "photo-1",
    "recognize_face_image_id": "1760000000.1234562",
    "spot_image_id": "1760000000.1234561",
    "permission_id": "p-1",
    "permission_name": "staff",
    "user_type": "employee",
    "score": 91.25,
    "post_action": "0",
    "frame_id": 1,
    "is_send": 1,
    "media_device_info": {
        "media_device_type": "rtsp",
        "media_device_ip": "10.0.0.21",
        "media_device_name": "front door",
        "media_device_id": "door",
    },
    "recognize_face_attr": face_attributes(past_event().shot, with_feature=True),
    "ext_data": {
        "ir_image_id": "",
        "depth_image_id": "",
        "track_id": 7,
        "video_shape": [],
        "in_timestamp": 1_760_000_000_000,
        "recognition_timestamp": 1_760_000_000_123,
        "out_timestamp": 1_760_000_003_456,
        "pose_score": None,
        "unknown_id": 0,
    },
}


def test_the_record_is_as_the_page_has_it():
    """Every field, every field of a field, in order."""
    assert orjson.dumps(record(past_event(), "ms")) == orjson.dumps(GOLDEN)


def test_attributes_are_those_of_every_report_with_the_vector():
    """Ten keys, the vector in base64."""
    told = record(past_event(), "ms")["recognize_face_attr"]
    assert told["feature_binary"] == feature_text(past_event().shot.embedding)
    assert (told["gender"], told["age"], told["glasses"]) == ("female", "youth", "yes")
    assert len(told) == 10


def test_times_may_be_seconds_with_a_fraction():
    """All of them, with the switch."""
    told = record(past_event(), "s")
    assert told["timestamp"] == told["ext_data"]["recognition_timestamp"] == 1_760_000_000.123
    assert told["ext_data"]["in_timestamp"] == 1_760_000_000.0
    assert told["ext_data"]["out_timestamp"] == 1_760_000_003.456


def test_somebody_unknown_has_no_id_no_name_and_no_photo():
    """The type is the sign; who is still there has not left."""
    told = record(past_stranger(), "ms")
    assert [told[key] for key in ("identity_id", "identity_name", "register_image_id")] == ["", "", ""]
    assert (told["user_type"], told["score"], told["is_send"]) == ("stranger", 27.6875, 0)
    assert told["ext_data"]["out_timestamp"] == 0


@pytest.mark.parametrize("unit", ["ms", "s"])
def test_what_a_search_found_is_told_in_fewer_fields(unit):
    """Those of the vendor's page and the event's id; no vector."""
    told, whole = found(past_event(), 88.5, unit), record(past_event(), unit)
    assert list(told) == [
        "compare_score",
        "timestamp",
        "identity_name",
        "identity_id",
        "register_image_id",
        "recognize_face_image_id",
        "spot_image_id",
        "user_type",
        "media_device_info",
        "recognize_face_attr",
        "out_timestamp",
        "event_id",
    ]
    assert told["compare_score"] == 88.5
    same = [key for key in told if key in whole and key != "recognize_face_attr"]
    assert [told[key] for key in same] == [whole[key] for key in same]
    assert told["out_timestamp"] == whole["ext_data"]["out_timestamp"]
    assert set(whole["recognize_face_attr"]) - set(told["recognize_face_attr"]) == {
        "feature_binary",
        "feature_base64_str",
    }
