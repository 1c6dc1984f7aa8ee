"""Values that cross layers."""

import pytest

from sophon_report.model import redact_url


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("rtsp://10.0.0.1:554/live", "rtsp://10.0.0.1:554/live"),
        ("rtsp://admin@10.0.0.1/live", "rtsp://admin@10.0.0.1/live"),
        ("rtsp://10.0.0.1/a@b:c", "rtsp://10.0.0.1/a@b:c"),
        ("/data/films/a:b@c.mp4", "/data/films/a:b@c.mp4"),
        ("rtsp://admin:secret@10.0.0.1:554/live?x=1#y", "rtsp://admin:***@10.0.0.1:554/live?x=1#y"),
        ("rtsp://:secret@10.0.0.1/", "rtsp://:***@10.0.0.1/"),
        ("rtsp://admin:sec/ret@10.0.0.1/", "rtsp://admin:***@10.0.0.1/"),
        ("rtsp://admin:sec#r?e@t@10.0.0.1/", "rtsp://admin:***@10.0.0.1/"),
        ("rtsp://admin:secret@[::1/", "rtsp://admin:***@[::1/"),
        ("rtsp://c/user=admin&password=secret&channel=1", "rtsp://c/user=admin&password=***&channel=1"),
        ("http://c/video?PWD=secret", "http://c/video?PWD=***"),
    ],
)
def test_no_password_is_shown(url, shown):
    """Wherever it stands in an address, and however badly it was typed in."""
    assert redact_url(url) == shown
