"""The part of a picture in which faces count. Pure."""

from typing import Optional, Tuple

import numpy as np

from sophon_report.model import Faces

Region = Tuple[int, int, int, int]


def within(roi: Optional[Region], faces: Faces) -> Faces:
    """Return the faces whose centre is inside ``roi``; all of them without one."""
    if roi is None or not len(faces):
        return faces
    centre = (faces.boxes[:, :2] + faces.boxes[:, 2:]) / 2
    return faces.select(np.all((centre >= roi[:2]) & (centre <= roi[2:]), axis=1))


def outside(roi: Optional[Region], width: int, height: int) -> str:
    """Say that nobody can be inside ``roi``, since pictures are smaller than where it begins; else ``""``.

    A camera was turned, or set to another size. A region that reaches past the picture is none the worse.
    """
    if roi is None or not width or (roi[0] < width and roi[1] < height):
        return ""
    return f"the region {list(roi)} lies outside of its pictures of {width}x{height}: nobody is seen"
