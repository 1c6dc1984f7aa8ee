"""WebSockets of the API port: who may look on, what comes, that nothing is missed or left behind."""

import contextlib
import json
import socket

import pytest
from running_box import HOST, running_box
from samples import PHOTO_JPEG
from waiting import until
from websocket import WebSocket, WebSocketBadStatusException

PATH = "/api/v1/live"
BROWSER = {"User-Agent": "Mozilla/5.0"}


@pytest.fixture(scope="module")
def box(tmp_path_factory):
    with running_box(tmp_path_factory.mktemp("l"), access={"session_idle_s": 60}) as one:
        one.register("E-1", "<img src=x onerror=alert(1)>", "ada")
        with one.vision.alive():
            yield one


@pytest.fixture
def session(box):
    password = box.place.admin_password.read_text().strip()
    return box.ask("POST", "/api/v1/session", {"username": "admin", "password": password}).body["token"]


def look(box, token, path=PATH, **options):
    """A client whose handshake shows ``token``."""
    client = WebSocket()
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    url = f"ws://{HOST}:{box.process.api_port}{path}"
    client.connect(url, timeout=30, header={**BROWSER, **headers}, **options)
    return client


def told(client):
    return json.loads(client.recv())


def subscribed(box):
    until(lambda: any(row.dialect == "page" and not row.catching_up for row in box.clients()), "the page")


def test_an_event_is_told_without_pictures_and_its_face_is_there_at_once(box, session):
    """The picture is asked for by the event's id, before the event is in any history."""
    with contextlib.closing(look(box, session)) as page:
        page.send("{}")
        subscribed(box)
        box.vision.visit("ada")
        event = told(page)
        picture = box.raw(
            "GET", f"/api/v1/events/{event['event_id']}/pictures/face", {"Authorization": f"Bearer {session}"}
        )
        assert (picture.status, picture.body[:2]) == (200, b"\xff\xd8")
        assert event["name"] == "<img src=x onerror=alert(1)>"
        assert (event["device_name"], event["user_type"], event["identity_id"]) == (
            "front door",
            "employee",
            "E-1",
        )
        assert set(event) == {
            *("event_id", "at_ms", "device_id", "device_name", "identity_id", "name", "user_type", "score_pct"),
            "seq",
        }


def test_what_came_while_the_page_was_away_comes_once_each_in_order(box, session):
    """By the number of the last event that it had."""
    with contextlib.closing(look(box, session)) as page:
        page.send("{}")
        subscribed(box)
        box.vision.visit("ada")
        last = told(page)
    until(lambda: not box.clients(), "the page has gone")
    box.vision.visit("ada")
    box.vision.visit("bob")
    with contextlib.closing(look(box, session)) as page:
        page.send(json.dumps({"since": last["seq"]}))
        missed = [told(page), told(page)]
        subscribed(box)
        box.vision.visit("ada")
        new = told(page)
    numbers = [event["seq"] for event in (last, *missed, new)]
    assert numbers == sorted(set(numbers))
    assert [event["user_type"] for event in (*missed, new)] == ["employee", "stranger", "employee"]


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ({"origin": "http://evil.example"}, 401),
        ({"origin": f"http://{HOST}:1"}, 401),
        ({"suppress_origin": True, "token": ""}, 401),
        ({"suppress_origin": True, "token": "nobody's"}, 401),
    ],
)
def test_nobody_else_gets_in(box, session, options, status):
    """Pages of other sites and of other ports of this machine, and who shows nothing or a wrong token."""
    token = options.pop("token", session)
    with pytest.raises(WebSocketBadStatusException) as refused:
        look(box, token, **options)
    assert refused.value.status_code == status


def test_a_box_with_a_name_of_its_own_lets_in_who_is_logged_in_there(box, session):
    """A page that only has the box's address for a while is not."""
    name = {"host": "box.example.com", "origin": "http://box.example.com"}
    look(box, session, **name).close()
    with pytest.raises(WebSocketBadStatusException):
        look(box, "", **name)


def test_what_is_no_websocket_is_told_so(box, session):
    """In the shape of every refusal."""
    shown = {"Authorization": f"Bearer {session}"}
    assert (box.ask("GET", PATH, headers=shown).status, box.ask("GET", PATH, headers=shown).code) == (
        426,
        "UPGRADE_REQUIRED",
    )
    upgrade = {**shown, "Upgrade": "websocket", "Connection": "close"}
    assert box.ask("GET", PATH, headers=upgrade).code == "INVALID_ARGUMENTS"


def test_the_end_of_a_session_closes_the_page_s_socket(box, session):
    """Within a second or so, with the code for what is not allowed."""
    with contextlib.closing(look(box, session)) as page:
        page.send("{}")
        assert box.ask("DELETE", "/api/v1/session", headers={"Authorization": f"Bearer {session}"}).status == 200
        opcode, data = page.recv_data(control_frame=True)
        assert (opcode, int.from_bytes(data[:2], "big")) == (8, 1008)
    until(lambda: not box.clients(), "nobody is left")


def test_a_page_left_open_prolongs_no_session(box, session):
    """Only what its user does counts: the look once a second is no use."""
    sessions = box.process._access.sessions
    with contextlib.closing(look(box, session)) as page:
        page.send("{}")
        subscribed(box)
        used = {one.used_s for one in sessions._sessions.values()}
        assert box.call(sessions.look, session)
        assert {one.used_s for one in sessions._sessions.values()} == used


def test_pages_that_come_and_go_leave_no_place_taken(box, session):
    """The API port counts a connection that it handed over no more."""
    for _ in range(70):  # more than one address may have at a time
        look(box, session).close()
    until(lambda: not box.clients(), "all have gone")
    until(lambda: box.call(lambda: sum(box.process._traffic.connections.values())) <= 1, "and are counted")


