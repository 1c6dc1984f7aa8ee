"""Which picture of a track is worth a look: the first, and after it only clearly better ones.

A look costs an embedding and two JPEGs, so a shot must beat the track's last by :data:`MIN_GAIN`. Ranks have a
ceiling, which bounds the shots of a track to a handful however long it lasts. Measuring a picture costs as well,
so it is done five times a second and not in every frame.

A crowd wants more than there is time for. Bound: of a frame so many faces are measured as the caller says; when
more are due, those go first that were measured longest ago, the others stay due and count in
``measures_deferred``. A shot that was put off stays due likewise, in the next frame, and counts in
``shots_deferred``.
"""

from typing import Dict, List, Optional, Sequence

MIN_GAIN = 0.1
"""On the scale of ``vision.better_shot.rank``: a step of clarity is 1, a face twice as wide about 0.2."""


MEASURE_EVERY_MS = 200


class BestShots:
    """The best rank so far of each open track. Bounded by the tracker's bound on tracks."""

    def __init__(self) -> None:
        self.shots = self.shots_deferred = self.measures_deferred = 0
        self._best: Dict[int, float] = {}
        self._measured_ms: Dict[int, int] = {}

    def due(self, track_ids: Sequence[int], now_ms: int, most: int) -> List[int]:
        """Return the places in ``track_ids`` whose pictures should be measured now; remembers that they are."""
        due = [place for place, track_id in enumerate(track_ids) if self._is_due(track_id, now_ms)]
        if len(due) > most:
            self.measures_deferred += len(due) - most
            due = sorted(due, key=lambda place: self._measured_ms.get(track_ids[place], -1))[:most]
        for place in due:
            self._measured_ms[track_ids[place]] = now_ms
        return due

    def _is_due(self, track_id: int, now_ms: int) -> bool:
        last_ms = self._measured_ms.get(track_id)
        return last_ms is None or not 0 <= now_ms - last_ms < MEASURE_EVERY_MS

    def has_shot(self, track_id: int) -> bool:
        """Whether anything was told of the track."""
        return track_id in self._best

    def gain(self, track_id: int, rank: float) -> Optional[float]:
        """Return by how much a picture beats the track's last shot, or its rank; ``None``: by too little.

        Args:
            track_id: of a track.
            rank: of its picture, higher is better.
        """
        best = self._best.get(track_id)
        if best is None:
            return rank
        return rank - best if rank >= best + MIN_GAIN else None

    def told(self, track_id: int, rank: float) -> None:
        """A shot of that rank was made."""
        self.shots += 1
        self._best[track_id] = rank

    def put_off(self, track_id: int) -> None:
        """No shot was made: the track is due again in the next frame."""
        self.shots_deferred += 1
        self._measured_ms.pop(track_id, None)

    def forget(self, track_id: int) -> None:
        """The track has ended."""
        self._best.pop(track_id, None)
        self._measured_ms.pop(track_id, None)
