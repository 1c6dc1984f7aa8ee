"""``grab_fiqa_info`` nested some 250 levels deep was taken and kept; no layout could write such an event again.

The push failed with 500, or went through and its event was lost for every receiver of the SE3 report.
"""

import asyncio

import orjson
import pytest

from sophon_report.api.arguments import Arguments
from sophon_report.api.call import Incoming
from sophon_report.api.errors import Refusal
from sophon_report.api.matching import MatchCalls
from sophon_report.config import Access


class NoEyes:
    """Nor anybody to ask for people and groups: the refusal comes first."""

    def is_photo_device(self, address):
        return False

    async def push(self, picture):
        raise AssertionError("looked at")


def nested(levels):
    return orjson.loads('{"a":' * levels + "1" + "}" * levels)


@pytest.mark.parametrize("levels", [20, 252, 253, 254, 255, 1000])
def test_a_cameras_deep_word_on_quality_is_refused_before_it_is_an_event(tmp_path, levels):
    """The refusal names the argument; the picture is not even looked at."""
    eyes = NoEyes()
    calls = MatchCalls(eyes, tmp_path, lambda: Access(open_writes=True), eyes, eyes, eyes)
    given = Arguments({"rgb_image_base64": "/9j/AAAA", "grab_fiqa_info": nested(levels)}, lenient=True)
    with pytest.raises(Refusal, match="grab_fiqa_info must not be nested deeper"):
        asyncio.run(calls.picture_match(Incoming(given, "127.0.0.1", {})))
