"""Which engine runs here, and why; one line of reason for the log and for ``doctor``.

``auto`` is the TPU where everything it needs is there: the device node, the vendor's package for this Python, and
models compiled for this chip. ``sail`` demands it. The chip is looked at in a process of its own first: the
vendor's older packages end a process where others raise.
"""

import importlib.util
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Optional, Sequence, Tuple

import structlog

from sophon_report.config import Settings
from sophon_report.errors import ModelError
from sophon_report.vision.attributes import wanted_attributes
from sophon_report.vision.engines.attributes import attribute_files
from sophon_report.vision.engines.base import Engine
from sophon_report.vision.engines.cpu import CpuEngine
from sophon_report.vision.engines.sail.attributes import chip_attribute_files
from sophon_report.vision.engines.sail.chip import MODULE, TPU_DEVICES, open_chip
from sophon_report.vision.engines.sail.engine import SailEngine
from sophon_report.vision.engines.sail.probe import ProbedChip, probe_chip
from sophon_report.vision.models.card import DETECTOR, EMBEDDER
from sophon_report.vision.models.library import BMODEL, ModelFile, ModelLibrary

CPU, SAIL = "cpu", "sail"

log = structlog.get_logger()


@dataclass(frozen=True)
class Tpu:
    """What this machine has of a TPU."""

    node: Optional[Path]
    permitted: bool
    """Whether this user may open the node."""
    has_sail: bool
    """Whether the vendor's package is installed for this Python."""
    chip: Optional[ProbedChip]
    missing: str
    """What stands in the way of using it, ``""`` when nothing does."""


@dataclass(frozen=True)
class Choice:
    """An engine and why it is that one."""

    kind: str
    """``cpu`` or ``sail``."""
    reason: str
    """One line."""
    detector: Tuple[ModelFile, ...] = ()
    embedder: Tuple[ModelFile, ...] = ()
    """For ``sail``: what it runs."""

    @property
    def models(self) -> Tuple[ModelFile, ...]:
        """All that are loaded at the start."""
        return self.detector + self.embedder


def look_at_tpu(
    devices: Sequence[Path] = TPU_DEVICES, probe: Callable[[], ProbedChip] = probe_chip, *, demanded: bool = False
) -> Tpu:
    """Look at node, package and chip; the chip is opened only by a process of its own.

    Args:
        devices: nodes of the first TPU.
        probe: opens it.
        demanded: look at the package and the chip even when there is no node.
    """
    node = next((device for device in devices if device.exists()), None)
    permitted = node is not None and os.access(str(node), os.R_OK | os.W_OK)
    has_sail = _has_sail()
    if node is None and not demanded:
        return Tpu(node, permitted, has_sail, None, "no TPU: there is no " + " or ".join(map(str, devices)))
    if not has_sail:
        why = f"the vendor's package {MODULE} is not installed for this Python"
        return Tpu(node, permitted, has_sail, None, why)
    if node is not None and not permitted:
        return Tpu(node, permitted, has_sail, None, f"this user may not open {node}")
    try:
        return Tpu(node, permitted, has_sail, probe(), "")
    except ModelError as error:
        return Tpu(node, permitted, has_sail, None, str(error))


def choose(settings: Settings, library: ModelLibrary, tpu: Optional[Tpu] = None) -> Choice:
    """Return which engine ``engine.kind`` leads to here.

    Args:
        settings: kind, and own models.
        library: looked through for models of this chip.
        tpu: what there is, when that is known; else it is looked at, unless the CPU is asked for.

    Raises:
        ModelError: the TPU is demanded and something is missing.
    """
    kind = settings.engine.kind
    if kind == CPU:
        return Choice(CPU, 'engine.kind is "cpu"')
    tpu = look_at_tpu(demanded=kind == SAIL) if tpu is None else tpu
    try:
        return _on_tpu(settings, library, tpu)
    except ModelError as error:
        if kind == SAIL:
            raise ModelError(f'engine.kind is "sail", but {error}') from error
        return Choice(CPU, str(error).splitlines()[0])


def open_engine(settings: Settings, library: ModelLibrary) -> Engine:
    """Return the engine that ``engine.kind`` asks for, its models checked and loaded.

    Raises:
        ModelError: a model that cannot be used, onnxruntime that is missing, or a TPU that was demanded and is not
            there.
    """
    return open_chosen(settings, library, choose(settings, library))


def open_chosen(settings: Settings, library: ModelLibrary, choice: Choice) -> Engine:
    """Return the engine of that choice; raises as :func:`open_engine`."""
    log.info("engine_chosen", engine=choice.kind, reason=choice.reason)
    engine = _open_sail(settings, library, choice) if choice.kind == SAIL else _open_cpu(settings, library)
    wanted = wanted_attributes(attributes=settings.engine.attributes, mask=settings.engine.mask)
    engine.want_attributes(wanted, wait=True)
    return engine


def _open_cpu(settings: Settings, library: ModelLibrary) -> Engine:
    models = settings.models
    return CpuEngine(
        detector=library.open(DETECTOR, models.detector),
        embedder=library.open(EMBEDDER, models.embedder),
        attributes=attribute_files(library, models.attributes),
        threads=settings.engine.threads,
    )


def _open_sail(settings: Settings, library: ModelLibrary, choice: Choice) -> Engine:
    chip = open_chip()
    attributes = chip_attribute_files(library, chip.target, settings.models.attributes)
    return SailEngine(chip, choice.detector, choice.embedder, attributes)


def _on_tpu(settings: Settings, library: ModelLibrary, tpu: Tpu) -> Choice:
    """The TPU with its models; raises ModelError when something is missing."""
    if tpu.chip is None:
        raise ModelError(tpu.missing)
    models = settings.models
    for role, own_path in ((DETECTOR, models.detector), (EMBEDDER, models.embedder)):
        if own_path and Path(own_path).suffix != BMODEL:
            raise ModelError(f"models.{role} is {own_path}: the TPU takes a {BMODEL} file")
    detector = library.open_chip(DETECTOR, tpu.chip.target, models.detector)
    embedder = library.open_chip(EMBEDDER, tpu.chip.target, models.embedder)
    reason = f"{tpu.chip.target}, SAIL {tpu.chip.version}, models for it are there"
    return Choice(SAIL, reason, detector, embedder)


def _has_sail() -> bool:
    try:
        return importlib.util.find_spec(MODULE) is not None
    except ImportError:
        return False
