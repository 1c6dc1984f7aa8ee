"""Cameras and files that the chip decodes, through SAIL's ``Decoder``.

Facts that shape this module, read in the sources of SAIL 3.7.0 to 3.10.7: one object a camera, read by one thread.
Options are environment variables of the process, read when an object is made. A camera that ends its stream gives
"end of file" for ever. After 20 bad reads in a row the object opens the camera anew by itself, inside of ``read``,
and is closed for good when that fails: it never comes to that here, an object is dropped after :data:`BAD_READS`
and the source makes a new one after its own pause. "VPU is hung" and reads that do not return are cured by a new
process only: the watch is told (:mod:`sophon_report.vision.hang_watch`). Until 3.9.4 the interpreter stands still
while an object is made.

The chip gets what it surely decodes: RTSP cameras, and files of H.264 and H.265. All else is read by the CPU.
"""

import math
import threading
import time
from collections import deque
from contextlib import contextmanager, nullcontext
from typing import Any, Callable, ContextManager, Deque, Iterator, Optional, Tuple

import structlog

from sophon_report.errors import DecoderHung, SourceError
from sophon_report.link.messages import Leaving
from sophon_report.model import Device, DeviceType
from sophon_report.vision.engines.sail.chip import TPU_ID, Chip
from sophon_report.vision.engines.sail.pictures import ChipPicture
from sophon_report.vision.hang_watch import HangWatch
from sophon_report.vision.sources.capture import Capture, OpenCapture
from sophon_report.vision.sources.knock import knock
from sophon_report.vision.watched import watched

CODECS = ("h264", "avc1", "hevc", "hvc1", "hev1", "h265")
"""Names of H.264 and H.265 in files and in what cameras say of themselves."""
SILENCE_S = 5.0
"""A camera that sends nothing for so long has gone: the time-out of its socket, and between two pictures."""
KNOCK_S = 8.0
BAD_READS = 10
"""In a row; a picture that was damaged on the way costs one or two."""
OPEN_LIMIT_S = 30.0
"""To connect and to find out what the stream is takes several time-outs at worst."""
FIRST_LIMIT_S = 30.0
"""A decoder takes in some pictures before it gives the first, and a slow camera sends one a second."""
READ_LIMIT_S = 10.0
READ_LIMIT_UDP_S = 15.0
"""FFmpeg waits for datagrams for ten seconds, whatever it is told."""
GOOD, END_OF_FILE = 0, 5007
Noted = Callable[[str], ContextManager[None]]
_NO_VIDEO = "sends nothing that can be decoded any more; it must be set to H.264 or H.265"

log = structlog.get_logger()


class ChipCapture:
    """An open decoder, read and closed by one thread.

    Args:
        chip: decodes.
        device: whose pictures.
        decoder: SAIL's object, just made.
        watch: is told of each read that begins and ends.
        codec: of the stream, as far as known.
    """

    skipped = 0

    def __init__(self, chip: Chip, device: Device, decoder: Any, watch: HangWatch, codec: str = "") -> None:
        self._chip, self._device, self._decoder, self._watch = chip, device, decoder, watch
        self.codec, self.fps = codec, sane_fps(decoder.get_fps())
        self._given = 0
        """Pictures so far."""

    def read(self) -> Optional[Tuple[int, ChipPicture]]:
        """Return ``(milliseconds into the recording, picture)``, or ``None`` at a file's end.

        Raises:
            SourceError: the camera ended its stream, fell silent, or sends what cannot be used.
            DecoderHung: only a new process opens it again; the watch knows.
        """
        began_s, reason, word = time.monotonic(), _NO_VIDEO, "codec"
        for _ in range(BAD_READS):
            frame = self._chip.sail.BMImage()
            code = self._read_into(frame)
            if code == GOOD and frame.width() > 0:
                return self._taken(frame)
            if code == END_OF_FILE:
                reason, word = "ended the stream", "broke_off"
                break
            if time.monotonic() - began_s >= SILENCE_S:
                reason, word = f"sent no picture for {SILENCE_S:g} s", "no_picture"
                break
        # A file that cannot be read on is over; old versions have no number of its own for a file's end.
        if self._device.type is not DeviceType.FILE or not self._given:
            raise SourceError(reason, word)
        return None

    def close(self) -> None:
        """Give the decoder back."""
        try:
            self._decoder.release()
        except self._chip.failures:
            pass  # it was broken before
        self._decoder = None

    def _read_into(self, frame: Any) -> int:
        try:
            with watched(self._watch, *self._limit(), self._device.device_id):
                return int(self._decoder.read(self._chip.handle, frame))
        except self._chip.failures as error:
            raise _trouble(error, self._device, self._watch) from error

    def _limit(self) -> Tuple[float, str]:
        limit_s = READ_LIMIT_UDP_S if self._device.transport == "udp" else READ_LIMIT_S
        limit_s = limit_s if self._given else FIRST_LIMIT_S
        return limit_s, f"its decoder hangs: a picture was asked for {limit_s:g} s ago"

    def _taken(self, frame: Any) -> Tuple[int, ChipPicture]:
        width, height = int(frame.width()), int(frame.height())
        if not self._chip.limits.side_fits(width, height):
            raise SourceError(f"sends pictures of {width}×{height}, which this chip cannot use", "picture_size")
        position_ms, self._given = self._position_ms(frame), self._given + 1
        return position_ms, ChipPicture(self._chip, frame)

    def _position_ms(self, frame: Any) -> int:
        """What the stream says, from SAIL 3.9.4 on; else, and where it says nothing, counted by the rate."""
        stamps = frame.get_pts_dts() if hasattr(frame, "get_pts_dts") else (0.0,)
        position_ms = float(stamps[0]) * 1000
        return round(position_ms if position_ms > 0 else self._given * 1000 / self.fps)