def test_a_page_that_does_not_read_is_bounded_as_every_client(tmp_path_factory):
    """Its oldest events go, and are counted."""
    server = {"client_buffer_bytes": 64 << 10}
    with running_box(tmp_path_factory.mktemp("b"), access={"open_reads": True}, server=server) as small:
        with pytest.raises(WebSocketBadStatusException):
            look(small, "", host="box.example.com", origin="http://box.example.com")
        page = look(small, "", suppress_origin=True, sockopt=((socket.SOL_SOCKET, socket.SO_RCVBUF, 4096),))
        page.send("{}")
        subscribed(small)
        event = None
        with contextlib.closing(page):
            small.vision.visit("bob")
            event = told(page)
            recognition = small.call(small.process.events.shown, event["event_id"])

            def flood():
                for _ in range(40_000):
                    small.process.events.publish(recognition)

            small.call(flood)
            [row] = small.clients()
            assert row.dropped > 0
            assert row.queued_bytes <= (64 << 10) + (64 << 10) + 1024


def test_today_is_told_with_the_number_from_which_a_page_goes_on(box, session):
    """What the socket tells behind that number is what is not counted yet."""
    shown = {"Authorization": f"Bearer {session}"}
    box.vision.visit("ada")
    box.indexed()
    seq = box.call(lambda: box.process.history.index.cursor)
    today = box.ask("GET", "/api/v1/today?utc_offset_min=480", headers=shown)
    assert (today.status, len(today.body["hours"])) == (200, 24)
    assert today.body["seq"] <= seq
    assert box.ask("GET", "/api/v1/today?utc_offset_min=9999", headers=shown).code == "INVALID_ARGUMENTS"


def test_what_is_wrong_is_told_to_who_may_read(box, session):
    """The made-up password, here; nothing to anybody else."""
    assert box.ask("GET", "/api/v1/problems-now").status == 401
    told_now = box.ask("GET", "/api/v1/problems-now", headers={"Authorization": f"Bearer {session}"}).body
    [problem] = [each for each in told_now["problems"] if each["code"] == "password_made_up"]
    assert (problem["severity"], problem["place"]) == ("notice", "account")
    assert 0 < problem["since_ms"] <= told_now["now_ms"]


def tile(client):
    """One picture: what is told of it, and the JPEG."""
    message = client.recv()
    size = int.from_bytes(message[:4], "big")
    return json.loads(message[4 : 4 + size]), message[4 + size :]


def wanted(box):
    return box.vision.wanted


def test_a_page_gets_pictures_of_the_cameras_it_names_with_who_is_on_them(box, session):
    """No larger than it shows them, and no others; vision makes none when nobody looks any more."""
    track = box.vision.arrives("ada")
    with contextlib.closing(look(box, session, "/api/v1/live/preview")) as page:
        page.send(json.dumps({"devices": ["door", "nobody's"], "width_px": 320}))
        until(lambda: wanted(box) is not None and wanted(box).device_ids == ("door",), "vision is asked")
        assert wanted(box).widths_px == {"door": 320}
        box.vision.preview("yard")
        number = box.vision.preview("door", (track, (10.2, 20, 110, 140)), (99, (1, 2, 3, 4)))
        told_of, jpeg = tile(page)
        assert (told_of["device_id"], told_of["frame_id"], jpeg) == ("door", number, PHOTO_JPEG)
        assert told_of["faces"] == [
            {
                "track_id": track,
                "box": [10, 20, 110, 140],
                "name": "<img src=x onerror=alert(1)>",
                "kind": "known",
            },
            {"track_id": 99, "box": [1, 2, 3, 4], "name": "", "kind": ""},
        ]
        page.send(json.dumps({"devices": ["yard"]}))
        until(lambda: wanted(box).device_ids == ("yard",), "the other camera")
        page.send(json.dumps({"devices": []}))
        until(lambda: wanted(box).device_ids == (), "a page that is not looked at")
        page.send(json.dumps({"devices": ["door"]}))
        until(lambda: wanted(box).device_ids == ("door",), "and is again")
    until(lambda: wanted(box).device_ids == (), "nobody looks any more")


def test_a_viewer_of_the_vendors_preview_gets_its_pictures_whole_whatever_pages_want(box, session):
    """A page that looks at the same camera makes no picture smaller."""
    with contextlib.closing(look(box, session, "/api/v1/live/preview")) as page:
        page.send(json.dumps({"devices": ["door"], "width_px": 320}))
        until(lambda: wanted(box).widths_px == {"door": 320}, "the page's")
        with contextlib.closing(box.watch()) as viewer:
            until(lambda: "yard" in wanted(box).device_ids and wanted(box).widths_px == {}, "and the viewer's")
            box.vision.preview("door")
            assert json.loads(viewer.recv())["media_device_id"] == "door"
            assert tile(page)[0]["device_id"] == "door"


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("[]", "message: must be a JSON object"),
        ("{}", "devices: must be a list of at most 16 device ids"),
        (json.dumps({"devices": ["a"] * 17}), "devices: must be a list of at most 16 device ids"),
        (json.dumps({"devices": [1]}), "devices: device ids are texts of at most 128 characters"),
        (json.dumps({"devices": [], "width_px": True}), "width_px: must be a whole number"),
    ],
)
def test_what_is_no_wish_closes_the_socket_with_the_name_of_what_is_wrong(box, session, said, reason):
    """As on the event port."""
    with contextlib.closing(look(box, session, "/api/v1/live/preview")) as page:
        page.send(said)
        opcode, data = page.recv_data(control_frame=True)
        assert (opcode, int.from_bytes(data[:2], "big"), data[2:].decode()) == (8, 1008, reason)
