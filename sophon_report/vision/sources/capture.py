"""Opening a video with OpenCV's FFmpeg: pictures with their time in the recording, or a reason in plain words."""

import os
import threading
import time
from typing import Callable, List, Optional, Protocol, Tuple

import cv2
import numpy as np

from sophon_report.errors import SourceError
from sophon_report.model import Device, DeviceType
from sophon_report.vision.picture import HostPicture, Picture
from sophon_report.vision.sources.knock import knock

OPEN_TIMEOUT_MS = 8_000
READ_TIMEOUT_MS = 8_000
MAX_FRAME_PIXELS = 8192 * 8192

# RTSP over TCP: a lost UDP packet smears half a second of picture.
os.environ.setdefault("OPENCV_FFMPEG_CAPTURE_OPTIONS", "rtsp_transport;tcp")
# Both libraries print addresses with their passwords when they are asked to be talkative, so nobody can ask.
# OpenCV reads its own variable when it is loaded, which is over by now; FFmpeg's is read with the first video.
os.environ["OPENCV_FFMPEG_LOGLEVEL"] = "-8"
os.environ.pop("OPENCV_FFMPEG_DEBUG", None)
cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)

_OPENING = threading.Lock()
"""OpenCV has such a lock of its own; with this one the wait for it does not count as the camera's."""


class Capture(Protocol):
    """An open video. Read and closed by one thread."""

    @property
    def fps(self) -> float:
        """Pictures a second as the video says, or 25 where it says nothing that can be."""

    @property
    def codec(self) -> str:
        """Such as ``h264`` or ``mjpeg``; ``""`` where nobody tells."""

    def read(self) -> Optional[Tuple[int, Picture]]:
        """Return ``(milliseconds into the recording, picture)``, or ``None`` at its end; may wait for a camera.

        Raises:
            SourceError: nothing came in time, or a picture of a size or kind that cannot be used.
        """

    def close(self) -> None:
        """Release the decoder."""


class HostCapture:
    """A video that OpenCV's FFmpeg decodes; ``read_timeout_ms`` is what it was opened with."""

    def __init__(self, video: cv2.VideoCapture, read_timeout_ms: int) -> None:
        self._video, self._read_timeout_ms = video, read_timeout_ms
        self.fps = _sane_fps(video.get(cv2.CAP_PROP_FPS))
        self.codec = _codec(video.get(cv2.CAP_PROP_FOURCC))

    def read(self) -> Optional[Tuple[int, HostPicture]]:
        """Return ``(milliseconds into the recording, BGR picture)``, or ``None`` at its end.

        Raises:
            SourceError: nothing came in time, or a picture of a size or kind that cannot be used.
        """
        began_s = time.monotonic()
        try:
            good, image = self._video.read()
        except cv2.error as error:
            raise SourceError(f"cannot be decoded: {error.err}") from error
        if not good or image is None:
            if _elapsed_ms(began_s) >= self._read_timeout_ms:
                raise SourceError(f"sent no picture for {self._read_timeout_ms / 1000:g} s")
            return None
        if image.ndim != 3 or image.shape[2] != 3 or image.shape[0] * image.shape[1] > MAX_FRAME_PIXELS:
            raise SourceError(f"pictures of shape {image.shape} cannot be used")
        position_ms = self._video.get(cv2.CAP_PROP_POS_MSEC)
        known = np.isfinite(position_ms) and position_ms > 0
        return (int(position_ms) if known else 0), HostPicture(np.asarray(image, np.uint8))

    def close(self) -> None:
        """Release the decoder."""
        self._video.release()


OpenCapture = Callable[[Device], Capture]


def opener(open_timeout_ms: int, read_timeout_ms: int) -> OpenCapture:
    """Return what opens a device's URL and gives up on one that is silent for so long.

    It raises:
        SourceError: why the URL cannot be read, in words without its password.
    """
    parameters = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, open_timeout_ms, cv2.CAP_PROP_READ_TIMEOUT_MSEC, read_timeout_ms]
    # One decoding thread a camera: sixteen cameras share few cores, and a thread pool each would fight for them.
    parameters += [cv2.CAP_PROP_N_THREADS, 1]

    def open_device(device: Device) -> Capture:
        try:
            _look_at_address(device, open_timeout_ms)
            with _OPENING:
                video = _open_video(device.url, parameters, open_timeout_ms)
        except SourceError as error:
            raise SourceError(f"{device.safe_url} {error}") from error
        return HostCapture(video, read_timeout_ms)

    return open_device


open_capture = opener(OPEN_TIMEOUT_MS, READ_TIMEOUT_MS)


def _look_at_address(device: Device, timeout_ms: int) -> None:
    """Find the troubles that OpenCV has no words for."""
    if device.type is DeviceType.GB28181:
        raise SourceError("is of GB28181, which is not spoken here: register the camera by its RTSP address")
    if device.type is DeviceType.FILE:
        _check_file(device.url)
    elif device.url.lower().startswith("rtsp://"):
        knock(device.url, timeout_ms / 1000)


def _open_video(url: str, parameters: List[int], timeout_ms: int) -> cv2.VideoCapture:
    video, began_s = cv2.VideoCapture(), time.monotonic()
    try:
        if video.open(url, cv2.CAP_FFMPEG, parameters):
            return video
    except cv2.error as error:
        raise SourceError(f"cannot be opened: {error.code}") from error
    video.release()
    if _elapsed_ms(began_s) >= timeout_ms:
        raise SourceError(f"gives no video within {timeout_ms / 1000:g} s")
    if "://" in url:
        raise SourceError("refuses to give a video: check the path, the user name and the password")
    raise SourceError("is no video that can be read")


def _elapsed_ms(since_s: float) -> float:
    return (time.monotonic() - since_s) * 1000


def _check_file(path: str) -> None:
    try:
        size_bytes = os.stat(path).st_size
        with open(path, "rb"):
            pass
    except OSError as error:
        raise SourceError(f"cannot be read: {error.strerror}") from error
    if size_bytes == 0:
        raise SourceError("is empty")


def _sane_fps(fps: float) -> float:
    return fps if np.isfinite(fps) and 0 < fps <= 1000 else 25.0


def _codec(fourcc: float) -> str:
    """The four letters that FFmpeg gives in a number, lower case."""
    letters = int(fourcc).to_bytes(4, "little", signed=False) if 0 < fourcc < 1 << 32 else b""
    return letters.decode("ascii", "replace").strip("\0 ").lower() if letters.isalnum() else ""
