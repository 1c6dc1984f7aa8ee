"""The receiver over real sockets: it answers everything and believes nothing."""

import asyncio
import base64
import gzip
import random

import aiohttp
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from samples import FACE_JPEG, recognition

from sophon_report.errors import PortInUse
from sophon_report.receiver import Folder, Receiver, ReceiverStats, file_name, line
from sophon_report.terminal import printable
from sophon_report.wire import layouts
from sophon_report.wire.signing import signed_headers
from sophon_report.wire.telling import Telling

KEY = b"the key that was agreed on"
JPEG = b"\xff\xd8\xff picture"
EVENT = {
    "event_id": "1760000000123456",
    "identity_id": "E-1",
    "identity_name": "王芳",
    "user_type": "employee",
    "score": 94.8,
    "timestamp": 1_760_000_000_123,
    "in_timestamp": 1_760_000_000_000,
    "out_timestamp": 1_760_000_003_456,
    "media_device_info": {"media_device_name": "front door"},
    "spot_image": base64.b64encode(JPEG).decode(),
}


def with_receiver(scenario, **options):
    """Run ``scenario(session, receiver, url, said)`` against a receiver of its own."""

    async def whole():
        said = []
        receiver = Receiver("127.0.0.1", 0, say=said.append, **options)
        await receiver.start()
        try:
            async with aiohttp.ClientSession() as session:
                await scenario(session, receiver, f"http://127.0.0.1:{receiver.port}", said)
        finally:
            await receiver.stop()
        return receiver

    return asyncio.run(whole())


async def post(session, url, **options):
    async with session.post(url, **options) as answer:
        return answer.status, await answer.json()


@pytest.mark.parametrize("path", ["/RealTimeEvent", "/HistoryEvent", "/HistoryEvent/"])
def test_an_event_is_said_and_answered_as_the_vendor_does(path):
    """200, status 0, and one line with who, score, times and where."""
    seen = []

    async def scenario(session, receiver, url, said):
        assert await post(session, url + path, json=EVENT) == (
            200,
            {"status": 0, "message": "SUCCESS", "data": None},
        )
        assert receiver.stats() == ReceiverStats(events=1)
        for part in ("王芳 (E-1) [employee]", "score 94.8", "front door", "in ", "out "):
            assert part in said[0]

    with_receiver(scenario, on_event=lambda where, event: seen.append((where, event)))
    assert seen == [(path.rstrip("/"), EVENT)]


@pytest.mark.parametrize(("signed_with", "status"), [(KEY, 200), (b"another key of 24 bytes.", 401), (None, 401)])
def test_with_a_key_only_what_was_signed_with_it_is_taken(signed_with, status):
    """The sender learns why; 401 pauses it, and no event is set aside for it."""
    body = orjson.dumps(EVENT)

    async def scenario(session, receiver, url, said):
        headers = dict(signed_headers([signed_with], "1", 1_700_000_000, body)) if signed_with else {}
        packed = {**headers, "Content-Encoding": "gzip"}
        got, told = await post(session, url + "/HistoryEvent", data=gzip.compress(body), headers=packed)
        assert got == status
        assert receiver.stats().events == (status == 200)
        assert status == 200 or "sign" in told["message"]

    with_receiver(scenario, key=KEY, now_s=lambda: 1_700_000_060.0)


def test_a_list_and_a_form_are_taken(tmp_path):
    """Two events of a list, one of form-data."""

    async def scenario(session, receiver, url, said):
        assert (await post(session, url + "/HistoryEvent", json=[EVENT, EVENT]))[0] == 200
        form = aiohttp.FormData()
        form.add_field("identity_name", "李雷", content_type="text/plain; charset=utf-8")
        form.add_field("ext_data", '{"device_ip": "10.0.0.9"}')
        assert (await post(session, url + "/RealTimeEvent", data=form))[0] == 200
        assert receiver.stats().events == 3
        assert "李雷" in said[-1]
        assert "10.0.0.9" in said[-1]

    with_receiver(scenario)


def test_device_states_are_said():
    """Each device with its state."""

    async def scenario(session, receiver, url, said):
        report = {"media_devices": [{"media_device_name": "front", "media_device_status": "offline"}]}
        assert (await post(session, url + "/DeviceStatus", json=report))[0] == 200
        assert said == ["device status  front offline"]

    with_receiver(scenario)


