"""The vendor's realtime event page (API "2.0", firmware V6R1C01 and V6R2C01) against the bytes on the wire."""

import pytest
from event_port import event_port, on_the_wire
from samples import recognition

REQUIRED, OPTIONAL = True, False
TABLE = {
    "event_id": (str, REQUIRED),
    "timestamp": (int, REQUIRED),
    "identity_id": (str, REQUIRED),
    "identity_name": (str, REQUIRED),
    "user_type": (str, REQUIRED),
    "score": (float, REQUIRED),
    "media_device_ip": (str, REQUIRED),
    "media_device_id": (str, REQUIRED),
    "media_device_type": (str, REQUIRED),
    "register_image": (str, OPTIONAL),
    "recognize_face_image": (str, OPTIONAL),
    "recognize_face_attr": (dict, OPTIONAL),
}
"""The page's table: field, type, presence."""
SAMPLE = {
    "reg_pic": str,
    "media_device_ip": str,
    "media_device_type": str,
    "recognize_face_image": str,
    "identity_id": str,
    "media_device_id": str,
    "score": float,
    "timestamp": int,
    "identity_name": str,
}
"""The page's sample message, which has pictures."""
WORDS = {
    "user_type": {"employee", "visitor", "blacklist", "stranger", "vip"},
    "media_device_type": {"photo", "rtsp", "file", "gb28181"},
}
OURS = {"seq", "reg_pic"}
"""Beyond the table: our sequence number, and the sample's name of the photo."""


@pytest.fixture(scope="module")
def port():
    with event_port() as running:
        yield running


BOTH = {"with_face_image": True, "with_register_image": True}
FULL = {**BOTH, "media_device_ids": ["door"]}


@pytest.mark.parametrize("known", [True, False], ids=["known", "stranger"])
@pytest.mark.parametrize("configuration", [{}, BOTH, FULL], ids=["defaults", "both pictures", "all keys"])
def test_every_field_of_the_table_has_its_type_and_presence(port, configuration, known):
    """Required fields always, optional ones of the right type when they are there, nothing unknown."""
    message = on_the_wire(port, configuration, recognition(known=known))
    for field, (kind, required) in TABLE.items():
        if required or field in message:
            assert type(message[field]) is kind, field
    assert set(message) <= set(TABLE) | OURS
    for field, words in WORDS.items():
        assert message[field] in words


def test_a_client_written_from_the_sample_works(port):
    """Each of its keys, with its type; a client that asks for pictures gets every field of the table as well."""
    message = on_the_wire(port, FULL, recognition())
    assert {key: type(message[key]) for key in SAMPLE} == SAMPLE
    assert set(message) == set(TABLE) | OURS


@pytest.mark.parametrize("field", ["register_image", "reg_pic", "recognize_face_image"])
def test_pictures_are_data_uris(port, field):
    """On this interface, and on no other."""
    assert on_the_wire(port, FULL, recognition())[field].startswith("data:image/jpeg;base64,/9j/")


def test_times_have_thirteen_digits_and_scores_a_hundred_points(port):
    """Milliseconds since the epoch; 0 to 100."""
    message = on_the_wire(port, {}, recognition())
    assert len(str(message["timestamp"])) == 13
    assert 1 < message["score"] <= 100
