"""An error that nobody foresaw ended the thread of a source, and its device stayed online for ever."""

import threading

from sophon_report.model import Device, DeviceType
from sophon_report.vision.sources.intake import Intake
from sophon_report.vision.sources.source import Source


def test_a_fault_in_reading_leaves_no_device_that_seems_online():
    """It is told as offline, and tried again."""
    tried, said = [], []
    again = threading.Event()

    def broken(_device):
        tried.append(1)
        if len(tried) == 2:
            again.set()
        raise ZeroDivisionError

    camera = Device("c", "camera", DeviceType.RTSP, "rtsp://10.0.0.9/1")
    source = Source(
        camera, Intake(), broken, lambda: 0, lambda _device, status: said.append(status), lambda _failures: 0.0
    )
    source.start()
    assert again.wait(10)
    source.stop()
    assert source.join(10)
    assert (said[0].state, said[0].reason) == ("offline", "cannot be read: ZeroDivisionError, see the log")
