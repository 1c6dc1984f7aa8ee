"""A form whose headers held one long word was read for hours: the word was tried at each of its letters."""

import pytest

from sophon_report.errors import BadMessage
from sophon_report.wire.receive import parse_events

WORD = "a" * 1_000_000


def test_a_long_word_in_the_headers_of_a_form_costs_no_time():
    """In the type of the body and in a part of it."""
    with pytest.raises(BadMessage, match="without a boundary"):
        parse_events(b"", f"multipart/form-data; {WORD}")
    part = f"--b\r\nContent-Disposition: form-data; {WORD}\r\n\r\n1\r\n--b--".encode()
    with pytest.raises(BadMessage, match="bytes of headers"):
        parse_events(part, "multipart/form-data; boundary=b")
