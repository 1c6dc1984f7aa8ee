"""The media of the demo, made small and of portraits of nobody; and the real ones, with the real detector."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from sophon_report.demo.cast import own_cast
from sophon_report.demo.media import make_crossing_clip, make_demo_media
from sophon_report.demo.pictures import fetch_pictures
from sophon_report.demo.scene import STAGE
from sophon_report.demo.truth import load_truth
from sophon_report.errors import BadImage, BadInput, Unavailable

VAR = Path(__file__).resolve().parents[2] / "var"


def decoded(path):
    """All frames of a video."""
    video = cv2.VideoCapture(str(path))
    frames = []
    while True:
        there, frame = video.read()
        if not there:
            return frames
        frames.append(frame)


def shows(frame, colour):
    """Whether a plate of this colour is in the frame, at least the size of half a plate."""
    blue, green, red = (frame[..., channel].astype(int) for channel in range(3))
    strongest = {"red": red - green, "green": green - red, "blue": blue - green}[colour]
    other = {"red": red - blue, "green": green - blue, "blue": blue - red}[colour]
    return np.count_nonzero((strongest > 80) & (other > 80)) > 60


@pytest.fixture
def make(tmp_path, portraits, stage, find_plate):
    """Makes media of own portraits of these colours; returns them and what was said."""

    def made(*colours, find_face=find_plate):
        said = []
        own = portraits(*colours)
        media = make_demo_media(tmp_path / "media", tmp_path, own, find_face, said.append, stage=stage)
        return media, said

    return made


def test_everybody_is_seen_when_the_truth_says_so(make, stage):
    """From the first to the last millisecond of each visit, and not a second earlier or later."""
    media, _ = make("red", "green", "blue")
    frames = decoded(media.video)
    assert len(frames) == media.truth.duration_ms * stage.fps // 1000
    assert frames[0].shape == (stage.height_px, stage.width_px, 3)
    assert [visit.person for visit in media.truth.visits] == ["red", "green", "blue", "red"]
    for visit in media.truth.visits[:3]:
        first, last = (visit.in_ms * stage.fps // 1000, visit.out_ms * stage.fps // 1000)
        assert all(shows(frame, visit.person) for frame in frames[first : last + 1])
        assert not shows(frames[first - stage.fps], visit.person)
        assert not shows(frames[last + stage.fps], visit.person)


def test_all_but_the_last_are_registered(make):
    """As JPEG under ``<id>__<name>``; the truth gives the same ids and none to the unknown."""
    media, _ = make("red", "green", "blue")
    assert sorted(path.name for path in media.people.iterdir()) == ["V-0__red.jpg", "V-1__green.jpg"]
    assert all(path.read_bytes().startswith(b"\xff\xd8") for path in media.people.iterdir())
    assert [visit.identity_id for visit in media.truth.visits] == ["V-0", "V-1", None, "V-0"]
    assert load_truth(media.video.parent / "truth.json") == media.truth


def test_a_second_run_has_nothing_to_do(make):
    """The same input finds its media and asks for no face."""
    first, _ = make("red")
    before = first.video.stat().st_mtime_ns
    again, said = make("red", find_face=None)
    assert again == first
    assert first.video.stat().st_mtime_ns == before
    assert "there already" in said[-1]


def test_the_same_portraits_make_the_same_film(make):
    """Nothing in it depends on chance."""
    media, _ = make("red")
    frame = decoded(media.video)[30]
    (media.video.parent / "media.json").unlink()
    make("red")
    assert np.array_equal(decoded(media.video)[30], frame)


@pytest.mark.parametrize("name", ["demo.mp4", "truth.json", "people/V-0__red.jpg", "media.json"])
def test_media_that_were_changed_are_made_again(make, name):
    """A file that is not the one that was made is replaced."""
    media, _ = make("red")
    path = media.video.parent / name
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    _, said = make("red")
    assert "making" in said[-1]
    assert len(path.read_bytes()) == len(whole)


def test_other_portraits_replace_the_former_and_no_other_file(make):
    """``people/`` holds who is in the film, and what others put there."""
    media, _ = make("red", "green")
    (media.people / "9__mine.jpg").write_bytes(b"mine")
    own = media.video.parent.parent / "own"
    (own / "V-0__red.png").rename(own / "W-0__red.png")
    media, _ = make("blue")
    assert sorted(path.name for path in media.people.iterdir()) == [
        "9__mine.jpg",
        "V-0__blue.jpg",
        "V-1__green.jpg",
    ]


def test_a_portrait_without_a_face_leaves_no_media(make, tmp_path):
    """Refused by name, before a file is written."""
    with pytest.raises(BadImage, match=r"V-0__red\.png: no face"):
        make("red", find_face=lambda image: None)
    assert not (tmp_path / "media").exists()


def test_portraits_are_not_taken_from_where_they_are_written(tmp_path, stage, find_plate):
    """``people/`` of the media folder is output."""
    (tmp_path / "people").mkdir()
    with pytest.raises(BadInput, match="choose another folder"):
        make_demo_media(tmp_path, tmp_path, tmp_path / "people", find_plate, stage=stage)


def test_a_folder_that_cannot_be_made_is_told(tmp_path, portraits, stage, find_plate):
    """As something of the world, with its name."""
    (tmp_path / "file").write_text("")
    with pytest.raises(Unavailable, match="file"):
        make_demo_media(tmp_path / "file" / "media", tmp_path, portraits("red"), find_plate, stage=stage)


def test_in_the_crossing_clip_one_passes_in_front_of_the_other(tmp_path, portraits, stage, find_plate):
    """The plate in front is always seen where its box is; the one behind is not, in the middle."""
    cast = own_cast(portraits("red", "green"))
    boxes = make_crossing_clip(tmp_path / "crossing.mp4", cast, find_plate, stage)
    frames = decoded(tmp_path / "crossing.mp4")
    assert len(frames) == len(boxes) == 40
    assert all(shows(frame, "green") for frame in frames)
    assert shows(frames[0], "red")
    assert not shows(frames[20], "red")
    assert boxes[0][0][0] < boxes[0][1][0]
    assert boxes[-1][0][0] > boxes[-1][1][0]


@pytest.mark.models
def test_the_detector_sees_what_the_truth_of_the_sample_says(tmp_path):
    """YuNet on every fifth frame: as many faces as are wholly inside, none on an empty stage."""
    detector_file = VAR / "models" / "sources" / "face_detection_yunet_2023mar.onnx"
    assert detector_file.exists(), "run ./scripts/setup"
    fetch_pictures(VAR / "pictures")
    media = make_demo_media(tmp_path, VAR / "pictures", say=lambda line: None)
    frames = decoded(media.video)
    assert len(frames) == media.truth.duration_ms * STAGE.fps // 1000
    detector = cv2.FaceDetectorYN.create(str(detector_file), "", (STAGE.width_px, STAGE.height_px), 0.6, 0.3)
    slack_ms = media.truth.tolerance_ms
    for number in range(0, len(frames), 5):
        now_ms = round(1000 * STAGE.time_s(number))
        surely = sum(visit.in_ms <= now_ms <= visit.out_ms for visit in media.truth.visits)
        perhaps = sum(v.in_ms - slack_ms <= now_ms <= v.out_ms + slack_ms for v in media.truth.visits)
        _, found = detector.detect(frames[number])
        # The one who comes back steps out for a moment in the last visit.
        if surely == perhaps and not _stepped_out(media.truth, now_ms):
            assert (0 if found is None else len(found)) == surely, f"at {now_ms} ms"


def _stepped_out(truth, now_ms):
    last = truth.visits[-1]
    return abs(now_ms - (last.in_ms + last.out_ms) / 2) < 1500


@pytest.mark.models
def test_the_sample_is_made_once(tmp_path):
    """The receipt lists every file; a second run needs no pictures."""
    make_demo_media(tmp_path, VAR / "pictures", say=lambda line: None)
    receipt = json.loads((tmp_path / "media.json").read_bytes())
    assert set(receipt["files"]) == {
        "demo.mp4",
        "truth.json",
        "people/E-0001__Barack Obama.jpg",
        "people/E-0002__Eileen Collins.jpg",
    }
    make_demo_media(tmp_path, tmp_path / "no pictures here", say=lambda line: None)
