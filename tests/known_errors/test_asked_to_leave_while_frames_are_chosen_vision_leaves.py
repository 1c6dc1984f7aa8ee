"""SIGTERM came while the worker held the intake's lock, its handler waited for that lock, and vision hung."""

import subprocess
import sys

PROGRAM = """
import signal, socket
from sophon_report.link.client import LinkClient
from sophon_report.testing.steered_engine import SteeredEngine
from sophon_report.vision.worker import Worker

class Engine(SteeredEngine):
    @property
    def batch(self):  # asked for when the next turn is chosen
        signal.raise_signal(signal.SIGTERM)
        return 1

    @batch.setter
    def batch(self, _batch):
        pass

_here, there = socket.socketpair()
worker = Worker(Engine(), LinkClient(there), 40, lambda: 0)
signal.signal(signal.SIGTERM, lambda *_: worker.stop())
worker.run(1)
"""


def test_asked_to_leave_while_frames_are_chosen_vision_leaves():
    """In the moment in which the same thread holds what all sources share."""
    assert subprocess.run([sys.executable, "-c", PROGRAM], timeout=60, check=False).returncode == 0
