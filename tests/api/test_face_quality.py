"""``fiqa`` and ``FIQA`` over real sockets: what is read, what is answered, who may ask."""

import asyncio
import base64
from dataclasses import replace

import aiohttp
import pytest
from aiohttp import web
from test_routes import ScriptedService

from sophon_report.api.face_quality import FaceQualityCalls
from sophon_report.api.front import nothing_to_check
from sophon_report.api.gate import Gate
from sophon_report.api.pictures import FaceSeen
from sophon_report.api.routes import public_app
from sophon_report.config import Access
from sophon_report.errors import BadImage, Unavailable, VisionAway
from sophon_report.model import Quality
from sophon_report.quality_limits import LEVEL_WORDS, Level, level_of

FIQA, OLD = "/sophon/v2/face/fiqa", "/SophonFace/api/FIQA"
RAW = b"\xff\xd8 a picture of many bytes" * 5
B64 = base64.b64encode(RAW).decode()
QUALITY = Quality(100.0, 30.0, 120.0, 40.0, 20.0, 10.0, partial=False)
"""Passes normal; for high it is too small, too blurred and turned too far."""


class Eyes:
    """Sees the same face in every picture, or says why not."""

    def __init__(self, answer=FaceSeen((10.0, 20.0, 110.0, 140.0), QUALITY)):  # noqa: B008 - frozen
        self.answer, self.asked = answer, []

    async def faces_of(self, image, asked):
        self.asked.append(image)
        assert (asked.most, asked.vectors, asked.attributes) == (1, False, False)
        if isinstance(self.answer, Exception):
            raise self.answer
        return (self.answer,)


def ask(path, body, eyes=None, folder=None, check=nothing_to_check, custom=Level.LOW):
    """One POST on a free port: status and body."""

    async def story():
        calls = FaceQualityCalls(eyes or Eyes(), folder, lambda word: level_of(word, custom)).calls()
        runner = web.AppRunner(public_app(ScriptedService(), calls, check))
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}{path}"
        async with aiohttp.ClientSession() as session, session.post(url, json=body) as reply:
            said = await reply.json()
        await runner.cleanup()
        return reply.status, said

    return asyncio.run(story())


def test_api_2_tells_what_passed_what_failed_and_every_measure():
    """At the level high where none is named."""
    eyes = Eyes()
    status, said = ask(FIQA, {"image_base64_str": B64}, eyes)
    assert (status, eyes.asked) == (200, [RAW])
    assert set(said) == {"fiqa_result", "detailed_result"}
    found = said["detailed_result"]
    assert said["fiqa_result"] is False
    assert (found["bbox"], found["failed_items"]) == ([10, 20, 110, 140], ["face_size", "clarity", "headpose"])
    assert found["passed_items"] == ["partial", "brightness"]
    assert found["detailed_scores"]["headpose"] == {"yaw_angle": 40.0, "pitch_angle": 20.0, "roll_angle": 10.0}


def test_the_older_call_tells_a_list_of_one_face_in_its_own_words():
    """Under ``data``, as every older call answers."""
    status, said = ask(OLD, {"image_base64_str": "data:image/jpeg;base64," + B64})
    assert (status, set(said)) == (200, {"data"})
    [face] = said["data"]
    assert (face["fiqa_result"], face["fails"]) == (False, ["face_size", "clarity", "face_angle"])
    assert face["info"]["face_angle"] == [40.0, 20.0, 10.0]


@pytest.mark.parametrize("path", [FIQA, OLD])
def test_c17_every_word_for_a_level_is_taken(path):
    """The five of its pages and ``custom`` of the queue's; an empty one is the default."""

    def passes(word, **more):
        status, said = ask(path, {"image_base64_str": B64, "fiqa_level": word}, **more)
        assert status == 200, said
        return said["fiqa_result"] if path == FIQA else said["data"][0]["fiqa_result"]

    assert [passes(word) for word in LEVEL_WORDS] == [True, True, True, True, False, True]
    assert passes("custom", custom=Level.HIGH) is False
    assert passes("") is False
    assert passes(None) is False


@pytest.mark.parametrize(
    ("body", "code", "number"),
    [
        ({}, "MISSING_ARGUMENTS", 40091),
        ({"fiqa_level": "high"}, "MISSING_ARGUMENTS", 40091),
        ({"image_base64_str": B64, "fiqa_level": "best"}, "INVALID_ARGUMENTS", 40091),
        ({"image_base64_str": "!"}, "IMAGE_DECODE_ERROR", 40003),
        ({"image_path": "../x"}, "IMAGE_NOT_OPENED", 40003),
    ],
)
def test_what_is_wrong_is_refused_before_anybody_looks(body, code, number, tmp_path):
    """In the shape of each call."""
    eyes = Eyes()
    status, said = ask(FIQA, body, eyes, tmp_path)
    assert (status, said["error"]["code"]) == (400, code)
    status, said = ask(OLD, body, eyes, tmp_path)
    assert (status, said["error"]["code"]) == (400, number)
    assert eyes.asked == []


@pytest.mark.parametrize(
    ("error", "status", "code", "number"),
    [
        (BadImage("no_face", "no face was found"), 400, "NO_FACE_ERROR", 40004),
        (BadImage("too_large", "too large"), 400, "IMAGE_SIZE_TOO_LARGE_ERROR", 40007),
        (BadImage("not_an_image", "no picture"), 400, "IMAGE_DECODE_ERROR", 40003),
        (VisionAway("starting"), 503, "DEVICE_INIT_ERROR", 50072),
        (Unavailable("busy"), 503, "INTERNAL_ERROR", 50072),
    ],
)
def test_a_picture_that_cannot_be_judged_is_refused_with_the_vendor_s_codes(error, status, code, number):
    """A poor face is no error: it is the answer."""
    answer, said = ask(FIQA, {"image_base64_str": B64}, Eyes(error))
    assert (answer, said["error"]["code"]) == (status, code)
    answer, said = ask(OLD, {"image_base64_str": B64}, Eyes(error))
    assert (answer, said["error"]["code"]) == (status, number)


def test_a_file_of_the_import_folder_may_be_named(tmp_path):
    """The named one goes first."""
    (tmp_path / "a.jpg").write_bytes(b"the file")
    eyes = Eyes(FaceSeen((0.0, 0.0, 9.0, 9.0), replace(QUALITY, size_px=9.0)))
    assert ask(FIQA, {"image_path": "a.jpg", "image_base64_str": B64}, eyes, tmp_path)[0] == 200
    assert eyes.asked == [b"the file"]


@pytest.mark.parametrize("path", [FIQA, OLD])
def test_it_takes_the_time_of_who_watches_so_not_everybody_may_ask(path):
    """A registered photo device may, and who may write."""
    for devices, access, expected in (
        ((), Access(), 401),
        (("127.0.0.1",), Access(), 200),
        ((), Access(open_writes=True), 200),
    ):
        known = Gate(lambda access=access: access, lambda _: None, lambda peer, known=devices: peer in known)
        assert ask(path, {"image_base64_str": B64}, check=known.refusal)[0] == expected
