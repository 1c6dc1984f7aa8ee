"""From a film of H.264 to visits, all on the fake chip: its decoder, its picture units, its models."""

import av
import cv2
import pytest
from chip_box import chip_box

from sophon_report.demo.truth import SeenVisit, compare
from sophon_report.testing.sail import Scenario

pytestmark = pytest.mark.models
SIZE = (640, 360)
FRAMES_OFF = 2


def in_h264(source, path, seconds=None):
    """The film as a camera codes it, or its first seconds, at half its size."""
    film = cv2.VideoCapture(str(source))
    fps = round(film.get(cv2.CAP_PROP_FPS))
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=fps)
        stream.width, stream.height = SIZE
        stream.pix_fmt, stream.options = "yuv420p", {"preset": "ultrafast", "crf": "12", "bf": "0"}
        number = 0
        while seconds is None or number < seconds * fps:
            there, picture = film.read()
            if not there:
                break
            frame = av.VideoFrame.from_ndarray(cv2.resize(picture, SIZE, interpolation=cv2.INTER_AREA), "bgr24")
            frame.pts, number = number, number + 1
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    film.release()
    return path


def seen(box, start_ms):
    visits = [
        SeenVisit(visit.match.identity.identity_id if visit.match.identity else None, visit.in_ms, visit.out_ms)
        for visit in box.visits()
    ]
    return [SeenVisit(each.identity_id, each.in_ms - start_ms, each.out_ms - start_ms) for each in visits]


def played(folder, media, film, **models):
    device = {"id": "film", "name": "film", "type": "file", "url": str(film), "speed": "fast"}
    with chip_box(folder, [device], Scenario(), people=media.people, **models) as box:
        box.until(lambda: box.device("film")["state"] in ("ended", "failed"), "the film's end")
        row = box.device("film")
        assert (row["state"], row["reason"], row["codec"]) == ("ended", "", "h264")
        box.until(lambda: box.get("/api/v1/delivery")["visits"]["open"] == 0, "the end of the visits")
        assert box.metric("vision_frames_failed_total") == 0
        assert box.stop() == 0
        assert [line["engine"] for line in box.told("vision_connected")] == ["sail"]
        return seen(box, row["started_ms"]), row


def test_who_is_in_a_film_is_seen_by_the_chip_at_the_right_time(folder, media, tmp_path):
    """The first seconds: one person, known, from the frame in which the face is whole."""
    seconds = 5
    found, row = played(folder, media, in_h264(media.video, tmp_path / "film.mp4", seconds))
    truth = media.truth.visits[0]
    assert [each.identity_id for each in found] == [truth.identity_id]
    off_ms = FRAMES_OFF * 1000 / row["fps"]
    assert abs(found[0].in_ms - truth.in_ms) <= media.truth.tolerance_ms
    assert abs(found[0].out_ms - seconds * 1000) <= off_ms


@pytest.mark.long
def test_the_whole_film_comes_out_as_it_is_in_truth(folder, media, tmp_path):
    """Every visit once, the right person, times within the tolerance."""
    found, _ = played(folder, media, in_h264(media.video, tmp_path / "film.mp4"), detector_px=640)
    assert compare(media.truth, found, 0).differences == ()
