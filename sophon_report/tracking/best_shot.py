"""Which picture of a track is worth a look: the first, and after it only clearly better ones.

A look costs an embedding and two JPEGs, so a shot must beat the track's last by :data:`MIN_GAIN`. Ranks have a
ceiling, which bounds the shots of a track to a handful however long it lasts. Measuring a picture costs as well,
so it is done five times a second and not in every frame.
"""

from typing import Dict

MIN_GAIN = 0.1
"""On the scale of ``vision.quality.rank``: a step of clarity is 1, a face twice as wide about 0.2."""


MEASURE_EVERY_MS = 200


class BestShots:
    """The best rank so far of each open track. Bounded by the tracker's bound on tracks."""

    def __init__(self) -> None:
        self._best: Dict[int, float] = {}
        self._measured_ms: Dict[int, int] = {}

    def due(self, track_id: int, now_ms: int) -> bool:
        """Whether the track's picture should be measured now; remembers it if so."""
        last_ms = self._measured_ms.get(track_id)
        if last_ms is not None and 0 <= now_ms - last_ms < MEASURE_EVERY_MS:
            return False
        self._measured_ms[track_id] = now_ms
        return True

    def improves(self, track_id: int, rank: float) -> bool:
        """Whether a picture of this rank, higher is better, is worth a look; remembers it if so."""
        best = self._best.get(track_id)
        if best is not None and rank < best + MIN_GAIN:
            return False
        self._best[track_id] = rank
        return True

    def forget(self, track_id: int) -> None:
        """The track has ended."""
        self._best.pop(track_id, None)
        self._measured_ms.pop(track_id, None)
