"""Pictures for who watches: of whose frame one is made, and when. Knows no clock, no link: times are given in.

The promise:

- While nobody watches nothing is computed and nothing is sent.
- Recognition goes first. A turn makes at most one picture, of the device that has waited longest for its own.
  While frames wait, pictures get at most :data:`PREVIEW_SHARE` of the time; and none is made while the report
  process has not read what it was sent before. What is passed over then is counted, and nothing waits.
- A device gets at most as many a second as were asked for.
- Boxes are those of the very picture that they go with.
"""

from typing import Dict, Optional, Sequence

import cv2
import structlog

from sophon_report.errors import BadImage, ModelError
from sophon_report.link.messages import PreviewFace, PreviewFrame, PreviewWanted
from sophon_report.model import Box
from sophon_report.vision.engines.base import Engine
from sophon_report.vision.picture import Frame
from sophon_report.vision.pipeline import Followed
from sophon_report.wire.pictures import image_size

PREVIEW_SHARE = 1 / 8
"""Of the time, for pictures of the preview, while frames wait."""

log = structlog.get_logger()


class Previews:
    """Makes the pictures that are wanted.

    Args:
        engine: encodes them.
    """

    def __init__(self, engine: Engine) -> None:
        self.made = self.skipped = self.failed = 0
        """Pictures made; passed over for want of time, or because the last were not read; and failed."""
        self._engine = engine
        self._wanted = PreviewWanted()
        self._next_s: Dict[str, float] = {}
        """When each wanted device is due."""
        self._pause_until_s = 0.0
        self._numbers: Dict[str, int] = {}
        self._is_failing = False

    def want(self, wanted: PreviewWanted) -> None:
        """Make these from now on; the first of a new device at once."""
        self._wanted = wanted
        self._next_s = {device_id: self._next_s.get(device_id, 0.0) for device_id in wanted.device_ids}

    def forget(self, device_id: str) -> None:
        """The device is not watched any more."""
        self._numbers.pop(device_id, None)

    def choose(self, frames: Sequence[Frame], now_s: float, *, late: bool, is_read: bool) -> Optional[int]:
        """Return of which of a turn's frames a picture is to be made; ``None``: of none.

        Args:
            frames: that were looked at in this turn.
            now_s: of a clock that never jumps, as in :meth:`done`.
            late: whether frames wait.
            is_read: whether the report process has read all that it was sent before.
        """
        due = [
            (self._next_s[frame.device_id], place)
            for place, frame in enumerate(frames)
            if self._next_s.get(frame.device_id, now_s + 1) <= now_s
        ]
        if not due:
            return None
        if not is_read or (late and now_s < self._pause_until_s):
            self.skipped += 1
            return None
        return min(due)[1]

    def make(self, frame: Frame, followed: Sequence[Followed]) -> Optional[PreviewFrame]:
        """Return the picture of a chosen frame; ``None`` where it failed, which the log says once.

        Args:
            frame: as it was looked at.
            followed: the faces in it that are followed.
        """
        picture, device_id = frame.picture, frame.device_id
        try:
            width_px = min(
                self._wanted.max_width_px, self._wanted.widths_px.get(device_id, self._wanted.max_width_px)
            )
            jpeg = self._engine.jpeg(picture, self._wanted.jpeg_quality, width_px=width_px)
            width, height = image_size(jpeg)
        except (ModelError, BadImage, ValueError, cv2.error) as error:
            self.failed += 1
            if not self._is_failing:
                log.error("preview_failed", device_id=device_id, reason=str(error))
            self._is_failing = True
            return None
        self._is_failing = False
        self.made += 1
        number = self._numbers[device_id] = self._numbers.get(device_id, 0) + 1
        scale = min(1.0, width_px / picture.width)
        faces = tuple(PreviewFace(one.track_id, _scaled(one, scale)) for one in followed)
        return PreviewFrame(device_id, number, frame.captured_ms, width, height, scale, jpeg, faces)

    def done(self, device_id: str, began_s: float, ended_s: float) -> None:
        """A picture of the device was made, or failed: its next one is due in its time."""
        period_s = 1 / self._wanted.fps
        self._next_s[device_id] = max(self._next_s.get(device_id, 0.0) + period_s, began_s + period_s / 2)
        self._pause_until_s = ended_s + (ended_s - began_s) * (1 / PREVIEW_SHARE - 1)


def _scaled(one: Followed, scale: float) -> Box:
    x1, y1, x2, y2 = one.box
    return x1 * scale, y1 * scale, x2 * scale, y2 * scale
