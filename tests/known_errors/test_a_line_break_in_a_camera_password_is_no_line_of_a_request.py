"""Written as %0D%0A it went into the request as it was, and what stood behind it was another header."""

import pytest

from sophon_report.errors import SourceError
from sophon_report.vision.sources.address import read_address


@pytest.mark.parametrize("login", ["admin%0d%0aX-More:1", "admin%0D%0AX-More:pw", "admin:p%0Aw", "admin:%00"])
def test_a_line_break_in_a_camera_password_is_no_line_of_a_request(login):
    """Refused, and not repeated."""
    with pytest.raises(SourceError, match=r"^cannot be opened: it holds a control character$"):
        read_address(f"rtsp://{login}@10.0.0.9/1")
    assert read_address("rtsp://admin:%20%C3%A4@10.0.0.9/1").password == " \u00e4"
