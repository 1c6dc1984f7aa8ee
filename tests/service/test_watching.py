"""Somebody watches the preview of a whole service: real vision, a film, the vendor's kind of client."""

import asyncio
import json
import re
import urllib.request

import cv2
import numpy as np
import pybase64
import pytest
from command import running_service, until, write_config
from portrait_film import make_film, portrait
from websocket import WebSocket

from sophon_report.admin import Admin
from sophon_report.ops.data_dir import DataDir

pytestmark = pytest.mark.models
FILM_HW = (512, 640)
WIDTH_PX = 320


def test_pictures_with_boxes_and_names_come_while_somebody_watches(folder):
    """A face and who it is, in the picture it belongs to; when the viewer has left vision makes none any more."""
    place = DataDir(folder / "d")
    place.import_folder.mkdir(parents=True)
    make_film(place.import_folder / "film.mp4")
    config = write_config(
        folder,
        f"""
[preview]
fps = 10
width_px = {WIDTH_PX}
[[device]]
id = "door"
type = "file"
url = "{place.import_folder / "film.mp4"}"
loop = true
""",
    )
    with running_service(config) as service:
        enrol(place)
        viewer = WebSocket()
        viewer.connect(f"ws://127.0.0.1:{service.preview_port}/preview", timeout=60)
        told = next(
            each for each in messages(viewer) if "Eileen" in [face["name"] for face in each["preview_objs"]]
        )
        assert (told["media_device_id"], told["preview_id"]) == ("door", "0")
        image = cv2.imdecode(
            np.frombuffer(pybase64.b64decode(told["frame_img"]["data"]), np.uint8), cv2.IMREAD_COLOR
        )
        assert image.shape == (FILM_HW[0] * WIDTH_PX // FILM_HW[1], WIDTH_PX, 3)
        (face,) = told["preview_objs"]
        x1, y1, x2, y2 = face["detect_box"]
        assert 0 < x1 < x2 < WIDTH_PX
        assert 0 < y1 < y2 < image.shape[0]
        viewer.close()
        seen = figure(service, "vision_frames_total")
        until(lambda: figure(service, "vision_frames_total") > seen + 25, "vision goes on")
        made = figure(service, "vision_previews_total")
        seen = figure(service, "vision_frames_total")
        until(lambda: figure(service, "vision_frames_total") > seen + 25, "and on")
        assert figure(service, "vision_previews_total") == made > 0
        assert service.stop() == 0


def test_a_gb28181_device_is_kept_and_says_that_it_is_not_supported_yet(folder):
    """In the list of devices, in health and in the figures; the service is well all the same."""
    place, url = DataDir(folder / "d"), "gb28181://34020000001320000001"
    place.root.mkdir(parents=True)
    config = write_config(folder, f'[[device]]\nid = "gate"\ntype = "gb28181"\nurl = "{url}"\n')
    with running_service(config) as service:
        until(lambda: shown(place)[0]["state"] == "failed", "it says so")
        ((row,), reasons) = shown(place), asyncio.run(health(place))
        assert (row["type"], row["url"]) == ("gb28181", url)
        assert "GB28181, which is not supported yet: register the camera by its RTSP address" in row["reason"]
        assert [reason for reason in reasons if "gate: failed" in reason and "not supported yet" in reason]
        assert figure(service, 'device_state{device="gate",state="failed"}') == 1
        assert service.stop() == 0


def shown(place):
    """The devices with their states."""

    async def ask():
        async with Admin(place) as admin:
            return (await admin.get("/api/v1/devices"))["devices"]

    return asyncio.run(ask())


async def health(place):
    async with Admin(place) as admin:
        works, reasons = await admin.health()
        assert works
        return reasons


def messages(viewer):
    while True:
        yield json.loads(viewer.recv_data(4096)[1].decode("utf-8"))


def figure(service, name):
    with urllib.request.urlopen(f"http://127.0.0.1:{service.api_port}/metrics", timeout=20) as reply:
        return float(
            re.search(rf"^sophon_report_{re.escape(name)} (\S+)$", reply.read().decode(), re.MULTILINE)[1]
        )


def enrol(place):
    """Make her known, once vision is there to look at her."""

    async def ask():
        async with Admin(place) as admin:
            if not (await admin.health())[0]:
                return False
            query = {"identity_id": "E-1", "name": "Eileen"}
            return bool(await admin.post("/api/v1/people", query, portrait().read_bytes()))

    until(lambda: asyncio.run(ask()), "she is known")
