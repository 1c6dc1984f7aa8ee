"""A film of one person who stands before a camera, and her portrait."""

import cv2
import numpy as np
from command import VAR

from sophon_report.demo.pictures import COLLINS
from sophon_report.vision.models.fetch import fetch_archive_members


def portrait():
    """Where her picture is."""
    (path,) = fetch_archive_members(COLLINS.package, [COLLINS.member], VAR / "pictures")
    return path


def make_film(path):
    """Four seconds of somebody who stands there."""
    frame = np.full((512, 640, 3), 120, np.uint8)
    frame[:, 64:576] = cv2.imread(str(portrait()))
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"mp4v"), 25, (640, 512))
    for _ in range(100):
        writer.write(frame)
    writer.release()