def test_the_state_of_a_box_is_said_with_its_devices(tmp_path):
    """One line; kept under its number, since a report has no id."""

    async def scenario(session, receiver, url, said):
        report = {
            "gateway_name": "hall",
            "gateway_status": "online",
            "sub_devices": [{"ep_name": "gate", "ep_status": "offline"}],
        }
        assert (await post(session, url + "/DeviceStatus", json=report))[0] == 200
        assert said == ["device status  hall online, gate offline"]

    with_receiver(scenario, save_dir=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["report-1.json"]


def test_an_event_of_an_se3_is_said(tmp_path):
    """Raw score, number for the kind of person, device by its id, as JSON and as form-data."""

    async def scenario(session, receiver, url, said):
        for content_type in ("json", "form-data"):
            body, header = layouts.body(layouts.find("se3"), recognition(), Telling(), content_type)
            told = await post(session, url + "/RealTimeEvent", data=body, headers={"Content-Type": header})
            assert told[0] == 200
            for part in ("张三 (E-0001)", "score 0.7812", "door"):
                assert part in said[-1]

    with_receiver(scenario, save_dir=tmp_path)
    assert (tmp_path / "1760000000000001_recognize_face.jpg").read_bytes() == FACE_JPEG


def test_pictures_and_json_are_kept(tmp_path):
    """The JSON names the picture files; an event sent again replaces itself."""

    async def scenario(session, receiver, url, said):
        for _ in range(2):
            await post(session, url + "/HistoryEvent", json=EVENT)
        assert receiver.stats().saved == 2

    with_receiver(scenario, save_dir=tmp_path / "new")
    names = ["1760000000123456.json", "1760000000123456_spot_image.jpg"]
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == names
    assert (tmp_path / "new" / names[1]).read_bytes() == JPEG
    kept = orjson.loads((tmp_path / "new" / names[0]).read_bytes())
    assert kept == {**EVENT, "spot_image": names[1]}


@pytest.mark.parametrize("event_id", ["../../evil", "/etc/passwd", "..", "a\x00b", "x" * 5000, "王"])
def test_no_event_id_leads_out_of_the_folder(tmp_path, event_id):
    """Names are made of harmless characters and short."""
    folder = tmp_path / "a" / "b"
    assert Folder(folder).save({**EVENT, "event_id": event_id}, 1)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) == 2
    assert {path.parent for path in files} == {folder}


def test_a_full_folder_takes_nothing_more(tmp_path):
    """What lies there already counts too."""
    (tmp_path / "old").write_bytes(bytes(700))
    folder = Folder(tmp_path, max_bytes=1000)
    assert folder.save(EVENT, 1)
    assert not folder.has_room
    assert not folder.save({**EVENT, "event_id": "2"}, 2)
    assert not (tmp_path / "2.json").exists()


def test_an_event_that_cannot_be_kept_is_still_received(tmp_path):
    """A disk that refuses is said and counted, and the sender hears 200."""
    (tmp_path / "file").write_bytes(b"")

    async def scenario(session, receiver, url, said):
        assert (await post(session, url + "/HistoryEvent", json=EVENT))[0] == 200
        assert receiver.stats() == ReceiverStats(events=1, unsaved=1)
        assert said[-1].startswith("not saved: ")

    with_receiver(scenario, save_dir=tmp_path / "file" / "folder")


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/HistoryEvent", b"", 400),
        ("POST", "/HistoryEvent", b"{", 400),
        ("POST", "/HistoryEvent", b"[1]", 400),
        ("POST", "/", b"{}", 404),
        ("GET", "/favicon.ico", None, 404),
        ("GET", "/HistoryEvent", None, 405),
        ("PUT", "/HistoryEvent", b"{}", 405),
    ],
)
def test_what_cannot_be_taken_is_refused_in_json(method, path, body, status):
    """The message names the problem, the status stands in the body as well."""

    async def scenario(session, receiver, url, said):
        async with session.request(method, url + path, data=body) as answer:
            told = await answer.json()
            assert (answer.status, told["status"], told["data"]) == (status, status, None)
            assert told["message"]
        assert receiver.stats() == ReceiverStats(refused=1)

    with_receiver(scenario)


