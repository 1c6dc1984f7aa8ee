"""An error of the store while the gallery was read left it empty for good: everybody became a stranger."""

import numpy as np
import pytest

from sophon_report.errors import StoreError
from sophon_report.recognition.known_people import KnownPeople
from sophon_report.store.people import StoredVector

DIM = 4
VECTOR = StoredVector("face", "E-1", (), np.eye(DIM, dtype="<f4")[0].tobytes(), "model")


class StoreThatFailsOnce:
    """Gives an error at the first reading, its one face after that."""

    def __init__(self):
        self._readings = 0

    def faces(self):
        self._readings += 1
        if self._readings == 1:
            raise StoreError("disk I/O error")
        return iter([VECTOR])

    def identity(self, _face_id):
        raise NotImplementedError


def test_a_store_that_failed_once_leaves_no_empty_gallery():
    """The next hello of vision reads it again."""
    people = KnownPeople(StoreThatFailsOnce())
    with pytest.raises(StoreError):
        people.use("model", DIM, 0.5)
    people.use("model", DIM, 0.5)
    assert people.stats().faces == 1
