"""The terminal client, against the event port."""

import asyncio
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest
import tls
from event_port import event_port, resuming_port, until
from full_events import SCENE_JPEG, full_recognition
from samples import FACE_JPEG, PHOTO_JPEG, recognition

from sophon_report.errors import BadInput
from sophon_report.testing.crashable_files import CrashableFiles
from sophon_report.watch import line, pictures, watch


@contextmanager
def watching(url, **options):
    """The lines of a running ``watch``, growing."""
    lines = []
    loop = asyncio.new_event_loop()
    task = loop.create_task(watch(url, say=lines.append, **options))

    def run():
        with pytest.raises(asyncio.CancelledError):
            loop.run_until_complete(task)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield lines
    finally:
        loop.call_soon_threadsafe(task.cancel)
        thread.join()
        loop.close()


def test_each_event_is_one_line_and_its_pictures_are_files(tmp_path):
    """Who, where, how sure; the face and the gallery photo under the event's id."""
    with event_port() as port, watching(port.url, images_dir=tmp_path) as lines:
        until(port.subscribed)
        port.publish(recognition(1), recognition(2, known=False))
        until(lambda: len(lines) == 3)
        assert lines[0] == f"connected to {port.url}"
        assert lines[1].endswith("  door  employee  张三 (E-0001)  91.25  1760000000000001")
        assert lines[2].endswith("  door  stranger  -  27.69  1760000000000002")
        until(lambda: len(list(tmp_path.iterdir())) == 3)
    saved = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    assert saved == {
        "1760000000000001-face.jpg": FACE_JPEG,
        "1760000000000001-registered.jpg": PHOTO_JPEG,
        "1760000000000002-face.jpg": FACE_JPEG,
    }


def test_the_older_dialect_is_asked_for_and_read_in_its_own_words(tmp_path):
    """Numbers for the kind of person, a raw score, pictures as bare base64, and the scene as well."""
    with event_port() as port, watching(port.url, dialect="v1", images_dir=tmp_path) as lines:
        until(port.subscribed)
        assert port.stats().clients[0].dialect == "v1"
        port.publish(full_recognition(), recognition(2, known=False))
        until(lambda: len(lines) == 3)
        assert lines[1].endswith("  capture  employee  张三 (E-0001)  0.775  1760000000000001")
        assert lines[2].endswith("  door  stranger  -  0.185726  1760000000000002")
        until(lambda: len(list(tmp_path.iterdir())) == 4)
    assert {file.name: file.read_bytes() for file in tmp_path.glob("*1-*")} == {
        "1760000000000001-face.jpg": FACE_JPEG,
        "1760000000000001-registered.jpg": PHOTO_JPEG,
        "1760000000000001-scene.jpg": SCENE_JPEG,
    }


def test_a_full_disk_does_not_stop_the_stream(tmp_path):
    """A picture that cannot be saved is told, and the next event comes."""
    with event_port() as port, watching(port.url, images_dir=tmp_path) as lines:
        until(port.subscribed)
        (tmp_path / "1760000000000001-face.jpg").mkdir()
        port.publish(recognition(1), recognition(2))
        until(lambda: lines[-1].endswith("1760000000000002"))
        assert "picture not saved: Is a directory" in lines


def test_only_the_asked_devices_are_shown():
    """The ids go into the configuration; no pictures are asked for without a folder."""
    with event_port() as port, watching(port.url, device_ids=["gate"]):
        until(port.subscribed)
        row = port.stats().clients[0]
        assert (row.device_ids, row.with_face, row.with_register) == (("gate",), False, False)


def test_a_lost_connection_is_made_again():
    """The reason is told, and the stream goes on by itself."""
    with event_port() as port, watching(port.url) as lines:
        until(port.subscribed)
        connection = next(iter(port.server._connections))
        port.call(connection.close, 1001, "the service stops")
        until(lambda: "connection ended: closed with 1001 the service stops" in lines)
        until(port.subscribed)
        port.publish(recognition(1))
        until(lambda: lines[-1].endswith("1760000000000001"))


