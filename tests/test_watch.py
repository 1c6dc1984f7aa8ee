"""The terminal client, against the event port."""

import asyncio
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest
from event_port import event_port, until
from full_events import SCENE_JPEG, full_recognition
from samples import FACE_JPEG, PHOTO_JPEG, recognition

from sophon_report.errors import BadInput
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


def test_a_server_that_is_not_there_is_tried_again():
    """It says so and waits."""
    with event_port() as port:
        url = port.url
    with watching(url) as lines:
        until(lambda: lines)
        assert lines[0].startswith("no connection: ")


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
