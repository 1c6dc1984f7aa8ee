"""Whose work is shipped with the service, and under which licences."""

import asyncio
from typing import Callable, List, Optional

from sophon_report.api.call import Need
from sophon_report.api.v1.operation import Asked, Operation
from sophon_report.api.v1.shapes import Answer
from sophon_report.ops.licences import Licence


class LicenceTold(Answer):
    """Of one piece."""

    name: str
    version: str
    licence: str
    """As the piece says; empty: it does not say."""
    kind: str
    """``own``, ``python``, ``web`` or ``native``; those of models are in ``/models``."""
    home: str


class LicenceList(Answer):
    """Of everything that is shipped."""

    licences: List[LicenceTold]


class LicenceCalls:
    """The one operation; what is installed does not change while it runs, so it is looked at once.

    Args:
        shipped: looks; called in a thread.
    """

    def __init__(self, shipped: Callable[[], List[Licence]]) -> None:
        self._shipped = shipped
        self._found: Optional[LicenceList] = None

    def operations(self) -> List[Operation]:
        """What is served."""
        return [
            Operation(
                "GET",
                "/licences",
                Need.OPEN,
                "Licences of everything that is shipped",
                self.look,
                LicenceList,
                tags=("system",),
                tagged=True,
            )
        ]

    async def look(self, _asked: Asked) -> LicenceList:
        """All of them."""
        if self._found is None:
            found = await asyncio.get_running_loop().run_in_executor(None, self._shipped)
            self._found = LicenceList(licences=[LicenceTold(**vars(one)) for one in found])
        return self._found
