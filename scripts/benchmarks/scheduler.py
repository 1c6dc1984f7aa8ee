"""Sixteen cameras at 25 frames a second before a chip that can look at half of them: throughput and fairness.

The vision process as it is installed runs on the fake chip with the published time of SCRFD-10g in INT8 on a
BM1684, 5 ms a picture in batches of four; cameras are 1080p with three faces each. Throughput is frames looked at,
of what the chip can do in that time. A camera's delay is from its frame's arrival to the end of all work on it.

A dead camera costs the others nothing: the same run with fifteen cameras alone, with a sixteenth that refuses
connections, and with one whose decoder hangs (before the watchdog ends the process for it). Offered are 375 frames
a second then, so a place in a turn that were lost to the dead one would show in what the others get.
"""

import tempfile
import time
from pathlib import Path
from typing import Any, Dict, List

from parts.vision import CAPACITY, FPS, Street, watching

from sophon_report.model import Device, DeviceType
from sophon_report.testing.sail import Camera

CAMERAS = 16
WARM_S, MEASURE_S = 4.0, 15.0
HANG_AFTER_S, HANG_MEASURE_S = 3.0, 6.0
"""A read that hangs is found after ten seconds: what is measured lies before it."""


class Measured:
    """What a vision process did in some seconds."""

    def __init__(self, vision: Any, seconds: float) -> None:
        frames, began_s = _next_count(vision, "frames")
        turns, turns_s, skipped = vision.count("turns")[0], vision.count("turns_s")[0], _skipped(vision)
        time.sleep(seconds)
        frames_then, ended_s = _next_count(vision, "frames")
        took_s = ended_s - began_s
        self.per_s = (frames_then - frames) / took_s
        self.turn_size = (frames_then - frames) / max(1.0, vision.count("turns")[0] - turns)
        self.busy = (vision.count("turns_s")[0] - turns_s) / took_s
        self.skipped_per_s = (_skipped(vision) - skipped) / took_s
        alive = [state for state in vision.states.values() if state.share_pct]
        self.delays_ms = [state.delay_ms for state in alive]
        self.shares_pct = [state.share_pct for state in alive]


def run() -> Dict[str, Any]:
    """Measure; about a minute."""
    street = Street()
    results: List[Dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        cameras = street.cameras(CAMERAS)
        with watching(Path(folder) / "all", cameras) as vision:
            vision.until(lambda: len(vision.seen()) == CAMERAS, "a shot of each camera")
            starts_s = sorted(vision.seen().values())
            time.sleep(WARM_S)
            every = Measured(vision, MEASURE_S)
            results += _fairness(every, vision) + _starts(starts_s)
        results += _dead(Path(folder), cameras)
    return {"name": f"scheduler, {CAMERAS} cameras x {FPS:g} frames/s", "results": results}


def _fairness(every: Measured, vision: Any) -> List[Dict[str, Any]]:
    mean_ms = sum(every.delays_ms) / len(every.delays_ms)
    return [
        _row("frames looked at, of what the chip can do", every.per_s / CAPACITY, ">= 0.95"),
        _row("frames looked at", every.per_s, unit="/s"),
        _row("frames a turn", every.turn_size),
        _row("worst camera's delay, of the mean", max(every.delays_ms) / mean_ms, "<= 2"),
        _row("mean delay", mean_ms, unit="ms"),
        _row("smallest share of a camera, of the largest", min(every.shares_pct) / max(every.shares_pct)),
        _row("frames that newer ones replaced", every.skipped_per_s, unit="/s"),
        _row("time with a turn under way", every.busy),
        _row("shots put off", vision.count("shots_deferred")[0]),
    ]


def _starts(starts_s: List[float]) -> List[Dict[str, Any]]:
    return [
        _row("start to the first face told", starts_s[0], "< 5", "s"),
        _row("start to a face of every camera", starts_s[-1], unit="s"),
    ]


def _dead(folder: Path, cameras: List[Device]) -> List[Dict[str, Any]]:
    others = cameras[:-1]
    refusing = Device("dead", "dead", DeviceType.RTSP, "rtsp://127.0.0.1:1/dead")
    hangs = {cameras[-1].device_id: Camera(fps=FPS, hang_after=round(HANG_AFTER_S * FPS))}
    alone = _of_others(folder / "alone", others, others)
    refused = _of_others(folder / "refused", [*others, refusing], others)
    hanging = _of_others(folder / "hangs", cameras, others, hangs)
    return [
        _row("15 cameras with a dead one: frames, of those without it", refused[0] / alone[0], ">= 0.98"),
        _row("the same: mean delay", refused[1] / alone[1], "<= 1.1"),
        _row("15 cameras with a hanging one: frames, of those without it", hanging[0] / alone[0], ">= 0.98"),
        _row("the same: mean delay", hanging[1] / alone[1], "<= 1.1"),
    ]


def _of_others(folder: Path, devices: Any, others: Any, unusual: Any = None) -> Any:
    """Frames a second and mean delay of the cameras that live."""
    names = {device.device_id for device in others}
    with watching(folder, devices, unusual) as vision:
        vision.until(lambda: names <= set(vision.seen()), "a shot of each camera")
        time.sleep(HANG_AFTER_S)
        measured = Measured(vision, HANG_MEASURE_S)
        delays_ms = [vision.states[name].delay_ms for name in names]
    return measured.per_s, sum(delays_ms) / len(delays_ms)


def _next_count(vision: Any, name: str) -> Any:
    """The next word of the counters: they are told once a second."""
    told_s = vision.count(name)[1]
    vision.until(lambda: vision.count(name)[1] > told_s, "the next counters")
    return vision.count(name)


def _skipped(vision: Any) -> int:
    return sum(state.frames_skipped for state in vision.states.values())


def _row(what: str, value: Any, goal: Any = None, unit: str = "") -> Dict[str, Any]:
    return {"what": what, "value": value, "goal": goal, "unit": unit}


if __name__ == "__main__":
    for row in run()["results"]:
        print(row)
