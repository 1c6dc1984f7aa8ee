"""Registering a folder of photos: good ones, and everything that is none; beside a service and without one."""

import struct
import zlib

import cv2
import numpy as np
import pytest
from command import VAR, command, running_service, write_config

pytestmark = pytest.mark.models

PORTRAIT = VAR / "pictures" / "astronaut.png"
"""Eileen Collins by NASA, in the public domain."""


def png_header(width, height):
    """A PNG of a few bytes that says it has so many pixels."""

    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(bytes(1 << 16))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def jpeg(image):
    return cv2.imencode(".jpg", image)[1].tobytes()


def with_small_face():
    """The portrait so far away that its face has some 25 pixels."""
    small = cv2.resize(cv2.imread(str(PORTRAIT)), None, fx=0.28, fy=0.28, interpolation=cv2.INTER_AREA)
    return cv2.copyMakeBorder(small, 100, 100, 100, 100, cv2.BORDER_REPLICATE)


@pytest.fixture
def photos(folder):
    """One good photo, and one of each kind that is not."""
    place = folder / "people"
    place.mkdir()
    noise = np.random.default_rng(1).integers(0, 255, (240, 320, 3), np.uint8)
    for name, content in {
        "E-1__Eileen [bold]Collins.png": PORTRAIT.read_bytes(),
        "E-1__Eileen again.png": PORTRAIT.read_bytes(),
        "E-2__empty.jpg": b"",
        "E-3__text.jpg": b"this is no picture\n",
        "E-4__bomb.png": png_header(20_000, 20_000),
        "E-5__nobody.jpg": jpeg(noise),
        "E-6__far away.jpg": jpeg(with_small_face()),
        "E-7__cut off.png": PORTRAIT.read_bytes()[:2000],
        "Collins.png": PORTRAIT.read_bytes(),
        "__nameless.png": PORTRAIT.read_bytes(),
        "notes.txt": b"passed over",
    }.items():
        (place / name).write_bytes(content)
    return place


REFUSED = {
    "E-1__Eileen again.png": None,
    "E-1__Eileen [bold]Collins.png": None,
    "E-2__empty.jpg": "the picture is empty",
    "E-3__text.jpg": "the file is no JPEG, PNG, BMP or WebP picture",
    "E-4__bomb.png": "20000×20000 pixels",
    "E-5__nobody.jpg": "no face was found",
    "E-6__far away.jpg": "px wide, 40 are needed",
    "E-7__cut off.png": "the picture cannot be decoded",
    "Collins.png": "must be named <id>__<name>.jpg",
    "__nameless.png": "the id is missing",
}


def check_import(ended):
    """One good photo is registered, every other is told with its name and its reason."""
    assert ended.returncode == 1, ended
    assert "registered 1, refused 9" in ended.stdout
    assert "the id E-1 is used by another row before it" in ended.stdout
    for name, reason in REFUSED.items():
        if reason is not None:
            assert any(line.startswith(f"{name}: ") and reason in line for line in ended.stdout.splitlines()), name
    assert "notes.txt" not in ended.stdout


def registered(config):
    """Cells of ``people list``."""
    ended = command("people", "list", "--config", config)
    assert ended.returncode == 0
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in ended.stdout.splitlines()]
    return [row for row in rows if row]


def test_nobody_is_registered_in_a_fresh_folder(folder):
    """Asking makes nothing."""
    ended = command("people", "list", "--data-dir", folder / "d")
    assert (ended.returncode, ended.stdout) == (0, "nobody is registered\n")
    assert not (folder / "d").exists()


def test_photos_are_registered_without_a_service(config, photos):
    """What is refused is told, the rest goes on; a known id needs --replace. Names are no markup."""
    check_import(command("people", "import", photos, "--config", config))
    [row] = registered(config)
    assert row[0] == "E-1"
    assert row[2:] == ["employee", "1"]
    again = photos.parent / "again"
    again.mkdir()
    (photos / "E-1__Eileen [bold]Collins.png").rename(again / "E-1__Eileen [bold]Collins.png")
    ended = command("people", "import", again, "--config", config)
    assert ended.returncode == 1
    assert "E-1" in ended.stdout
    assert "registered 0, refused 1" in ended.stdout
    ended = command("people", "import", again, "--type", "vip", "--replace", "--config", config)
    assert ended.returncode == 0, ended
    assert registered(config) == [["E-1", "Eileen [bold]Collins", "vip", "1"]]


def test_photos_are_registered_beside_a_running_service_and_survive_it(config, photos):
    """Given while its vision still loads: the same answers as without a service, and the people stay."""
    with running_service(config) as service:
        check_import(command("people", "import", photos, "--config", config))
        [row] = registered(config)
        assert row[0] == "E-1"
        assert service.stop() == 0
    assert registered(config) == [row]
    with running_service(config):
        assert registered(config) == [row]


def test_what_is_asked_of_a_photo_is_set_or_said(folder):
    """Blurred is too poor for normal and will do for low; 90 px are too few for high. So beside a service."""
    photos = folder / "people"
    photos.mkdir()
    portrait = cv2.imread(str(PORTRAIT))
    (photos / "E-1__sharp.png").write_bytes(PORTRAIT.read_bytes())
    (photos / "E-2__blurred.jpg").write_bytes(jpeg(cv2.GaussianBlur(portrait, (0, 0), 2)))

    def refused(*more):
        ended = command("people", "import", photos, "--replace", "--config", config, *more)
        return [line.rstrip() for line in ended.stdout.splitlines() if line.startswith("E-")]

    config = write_config(folder)
    small = "face_size: the face is 90 px wide, it must be more than 112"
    high = [f"E-1__sharp.png: {small}", "E-2__blurred.jpg: face_size, clarity: "]
    assert refused() == ["E-2__blurred.jpg: clarity: the face is blurred"]
    assert refused("--fiqa-level", "low") == []
    assert [line[: len(start)] for line, start in zip(refused("--fiqa-level", "high"), high)] == high
    config = write_config(folder, '[quality]\nenrol_level = "custom"\ncustom_level = "high"\n')
    with running_service(config):
        assert [line[: len(start)] for line, start in zip(refused(), high)] == high
        assert refused("--fiqa-level", "low") == []


@pytest.mark.parametrize(("name", "words"), [("nowhere", "cannot be read"), (".", "holds no photo")])
def test_a_folder_without_photos_is_told(folder, name, words):
    """Status 1, with its path."""
    ended = command("people", "import", folder / name, "--config", write_config(folder))
    assert ended.returncode == 1
    assert words in ended.stderr
    assert str(folder) in ended.stderr
