"""The people behind the faces that were matched last, so that a match seldom waits for the store.

:data:`KEPT_IDENTITIES` faces are kept with their photos (about 15 MB); the one matched longest ago goes first.
What was read before a change is not kept after it.
"""

import threading
from collections import OrderedDict

from sophon_report.model import Identity
from sophon_report.store.people import PeopleStore

KEPT_IDENTITIES = 256


class KeptIdentities:
    """The people of one store, by their faces. Every method may be called from any thread."""

    def __init__(self, store: PeopleStore) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, Identity] = OrderedDict()
        self._changes = 0

    def get(self, face_id: str) -> Identity:
        """The person that a face belongs to, with this face's photo and vector.

        Raises:
            NotFound: no face has that id.
        """
        with self._lock:
            changes, identity = self._changes, self._kept.get(face_id)
            if identity is not None:
                self._kept.move_to_end(face_id)
                return identity
        identity = self._store.identity(face_id)
        with self._lock:
            if changes == self._changes:
                self._kept[face_id] = identity
                if len(self._kept) > KEPT_IDENTITIES:
                    self._kept.popitem(last=False)
        return identity

    def clear(self) -> None:
        """The store has changed: read everybody anew."""
        with self._lock:
            self._changes += 1
            self._kept.clear()
