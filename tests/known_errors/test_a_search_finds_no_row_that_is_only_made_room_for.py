"""Room for new rows could be a chunk behind the last row: its size wrapped around, and ghosts were found in it."""

import numpy as np
from sophon_report._native import lib

from sophon_report.recognition.gallery import Gallery

CHUNKS = 100_000
"""More rows than a chunk has."""


def test_room_for_many_rows_holds_nobody():
    """However many are asked for, and by how many threads, those who are registered are found."""
    gallery, ada = Gallery(8), np.eye(8, dtype=np.float32)[0]
    gallery.put("ada", ada)
    assert lib.sr_gallery_reserve(gallery._native, CHUNKS) == 0
    for threads in (1, 3):
        for exhaustive in (False, True):
            hits = gallery.top_k(-ada, 5, threads=threads, exhaustive=exhaustive)
            assert [hit.face_id for hit in hits] == ["ada"]
