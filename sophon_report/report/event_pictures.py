"""The pictures of events, which lie in the journal for as long as it keeps them."""

from typing import Callable, Mapping, Optional, Tuple, Union

from sophon_report.delivery.journal import Journal
from sophon_report.errors import NotFound
from sophon_report.model import Jpeg, Progress, Recognition, Visit
from sophon_report.store.event_index import EventPicture, EventRow

_PICTURES: Mapping[EventPicture, Callable[[Union[Recognition, Visit]], Jpeg]] = {
    EventPicture.SCENE: lambda event: event.shot.scene_jpeg,
    EventPicture.FACE: lambda event: event.shot.face_jpeg,
    EventPicture.INFRARED: lambda event: event.shot.ir_jpeg,
    EventPicture.REGISTERED: lambda event: event.match.identity.photo_jpeg if event.match.identity else b"",
}
_NONE = "there is no such picture of the event, or not any more"


class EventPictures:
    """Looks into a journal, in its threads: the event loop waits for nothing."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    async def there(self, row: EventRow) -> Tuple[EventPicture, ...]:
        """Which pictures of an event are still there.

        Raises:
            JournalError: the disk refused.
        """
        return tuple(await self.all_of(row))

    async def all_of(self, row: EventRow) -> Mapping[EventPicture, Jpeg]:
        """Every picture of an event that is still there; raises as :meth:`there`."""
        event = await self._event(row)
        if event is None:
            return {}
        taken = {which: take(event) for which, take in _PICTURES.items()}
        return {which: picture for which, picture in taken.items() if picture}

    async def of(self, row: EventRow, which: EventPicture) -> Jpeg:
        """One picture of an event.

        Raises:
            NotFound: there was none, or the journal let it go.
            JournalError: the disk refused.
        """
        event = await self._event(row)
        if event is None:
            raise NotFound(_NONE)
        return picture_of(event, which)

    async def _event(self, row: EventRow) -> Optional[Union[Recognition, Visit]]:
        record = await self._journal.get(row.seq)
        # Another journal in the place of this row's one has other events under its numbers.
        if record is None or isinstance(record.value, Progress) or record.value.event_id != row.event_id:
            return None
        return record.value


def picture_of(event: Union[Recognition, Visit], which: EventPicture) -> Jpeg:
    """One picture of an event that is at hand.

    Raises:
        NotFound: there was none.
    """
    picture = _PICTURES[which](event)
    if not picture:
        raise NotFound(_NONE)
    return picture
