"""Opening a video with OpenCV's FFmpeg: pictures with their time in the recording, or a reason in plain words."""

import os
from typing import Callable, Optional, Tuple

import cv2
import numpy as np

from sophon_report.errors import SourceError
from sophon_report.model import Device, DeviceType, ImageArray

OPEN_TIMEOUT_MS = 8_000
READ_TIMEOUT_MS = 8_000
MAX_FRAME_PIXELS = 8192 * 8192

# RTSP over TCP: a lost UDP packet smears half a second of picture. The log of FFmpeg would print addresses.
os.environ.setdefault("OPENCV_FFMPEG_CAPTURE_OPTIONS", "rtsp_transport;tcp")
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")


class Capture:
    """An open video."""

    def __init__(self, video: cv2.VideoCapture) -> None:
        self._video = video
        self.fps = _sane_fps(video.get(cv2.CAP_PROP_FPS))

    def read(self) -> Optional[Tuple[int, ImageArray]]:
        """Return ``(milliseconds into the recording, BGR picture)``, or ``None`` at its end.

        Raises:
            SourceError: a picture of a size or kind that cannot be used.
        """
        good, image = self._video.read()
        if not good or image is None:
            return None
        if image.ndim != 3 or image.shape[2] != 3 or image.shape[0] * image.shape[1] > MAX_FRAME_PIXELS:
            raise SourceError(f"pictures of shape {image.shape} cannot be used")
        position_ms = self._video.get(cv2.CAP_PROP_POS_MSEC)
        return (int(position_ms) if np.isfinite(position_ms) and position_ms > 0 else 0), np.asarray(
            image, np.uint8
        )

    def close(self) -> None:
        """Release the decoder."""
        self._video.release()


OpenCapture = Callable[[Device], Capture]


def open_capture(device: Device) -> Capture:
    """Open the device's URL.

    Raises:
        SourceError: why it cannot be read, in words without its password.
    """
    if device.type is DeviceType.FILE:
        _check_file(device.url)
    video = cv2.VideoCapture()
    parameters = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, OPEN_TIMEOUT_MS, cv2.CAP_PROP_READ_TIMEOUT_MSEC, READ_TIMEOUT_MS]
    # One decoding thread a camera: sixteen cameras share few cores, and a thread pool each would fight for them.
    parameters += [cv2.CAP_PROP_N_THREADS, 1]
    try:
        opened = video.open(device.url, cv2.CAP_FFMPEG, parameters)
    except cv2.error as error:
        raise SourceError(f"cannot be opened: {error.code}") from error
    if not opened:
        video.release()
        what = "is no video that can be read" if device.type is DeviceType.FILE else "does not answer with a video"
        raise SourceError(f"{device.safe_url} {what}")
    return Capture(video)


def _check_file(path: str) -> None:
    try:
        size_bytes = os.stat(path).st_size
        with open(path, "rb"):
            pass
    except OSError as error:
        raise SourceError(f"{path}: {error.strerror}") from error
    if size_bytes == 0:
        raise SourceError(f"{path} is empty")


def _sane_fps(fps: float) -> float:
    return fps if np.isfinite(fps) and 0 < fps <= 1000 else 25.0
