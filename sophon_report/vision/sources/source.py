"""One device's thread: open, read, pace, and come back after a failure with growing pauses.

A file at its own pace keeps the recording's time: a frame is handed on when it is due, late ones at once, and its
``captured_ms`` is the start plus its place in the recording. A file as fast as possible keeps the same times
without waiting for them; one that begins again goes on after its last frame. A camera's frames carry the time of
a clock that does not step while somebody is there (:mod:`~sophon_report.ops.clock`).

A camera whose pictures change their size, since somebody turned it or set it otherwise, goes on; its state tells
the new one. What a camera says of its rate is often wrong, so its state tells what was counted.
"""

import random
import threading
import time
from dataclasses import dataclass, replace
from typing import Callable, Tuple

import structlog

from sophon_report.errors import Denied, SourceError
from sophon_report.model import Device, DeviceType
from sophon_report.ops.clock import Patience, SteadyClock, steady_ms
from sophon_report.vision.picture import Frame, Picture
from sophon_report.vision.sources.capture import NO_PICTURE, Capture, OpenCapture
from sophon_report.vision.sources.intake import Intake
from sophon_report.vision.sources.rate import Rate
from sophon_report.vision.sources.timeline import Timeline

FIRST_RETRY_S = 1.0
LONGEST_RETRY_S = 30.0
MOST_DENIALS = 3
DENIED_RETRY_S = 300
"""After so many refusals a password is tried no more often: cameras lock the account. One that just starts may
refuse a right one. With another address a device is opened at once."""
USUAL_FPS = 25.0
"""Of a film that does not say."""
STEADY_MS = 10_000
"""Pictures for so long end a row of failures: a camera that falls over each time is not asked every second."""

log = structlog.get_logger()


@dataclass(frozen=True)
class SourceStatus:
    """How a source does; ``state`` as in :class:`sophon_report.link.messages.DeviceState`."""

    state: str
    reason: str = ""
    started_ms: int = 0
    width: int = 0
    height: int = 0
    fps: float = 0.0
    """Pictures a second: of a film as it says, of a camera as counted; 0 while that is not known."""
    codec: str = ""
    frames: int = 0
    code: str = ""
    """The reason as a word of :data:`sophon_report.errors.SOURCE_REASONS`."""


def retry_pause_s(failures: int, fraction: float) -> float:
    """Pause after the n-th failure in a row: doubling, with up to a quarter of chance, at most half a minute."""
    return float(min(LONGEST_RETRY_S, FIRST_RETRY_S * 2.0 ** min(failures - 1, 10)) * (0.75 + 0.25 * fraction))


def spread_pause_s(failures: int) -> float:
    """A pause of :func:`retry_pause_s` with chance in it, so that cameras do not come back all at once."""
    return retry_pause_s(failures, random.random())  # noqa: S311 - keeps no secret