class Openings:
    """Makes decoders: those of one transport side by side, those of another when these are done, in order."""

    def __init__(self, chip: Chip, watch: HangWatch, noted: Noted) -> None:
        self._chip, self._watch, self._noted = chip, watch, noted
        self._changed = threading.Condition()
        self._queue: Deque[object] = deque()
        self._making, self._transport = 0, ""
        self._alone = threading.Lock()

    def make(self, device: Device) -> Any:
        """Return SAIL's ``Decoder`` of the device.

        Raises:
            SourceError: it does not open.
            DecoderHung: nor will any in this process; the watch knows.
        """
        reason = f"its decoder hangs: it did not open within {OPEN_LIMIT_S:g} s"
        with self._turn(device.transport):
            try:
                with self._note(device), watched(self._watch, OPEN_LIMIT_S, reason, device.device_id):
                    return self._chip.sail.Decoder(device.url, True, TPU_ID)
            except self._chip.failures as error:
                raise _trouble(error, device, self._watch, *_refusal(device)) from error

    @contextmanager
    def _note(self, device: Device) -> Iterator[None]:
        """Where opening stops the interpreter no thread can tell of it: a process is told, of one at a time."""
        if hasattr(self._chip.sail.BMImage, "get_pts_dts"):  # came with 3.9.4, as did the cure
            yield
            return
        with self._alone, self._noted(device.device_id):
            yield

    @contextmanager
    def _turn(self, transport: str) -> Iterator[None]:
        ticket = object()
        with self._changed:
            self._queue.append(ticket)
            self._changed.wait_for(
                lambda: self._queue[0] is ticket and (not self._making or self._transport == transport)
            )
            self._queue.popleft()
            self._chip.sail.set_decoder_env("rtsp_transport", transport)
            self._chip.sail.set_decoder_env("stimeout", str(round(SILENCE_S * 1e6)))
            self._transport, self._making = transport, self._making + 1
            self._changed.notify_all()
        try:
            yield
        finally:
            with self._changed:
                self._making -= 1
                self._changed.notify_all()


def _nowhere(_device_id: str) -> ContextManager[None]:
    return nullcontext()


def chip_opener(chip: Chip, watch: HangWatch, open_host: OpenCapture, noted: Noted = _nowhere) -> OpenCapture:
    """Return what opens a device on the chip, or by ``open_host`` where the chip is not the one to read it.

    Args:
        chip: decodes.
        watch: is told of calls that may hang.
        open_host: opens on the CPU.
        noted: tells another process, for the time of a block, which device is being opened.

    It raises:
        SourceError: why the device cannot be read, in words without its password.
    """
    openings = Openings(chip, watch, noted)

    def open_device(device: Device) -> Capture:
        if device.type is DeviceType.RTSP and device.url.lower().startswith("rtsp"):
            return open_camera(device)
        return open_file(device) if device.type is DeviceType.FILE else open_host(device)

    def open_camera(device: Device) -> Capture:
        try:
            codec = knock(device.url, KNOCK_S)
            if codec in ("", *CODECS):
                return ChipCapture(chip, device, openings.make(device), watch, codec)
        except SourceError as error:
            raise type(error)(f"{device.safe_url} {error}", error.code) from error
        return open_host(device)

    def open_file(device: Device) -> Capture:
        host = open_host(device)
        if host.codec not in CODECS:
            return host
        codec = host.codec
        host.close()
        try:
            return ChipCapture(chip, device, openings.make(device), watch, codec)
        except DecoderHung:
            raise
        except SourceError as error:
            log.warning("file_read_by_cpu", device_id=device.device_id, reason=str(error))
            return open_host(device)

    return open_device


def sane_fps(fps: float) -> float:
    """Return pictures a second, 25 where SAIL says 0/0, −1 or what no camera gives."""
    return float(fps) if math.isfinite(fps) and 0 < fps <= 1000 else 25.0


def _trouble(
    error: BaseException,
    device: Device,
    watch: HangWatch,
    words: str = "broke off: the decoder gave up",
    code: str = "broke_off",
) -> SourceError:
    """What SAIL raised; its own words may hold the password."""
    if "vpu" in str(error).lower():
        watch.give_up(Leaving("the chip's video unit is hung", device.device_id))
        return DecoderHung("the chip's video unit is hung: vision is started anew", "decoder_hangs")
    return SourceError(words, code)


def _refusal(device: Device) -> Tuple[str, str]:
    if device.type is DeviceType.FILE:
        return "is no video that the chip can read", "file_no_video"
    return "refuses to give a video: check the path, the user name and the password", "no_video"
