"""What the pipeline costs beyond the models and the decoder: 720p, one thread, the demo film.

The peer is the unavoidable work of the same run: FFmpeg's decoding and onnxruntime's ``run``. All else (resizing,
packing, post-processing, tracking, alignment, quality, JPEGs) is ours.
"""

import time
from pathlib import Path
from typing import Any, Dict, List

import cv2

from sophon_report.config import parse_settings
from sophon_report.demo.media import make_demo_media
from sophon_report.model import Device, DeviceType
from sophon_report.ops.memory import keep_memory
from sophon_report.vision.engines.choose import open_engine
from sophon_report.vision.models import session
from sophon_report.vision.models.library import ModelLibrary
from sophon_report.vision.picture import Frame
from sophon_report.vision.pipeline import Pipeline
from sophon_report.vision.shots import ShotTaker
from sophon_report.vision.sources.capture import open_capture

VAR = Path(__file__).resolve().parent.parent.parent / "var"
GOAL = 0.10


class TimedSession(session.OnnxSession):
    """Counts the seconds that onnxruntime takes."""

    spent_s = 0.0

    def run(self, batch: Any) -> Any:
        """As the original, timed."""
        began_s = time.perf_counter()
        try:
            return super().run(batch)
        finally:
            TimedSession.spent_s += time.perf_counter() - began_s


def run() -> Dict[str, Any]:
    """Play the film once for each size of the detector's input."""
    cv2.setNumThreads(1)
    keep_memory()  # as the vision process does
    media = make_demo_media(VAR / "demo" / "media", VAR / "pictures", say=lambda _line: None)
    results: List[Dict[str, Any]] = []
    for min_face_px, name in (
        (40, "faces from 40 px (detector at 640x360)"),
        (20, "faces from 20 px (at 1280x720)"),
    ):
        results += _play(str(media.video), min_face_px, name)
    return {"name": "pipeline", "results": results}


def _play(video: str, min_face_px: int, name: str) -> List[Dict[str, Any]]:
    from sophon_report.vision.engines import cpu  # noqa: PLC0415 - its session is replaced just below

    cpu.OnnxSession = TimedSession
    TimedSession.spent_s = 0.0
    settings = parse_settings({"engine": {"kind": "cpu", "threads": 1}, "data_dir": str(VAR)})
    engine = open_engine(settings, ModelLibrary(VAR / "models"))
    device = Device("bench", "bench", DeviceType.FILE, video)
    pipeline, shots = Pipeline(device, engine, min_face_px), ShotTaker(engine)
    capture = open_capture(device)
    decode_s, frames, began_s = 0.0, 0, time.perf_counter()
    while True:
        read_s = time.perf_counter()
        taken = capture.read()
        decode_s += time.perf_counter() - read_s
        if taken is None:
            break
        position_ms, picture = taken
        frame = Frame("bench", position_ms, picture)
        shots.take(pipeline.follow(frame, engine.detect([picture], min_face_px)[0])[1])
        frames += 1
    total_s = time.perf_counter() - began_s
    model_s = TimedSession.spent_s
    rest_s = total_s - decode_s - model_s
    return [
        {
            "what": f"{name}: rest / (models + decoding)",
            "value": rest_s / (decode_s + model_s),
            "goal": f"<= {GOAL}",
        },
        {"what": f"{name}: decoding", "value": decode_s / frames * 1000, "unit": "ms/frame"},
        {"what": f"{name}: models", "value": model_s / frames * 1000, "unit": "ms/frame"},
        {"what": f"{name}: rest", "value": rest_s / frames * 1000, "unit": "ms/frame"},
        {"what": f"{name}: whole", "value": frames / total_s, "unit": "frames/s"},
    ]


if __name__ == "__main__":
    print(run())
