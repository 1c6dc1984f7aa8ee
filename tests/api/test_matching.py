"""``search`` and ``PictureMatch`` over real sockets: what is read, what is answered, who may ask."""

import asyncio
import base64
import json

import aiohttp
import pytest
from aiohttp import web
from test_routes import ScriptedService

from sophon_report.api.front import nothing_to_check
from sophon_report.api.gate import Gate
from sophon_report.api.groups import Filed
from sophon_report.api.matching import MatchCalls
from sophon_report.api.people import Permission, RegisteredPerson
from sophon_report.api.pictures import MatchAnswer
from sophon_report.api.routes import public_app
from sophon_report.config import Access
from sophon_report.errors import (
    BadImage,
    DeviceNotFound,
    NobodyKnown,
    NotFound,
    PermissionNotFound,
    Unavailable,
    VisionAway,
)
from sophon_report.model import Identity, Person, Role, UserType
from sophon_report.wire.pictures import MAX_IMAGE_BYTES

SEARCH, OLD = "/sophon/v2/face/search", "/SophonMatch/api/PictureMatch"
RAW = b"\xff\xd8 a picture of many bytes" * 5
B64 = base64.b64encode(RAW).decode()
ADA = Identity("E-1", "Ada", UserType.VIP, ("p1",), "f1", "i1", b"\xff\xd8gallery")
PHOTO = base64.b64encode(ADA.photo_jpeg).decode()
FACES = (("f0", "i0"), ("f1", "i1"))
PASSED = MatchAnswer(True, 91.23456, ADA, FACES, "1760000000000001", 1.5, 20.25)
BELOW = MatchAnswer(False, 27.693, ADA, FACES)


class Eyes:
    """Answers as told and remembers what it was asked."""

    def __init__(self, answer=PASSED, photo_devices=()):
        self.answer, self.photo_devices, self.pushed = answer, photo_devices, []

    def is_photo_device(self, address):
        return address in self.photo_devices

    async def push(self, picture):
        self.pushed.append(picture)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class Registry:
    """One person, whom nobody has changed meanwhile, and one permission group."""

    async def get(self, identity_id):
        if identity_id != ADA.identity_id:
            raise NotFound(identity_id)
        return RegisteredPerson(Person("E-1", "Ada", UserType.VIP, ("p1",), '{"id_card":"9"}'), FACES)

    async def find(self, permission_id="", name=""):
        if permission_id != "g-1" and name != "staff":
            raise PermissionNotFound(f"there is no permission group {permission_id or name}")
        return Permission("g-1", "staff")

    async def filed(self, identity_ids):
        return dict.fromkeys(identity_ids, Filed(("night",), '{"aaa":1}', ("staff",)))


def ask(eyes, path, body=None, folder=None, check=nothing_to_check, access=Access(), **more):  # noqa: B008 - frozen
    """One POST on a free port: status and body."""
    if body is not None:
        more["json"] = body

    async def story():
        calls = MatchCalls(eyes, folder, lambda: access, Registry(), Registry(), Registry()).calls()
        runner = web.AppRunner(public_app(ScriptedService(), calls, check))
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}{path}"
        async with aiohttp.ClientSession() as session, session.post(url, **more) as reply:
            said = await reply.json()
        await runner.cleanup()
        return reply.status, said

    return asyncio.run(story())


OPEN = Access(open_writes=True)


def search(body, eyes=None, **more):
    return ask(eyes or Eyes(), SEARCH, {"rgb_image_base64": B64, **body}, access=OPEN, **more)


def old(body, eyes=None, **more):
    return ask(eyes or Eyes(), OLD, {"rgb_image_base64": B64, **body}, access=OPEN, **more)


def code(said):
    return said["error"]["code"]


