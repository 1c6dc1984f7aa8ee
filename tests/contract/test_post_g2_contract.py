"""The vendor's table of the history event, firmware V6 (API "2.0"), line by line.

A client written from this table finds every field, in this order, of this type.
"""

import orjson
import pytest

from sophon_report.model import Attributes, Device, DeviceType, Identity, Match, Quality, Shot, UserType, Visit
from sophon_report.wire import layouts
from sophon_report.wire.telling import Telling

FIELDS = [
    ("api_version", str),
    ("identity_id", str),
    ("identity_name", str),
    ("timestamp", int),
    ("score", float),
    ("post_action", str),
    ("user_type", str),
    ("in_timestamp", int),
    ("out_timestamp", int),
    ("media_device_info", dict),
    ("mq_license_key", str),
    ("reg_image", str),
    ("spot_image", str),
    ("ir_image", str),
    ("recognize_face_image", str),
    ("recognize_face_attr", dict),
]
DEVICE_FIELDS = [
    "media_device_id",
    "media_device_type",
    "media_device_ip",
    "media_device_name",
    "media_device_url",
]
ATTRIBUTES = {
    "point": list,
    "box": list,
    "mask": str,
    "gender": str,
    "hat": str,
    "age": str,
    "glasses": str,
    "feature_binary": str,
    "feature_base64_str": str,
    "expression": type(None),
}
EXTRA = ["event_id"]


def visit(identity, attributes, device_type):
    shot = Shot(
        device_id="d1",
        track_id=1,
        in_ms=1_760_000_000_000,
        captured_ms=1_760_000_000_123,
        box=(50.2, 23.0, 173.0, 183.0),
        landmarks=((80.5, 70), (140, 71), (110, 100), (85, 140), (135, 141)),
        detect_score=0.9,
        quality=Quality(122, 300, 120, 0, 0, 0, partial=False),
        embedding=bytes(512) if attributes else b"",
        attributes=attributes or Attributes(),
        face_jpeg=b"\xff\xd8\xff",
        scene_jpeg=b"\xff\xd8\xff",
    )
    device = Device("d1", "front door", device_type, "rtsp://10.0.0.21/ch1")
    match = Match(identity, 94 if identity else 0)
    times = (1_760_000_000_000, 1_760_000_000_123, 1_760_000_003_456)
    return Visit("1760000000123456", device, *times, shot, match)


CASES = [
    (
        Identity("E-1", "employee one", UserType.EMPLOYEE, photo_jpeg=b"\xff\xd8\xff"),
        Attributes("male", 30, glasses=True, mask=False, hat=False),
        DeviceType.RTSP,
    ),
    (None, None, DeviceType.FILE),
    (Identity("E-2", "", UserType.BLACKLIST), None, DeviceType.PHOTO),
]


@pytest.fixture(params=CASES, ids=["employee", "stranger", "no photo"])
def event(request):
    return orjson.loads(layouts.body(layouts.find("g2"), visit(*request.param), Telling(), "json")[0])


def test_every_field_of_the_table_is_there_in_its_order(event):
    """Sixteen fields, whatever is known of the person; ours stand behind them."""
    assert list(event) == [name for name, _ in FIELDS] + EXTRA


@pytest.mark.parametrize(("name", "kind"), FIELDS)
def test_every_field_has_the_type_of_the_table(event, name, kind):
    """A whole score is still a float, a time never is."""
    assert type(event[name]) is kind


def test_the_device_has_its_five_texts(event):
    """The URL too, which the vendor's own sample forgets."""
    assert list(event["media_device_info"]) == DEVICE_FIELDS
    assert all(type(value) is str for value in event["media_device_info"].values())
    assert event["media_device_info"]["media_device_type"] in {"rtsp", "file", "photo", "gb28181"}


def test_the_words_are_the_vendors(event):
    """Lower case, from closed lists."""
    assert event["api_version"] == "2.0"
    assert event["user_type"] in {"employee", "visitor", "blacklist", "stranger", "vip"}
    assert event["post_action"] in {"0", "1001", "1002"}
    assert 0 <= event["score"] <= 100


def test_the_attributes_have_their_types_or_null(event):
    """All keys always; points are ten numbers, the box four."""
    told = event["recognize_face_attr"]
    assert set(told) == set(ATTRIBUTES)
    assert {
        key for key, value in told.items() if value is not None and type(value) is not ATTRIBUTES[key]
    } == set()
    assert (len(told["point"]), len(told["box"])) == (10, 4)
