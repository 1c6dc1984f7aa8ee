"""The strangers seen last with their photos, so that knowing one again seldom waits for the store.

:data:`KEPT_IDENTITIES` are kept (about 10 MB); the one known longest ago goes first.
"""

from collections import OrderedDict

import structlog

from sophon_report.errors import NotFound, StoreError
from sophon_report.model import Identity, UserType
from sophon_report.store.strangers import StrangerPicture, StrangerStore
from sophon_report.wire.names import STRANGER_NAME

KEPT_IDENTITIES = 256

log = structlog.get_logger()


class KeptStrangers:
    """The strangers of one store, by id. For the event loop alone."""

    def __init__(self, store: StrangerStore) -> None:
        self._store = store
        self._kept: OrderedDict[str, Identity] = OrderedDict()

    def get(self, stranger_id: str) -> Identity:
        """A stranger with photo and vector; without both when the store cannot read them."""
        identity = self._kept.get(stranger_id)
        if identity is None:
            try:
                return self.put(stranger_id, self._store.picture(stranger_id))
            except (NotFound, StoreError) as error:  # known all the same
                log.error("stranger_without_photo", reason=type(error).__name__)
                return Identity(stranger_id, STRANGER_NAME, UserType.STRANGER)
        self._kept.move_to_end(stranger_id)
        return identity

    def put(self, stranger_id: str, picture: StrangerPicture) -> Identity:
        """Keep a stranger with the photo that counts from now on."""
        identity = self._kept[stranger_id] = Identity(
            identity_id=stranger_id,
            name=STRANGER_NAME,
            user_type=UserType.STRANGER,
            face_id=stranger_id,
            photo_id=picture.photo_id,
            photo_jpeg=picture.photo_jpeg,
            embedding=picture.embedding,
        )
        self._kept.move_to_end(stranger_id)
        if len(self._kept) > KEPT_IDENTITIES:
            self._kept.popitem(last=False)
        return identity

    def drop(self, stranger_id: str) -> None:
        """Keep this one no more, if ever."""
        self._kept.pop(stranger_id, None)

    def clear(self) -> None:
        """Keep nobody."""
        self._kept.clear()
