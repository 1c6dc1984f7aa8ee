"""What the HTTP edge knows of files that browsers give."""

from dataclasses import dataclass

MAX_UPLOAD_BYTES = 2 << 30
"""Ten thousand photos of 200 KB."""


@dataclass(frozen=True)
class Upload:
    """A file that was given."""

    upload_id: str
    name: str
    file: str
    """Its path in the import folder."""
    size_bytes: int
    removed_at_s: int
