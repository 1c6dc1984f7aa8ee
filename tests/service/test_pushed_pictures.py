"""A gate pushes pictures to the running service: real processes, models and portraits, a client and a receiver."""

import asyncio
import base64
import io
import json
import os
import signal
import socket
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Dict, List, Tuple

import aiohttp
import cv2
import numpy as np
import pytest
from PIL import Image

from sophon_report.config import load_settings
from sophon_report.demo.cast import sample_cast
from sophon_report.demo.service import Service
from sophon_report.people_import import Wish, import_people
from sophon_report.receiver import Receiver
from sophon_report.wire.pictures import decode_image
from tests.service.conftest import VAR

pytestmark = pytest.mark.models
HOST = "127.0.0.1"
SEARCH, OLD = "/sophon/v2/face/search", "/SophonMatch/api/PictureMatch"
DETECT, COMPARE = "/sophon/v2/face/detect", "/sophon/v2/face/compare"
FIQA, OLD_FIQA = "/sophon/v2/face/fiqa", "/SophonFace/api/FIQA"

PORTS = """
[server]
event_port = {events}
api_port = {api}
preview_port = 0
control_port = 0
system_port = 0
"""
GATE = """
[match]
duplicate_s = 600  # nothing here waits for it to pass, however slow the machine is
[[device]]
id = "gate"
name = "main gate"
type = "photo"
url = "127.0.0.1"
[[destination]]
name = "receiver"
url = "http://127.0.0.1:{receiver}/HistoryEvent"
infrared = true
"""


def free_port():
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


def text(raw):
    return base64.b64encode(raw).decode()


def png(image):
    return cv2.imencode(".png", image)[1].tobytes()


def jpeg_turned(image):
    """It lies on its side in the file, which says so: a telephone's."""
    exif = Image.Exif()
    exif[0x0112] = 6
    raw = io.BytesIO()
    lying = Image.fromarray(np.ascontiguousarray(image[:, :, ::-1])).transpose(Image.Transpose.ROTATE_90)
    lying.save(raw, "JPEG", exif=exif, quality=95)
    return raw.getvalue()


@dataclass
class Day:
    """What happened."""

    replies: Dict[str, Tuple[int, Dict[str, Any]]] = field(default_factory=dict)
    pushed: List[Dict[str, Any]] = field(default_factory=list)
    """What the WebSocket client read."""
    posted: List[Dict[str, Any]] = field(default_factory=list)
    status: int = -1


class Site:
    """A service on a folder of its own, a client and a receiver."""

    def __init__(self, folder, config):
        self.ports = {name: free_port() for name in ("events", "api", "receiver")}
        folder.mkdir()
        (folder / "models").symlink_to((VAR / "models").resolve(), target_is_directory=True)
        self.config = folder / "config.toml"
        self.config.write_text(f"data_dir = {json.dumps(str(folder))}\n" + (PORTS + config).format(**self.ports))
        self.service, self.day = Service(folder, self.config), Day()
        self.receiver = Receiver(
            HOST,
            self.ports["receiver"],
            say=lambda _line: None,
            on_event=lambda _path, event: self.day.posted.append(event),
        )

    async def push(self, name, path, **more):
        """One POST; its answer is kept under ``name``."""
        url = f"http://{HOST}:{self.ports['api']}{path}"
        async with aiohttp.ClientSession() as session, session.post(url, **more) as reply:
            self.day.replies[name] = (reply.status, await reply.json())

    async def search(self, name, picture, **more):
        await self.push(name, SEARCH, json={"rgb_image_base64": picture, "media_device_ip": HOST, **more})

    async def listen(self, ready):
        """Read events until cancelled."""
        async with aiohttp.ClientSession() as session, session.ws_connect(
            f"ws://{HOST}:{self.ports['events']}", max_msg_size=0
        ) as stream:
            await stream.send_str('{"with_face_image": true, "with_register_image": true}')
            ready.set()
            async for message in stream:
                self.day.pushed.append(json.loads(message.data))

    async def register(self, people):
        loop = asyncio.get_running_loop()
        report = await loop.run_in_executor(
            None, lambda: import_people(load_settings(self.config), people, Wish(replace=True))
        )
        assert report.note.refused == 0

    def kill_vision(self):
        report = self.service._process.pid
        children = Path(f"/proc/{report}/task/{report}/children").read_text().split()
        os.kill(int(children[0]), signal.SIGKILL)


