"""16 MB of ``[],[],...`` or ``%41%41...`` were read whole: for up to 4 s no event went out, and it took 1 GB.

Whoever may ask for the list of devices could send such a body.
"""

import pytest
from http_port import http_port

from sophon_report.api.body import MAX_ESCAPES, MAX_VALUES
from sophon_report.api.call import Call, Need

PATH, JSON, FORM = "/SophonFace/api/names", "application/json", "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=b"


async def names(incoming):
    """What was given, by name."""
    return {"names": incoming.arguments.names()}


@pytest.fixture(scope="module")
def port():
    with http_port([Call("POST", PATH, Need.OPEN, names)]) as running:
        yield running


def part(value):
    return b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n' + value + b"\r\n--b--"


ENDLESS = b"[" + b"[]," * (MAX_VALUES // 2) + b"[]]"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b'{"a":' + ENDLESS + b"}", JSON),
        (b'{"a":"' + b"," * (MAX_VALUES + 1) + b'"}', JSON),
        (part(ENDLESS), MULTIPART),
        (b"a=" + b"%41" * (MAX_ESCAPES + 1), FORM),
    ],
)
def test_a_body_of_a_million_values_does_not_stop_the_other_calls(port, body, content_type):
    """It is refused by its signs, before anything is made of them."""
    reply = port.ask("POST", PATH, body, content_type)
    assert (reply.status, reply.code) == (400, 40091)
    assert "must not hold more than" in reply.json["error"]["message"]


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b'{"a":"' + b"A" * (8 << 20) + b'"}', JSON),
        (b"a=data%3Aimage%2Fjpeg%3Bbase64%2C" + b"AAAA%2BAAA%2FAAAAAAAAAAAAAAAA" * 300_000, FORM),
    ],
)
def test_a_picture_of_any_size_is_no_such_body(port, body, content_type):
    """As JSON, and with its signs escaped in a form."""
    assert port.ask("POST", PATH, body, content_type).json == {"names": ["a"]}
