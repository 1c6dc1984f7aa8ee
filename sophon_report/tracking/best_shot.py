"""Which picture of a track is worth a look: the first, and after it only clearly better ones.

A look costs an embedding and two JPEGs, so a shot must beat the track's last by :data:`MIN_GAIN`. Ranks grow by
that factor each time, which bounds the shots of a track to a handful however long it lasts.
"""

from typing import Dict

MIN_GAIN = 1.15
"""Measured on the demo video: 1.15 gives three to six shots a visit; 1.05 twice as many and no better match."""


class BestShots:
    """The best rank so far of each open track. Bounded by the tracker's bound on tracks."""

    def __init__(self) -> None:
        self._best: Dict[int, float] = {}

    def improves(self, track_id: int, rank: float) -> bool:
        """Whether a picture of this rank (0 or more, higher is better) is worth a look; remembers it if so."""
        best = self._best.get(track_id)
        if best is not None and rank <= best * MIN_GAIN:
            return False
        self._best[track_id] = rank
        return True

    def forget(self, track_id: int) -> None:
        """The track has ended."""
        self._best.pop(track_id, None)
