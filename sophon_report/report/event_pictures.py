"""The pictures of events, which lie in the journal for as long as it keeps them."""

from typing import Callable, Mapping, Union

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


class EventPictures:
    """Looks into a journal, in its threads: the event loop waits for nothing."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    async def of(self, row: EventRow, which: EventPicture) -> Jpeg:
        """One picture of an event.

        Raises:
            NotFound: there was none, or the journal let it go.
            JournalError: the disk refused.
        """
        record = await self._journal.get(row.seq)
        # Another journal in the place of this row's one has other events under its numbers.
        if record is not None and not isinstance(record.value, Progress) and record.value.event_id == row.event_id:
            picture = _PICTURES[which](record.value)
            if picture:
                return picture
        raise NotFound("there is no such picture of the event, or not any more")
