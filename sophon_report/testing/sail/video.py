"""Decoder: a camera as SAIL sees it, with pictures of a file or synthetic ones, and the scenario's troubles."""

import time
from pathlib import Path
from typing import Any, Callable, List, Mapping, Optional, Tuple

import cv2
import numpy as np
import numpy.typing as npt

from sophon_report.testing.sail.binding import does
from sophon_report.testing.sail.chip import Chip, sleep_with_gil
from sophon_report.testing.sail.pictures import from_bgr
from sophon_report.testing.sail.scenario import Camera

READ_ERROR, END, CLOSED = 5006, 5007, 5003
BUFFERED = 2
"""So many pictures wait for a reader who is late; older ones are lost."""
GIL_RELEASED_SINCE = (3, 9, 4)
Picture = npt.NDArray[np.uint8]
ReadPicture = Callable[[int], Optional[Picture]]


class Decoder:
    """One stream."""

    _chip: Chip
    _types: Mapping[str, Any]

    @does("str", "bool", "int")
    def init(self, path: str, compressed: bool, tpu_id: int) -> None:
        del tpu_id
        chip = self._chip
        number = chip.count(f"open {path}")
        chip.count("Decoder")
        chip.exit_if_due("open", path)
        self._path, self._camera = path, camera_of(chip, path)
        camera = self._camera
        if camera.open_s:
            sleep = time.sleep if chip.version >= GIL_RELEASED_SINCE else sleep_with_gil
            sleep(camera.open_s)
        if camera.refuses and (not camera.refused_opens or number < camera.refused_opens):
            raise RuntimeError(camera.refuses)
        self._pictures: _Pictures = _File(camera) if camera.play else _Synthetic(chip, camera)
        self._compressed = compressed
        self._codes = list(camera.codes)
        self._given = self._dropped = 0
        self._opened_s = time.monotonic()
        self._released = False

    @does()
    def get_frame_shape(self) -> List[int]:
        width, height = self._pictures.size
        return [1, 3, height, width]

    @does()
    def get_fps(self) -> float:
        return self._pictures.fps

    @does("Handle", "BMImage")
    def read(self, handle: Any, image: Any) -> int:
        del handle
        chip, camera = self._chip, self._camera
        chip.count("read")
        chip.exit_if_due("read", self._path)
        if self._released:
            return CLOSED
        if camera.hang_after is not None and self._given >= camera.hang_after:
            number = chip.count(f"hang {self._path}")
            if not camera.hangs or number < camera.hangs:
                chip.hang(camera.hang_s)
        if camera.vpu_hung_after is not None and self._given >= camera.vpu_hung_after:
            raise RuntimeError("VPU is hung")
        if self._codes and self._given >= camera.codes_after:
            code = self._codes.pop(0)
            if code:
                return code
        return self._next(image)

    @does()
    def release(self) -> None:
        self._released = True
        self._pictures.close()

    def _next(self, image: Any) -> int:
        camera = self._camera
        if camera.frames and self._given >= camera.frames:
            return END
        if camera.paced and self._pictures.fps > 0:
            self._keep_pace()
        picture = self._pictures.read(self._given + self._dropped)
        if picture is None:
            return END
        if camera.resize_after is not None and self._given >= camera.resize_after:
            picture = self._pictures.resized(picture, camera.resize_to)
        at_s = self._pictures.at_s(self._given + self._dropped)
        self._given += 1
        self._hand_over(picture, image, at_s)
        return 0

    def _keep_pace(self) -> None:
        period_s = 1 / self._pictures.fps
        while True:
            number = self._given + self._dropped
            early_s = self._opened_s + number * period_s - time.monotonic()
            if early_s > 0:
                time.sleep(early_s)
            if -early_s <= BUFFERED * period_s:
                return
            self._pictures.skip()
            self._dropped += 1
            self._chip.count("dropped")

    def _hand_over(self, picture: Picture, image: Any, at_s: float) -> None:
        """What was in the image before is given back, whoever looks at it."""
        if not self._camera.compressed:
            name = "FORMAT_YUV420P"
        else:
            name = "FORMAT_COMPRESSED" if self._compressed else "FORMAT_NV12"
        height, width = (side - side % 2 for side in picture.shape[:2])
        if image._memory is not None:
            self._chip.give_back(image._memory)
        if self._chip.lean:
            memory = self._chip.once(
                ("frame", height, width, name), lambda: from_bgr(picture[:height, :width], name)
            )
        else:
            memory = from_bgr(picture[:height, :width], name)
        dtype = self._types["ImgDtype"]["DATA_TYPE_EXT_1N_BYTE"]
        image._fill(memory, self._types["Format"][name], dtype, (height, width), at_s)


def camera_of(chip: Chip, path: str) -> Camera:
    """Return what the scenario has for a URL; else a file, or a real stream, is decoded as fast as it comes."""
    names = sorted((name for name in chip.scenario.cameras if name in path), key=len)
    if names:
        return chip.scenario.cameras[names[-1]]
    return chip.scenario.other_cameras or Camera(play=path, paced=False)


class _Pictures:
    fps: float
    size: Tuple[int, int]
    """Width, height."""

    def read(self, number: int) -> Optional[Picture]:
        raise NotImplementedError

    def skip(self) -> None:
        """One picture is lost."""

    def at_s(self, number: int) -> float:
        """When the picture that was read last is shown, from the beginning."""
        return number / self.fps if self.fps > 0 else 0.0

    def resized(self, picture: Picture, size: Tuple[int, int]) -> Picture:
        return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)

    def close(self) -> None:
        """Nothing is held."""


class _File(_Pictures):
    def __init__(self, camera: Camera) -> None:
        self._camera = camera
        self._capture = self._open()
        self.fps = float(self._capture.get(cv2.CAP_PROP_FPS))
        self.size = (
            int(self._capture.get(cv2.CAP_PROP_FRAME_WIDTH)),
            int(self._capture.get(cv2.CAP_PROP_FRAME_HEIGHT)),
        )

    def read(self, number: int) -> Optional[Picture]:
        del number
        there, picture = self._capture.read()
        if not there and self._camera.loop:
            self._capture.release()
            self._capture = self._open()
            there, picture = self._capture.read()
        return np.asarray(picture, np.uint8) if there else None

    def skip(self) -> None:
        self._capture.grab()

    def at_s(self, number: int) -> float:
        del number
        return float(self._capture.get(cv2.CAP_PROP_POS_MSEC)) / 1000

    def close(self) -> None:
        self._capture.release()

    def _open(self) -> cv2.VideoCapture:
        path = self._camera.play
        capture = cv2.VideoCapture(path) if "://" in path or Path(path).exists() else None
        if capture is None or not capture.isOpened():
            raise RuntimeError(f"Failed to open input file {path}")
        return capture


class _Synthetic(_Pictures):
    def __init__(self, chip: Chip, camera: Camera) -> None:
        self._lean = chip.lean
        self.fps, self.size = camera.fps, (camera.width, camera.height)
        self._grey: Picture = np.full((camera.height, camera.width, 3), 96, np.uint8)

    def read(self, number: int) -> Optional[Picture]:
        if self._lean:
            return self._grey
        picture = self._grey.copy()
        side = max(8, min(self.size) // 8)
        left = number * 4 % max(1, self.size[0] - side)
        picture[side : 2 * side, left : left + side] = (40, 160, 220)
        return picture
