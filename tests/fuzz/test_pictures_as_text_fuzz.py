"""Pictures as text from anybody: a hundred thousand of them are read or refused, and nothing else ever happens."""

import base64

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sophon_report.errors import IMAGE_REASONS, BadImage
from sophon_report.wire.pictures import MAX_IMAGE_PIXELS, URI_STARTS, decode_image, read_picture

pytestmark = pytest.mark.long

SMALL = np.arange(12 * 16 * 3, dtype=np.uint8).reshape(12, 16, 3)
PICTURES = [cv2.imencode(kind, SMALL)[1].tobytes() for kind in (".jpg", ".png", ".bmp", ".webp")]
many = settings(max_examples=100_000, suppress_health_check=list(HealthCheck))


@st.composite
def damaged(draw):
    """A picture of a kind that is taken, a few bytes changed, cut out or put in."""
    raw = bytearray(draw(st.sampled_from(PICTURES)))
    for _ in range(draw(st.integers(0, 6))):
        at = draw(st.integers(0, len(raw)))
        raw[at : at + draw(st.integers(0, 3))] = draw(st.binary(max_size=3))
    return bytes(raw)


@st.composite
def as_text(draw):
    """Base64 in one of the forms, or nearly; sometimes any text."""
    if draw(st.integers(0, 9)) == 0:
        return draw(st.text(max_size=80))
    encoded = base64.b64encode(draw(damaged())).decode()
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(encoded)))
        encoded = encoded[:at] + draw(st.sampled_from(["\n", "\r\n", "=", " ", "-", "", "A"])) + encoded[at:]
    return draw(st.sampled_from(["", *URI_STARTS, "data:"])) + encoded[: draw(st.integers(0, 2000))]


def outcome(text):
    """How many pixels there are, or why there are none."""
    try:
        image = decode_image(read_picture(text))
    except BadImage as error:
        return error.reason
    return image.shape[0] * image.shape[1]


@many
@given(as_text())
def test_any_text_is_a_picture_or_refused(text):
    """A picture is within its bound; a refusal has a reason of the list."""
    found = outcome(text)
    assert found in IMAGE_REASONS or 0 < found <= MAX_IMAGE_PIXELS
