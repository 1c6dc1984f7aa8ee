"""Opening a camera or a file once, as the service would, and telling what comes: for whoever sets it up.

As a program it reads one JSON object from its standard input, since an address with a password is nobody's
business in a list of processes, and prints one line of JSON; see :func:`main`. So a decoder that hangs or dies
costs nothing.
"""

import json
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Callable, Optional, Tuple

from sophon_report.config import Settings, parse_settings
from sophon_report.errors import ModelError, SourceError
from sophon_report.model import Device, DeviceType
from sophon_report.vision.camera_found import PICTURE_PX, Trial, as_json
from sophon_report.vision.picture import HostPicture, Picture
from sophon_report.vision.sources.capture import NO_PICTURE, Capture, OpenCapture, open_capture
from sophon_report.wire.pictures import encode_jpeg, shrunk

SETTLE_S = 1.0
"""Pictures that waited while the stream was opened come at once: the rate is counted after them."""
COUNT_S = 3.0
PICTURE_QUALITY = 80


def try_out(
    device: Device,
    open_capture: OpenCapture,
    count_faces: Callable[[Picture], Optional[int]] = lambda _picture: None,
    clock_s: Callable[[], float] = time.monotonic,
) -> Trial:
    """Open ``device`` and look at some seconds of it.

    Args:
        device: what is opened.
        open_capture: how.
        count_faces: looks at a picture; ``None`` when it cannot.
        clock_s: never steps.
    """
    began_s = clock_s()
    found = Trial(device.safe_url)
    try:
        capture = open_capture(device)
        try:
            taken = capture.read()
            if taken is None:
                raise SourceError(f"{device.safe_url} {NO_PICTURE}", "no_picture")
            found = replace(found, opening_ms=round((clock_s() - began_s) * 1000))
            found = replace(found, codec=capture.codec, told_fps=capture.fps)
            last, fps = taken[1], 0.0
            if device.type is DeviceType.RTSP:
                last, fps = _watch(capture, last, clock_s)
        finally:
            capture.close()
    except SourceError as error:
        reason = str(error)
        words = reason if device.safe_url in reason else f"{device.safe_url} {reason}"
        return replace(found, reason=words, code=error.code)
    image = last.bgr()
    return replace(
        found,
        width=last.width,
        height=last.height,
        counted_fps=fps,
        faces=count_faces(last),
        jpeg=encode_jpeg(shrunk(image, PICTURE_PX), PICTURE_QUALITY),
    )


def _watch(capture: Capture, last: Picture, clock_s: Callable[[], float]) -> Tuple[Picture, float]:
    """The last picture after some seconds, and how many came a second."""
    settled_s = clock_s() + SETTLE_S
    first_s, count, now_s = 0.0, 0, clock_s()
    while now_s < settled_s + COUNT_S:
        taken = capture.read()
        if taken is None:
            raise SourceError(
                "breaks off after some pictures: the camera may be full, or be restarting", "broke_off"
            )
        last, now_s = taken[1], clock_s()
        if now_s >= settled_s:
            count, first_s = count + 1, first_s or now_s
    return last, round((count - 1) / (now_s - first_s), 1) if count > 1 else 0.0


def _face_counter(models: str) -> Callable[[Picture], Optional[int]]:
    """Counts with the models in this folder, on the CPU; a chip is left to the service."""

    def count(picture: Picture) -> Optional[int]:
        from sophon_report.vision.engines.base import FACE_SCORE  # noqa: PLC0415 - it takes its time
        from sophon_report.vision.engines.choose import open_engine  # noqa: PLC0415 - only when faces are looked for
        from sophon_report.vision.models.library import ModelLibrary  # noqa: PLC0415 - only when faces are looked for

        settings: Settings = parse_settings({"engine": {"kind": "cpu"}})
        try:
            engine = open_engine(settings, ModelLibrary(Path(models)))
            (faces,) = engine.detect([HostPicture(picture.bgr())], settings.match.min_face_px)
        except (ModelError, ImportError):
            return None
        return int((faces.scores >= FACE_SCORE).sum())

    return count


def main() -> None:
    """Try what standard input names: ``{"type", "url", "transport", "models"}``."""
    asked = json.loads(sys.stdin.buffer.read())
    device = Device("test", "test", DeviceType(asked["type"]), asked["url"], transport=asked["transport"])
    trial = try_out(device, open_capture, _face_counter(asked["models"]))
    print("\n" + json.dumps(as_json(trial)), flush=True)


if __name__ == "__main__":
    main()