class Source:
    """Reads one device until stopped; after :meth:`stop` it hands on and tells nothing.

    Args:
        device: what to read.
        intake: where frames go.
        open_capture: how it is opened.
        clock_ms: wall clock.
        on_status: called from the source's thread at each change of state.
        pause_s: seconds before the next try, from the number of failures in a row.
        steady_ms: a clock that never steps.
    """

    def __init__(
        self,
        device: Device,
        intake: Intake,
        open_capture: OpenCapture,
        clock_ms: Callable[[], int],
        on_status: Callable[[Device, SourceStatus], None],
        pause_s: Callable[[int], float] = spread_pause_s,
        steady_ms: Callable[[], float] = steady_ms,
    ) -> None:
        self.device = device
        self.clock = SteadyClock(clock_ms, steady_ms, None if device.type is DeviceType.FILE else Patience())
        """The device's time."""
        self.status = SourceStatus("starting")
        self._intake, self._open, self._on_status = intake, open_capture, on_status
        self._pause_s, self._steady_ms = pause_s, steady_ms
        self._earliest_ms = self._began_ms = 0.0
        self._rate = Rate()
        self._remark = ""
        """What is to be said of a folder that was shown."""
        self._denials = 0
        """In a row."""
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"source-{device.device_id}", daemon=True)
        self._log = log.bind(device_id=device.device_id)

    def start(self) -> None:
        """Begin reading."""
        self._thread.start()

    def stop(self) -> None:
        """Ask the thread to end; a decoder that hangs is left behind as a daemon thread."""
        self._stop.set()

    def be_patient(self, patience: Patience) -> None:
        """Take up steps of the wall clock then; a film never does."""
        if self.device.type is not DeviceType.FILE:
            self.clock.patience = patience

    def join(self, timeout_s: float) -> bool:
        """Wait for the thread; whether it has ended."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        failures = 0
        while not self._stop.is_set():
            frames_before = self.status.frames
            self._remark = ""
            reason, code = self._read_once()
            if self.device.type is DeviceType.RTSP:
                failures = 1 if self._was_steady(frames_before) else failures + 1
                self._tell("offline", reason or "the stream ended", code or "broke_off")
                self._stop.wait(
                    max(self._pause_s(failures), DENIED_RETRY_S if self._denials >= MOST_DENIALS else 0)
                )
            elif reason or not self.device.loop:
                remark = "some_unreadable" if self._remark else ""
                self._tell("failed" if reason else "ended", reason or self._remark, code or remark)
                return

    def _was_steady(self, frames_before: int) -> bool:
        lasted_ms = self._steady_ms() - self._began_ms
        return self.status.frames > frames_before and lasted_ms >= STEADY_MS

    def _read_once(self) -> Tuple[str, str]:
        """Read to the end, at least one frame; return what went wrong, if anything, with its word."""
        try:
            capture = self._open(self.device)
            try:
                self._follow(capture)
                if capture.skipped:
                    self._remark = f"{capture.skipped} of its pictures could not be read"
            finally:
                capture.close()
        except Denied as error:
            self._denials += 1
            again = f"; asked again in {DENIED_RETRY_S // 60} minutes: cameras lock who tries too often"
            return str(error) + (again if self._denials >= MOST_DENIALS else ""), error.code
        except SourceError as error:
            return str(error), error.code
        except Exception as error:  # noqa: BLE001 - told in the log
            # Whatever it is, a device that is not read any more must not seem online, and is tried again.
            self._log.exception("device_fault")
            return f"cannot be read: {type(error).__name__}, see the log", "fault"
        return "", ""

    def _follow(self, capture: Capture) -> None:
        taken = capture.read()
        if taken is None:
            raise SourceError(NO_PICTURE, "no_picture")
        self._denials = 0
        started_ms = self._begin(capture, taken[1])
        from_file = self.device.type is DeviceType.FILE
        timeline = Timeline(started_ms, capture.fps or USUAL_FPS)
        while taken is not None and not self._stop.is_set():
            position_ms, picture = taken
            captured_ms = timeline.at(position_ms) if from_file else self.clock.now_ms()
            self._note(picture, from_file)
            self._earliest_ms = timeline.next_ms
            self._hand_on(Frame(self.device.device_id, captured_ms, picture, time.monotonic()), from_file)
            taken = capture.read()

    def _begin(self, capture: Capture, picture: Picture) -> int:
        from_file = self.device.type is DeviceType.FILE
        started_ms = self.clock.now_ms()
        if from_file:
            started_ms = max(started_ms, round(self._earliest_ms))
        self._began_ms = self._steady_ms()
        self._rate = Rate()
        self.status = replace(
            self.status,
            started_ms=started_ms,
            width=picture.width,
            height=picture.height,
            fps=capture.fps if from_file else 0.0,
            codec=capture.codec,
        )
        self._tell("online")
        return started_ms

    def _note(self, picture: Picture, from_file: bool) -> None:
        """Take over what a picture tells of the stream."""
        if (picture.width, picture.height) != (self.status.width, self.status.height):
            self._log.info("device_resized", width=picture.width, height=picture.height)
            self.status = replace(self.status, width=picture.width, height=picture.height)
        if not from_file:
            self.status = replace(self.status, fps=self._rate.add(self._steady_ms()))

    def _hand_on(self, frame: Frame, from_file: bool) -> None:
        self.status = replace(self.status, frames=self.status.frames + 1)
        if from_file and self.device.speed == "fast":
            self._intake.put_waiting(frame, self._stop)
            return
        if from_file:
            early_ms = frame.captured_ms - self.clock.now_ms()
            if early_ms > 0:
                self._stop.wait(early_ms / 1000)
                frame = replace(frame, arrived_s=time.monotonic())
        self._intake.put(frame, self._stop)

    def _tell(self, state: str, reason: str = "", code: str = "") -> None:
        if self._stop.is_set():
            return
        changed = (state, reason) != (self.status.state, self.status.reason)
        self.status = replace(self.status, state=state, reason=reason, code=code)
        if changed:
            self._log.info("device_" + state, **({"reason": reason} if reason else {}))
        self._on_status(self.device, self.status)
