"""Films as cameras code them, made by the test."""

from fractions import Fraction

import av
import numpy as np

from sophon_report.testing import CodedPicture

ENCODERS = {"h264": ("libx264", {"preset": "ultrafast", "tune": "zerolatency"}), "h265": ("libx265", {})}
QUIET = "log-level=none:repeat-headers=1:bframes=0:pools=1"


def coded(codec, width=320, height=240, pixels="yuv420p", count=25, fps=25):
    """``count`` pictures of a square that wanders over grey; each begins with all that a decoder needs."""
    name, options = ENCODERS[codec]
    encoder = av.CodecContext.create(name, "w")
    encoder.width, encoder.height, encoder.pix_fmt = width, height, pixels
    encoder.framerate, encoder.time_base = fps, Fraction(1, 25)
    encoder.gop_size = 5
    encoder.options = options if codec == "h264" else {"preset": "ultrafast", "x265-params": QUIET}
    packets = []
    for number in range(count):
        packets += encoder.encode(_frame(number, width, height, pixels))
    packets += encoder.encode(None)
    return [CodedPicture(codec, bytes(packet)) for packet in packets]


def _frame(number, width, height, pixels):
    image = np.full((height, width, 3), 120, np.uint8)
    image[100:164, 100:164] = np.random.default_rng(number).integers(0, 255, (64, 64, 3))  # fills many packets
    left = number * 8 % (width - 40)
    image[40:80, left : left + 40] = (20, 200, 240)
    frame = av.VideoFrame.from_ndarray(image, "bgr24").reformat(format=pixels)
    frame.pts = number
    return frame