def test_what_came_while_the_connection_was_away_is_asked_for(tmp_path):
    """With the number of the last event; each is shown once."""
    with resuming_port(tmp_path / "j") as port, watching(port.url, device_ids=["door"]) as lines:
        until(port.subscribed)
        port.emit(recognition(1), recognition(2))
        until(lambda: len(lines) == 3)
        connection = next(iter(port.server._connections))
        port.call(connection.close, 1001, "the service stops")
        until(lambda: not port.stats().clients)
        port.emit(recognition(3), recognition(4, "gate"), recognition(5))
        until(lambda: lines[-1].endswith("1760000000000005"))
        port.emit(recognition(6))
        until(lambda: lines[-1].endswith("1760000000000006"))
    shown = [line.split()[-1][-1] for line in lines if "employee" in line]
    assert shown == ["1", "2", "3", "5", "6"]
    assert "events before this one are gone" not in lines


def test_a_past_that_is_gone_is_told():
    """Before the first event after it."""
    with resuming_port(Path("/journal"), CrashableFiles()) as port:
        with watching(port.url) as lines:
            until(port.subscribed)
            port.publish(recognition(10**6))
            until(lambda: len(lines) == 2)
            connection = next(iter(port.server._connections))
            port.call(connection.close, 1001, "the service stops")
            until(lambda: not port.stats().clients)
            until(port.subscribed)
            port.emit(recognition(2))
            until(lambda: lines[-1].endswith("1760000000000002"))
        assert lines.count("events before this one are gone") == 1


def test_a_certificate_of_the_services_own_is_trusted_by_its_file():
    """Without the file nothing is shown, and the reason is told with the option to give."""
    with event_port() as port:
        url = port.start_tls()
        with watching(url) as lines:
            until(lambda: lines)
            assert lines[0].startswith("no connection: the certificate is not trusted (")
            assert "--ca FILE" in lines[0]
        with watching(url, ca_file=Path(tls.path("box.crt"))) as lines:
            until(port.subscribed)
            port.publish(recognition(1))
            until(lambda: lines[-1].endswith("1760000000000001"))


@pytest.mark.parametrize("name", ["none.crt", "box.key"])
def test_a_file_of_no_certificates_is_told(name):
    """Before anything is tried."""
    with pytest.raises(BadInput, match=r"cannot be read|holds no certificate"):
        asyncio.run(watch("wss://127.0.0.1:1", ca_file=Path(tls.path(name))))


def test_a_server_that_is_not_there_is_tried_again():
    """It says so and waits."""
    with event_port() as port:
        url = port.url
    with watching(url) as lines:
        until(lambda: lines)
        assert lines[0] == "no connection: connection refused: nothing listens there"


@pytest.mark.parametrize(
    "event_id", ["../../etc/passwd", "/etc/passwd", "..", ".hidden", "a\x00b", "", None, "x" * 5000]
)
def test_a_picture_stays_in_its_folder(event_id):
    """Whatever the id is, the file name is a plain one."""
    (name,) = pictures({"event_id": event_id, "recognize_face_image": "/9j/"})
    assert name.endswith("-face.jpg")
    assert len(name) < 100
    assert set(name[: -len("-face.jpg")]) <= set(
        "abcdefghijklmnopqrstuvwxyz_ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-"
    )


@pytest.mark.parametrize("field", [None, 7, "", "not base64!", "data:image/jpeg;base64,***", "é"])
def test_what_is_no_picture_is_left_out(field):
    """Nothing is written for it."""
    assert pictures({"event_id": "1", "recognize_face_image": field}) == {}


@pytest.mark.parametrize("timestamp", [None, "soon", 10**30, float("nan"), -1, [], 1_760_000_000_123])
def test_a_line_never_controls_the_terminal(timestamp):
    """A name with an escape sequence is printed, not obeyed, and no value breaks the line."""
    text = line({"timestamp": timestamp, "identity_id": "1", "identity_name": "\x1b[2J\nx", "score": {}})
    assert text.isprintable()


@pytest.mark.parametrize("options", [{"dialect": "v9"}, {"url": "nonsense"}, {"images_dir": Path("/dev/null/x")}])
def test_a_wrong_option_is_told_and_not_tried(options):
    """What can never work is no reason to try again."""
    with pytest.raises(BadInput):
        asyncio.run(watch(**{"url": "ws://127.0.0.1:1", **options}))
