"""What came of trying a camera, as the process that tried it tells whoever asked; without what opens videos."""

from dataclasses import asdict, dataclass, field
from typing import Any, Dict, Optional

import pybase64

from sophon_report.model import Jpeg

PICTURE_PX = 1920
"""Longer side of the picture that is shown."""


@dataclass(frozen=True)
class Trial:
    """What came, or why nothing did."""

    address: str
    """Without its password."""
    reason: str = ""
    """Why nothing came, and what to do; ``""``: pictures came."""
    codec: str = ""
    width: int = 0
    height: int = 0
    told_fps: float = 0.0
    """Pictures a second as the stream says; 0: it does not."""
    counted_fps: float = 0.0
    """As they came; 0 for a file, which is read and not awaited."""
    opening_ms: int = 0
    """Until the first picture."""
    faces: Optional[int] = None
    """In the picture; ``None``: nobody looked."""
    jpeg: Jpeg = field(default=b"", repr=False)
    """The last picture that came, within :data:`PICTURE_PX`."""
    code: str = ""
    """The reason as a word of :data:`sophon_report.errors.SOURCE_REASONS`."""


def as_json(trial: Trial) -> Dict[str, Any]:
    """JSON-ready; the picture is base64."""
    return {**asdict(trial), "jpeg": pybase64.b64encode(trial.jpeg).decode()}


def of_json(values: Dict[str, Any]) -> Trial:
    """The trial that :func:`as_json` made these values of."""
    return Trial(**{**values, "jpeg": pybase64.b64decode(values["jpeg"])})
