"""Opening a video with OpenCV's FFmpeg: pictures with their time in the recording, or a reason in plain words.

How FFmpeg opens is told to OpenCV by an environment variable, of which a process has one; it is read while a
video opens. So it is set anew for each device, under the lock that lets one open at a time: cameras over TCP and
UDP stand beside each other. It is there before any thread begins, so that setting it moves nothing that another
reads. What an address leads to is confined there as well: no redirect is followed, no playlist, and a file reads
no other. One gap is left: an RTSP camera that describes its stream to who asks first and sends only FFmpeg on is
followed, which no option of FFmpeg's prevents.
"""

import os
import stat
import threading
import time
from typing import Callable, List, Optional, Protocol, Tuple

import cv2
import numpy as np

from sophon_report.errors import SourceError
from sophon_report.model import Device, DeviceType
from sophon_report.vision.picture import HostPicture, Picture
from sophon_report.vision.sources.knock import ask_why, knock
from sophon_report.vision.sources.picture_folder import PictureFolder

OPEN_TIMEOUT_MS = 8_000
READ_TIMEOUT_MS = 8_000
MAX_FRAME_PIXELS = 8192 * 8192
MAX_FPS = 1000
"""A stream that says more counts in its clock's ticks, and knows no rate."""
NO_PICTURE = "opened, but gives no picture: switch off H.265+ or a smart codec in it, or restart it"
HTTP_FORMATS = "mpjpeg,mjpeg,mpegts,flv,h264,hevc"
"""What comes over HTTP: motion JPEG and bare streams, none of which names another address."""
FILE_FORMATS = (
    "mov,matroska,avi,mpegts,mpeg,mpegvideo,flv,asf,ogg,mxf,ivf,dhav,h264,hevc,obu,mjpeg,mpjpeg,m4v,gif,"
    "jpeg_pipe,png_pipe"
)
"""What a file may be: each holds its own pictures. Playlists and lists of parts name other files instead."""

_OPTIONS = "OPENCV_FFMPEG_CAPTURE_OPTIONS"
os.environ[_OPTIONS] = ""
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
        """Pictures a second as the video says; 0 where it says nothing that can be."""

    @property
    def codec(self) -> str:
        """Such as ``h264`` or ``mjpeg``; ``""`` where nobody tells."""

    @property
    def skipped(self) -> int:
        """Pictures so far that were there and could not be read."""

    def read(self) -> Optional[Tuple[int, Picture]]:
        """Return ``(milliseconds into the recording, picture)``, or ``None`` at its end; may wait for a camera.

        Raises:
            SourceError: nothing came in time, or a picture of a size or kind that cannot be used.
        """

    def close(self) -> None:
        """Release the decoder."""


class HostCapture:
    """A video that OpenCV's FFmpeg decodes; ``read_timeout_ms`` is what it was opened with."""

    skipped = 0

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
            raise SourceError(f"cannot be decoded: {error.err}", "codec") from error
        if not good or image is None:
            if _elapsed_ms(began_s) >= self._read_timeout_ms:
                raise SourceError(f"sent no picture for {self._read_timeout_ms / 1000:g} s", "no_picture")
            return None
        if image.ndim == 2:
            image = cv2.cvtColor(image, cv2.COLOR_GRAY2BGR)
        if image.ndim != 3 or image.shape[2] != 3 or image.shape[0] * image.shape[1] > MAX_FRAME_PIXELS:
            raise SourceError(f"pictures of shape {image.shape} cannot be used", "picture_size")
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
            if device.type is DeviceType.FILE and os.path.isdir(device.url):
                return PictureFolder(device.url)
            _look_at_address(device, open_timeout_ms)
            return HostCapture(_open_device(device, parameters, open_timeout_ms), read_timeout_ms)
        except SourceError as error:
            raise type(error)(f"{device.safe_url} {error}", error.code) from error

    return open_device


open_capture = opener(OPEN_TIMEOUT_MS, READ_TIMEOUT_MS)


def _look_at_address(device: Device, timeout_ms: int) -> None:
    """Find the troubles that OpenCV has no words for."""
    if device.type is DeviceType.GB28181:
        raise SourceError(
            "is of GB28181, which is not supported yet: register the camera by its RTSP address", "gb28181"
        )
    if device.type is DeviceType.FILE:
        _check_file(device.url)
    else:
        knock(device.url, timeout_ms / 1000)


def _open_device(device: Device, parameters: List[int], timeout_ms: int) -> cv2.VideoCapture:
    with _OPENING:
        video, began_s = cv2.VideoCapture(), time.monotonic()
        os.environ[_OPTIONS] = ffmpeg_options(device)
        try:
            if video.open(device.url, cv2.CAP_FFMPEG, parameters):
                return video
        except cv2.error as error:
            raise SourceError(f"cannot be opened: {error.code}", "codec") from error
        video.release()
        elapsed_ms = _elapsed_ms(began_s)
    if device.type is DeviceType.FILE:
        raise SourceError("is no video that can be read", "file_no_video")
    if elapsed_ms >= timeout_ms:
        raise SourceError(f"gives no video within {timeout_ms / 1000:g} s{_over_udp(device)}", "no_picture")
    if device.url.lower().startswith("rtsp"):
        ask_why(device.url, device.transport, timeout_ms / 1000)
    raise SourceError(
        "refuses to give a video that can be read: check the path of the address, and set H.264 or H.265", "codec"
    )


def ffmpeg_options(device: Device) -> str:
    """How FFmpeg opens ``device``: ``name;value``, with ``|`` between them."""
    if device.type is DeviceType.FILE:
        return f"protocol_whitelist;file|format_whitelist;{FILE_FORMATS}"
    if device.url.lower().startswith("http"):
        return f"max_redirects;0|format_whitelist;{HTTP_FORMATS}"
    return f"rtsp_transport;{device.transport}"


def _over_udp(device: Device) -> str:
    if device.transport != "udp" or not device.url.lower().startswith("rtsp"):
        return ""
    return " over UDP: a firewall may be in the way; try transport tcp"


def _elapsed_ms(since_s: float) -> float:
    return (time.monotonic() - since_s) * 1000


def _check_file(path: str) -> None:
    try:
        found = os.stat(path)
        if not stat.S_ISREG(found.st_mode):
            # Opening a pipe waits for its writer.
            raise SourceError("is neither a film nor a folder of pictures", "file_no_video")
        with open(path, "rb"):
            pass
    except OSError as error:
        raise SourceError(f"cannot be read: {error.strerror}", "file_unreadable") from error
    if found.st_size == 0:
        raise SourceError("is empty", "file_empty")


def _sane_fps(fps: float) -> float:
    return fps if np.isfinite(fps) and 0 < fps <= MAX_FPS else 0.0


def _codec(fourcc: float) -> str:
    """The four letters that FFmpeg gives in a number, lower case."""
    letters = int(fourcc).to_bytes(4, "little", signed=False) if 0 < fourcc < 1 << 32 else b""
    return letters.decode("ascii", "replace").strip("\0 ").lower() if letters.isalnum() else ""