@pytest.mark.parametrize("told_beforehand", [True, False])
def test_a_body_over_the_bound_is_refused(told_beforehand):
    """With a length told beforehand and without one."""

    async def scenario(session, receiver, url, said):
        async def pieces():
            for _ in range(65):
                yield bytes(1 << 20)

        data = bytes((64 << 20) + 1) if told_beforehand else pieces()
        try:
            status, told = await post(session, url + "/HistoryEvent", data=data)
            assert (status, told["status"]) == (413, 413)
        except aiohttp.ClientError:  # hung up on while still sending: refused as well
            assert receiver.stats().events == 0
        assert receiver.stats().refused == 1

    with_receiver(scenario)


def test_a_share_of_requests_fails_as_asked():
    """500, and not counted as received; the others are untouched."""

    async def scenario(session, receiver, url, said):
        statuses = [(await post(session, url + "/HistoryEvent", json=EVENT))[0] for _ in range(100)]
        assert set(statuses) == {200, 500}
        assert receiver.stats() == ReceiverStats(events=statuses.count(200), failed=statuses.count(500))

    with_receiver(scenario, fail_rate=0.5, chance=random.Random(1).random)


def test_a_port_in_use_is_said():
    """With the address, so that the person knows what to look for."""

    async def scenario(session, receiver, url, said):
        second = Receiver("127.0.0.1", receiver.port)
        with pytest.raises(PortInUse, match=str(receiver.port)):
            await second.start()

    with_receiver(scenario)


def test_a_connection_cut_inside_a_body_hurts_nobody():
    """The next sender is served."""

    async def scenario(session, receiver, url, said):
        _, writer = await asyncio.open_connection("127.0.0.1", receiver.port)
        writer.write(b"POST /HistoryEvent HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
        await writer.drain()
        writer.close()
        assert (await post(session, url + "/HistoryEvent", json=EVENT))[0] == 200

    with_receiver(scenario)


def test_a_line_moves_no_cursor_and_rings_no_bell():
    """Names from the network cannot write to the terminal."""
    assert printable(line("/HistoryEvent", {"identity_name": "\x1b[2J\a\nx\u202e"})).count("?[2J??x?") == 1


def test_a_line_is_made_of_any_event():
    """Times that no calendar has, scores that are none."""
    assert "in ?" in line("/HistoryEvent", {"in_timestamp": 10**25, "score": "high"})
    assert "no base64 in spot_image" in line("/HistoryEvent", {"spot_image": "%"})


@given(st.text())
def test_a_file_name_is_one_name(text):
    """No separator, no dot, no surprise."""
    assert len(file_name(text)) <= 80
    assert not set(file_name(text)) & set("/.\\\0 ")


bodies = st.binary(max_size=200) | st.builds(
    orjson.dumps,
    st.dictionaries(
        st.sampled_from([*EVENT, "ext_data", "media_devices"]),
        st.none()
        | st.integers(-(2**53), 2**53)
        | st.floats()
        | st.text(st.characters(codec="utf-8"))
        | st.just([{}]),
    ),
)
kinds = st.sampled_from(
    ["application/json", "multipart/form-data; boundary=a", "application/x-www-form-urlencoded"]
)


@given(requests=st.lists(st.tuples(bodies, kinds), min_size=1, max_size=10))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_body_gets_a_200_or_a_400(tmp_path, requests):
    """And the receiver lives on; nothing it cannot read is an error of its own."""

    async def scenario(session, receiver, url, said):
        for body, kind in requests:
            status, _ = await post(session, url + "/HistoryEvent", data=body, headers={"Content-Type": kind})
            assert status in (200, 400)

    with_receiver(scenario, save_dir=tmp_path)


def test_an_event_nested_too_deep_is_received(tmp_path):
    """What cannot be written again is said to be so."""

    async def scenario(session, receiver, url, said):
        body = b'{"event_id":"deep","a":' + b"[" * 900 + b"]" * 900 + b"}"
        assert (await post(session, url + "/HistoryEvent", data=body))[0] == 200

    with_receiver(scenario, save_dir=tmp_path)
    assert (tmp_path / "deep.json").read_bytes() == b'"nested too deep to be written"'
