"""The dead letters of all destinations, for who lives on the event loop: every look at the disk is in a thread."""

from functools import partial
from pathlib import Path
from typing import Callable, Dict, List, Optional, Sequence, Set, Tuple, TypeVar

import structlog

from sophon_report.delivery import dead_folder
from sophon_report.delivery.dead_letters import Bounds, DeadLetters
from sophon_report.delivery.journal.files import Files, RealFiles
from sophon_report.delivery.letter import DeadLetter
from sophon_report.errors import BadMessage, JournalError
from sophon_report.ops.threads import in_thread
from sophon_report.wire.layouts import Event

T = TypeVar("T")

log = structlog.get_logger()


class DeadLetterOffice:
    """Below ``folder`` one folder a destination, each within ``bounds``."""

    def __init__(self, folder: Path, bounds: Bounds, files: Optional[Files] = None) -> None:
        self._folder = folder
        self._bounds = bounds
        self._files = files or RealFiles()
        self._open: Dict[str, DeadLetters] = {}

    def of(self, name: str) -> DeadLetters:
        """The letters of a destination that was opened."""
        return self._open[name]

    async def open(self, name: str) -> None:
        """Take up the letters of destination ``name``, once.

        Raises:
            BadInput: a name that no folder of ours can have.
        """
        if name not in self._open:
            opened = partial(DeadLetters, self._folder, name, files=self._files, bounds=self._bounds)
            self._open[name] = await in_thread(opened)

    async def names(self) -> Set[str]:
        """Whose letters are on the disk: a removal that was cut short leaves some behind."""
        return set(await in_thread(partial(dead_folder.destinations, self._files, self._folder)))

    def forget(self, name: str) -> None:
        """Remove all letters of ``name``; blocking.

        Raises:
            OSError: the disk refused.
        """
        gone = (self._open.pop(name, None) or DeadLetters(self._folder, name, files=self._files)).remove()
        if gone:
            log.warning("dead_letters_removed", destination=name, letters=gone)

    async def entries(self, name: str) -> List[DeadLetter]:
        """The letters of ``name``, oldest first."""
        return await self._do(self.of(name).entries)

    async def read(self, name: str, which: str) -> Tuple[DeadLetter, Event]:
        """A letter of ``name`` and its event, by number or event id.

        Raises:
            NotFound: there is none.
            JournalError: it is damaged, or the disk refused.
        """
        letters = self.of(name)
        try:
            return await self._do(lambda: letters.read(letters.find([which])[0]))
        except BadMessage as error:
            raise JournalError(str(error)) from error

    async def resend(self, name: str, ids: Optional[Sequence[str]]) -> int:
        """Mark letters of ``name`` to be sent again, by number or event id, ``None``: all; how many wait for it.

        Raises:
            NotFound: which of ``ids`` are none.
        """
        letters = self.of(name)
        return await self._do(lambda: letters.resend(None if ids is None else letters.find(ids)))

    async def give_up(self, name: str, ids: Optional[Sequence[str]]) -> int:
        """Let letters of ``name`` go; how many. As :meth:`resend`."""
        letters = self.of(name)
        return await self._do(lambda: letters.give_up(None if ids is None else letters.find(ids)))

    async def erase(self, is_of: Callable[[Event], bool]) -> int:
        """Remove every letter whose event ``is_of`` says yes to, durably; how many. It is asked in a thread.

        Those of destinations that nobody has opened are found, too: what a removal could not remove.

        Raises:
            JournalError: the disk refused.
        """
        names = await self._do(partial(dead_folder.destinations, self._files, self._folder))
        for name in names:
            await self.open(name)
        return sum([await self._do(partial(letters.erase, is_of)) for letters in tuple(self._open.values())])

    async def _do(self, act: Callable[[], T]) -> T:
        try:
            return await in_thread(act)
        except OSError as error:
            raise JournalError(f"dead letters cannot be changed: {error.strerror}") from error
