"""Cameras tried by processes of their own."""

import asyncio
from pathlib import Path

import cv2
import numpy as np
import pytest

from sophon_report.errors import Unavailable
from sophon_report.report.camera_test import CameraTest, device_at
from sophon_report.testing import Behaviour, RtspCamera

JPEGS = [cv2.imencode(".jpg", np.full((48, 64, 3), shade, np.uint8))[1].tobytes() for shade in range(0, 250, 5)]
NO_MODELS = Path("/nowhere")


def run(device, **more):
    return asyncio.run(CameraTest(NO_MODELS, **more).run(device))


def test_a_camera_is_tried_by_another_process():
    """What comes back is what came; without models nobody looks for faces."""
    with RtspCamera(JPEGS, credentials=("admin", "hunter2")) as camera:
        trial = run(device_at(camera.url()))
    assert trial.reason == ""
    assert (trial.width, trial.height, trial.codec, trial.faces) == (64, 48, "mjpg", None)
    assert trial.counted_fps > 0
    assert trial.jpeg[:2] == b"\xff\xd8"
    assert "hunter2" not in trial.address


def test_why_nothing_comes_is_told():
    """In the words of the opening."""
    with RtspCamera(JPEGS, behaviour=Behaviour.NOT_FOUND) as camera:
        assert "has no such stream (404)" in run(device_at(camera.url())).reason


def test_a_decoder_that_hangs_is_ended_and_told():
    """And the next one may be tried then."""
    hanging = ("-c", "import sys, time; sys.stdin.read(); time.sleep(1000)")
    trial = run(device_at("rtsp://u:hunter2@10.0.0.9/1"), timeout_s=2, program=hanging)
    assert trial.reason == "rtsp://u:***@10.0.0.9/1 hangs: its decoder did not end within 2 s"


def test_a_decoder_that_dies_is_told():
    """With its status."""
    dying = ("-c", "import os, sys; sys.stdin.read(); os.kill(os.getpid(), 11)")
    assert run(device_at("rtsp://10.0.0.9/1"), program=dying).reason.endswith("ends its decoder (status -11)")


def test_one_camera_is_tried_at_a_time():
    """The second is refused at once."""

    async def both(camera):
        tester = CameraTest(NO_MODELS)
        first = asyncio.ensure_future(tester.run(device_at(camera.url())))
        await asyncio.sleep(0)
        with pytest.raises(Unavailable, match="another camera"):
            await tester.run(device_at(camera.url()))
        return await first

    with RtspCamera(JPEGS) as camera:
        assert asyncio.run(both(camera)).reason == ""