class TestSearch:
    def test_who_passed_is_named_with_everything_the_page_lists(self):
        """Result, score, person, time it took; the photo only when asked for."""
        status, said = search({})
        assert status == 200
        assert said == {
            "result": True,
            "score": 91.2346,
            "identity_id": "E-1",
            "identity_info": {
                "identity_id": "E-1",
                "identity_name": "Ada",
                "user_type": "vip",
                "permission_ids": ["p1"],
                "ext_user_info": {"id_card": "9"},
                "face_ids": ["f0", "f1"],
                "register_image_ids": ["i0", "i1"],
            },
            "debug_info": {"comparetime": 1.5, "totaltime": 20.25},
        }
        assert "debug_info" not in search({"with_debug_info": False})[1]

    def test_who_did_not_pass_comes_closest_and_their_photo_is_hidden(self):
        """As the sample shows; shown only when the modification of results is switched off."""
        _, said = search({"with_register_photo": True}, Eyes(BELOW))
        assert (said["result"], said["score"], said["identity_id"]) == (False, 27.693, "E-1")
        assert said["register_image"] == ""
        _, said = search({"with_register_photo": True, "with_result_modification": False}, Eyes(BELOW))
        assert said["register_image"] == PHOTO

    @pytest.mark.parametrize("name", ["with_register_photo", "need_register_photo"])
    def test_the_gallery_photo_comes_bare_under_both_names_of_its_switch(self, name):
        """The table and the text of the page call it differently."""
        assert search({name: True})[1]["register_image"] == PHOTO
        assert "register_image" not in search({name: False})[1]

    @pytest.mark.parametrize(
        "text",
        [
            B64,
            "data:image/jpeg;base64," + B64,
            "data:image/jpg;base64," + B64,
            base64.encodebytes(RAW).decode(),
            base64.encodebytes(RAW).decode().replace("\n", "\r\n"),
        ],
    )
    def test_each_form_of_a_picture_is_read(self, text):
        """The four of the samples."""
        eyes = Eyes()
        assert search({"rgb_image_base64": text, "ir_image_base64": text}, eyes)[0] == 200
        assert (eyes.pushed[0].image, eyes.pushed[0].infrared) == (RAW, RAW)

    def test_all_that_is_asked_is_passed_on(self):
        """Device, or group, and the smallest face."""
        eyes = Eyes()
        search({"media_device_ip": "10.0.0.21", "min_face_size": 80}, eyes)
        search({"permission_name": "staff", "min_face_size": 3}, eyes)
        one, other = eyes.pushed
        assert (one.device_address, one.min_face_px) == ("10.0.0.21", 80)
        assert (other.device_address, other.permission_id, other.min_face_px) == ("", "g-1", 20)

    @pytest.mark.parametrize("named", ["staff", "g-1"])
    def test_a_group_is_named_by_its_name_or_its_id(self, named):
        """The tables say the name; whoever has the id means the same group."""
        eyes = Eyes()
        search({"permission_name": named}, eyes)
        old({"permission_name": named, "group_name": "default_group"}, eyes)
        assert [picture.permission_id for picture in eyes.pushed] == ["g-1", "g-1"]

    def test_a_group_that_nobody_knows_is_refused_unless_a_device_is_named(self):
        """A device has its own: what stands beside it is not looked at."""
        status, said = search({"permission_name": "nobody"})
        assert (status, code(said)) == (404, "PERMISSION_ID_NOT_FOUND")
        assert old({"permission_name": "nobody"})[1]["error"]["code"] == 40401
        eyes = Eyes()
        assert search({"permission_name": "nobody", "media_device_ip": "10.0.0.21"}, eyes)[0] == 200
        assert eyes.pushed[0].permission_id == ""

    def test_files_are_read_from_the_import_folder_only(self, tmp_path):
        """The path wins over the text; what lies elsewhere is not opened."""
        (tmp_path / "import").mkdir()
        (tmp_path / "import" / "face.jpg").write_bytes(RAW)
        (tmp_path / "secret").write_bytes(b"secret")
        eyes = Eyes()
        body = {"rgb_image_path": "face.jpg", "rgb_image_base64": "x", "ir_image_path": "face.jpg"}
        assert search(body, eyes, folder=tmp_path / "import")[0] == 200
        assert (eyes.pushed[0].image, eyes.pushed[0].infrared) == (RAW, RAW)
        for path in ("../secret", str(tmp_path / "secret"), "none.jpg"):
            status, said = search({"rgb_image_path": path}, folder=tmp_path / "import")
            assert (status, code(said)) == (400, "IMAGE_NOT_OPENED")

    @pytest.mark.parametrize(
        ("body", "status", "word"),
        [
            ({"rgb_image_base64": None}, 400, "MISSING_ARGUMENTS"),
            ({"rgb_image_base64": ""}, 400, "MISSING_ARGUMENTS"),
            ({"rgb_image_base64": "no picture!"}, 400, "IMAGE_DECODE_ERROR"),
            ({"rgb_image_base64": 5}, 400, "INVALID_ARGUMENTS"),
            ({"ir_image_base64": "no picture!"}, 400, "IMAGE_DECODE_ERROR"),
            (
                {"rgb_image_base64": base64.b64encode(bytes(MAX_IMAGE_BYTES + 1)).decode()},
                400,
                "IMAGE_SIZE_TOO_LARGE_ERROR",
            ),
            ({"media_device_ip": 7}, 400, "INVALID_ARGUMENTS"),
            ({"min_face_size": -1}, 400, "INVALID_ARGUMENTS"),
            ({"min_face_size": "80"}, 400, "INVALID_ARGUMENTS"),
            ({"with_register_photo": "yes"}, 400, "INVALID_ARGUMENTS"),
            ({"with_attribute": 1}, 400, "INVALID_ARGUMENTS"),
            ({"with_default_group_only": "x"}, 400, "INVALID_ARGUMENTS"),
            ({"with_debug_info": []}, 400, "INVALID_ARGUMENTS"),
            ({"with_liveness_check": "liveness_rgb"}, 400, "LIVENESS_DETECT_FAIL"),
            ({"with_liveness_check": "liveness_rgb_ir"}, 400, "NOT_SUPPORT_IR_LIVENESS"),
            ({"with_liveness_check": "please"}, 400, "INVALID_ARGUMENTS"),
        ],
    )
    def test_what_is_wrong_is_refused_before_anybody_looks(self, body, status, word):
        """With the vendor's word, in JSON."""
        eyes = Eyes()
        got, said = search(body, eyes)
        assert (got, code(said), eyes.pushed) == (status, word, [])

    @pytest.mark.parametrize(
        ("error", "status", "word"),
        [
            (BadImage("no_face", "no face was found"), 400, "NO_FACE_ERROR"),
            (BadImage("too_large", "pixels"), 400, "IMAGE_SIZE_TOO_LARGE_ERROR"),
            (BadImage("face_too_small", "12 px"), 400, "LOW_QUALITY_ERROR"),
            (DeviceNotFound("no photo device"), 404, "DEVICE_ID_NOT_FOUND"),
            (NobodyKnown("nobody"), 400, "EMPTY_GROUP_ERROR"),
            (VisionAway("vision is starting"), 503, "DEVICE_INIT_ERROR"),
            (Unavailable("too many photos are waiting"), 503, "INTERNAL_ERROR"),
        ],
    )
    def test_why_there_is_no_answer_is_said_in_the_vendors_words(self, error, status, word):
        """Never with 200."""
        got, said = search({}, Eyes(error))
        assert (got, code(said), said["error"]["message"]) == (status, word, str(error))

    def test_a_body_that_is_not_json_is_refused(self):
        """API 2.0 takes JSON only."""
        assert code(ask(Eyes(), SEARCH, data={"rgb_image_base64": B64})[1]) == "UNSUPPORT_CONTENT_TYPE"
        assert code(ask(Eyes(), SEARCH, data=b"")[1]) == "EMPTY_REQUEST_JSON"