async def push_everything(site, people):
    """In the order in which the tests below read."""
    obama, collins, stranger = (member.shown.read_bytes() for member in sample_cast(VAR / "pictures"))
    await site.search("nobody registered", text(obama))
    await site.register(people)
    await site.search("line breaks", base64.encodebytes(obama).decode(), with_register_photo=True)
    await site.search("bare", text(obama))
    await site.search("jpeg address", "data:image/jpeg;base64," + text(obama))
    await site.search("jpg address", "data:image/jpg;base64," + text(obama))
    await site.search("stranger", text(stranger), with_register_photo=True)
    await site.search("stranger again", text(stranger))
    quality = {"confidence": 93, "rect": {"top": 1, "left": 2}}
    form = {"rgb_image_base64": text(collins), "device_ip": HOST, "grab_fiqa_info": json.dumps(quality)}
    infrared = png(decode_image(collins)[:, :, 0])
    await site.push("older call", OLD, data={**form, "ir_image_base64": text(infrared)})
    await site.search("wall", text(png(np.full((480, 640, 3), 90, np.uint8))))
    await site.search("bomb", text(png(np.zeros((10_000, 10_000), np.uint8))))
    await site.search("no picture", text(b"hello"))
    await site.search("another device", text(obama), media_device_ip="10.0.0.99")
    await site.push("fiqa", FIQA, json={"image_base64_str": text(collins)})
    await site.push("fiqa middle", FIQA, json={"image_base64_str": text(collins), "fiqa_level": "middle"})
    small = cv2.resize(decode_image(collins), None, fx=0.35, fy=0.35, interpolation=cv2.INTER_AREA)
    await site.push("fiqa small", OLD_FIQA, json={"image_base64_str": text(png(small)), "fiqa_level": "low"})
    await site.push("fiqa wall", FIQA, json={"image_base64_str": text(png(np.full((480, 640, 3), 90, np.uint8)))})
    alone = {"image_base64_str": text(collins), "with_feature": True, "with_landmark": True}
    await site.push("detect", DETECT, json=alone)
    turned = jpeg_turned(decode_image(collins))
    await site.push("detect turned", DETECT, json={**alone, "image_base64_str": text(turned)})
    await site.push("compare", COMPARE, json={"image_1_base64": text(collins), "image_2_base64": text(turned)})
    await site.push("compare two", COMPARE, json={"image_1_base64": text(collins), "image_2_base64": text(obama)})
    await site.push("another group", SEARCH, json={"rgb_image_base64": text(obama), "permission_name": "x"})


@pytest.fixture(scope="module")
def day(media, tmp_path_factory):
    async def story():
        site = Site(tmp_path_factory.mktemp("p") / "d", GATE)
        await site.receiver.start()
        await site.service.start()
        listening = asyncio.Event()
        listener = asyncio.ensure_future(site.listen(listening))
        await listening.wait()
        await site.service.until(
            lambda figures: figures["vision"] and any(one["dialect"] for one in figures["clients"]), 60
        )
        await push_everything(site, media.people)
        await site.service.until(lambda figures: all(row["backlog"] == 0 for row in figures["destinations"]), 60)
        site.kill_vision()
        await site.search("vision away", text(b"any"))
        site.day.status = await site.service.stop()
        await asyncio.wait([listener], timeout=20)
        await site.receiver.stop()
        return site.day

    return asyncio.run(story())


@pytest.mark.parametrize("form", ["line breaks", "bare", "jpeg address", "jpg address"])
def test_the_person_is_recognised_in_every_form_of_a_picture(day, form):
    """The vendor's sample flow pushes base64 with line breaks."""
    status, said = day.replies[form]
    assert status == 200
    assert (said["result"], said["identity_id"]) == (True, "E-0001")
    assert said["score"] > 82


def test_the_gallery_photo_is_answered_when_asked_for(day):
    """A stranger is not shown whom they resemble."""
    assert decode_image(base64.b64decode(day.replies["line breaks"][1]["register_image"])).size
    assert day.replies["stranger"][1]["register_image"] == ""


def test_each_person_is_one_event_on_both_channels(day):
    """Two known people and a stranger, in order, the same ids; repeats and refusals made none."""
    assert [event["identity_id"] for event in day.pushed] == ["E-0001", "", "E-0002"]
    assert [event["user_type"] for event in day.pushed] == ["employee", "stranger", "employee"]
    assert [event["event_id"] for event in day.posted] == [event["event_id"] for event in day.pushed]
    assert {event["media_device_id"] for event in day.pushed} == {"gate"}
    assert {event["media_device_type"] for event in day.pushed} == {"photo"}
    assert {event["media_device_ip"] for event in day.pushed} == {HOST}


def test_an_event_of_a_picture_has_one_time_and_its_pictures(day):
    """In, recognised and out are the moment of the push; the face is in the scene."""
    for event in day.posted:
        assert event["timestamp"] == event["in_timestamp"] == event["out_timestamp"]
        scene = decode_image(base64.b64decode(event["spot_image"]))
        face = decode_image(base64.b64decode(event["recognize_face_image"]))
        assert max(scene.shape) <= 1920
        assert face.size < scene.size
        x1, y1, x2, y2 = event["recognize_face_attr"]["box"]
        assert 0 <= x1 < x2 <= scene.shape[1]
        assert 0 <= y1 < y2 <= scene.shape[0]


