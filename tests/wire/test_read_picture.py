"""A picture as text: the four forms of the vendor's samples, and nothing else."""

import base64
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sophon_report.errors import BadImage
from sophon_report.wire.pictures import MAX_IMAGE_BYTES, URI_STARTS, read_picture

FORMS = {
    "data:image/jpeg": lambda raw: "data:image/jpeg;base64," + base64.b64encode(raw).decode(),
    "data:image/jpg": lambda raw: "data:image/jpg;base64," + base64.b64encode(raw).decode(),
    "bare": lambda raw: base64.b64encode(raw).decode(),
    "encodebytes": lambda raw: base64.encodebytes(raw).decode(),
    "with CRLF": lambda raw: base64.encodebytes(raw).decode().replace("\n", "\r\n"),
    "with CR": lambda raw: base64.encodebytes(raw).decode().replace("\n", "\r"),
    "without padding": lambda raw: base64.b64encode(raw).decode().rstrip("="),
    "address with breaks": lambda raw: "data:image/jpeg;base64," + base64.encodebytes(raw).decode(),
}


def refused(text):
    with pytest.raises(BadImage) as error:
        read_picture(text)
    return error.value.reason


@given(st.sampled_from(sorted(FORMS)), st.binary(min_size=1, max_size=300))
def test_the_bytes_come_out_of_every_form(form, raw):
    """Bytes in are bytes out, of any length."""
    assert read_picture(FORMS[form](raw)) == raw


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "data:image/jpeg;base64,",
        "=",
        "data:image/png;base64,aGVsbG8=",
        "DATA:IMAGE/JPEG;BASE64,aGVsbG8=",
        "data:text/html;base64,aGVsbG8=",
        "data:image/jpeg,aGVsbG8=",
        " data:image/jpeg;base64,aGVsbG8=",
        "http://10.0.0.1/face.jpg",
        "aGVsbG8==",
        "aGVsbA=",
        "aGVsbG8=aGVsbG8=",
        "a=GVsbG8",
        "aGVsb",
        "aGVs bG8=",
        "aGVs\tbG8=",
        "-_-_",
        "aGVsbG8\0",
        "aGVsbÄ==",
        "\ud800",
    ],
)
def test_what_is_none_of_the_forms_is_refused(text):
    """With a reason of the list, and without an error of another kind."""
    assert refused(text) == "not_an_image"


@pytest.mark.parametrize("ending", ["", "\n"])
def test_the_bound_is_the_vendors_to_the_byte(ending):
    """5 MB pass; one more is refused, and so is what could only be decoded to find out."""
    most = base64.b64encode(bytes(MAX_IMAGE_BYTES)).decode() + ending
    assert len(read_picture(most)) == MAX_IMAGE_BYTES
    assert refused(base64.b64encode(bytes(MAX_IMAGE_BYTES + 1)).decode()) == "too_large"
    assert refused("!" * (2 * MAX_IMAGE_BYTES)) == "too_large"


_CHARACTERS = st.text(st.sampled_from("AZaz09+/=\r\n -_,;:\0Ä") | st.characters(), max_size=60)


def accepted_or_refused(text):
    """Either the bytes that the plain rule gives, or a refusal of the list."""
    body = re.sub(r"^data:image/jpe?g;base64,", "", text)
    body = re.sub(r"[\r\n]", "", body)
    try:
        raw = read_picture(text)
    except BadImage as error:
        return error.reason
    assert base64.b64encode(raw).rstrip(b"=")[:-1] == body.rstrip("=").encode()[:-1]
    return "accepted"


@given(st.sampled_from(["", *URI_STARTS]), _CHARACTERS)
def test_any_text_is_read_or_refused(start, text):
    """No other error leaves the reader, and nothing is skipped on the way but line breaks."""
    assert accepted_or_refused(start + text) in ("accepted", "not_an_image")
