"""Which engine runs here."""

import importlib.util
from pathlib import Path

import structlog

from sophon_report.config import Settings
from sophon_report.errors import ModelError
from sophon_report.vision.engines.attributes import attribute_files
from sophon_report.vision.engines.base import Engine
from sophon_report.vision.engines.cpu import CpuEngine
from sophon_report.vision.models.card import DETECTOR, EMBEDDER
from sophon_report.vision.models.library import ModelLibrary

TPU_DEVICES = (Path("/dev/bm-tpu0"), Path("/dev/bm-sophon0"))
"""On a box, and of a card in a server."""

log = structlog.get_logger()


def has_tpu() -> bool:
    """Whether this machine has a TPU and the vendor's Python package for it; neither is opened."""
    try:
        has_sail = importlib.util.find_spec("sophon.sail") is not None
    except ImportError:
        has_sail = False
    return has_sail and any(device.exists() for device in TPU_DEVICES)


def open_engine(settings: Settings, library: ModelLibrary) -> Engine:
    """Return the engine that ``engine.kind`` asks for, its models checked and loaded.

    Raises:
        ModelError: a model that cannot be used, onnxruntime that is missing, or ``sail``, which this version
            does not have.
    """
    if settings.engine.kind == "sail":
        raise ModelError('engine.kind = "sail": this version computes on the CPU only; set "cpu" or "auto"')
    if settings.engine.kind == "auto" and has_tpu():
        log.warning("this box has a TPU, but this version computes on the CPU only", engine="cpu")
    models = settings.models
    engine = CpuEngine(
        detector=library.open(DETECTOR, models.detector),
        embedder=library.open(EMBEDDER, models.embedder),
        attributes=attribute_files(library, models.attributes),
        threads=settings.engine.threads,
    )
    engine.want_attributes(settings.engine.attributes, wait=True)
    return engine
