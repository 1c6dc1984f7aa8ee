"""What an engine does for the pipeline; how, and on which chip, is its own business.

Pictures go in, arrays in one checked shape come out, so that a chip that works in batches of four and a CPU that
works one by one look the same. A picture may lie in main memory or on the chip: an engine takes either. Nothing an
engine returns is unchecked: what is not finite is a :class:`~sophon_report.errors.ModelError`, never a face or a
feature. An engine belongs to one thread; what it computes beside that thread is its own business, told by
:attr:`Engine.in_flight`.
"""

from dataclasses import dataclass
from typing import AbstractSet, List, Mapping, Optional, Protocol, Sequence

from sophon_report.model import Attributes, Box, Faces, FloatArray, ImageArray, Jpeg
from sophon_report.vision.picture import Picture

MAX_EMBEDDING_DIM = 512
"""What the vendor's wire has room for."""

FACE_SCORE = 0.6
"""From here a detection is a face; the mark at which the detector's published figures were taken."""
FAINT_SCORE = 0.3
"""From here it may be one that is half hidden: it carries on a track that is there and never begins one."""


@dataclass(frozen=True)
class EmbedderCard:
    """What others must know of the embedding model: vectors of different ``sha256`` are never compared."""

    sha256: str
    dim: int
    pass_cosine: float
    """From this cosine on two faces count as one person."""


class Detection(Protocol):
    """Faces that are being looked for in the pictures of one turn."""

    def ready(self) -> bool:
        """Whether :meth:`faces` would not wait."""

    def faces(self) -> List[Faces]:
        """Wait for the faces of each picture, as of :meth:`Engine.detect`; may raise ModelError, each time."""


class Engine(Protocol):
    """Finds faces, turns them upright, makes features of them. Every method may raise ModelError."""

    @property
    def name(self) -> str:
        """``cpu`` or ``sail``."""

    @property
    def embedder(self) -> EmbedderCard:
        """Of the embedding model in use."""

    @property
    def batch(self) -> int:
        """Pictures that a turn should have: fewer cost as much, more are computed one turn after the other."""

    @property
    def in_flight(self) -> int:
        """Turns worth having under way at once; 1: :meth:`begin_detect` itself does all the work."""

    def begin_detect(self, pictures: Sequence[Picture], min_face_px: int) -> Detection:
        """Begin to look for faces; turns end in the order in which they began."""

    def detect(self, pictures: Sequence[Picture], min_face_px: int) -> List[Faces]:
        """Return the faces of each picture, in its pixels, best score first; boxes may reach past it.

        From :data:`FAINT_SCORE` on; who looks at single pictures leaves out what is below :data:`FACE_SCORE`.

        Args:
            pictures: of any size, each its own.
            min_face_px: shorter side of the smallest face that must be found; smaller ones may be, too.
        """

    def align(self, picture: Picture, landmarks: FloatArray) -> ImageArray:
        """Return the upright crops ``(N, 112, 112, 3)`` uint8 BGR for landmarks ``(N, 5, 2)`` of one picture."""

    def embed(self, crops: ImageArray) -> FloatArray:
        """Return the features ``(N, D)`` float32, each of length 1, for crops ``(N, 112, 112, 3)`` uint8 BGR."""

    def want_attributes(self, wanted: AbstractSet[str], *, wait: bool = False) -> None:
        """Begin to load the models of attributes, or let them go; raises nothing, what is missing is said once.

        Args:
            wanted: what :meth:`attributes` is to tell, as cards name it; at first nothing.
            wait: return when they are loaded, for a start.
        """

    def attributes(self, picture: Picture, faces: Faces) -> List[Attributes]:
        """Return what each of ``faces`` looks like; unknown is what is not wanted, or no loaded model tells."""

    def jpeg(self, picture: Picture, quality: int, box: Optional[Box] = None, width_px: int = 0) -> Jpeg:
        """Return ``picture`` as a JPEG, or the part of it in ``box``, which may reach past it; at least one pixel.

        Args:
            picture: whole, at its own size.
            quality: 1 to 100; a chip that knows no such figure takes its own.
            box: ``x1, y1, x2, y2`` in its pixels.
            width_px: at most so wide, shrunk where it is wider; 0: as it is.
        """

    def counts(self) -> Mapping[str, int]:
        """Return what did not go as it should, since the beginning, by its name in the link's counters."""

    def close(self) -> None:
        """Give memory back; the engine is not used after it."""
