"""Frames of the server, read back by the protocol of an independent client."""

import pytest
from websocket import ABNF

from sophon_report.wire.frames import text_frame


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536, 300_000])
def test_the_header_tells_the_length_in_its_shortest_form(size):
    """RFC 6455 knows one right form for each length; a whole, unmasked text frame looks exactly like this."""
    payload = b"x" * size
    frame = ABNF(fin=1, opcode=ABNF.OPCODE_TEXT, mask_value=0, data=payload)
    assert text_frame(payload) == frame.format()