def test_the_infrared_picture_goes_along(day):
    """Of the push that had one."""
    assert [bool(event["ir_image"]) for event in day.posted] == [False, False, True]
    assert decode_image(base64.b64decode(day.posted[2]["ir_image"])).size


def test_the_older_call_answers_in_its_words(day):
    """Form-data in, the code as text out."""
    status, said = day.replies["older call"]
    assert status == 200
    assert (said["data"]["retcode"], said["data"]["identity_id"], said["data"]["name"]) == (
        "1",
        "E-0002",
        "Eileen Collins",
    )


@pytest.mark.parametrize(
    ("name", "status", "word"),
    [
        ("nobody registered", 400, "EMPTY_GROUP_ERROR"),
        ("wall", 400, "NO_FACE_ERROR"),
        ("fiqa wall", 400, "NO_FACE_ERROR"),
        ("bomb", 400, "IMAGE_SIZE_TOO_LARGE_ERROR"),
        ("no picture", 400, "IMAGE_DECODE_ERROR"),
        ("another device", 401, "PASSWORD_ERROR"),
        ("another group", 401, "PASSWORD_ERROR"),
        ("vision away", 503, "DEVICE_INIT_ERROR"),
    ],
)
def test_what_cannot_be_answered_is_refused_in_json(day, name, status, word):
    """The vendor's sample reads the body as JSON whatever the status is."""
    got, said = day.replies[name]
    assert (got, said["error"]["code"]) == (status, word)


def test_a_photo_is_judged_as_registering_would_judge_it(day):
    """A face of 90 px is enough for middle and too small for high; one of 31 px, too small to be matched, too."""
    status, said = day.replies["fiqa"]
    found = said["detailed_result"]
    assert (status, said["fiqa_result"], found["failed_items"]) == (200, False, ["face_size"])
    assert 85 < found["detailed_scores"]["face_size"] < 95
    assert day.replies["fiqa middle"][1]["fiqa_result"] is True
    assert day.replies["fiqa middle"][1]["detailed_result"]["bbox"] == found["bbox"]
    [small] = day.replies["fiqa small"][1]["data"]
    assert (small["fails"], 25 < small["info"]["face_size"] < 40) == (["face_size"], True)


def test_the_service_left_properly(day):
    """With all that behind it."""
    assert day.status == 0


def test_the_vendors_flow_from_device_to_report(media, tmp_path_factory):
    """Its sample adds the device, pushes with line breaks, then says where reports go: the next push is posted."""

    async def story():
        site = Site(tmp_path_factory.mktemp("f") / "d", "[access]\nopen_writes = true\n")
        obama, collins, _ = (member.shown.read_bytes() for member in sample_cast(VAR / "pictures"))
        await site.receiver.start()
        await site.service.start()
        await site.register(media.people)
        device = {"media_device_name": "gate", "media_device_type": "photo", "media_device_url": HOST}
        await site.push("device", "/sophon/v2/face/addmediadevice", json=device)
        await site.search("first", base64.encodebytes(obama).decode())
        url = f"http://{HOST}:{site.ports['receiver']}/HistoryEvent"
        configs = {"config_dict": {"HISTORY_EVENT_UPLOAD_URL": url}}
        await site.push("url", "/sophon/v2/face/setconfigs", json=configs)
        await site.search("second", base64.encodebytes(collins).decode())
        await site.service.until(
            lambda figures: site.day.posted and all(row["backlog"] == 0 for row in figures["destinations"]), 60
        )
        site.day.status = await site.service.stop()
        await site.receiver.stop()
        return site.day

    day = asyncio.run(story())
    assert {name: status for name, (status, _) in day.replies.items()} == dict.fromkeys(day.replies, 200)
    assert [day.replies[name][1]["identity_id"] for name in ("first", "second")] == ["E-0001", "E-0002"]
    assert day.posted[-1]["identity_id"] == "E-0002"
    assert day.posted[-1]["media_device_info"]["media_device_id"] == day.replies["device"][1]["media_device_id"]
    assert day.status == 0


def test_a_picture_that_lies_on_its_side_is_told_and_compared_as_it_is_shown(day):
    """Box and landmarks are those of the upright picture; two people are not one."""
    (upright,), (turned,) = (day.replies[name][1]["faces"] for name in ("detect", "detect turned"))
    assert np.abs(np.subtract(upright["bbox"], turned["bbox"])).max() < 4
    assert np.abs(np.subtract(upright["landmark"], turned["landmark"])).max() < 4
    one, other = (np.frombuffer(base64.b64decode(each["feature_base64_str"]), "<f4") for each in (upright, turned))
    assert float(one @ other) > 0.95
    assert day.replies["compare"][1]["score"] > 95
    assert day.replies["compare two"][1]["score"] < 60