class TestPictureMatch:
    def test_who_passed_is_answered_in_data_and_beside_it(self):
        """The convention of older calls and the page of this one."""
        status, said = old({"need_register_photo": True, "with_debug_info": True})
        assert status == 200
        data = said.pop("data")
        assert data == said
        assert data == {
            "retcode": "1",
            "score": 91.2346,
            "identity_id": "E-1",
            "identity_info": {
                "name": "Ada",
                "type": 5,
                "permission_ids": ["p1"],
                "user_id": "E-1",
                "image_id": "i1",
                "image_ids": ["i0", "i1"],
                "face_ids": ["f0", "f1"],
                "group_ids": ["night"],
                "permission_names": ["staff"],
                "ext_info": {"idNumber": "9"},
                "aaa": 1,
            },
            "name": "Ada",
            "reg_pic": PHOTO,
            "debug_info": {"comparetime": 1.5, "totaltime": 20.25},
        }

    def test_who_did_not_pass_is_nobody(self):
        """The code, the score of the nearest, no name and no photo."""
        _, said = old({"need_register_photo": True}, Eyes(BELOW))
        assert said["data"] == {
            "retcode": "0",
            "score": 27.693,
            "identity_id": "",
            "identity_info": {},
            "name": "stranger",
            "reg_pic": "",
        }

    def test_what_was_found_is_told_all_the_same_when_it_is_asked_for(self):
        """Not passed, and yet who comes closest."""
        _, said = old({"need_keep_info": True}, Eyes(BELOW))
        assert (said["retcode"], said["identity_id"], said["identity_info"]["name"]) == ("0", "E-1", "Ada")

    @pytest.mark.parametrize("form", [False, True])
    def test_json_and_form_data_are_the_same(self, form):
        """Objects are JSON text in a form, switches are words."""
        eyes = Eyes()
        quality = {"pitch": 3, "rect": {"top": 1}}
        body = {
            "rgb_image_base64": B64,
            "ir_image_base64": B64,
            "device_ip": "10.0.0.21",
            "grab_fiqa_info": json.dumps(quality) if form else quality,
            "min_face_size": "80",
            "need_register_photo": "false",
            "support_stranger": "true",
            "compare_time": "1760000000",
        }
        answered = ask(eyes, OLD, access=OPEN, **({"data": body} if form else {"json": body}))
        assert answered[0] == 200
        [picture] = eyes.pushed
        assert (picture.image, picture.infrared, picture.device_address) == (RAW, RAW, "10.0.0.21")
        assert (json.loads(picture.camera_quality), picture.min_face_px) == (quality, 80)

    @pytest.mark.parametrize(
        ("body", "number"),
        [
            ({"rgb_image_base64": None}, 40091),
            ({"rgb_image_base64": "!"}, 40003),
            ({"image_file_path": "../x"}, 40003),
            ({"grab_fiqa_info": []}, 40091),
            ({"grab_fiqa_info": {"note": "x" * 5000}}, 40091),
            ({"need_keep_info": "perhaps"}, 40091),
            ({"liveness_mode": "liveness_rgb_ir"}, 40000),
            ({"liveness_mode": "1"}, 40000),
        ],
    )
    def test_what_is_wrong_is_refused_in_the_older_shape(self, body, number, tmp_path):
        """A number, a message, a word."""
        eyes = Eyes()
        status, said = old(body, eyes, folder=tmp_path)
        assert (status, code(said), eyes.pushed) == (400, number, [])
        assert set(said["error"]) == {"code", "message", "status"}

    @pytest.mark.parametrize("mode", ["", "off", "0", "liveness_off", 0])
    def test_no_wish_for_life_is_a_wish_that_is_met(self, mode):
        """Its words are not documented."""
        assert old({"liveness_mode": mode})[0] == 200


