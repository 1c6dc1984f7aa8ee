"""The chip and the vendor's package for it: the one place that imports ``sophon.sail``.

Facts that shape this module, read from the package's sources and run on its emulators: names come and go
between 3.7.0 and 3.10.7, so they are looked for, never assumed; its errors have no common base and do not exist in
3.7.0, where most errors end the process instead; functions come in two families, one raises, the other returns a
number of which only 0 is good. A process has one handle, which every function takes.
"""

import contextlib
import importlib.metadata
from pathlib import Path
from typing import Any, Iterator, Optional, Tuple, Type

import structlog

from sophon_report.errors import ModelError
from sophon_report.vision.engines.sail.limits import LIMITS, ChipLimits

TPU_ID = 0
"""A box has one; of several cards in a server the first is taken."""
TPU_DEVICES = (Path("/dev/bm-tpu0"), Path("/dev/bm-sophon0"))
"""Its node on a box, and of a card in a server."""
MODULE = "sophon.sail"
PACKAGES = ("sophon-arm", "sophon")
"""Names of the wheel on a box and in a server; the module's own ``__version__`` is the time it was built."""
EXCEPTIONS = (
    "SailDeviceError",
    "SailTensorError",
    "SailEngineError",
    "SailBMImageError",
    "SailDecoderError",
    "SailEncoderError",
    "SailUnknownError",
    # Not Python's own: SAIL's module has types of these names.
    "MemoryError",
    "NotSupport",
    "DataTypeError",
)
NEEDED = (
    "Handle.get_target",
    "Engine.process",
    "Engine.get_graph_names",
    "Engine.get_input_names",
    "Engine.get_input_scale",
    "Tensor.asnumpy",
    "Tensor.sync_s2d",
    "BMImage.data",
    "BMImageArray4D",
    "PaddingAtrr",
    "Bmcv.convert_format",
    "Bmcv.convert_to",
    "Bmcv.crop",
    "Bmcv.vpp_crop_and_resize_padding",
    "Bmcv.warp",
    "Bmcv.bm_image_to_tensor",
    "Decoder.read",
    "set_decoder_env",
)
"""There since 3.7.0."""

log = structlog.get_logger()


class Chip:
    """The TPU of this process, opened.

    Args:
        sail: the vendor's module.

    Raises:
        ModelError: the module is older than 3.7.0, the TPU cannot be opened, or it is of a kind not supported.
    """

    def __init__(self, sail: Any) -> None:
        missing = missing_names(sail)
        if missing:
            raise ModelError(f"SAIL is older than 3.7.0 or not whole: it has no {', '.join(missing)}")
        self.sail = sail
        self.failures = failures_of(sail)
        """What its functions raise, and what running out of the chip's memory raises."""
        with self.edge(f"TPU {TPU_ID} cannot be opened"):
            self.handle: Any = sail.Handle(TPU_ID)
            self.target = str(self.handle.get_target())
            """``BM1684`` or ``BM1684X``."""
            self.bmcv: Any = sail.Bmcv(self.handle)
            """Its picture functions; for the engine's thread only."""
        if self.target not in LIMITS:
            raise ModelError(f"the TPU calls itself {self.target}: only {' and '.join(LIMITS)} are supported")
        self.limits: ChipLimits = LIMITS[self.target]

    @contextlib.contextmanager
    def edge(self, what: str) -> Iterator[None]:
        """Around calls of the vendor's: what they raise becomes a ModelError that begins with ``what``."""
        try:
            yield
        except self.failures as error:
            raise ModelError(f"{what}: {first_line(error)}") from error

    def demand(self, rc: Any, what: str) -> None:
        """Raise ModelError unless the number that a function returned is 0."""
        if rc != 0:
            raise ModelError(f"{what}: SAIL answers {rc}")


def import_sail() -> Any:
    """Return the vendor's module.

    Raises:
        ModelError: it is not installed for this Python, or its libraries are missing or of another SDK.
    """
    try:
        import sophon.sail  # noqa: PLC0415 - only a box has it
    except (ImportError, OSError) as error:
        raise ModelError(f"{MODULE} cannot be imported: {first_line(error)}") from error
    return sophon.sail


def open_chip(sail: Optional[Any] = None) -> Chip:
    """Return the chip of this process; call it once.

    Raises:
        ModelError: as of :func:`import_sail` and :class:`Chip`.
    """
    module = import_sail() if sail is None else sail
    chip = Chip(module)
    if hasattr(module, "set_loglevel"):
        module.set_loglevel(module.LogLevel.WARN)
    if not errors_raise(module):
        log.warning("sail_ends_the_process", sail=version_of(), reason="errors are raised from SAIL 3.9.1 on")
    return chip


def missing_names(sail: Any) -> Tuple[str, ...]:
    """Return which of the needed names the module does not have."""
    return tuple(name for name in NEEDED if not _has(sail, name))


def failures_of(sail: Any) -> Tuple[Type[BaseException], ...]:
    """Return the types of what its functions raise, as far as this version has them."""
    found = (getattr(sail, name, None) for name in EXCEPTIONS)
    return (RuntimeError, *(one for one in found if one is not None))


def errors_raise(sail: Any) -> bool:
    """Whether it is 3.9.1 or newer: before, most errors end the process, with any status."""
    return _has(sail, "BMImage.asnumpy")


def version_of() -> str:
    """Return the version of the installed wheel, ``unknown`` when no wheel was installed."""
    for package in PACKAGES:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            return importlib.metadata.version(package)
    return "unknown"


def first_line(error: BaseException) -> str:
    """Return the first line of an error's text, which for SAIL holds all there is."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def _has(sail: Any, name: str) -> bool:
    owner, _, method = name.partition(".")
    return hasattr(getattr(sail, owner, None), method) if method else hasattr(sail, owner)
