"""The vendor's realtime event page (API "2.0", firmware V6R1C01 and V6R2C01) against the bytes on the wire."""

import json
import socket

import pytest
from event_port import event_port, until
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


def on_the_wire(port, configuration, event):
    """The event as bytes from a bare socket, read with nothing but RFC 6455's picture of a frame."""
    address = ("127.0.0.1", port.server.port)
    with socket.create_connection(address, timeout=20) as client, client.makefile("rb") as stream:
        client.sendall(
            b"GET / HTTP/1.1\r\nHost: box\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        )
        while stream.readline().strip():
            pass
        body = json.dumps(configuration).encode()
        assert len(body) < 126
        client.sendall(bytes([0x81, 0x80 | len(body), 0, 0, 0, 0]) + body)
        until(port.subscribed)
        port.publish(event)
        first, length = stream.read(2)
        assert first == 0x81, "one final text frame"
        assert length < 128, "a server never masks"
        size = length if length < 126 else int.from_bytes(stream.read(2 if length == 126 else 8), "big")
        message = json.loads(stream.read(size).decode("utf-8"))
    until(lambda: not port.stats().clients)
    return message


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
