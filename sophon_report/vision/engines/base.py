"""What an engine does for the pipeline; how, and on which chip, is its own business.

Lists and arrays go in, arrays in one checked shape come out, so that a chip that works in batches of four and a
CPU that works one by one look the same. Nothing an engine returns is unchecked: what is not finite is a
:class:`~sophon_report.errors.ModelError`, never a face or a feature. An engine belongs to one thread.
"""

from dataclasses import dataclass
from typing import List, Protocol, Sequence

from sophon_report.model import Attributes, Faces, FloatArray, ImageArray

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


class Engine(Protocol):
    """Finds faces, turns them upright, makes features of them. Every method may raise ModelError."""

    @property
    def name(self) -> str:
        """``cpu`` or ``sail``."""

    @property
    def embedder(self) -> EmbedderCard:
        """Of the embedding model in use."""

    def detect(self, images: Sequence[ImageArray], min_face_px: int) -> List[Faces]:
        """Return the faces of each picture, in its pixels, best score first; boxes may reach past it.

        From :data:`FAINT_SCORE` on; who looks at single pictures leaves out what is below :data:`FACE_SCORE`.

        Args:
            images: each ``(H, W, 3)`` uint8 BGR, of any size.
            min_face_px: shorter side of the smallest face that must be found; smaller ones may be, too.
        """

    def align(self, image: ImageArray, landmarks: FloatArray) -> ImageArray:
        """Return the upright crops ``(N, 112, 112, 3)`` uint8 BGR for landmarks ``(N, 5, 2)`` of one picture."""

    def embed(self, crops: ImageArray) -> FloatArray:
        """Return the features ``(N, D)`` float32, each of length 1, for crops ``(N, 112, 112, 3)`` uint8 BGR."""

    def attributes(self, image: ImageArray, boxes: FloatArray) -> List[Attributes]:
        """Return what the faces at ``boxes`` ``(N, 4)`` look like; all unknown when there is no model for it."""

    def close(self) -> None:
        """Give memory back; the engine is not used after it."""
