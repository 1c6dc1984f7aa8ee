"""What a receiver is told besides the event itself, and which parts of the event."""

from dataclasses import dataclass

from sophon_report.config import Compat
from sophon_report.model import Content


@dataclass(frozen=True)
class Telling:
    """The terms on which one destination is told events."""

    license_key: str = ""
    """Licence key of the box: ``mq_license_key``, ``dev_sno`` in the vendor's words."""
    content: Content = Content()
    compat: Compat = Compat()
