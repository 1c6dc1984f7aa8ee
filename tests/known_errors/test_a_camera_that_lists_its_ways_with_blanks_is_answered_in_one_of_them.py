"""The list was cut at commas only: " auth" behind one was no way that was known, and the old form was used."""

import pytest

from sophon_report.vision.sources.challenge import credentials


@pytest.mark.parametrize("ways", ["auth", "auth-int, auth", "auth-int,\tAUTH"])
def test_a_camera_that_lists_its_ways_with_blanks_is_answered_in_one_of_them(ways):
    """Which one is told to it."""
    shown = credentials([f'Digest realm="r", nonce="n", qop="{ways}"'], "DESCRIBE", "rtsp://h/", "u", "p", "mine")
    assert "qop=auth, nc=00000001" in shown
    assert 'cnonce="mine"' in shown
