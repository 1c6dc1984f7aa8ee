"""A person's past as a stranger: ids that events may carry, and what the stranger library keeps."""

from typing import FrozenSet, Optional

from sophon_report.errors import NotFound
from sophon_report.recognition.strangers import StrangerLibrary
from sophon_report.store.strangers import StrangerStore


class FormerStrangers:
    """The stranger library of one store file, as far as somebody is to be erased from it.

    Args:
        store: of the library.
        library: the one of a running service, which has some of it in memory and on its way to the store.
    """

    def __init__(self, store: StrangerStore, library: Optional[StrangerLibrary] = None) -> None:
        self._store, self._library = store, library

    async def ids_of(self, identity_id: str) -> FrozenSet[str]:
        """All ids of whoever has or had this one, itself among them; nothing is changed.

        Raises:
            Unavailable: what was decided cannot be written.
        """
        if self._library is not None:
            await self._library.written()
        now = self._store.resolve(identity_id)
        return frozenset((identity_id, now, *self._store.aliases_of(now)))

    def is_filed(self, identity_id: str) -> bool:
        """Whether a stranger has this id now."""
        try:
            self._store.picture(identity_id)
        except NotFound:
            return False
        return True

    async def erase(self, identity_id: str) -> None:
        """Forget the stranger who has or had this id, with every former one.

        Raises:
            Unavailable: the disk refused.
        """
        if self._library is not None:
            await self._library.erase(identity_id)
        else:
            self._store.erase(identity_id)