def gate(access, *photo_devices):
    known = Gate(lambda: access, {"good": Role.OPERATOR}.get, lambda address: address in photo_devices)
    return known.refusal


class TestWhoMayPush:
    CLOSED = Access()
    HERE, OTHER = "127.0.0.1", "10.0.0.99"

    def push(self, path, body, access=CLOSED, devices=(HERE,), **more):
        eyes = Eyes(photo_devices=devices)
        body = {"rgb_image_base64": B64, **body}
        status, said = ask(eyes, path, body, check=gate(access, *devices), access=access, **more)
        return status, said, [(picture.device_address, picture.permission_id) for picture in eyes.pushed]

    @pytest.mark.parametrize("body", [{}, {"media_device_ip": HERE}, {"media_device_ip": "::ffff:127.0.0.1"}])
    def test_a_photo_device_pushes_as_itself_without_any_credentials(self, body):
        """Named or not, however it spells its address."""
        status, _, pushed = self.push(SEARCH, body)
        assert (status, pushed) == (200, [(self.HERE, "")])
        assert self.push(OLD, {"device_ip": self.HERE})[0] == 200

    @pytest.mark.parametrize(
        ("path", "body"),
        [
            (SEARCH, {"media_device_ip": OTHER}),
            (SEARCH, {"permission_name": "staff"}),
            (OLD, {"device_ip": OTHER}),
            (OLD, {"permission_name": "staff", "group_name": "default_group"}),
        ],
    )
    def test_it_may_not_push_as_another_nor_ask_about_a_group(self, path, body):
        """The refusal names its own address and the switch."""
        status, said, pushed = self.push(path, body)
        assert (status, pushed) == (401, [])
        assert self.HERE in said["error"]["message"]
        assert "access.open_writes" in said["error"]["message"]

    def test_its_own_group_counts_when_it_names_one_besides(self):
        """The device's, that is: the caller of the event decides by it."""
        status, _, pushed = self.push(SEARCH, {"media_device_ip": self.HERE, "permission_name": "staff"})
        assert (status, pushed) == (200, [(self.HERE, "")])

    def test_nobody_else_may_push_while_writes_are_closed(self):
        """And is told which switch there is."""
        status, said, pushed = self.push(SEARCH, {}, devices=())
        assert (status, pushed) == (401, [])
        assert "access.open_writes" in said["error"]["message"]

    @pytest.mark.parametrize("how", ["open_writes", "token"])
    def test_with_open_writes_or_a_token_any_device_may_be_named(self, how):
        """Or a group, or neither; a photo device that says neither still means itself."""
        access = Access(open_writes=how == "open_writes")
        more = {"headers": {"Authorization": "Bearer good"}} if how == "token" else {}
        for body, devices, expected in (
            ({"media_device_ip": self.OTHER}, (), (self.OTHER, "")),
            ({"media_device_ip": self.OTHER}, (self.HERE,), (self.OTHER, "")),
            ({"permission_name": "staff"}, (self.HERE,), ("", "g-1")),
            ({}, (), ("", "")),
            ({}, (self.HERE,), (self.HERE, "")),
        ):
            status, _, pushed = self.push(SEARCH, body, access, devices, **more)
            assert (status, pushed) == (200, [expected])
