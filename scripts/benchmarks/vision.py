"""The vision process before sixteen cameras for as long as wanted: start, memory, and what a frame costs the CPU.

It runs as it is installed on the fake chip of ``parts/vision.py``. One camera is away for good and one has
troubles all the time (its stream ends after some seconds, and it is opened anew), since what is not given back is
lost at such times. Memory is the median of the last quarter of the run over that of the second; the first is
filling up.

What a frame costs the CPU includes the fake chip's own work, which a real one does not need: it is a bound.
"""

import statistics
import tempfile
import time
from pathlib import Path
from typing import Any, Dict, List

from parts import process
from parts.vision import FPS, Street, watching

from sophon_report.model import Device, DeviceType
from sophon_report.testing.sail import Camera

CAMERAS = 16
MINUTES = 1
SAMPLE_S = 1.0
ENDS_AFTER_S = 20.0


def run(minutes: float = MINUTES) -> Dict[str, Any]:
    """Measure for so many minutes."""
    cameras = Street().cameras(CAMERAS - 1)
    away = Device("away", "away", DeviceType.RTSP, "rtsp://127.0.0.1:1/away")
    troubled = {cameras[0].device_id: Camera(fps=FPS, frames=round(ENDS_AFTER_S * FPS))}
    samples: List[Dict[str, float]] = []
    folder = tempfile.TemporaryDirectory(prefix="bench-")
    with folder as root, watching(Path(root) / "v", [*cameras, away], troubled) as vision:
        vision.until(lambda: len(vision.seen()) == len(cameras), "a shot of each camera")
        starts_s = sorted(vision.seen().values())
        cpu_s, frames = vision.cpu_s(), vision.count("frames")[0]
        end_s = time.monotonic() + minutes * 60
        while time.monotonic() < end_s:
            time.sleep(SAMPLE_S)
            samples.append({"rss_mb": vision.rss_mb(), "threads": process.threads(vision.pid)})
        frames = vision.count("frames")[0] - frames
        cpu_s = vision.cpu_s() - cpu_s
        failed = vision.count("frames_failed")[0]
    return {
        "name": f"vision, {CAMERAS} cameras, {minutes:g} minutes",
        "results": [
            _row("start to the first face told", starts_s[0], "< 5", "s"),
            _row("start to a face of every camera that is there", starts_s[-1], unit="s"),
            _row(
                "memory, last quarter of the second", _quarter(samples, 3) / _quarter(samples, 1), "<= 1.05", "x"
            ),
            _row("memory, median of the last quarter", _quarter(samples, 3), unit="MB"),
            _row("most threads", max(sample["threads"] for sample in samples)),
            _row("CPU time a frame, the fake chip's work included", cpu_s / frames * 1000, unit="ms"),
            _row("frames looked at", frames),
            _row("frames that failed", failed, "0"),
        ],
    }


def _quarter(samples: List[Dict[str, float]], number: int) -> float:
    size = max(1, len(samples) // 4)
    return statistics.median(sample["rss_mb"] for sample in samples[number * size :][:size])


def _row(what: str, value: Any, goal: Any = None, unit: str = "") -> Dict[str, Any]:
    return {"what": what, "value": value, "goal": goal, "unit": unit}


if __name__ == "__main__":
    for row in run()["results"]:
        print(row)
