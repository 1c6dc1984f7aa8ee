"""Documented calls that this version does not answer yet: told as such, in the shape of each.

A client that was written for the vendor's box learns from ``NOT_IMPLEMENTED`` (501; in the older shape 50100) that
it asked for something real; 404 would have it look for a mistake in its address. They are open to whom the event
streams are open to, and their bodies are not read. A call that is built is removed here.

Sources: vendor, firmware V6R1C01 and V6R2C01 (API 2.0, with the misspelt names of its own index tables), V2R2C01
to V5R7C01 (older). For ``GateControllerMode``, ``EventAction``, ``PrettyScore`` and ``WipeData`` the folder of
their neighbours is taken. Pictures are fetched by GET on their pages and by POST in the index: both are here.
"""

from typing import Any, List, Mapping, Sequence

from sophon_report.api.call import Call, Incoming, Need
from sophon_report.api.errors import Refusal

OLDER: Mapping[str, Sequence[str]] = {
    "/SophonFogSys/api/GateControllerMode": ("GET", "POST"),
    "/SophonFogSys/api/EventAction": ("PUT",),
    "/SophonFogSys/api/PrettyScore": ("PUT",),
    "/SophonFace/api/event_images": ("DELETE",),
}
"""Methods by path."""
SYSTEM: Mapping[str, Sequence[str]] = {
    "/SophonConfig/api/login": ("POST",),
    "/SophonConfig/api/password": ("POST",),
    "/SophonSystem/api/{call}": ("GET", "POST", "PUT", "DELETE"),
    "/sophon/v2/system/{call}": ("GET", "POST"),
}
"""Those of the system port: here they are told where to ask."""


def not_built() -> List[Call]:
    """A call for each of them."""
    return [
        *(
            _call(method, path, "is not part of this version")
            for path, methods in OLDER.items()
            for method in methods
        ),
        *(_call(method, path, "is for port 8888") for path, methods in SYSTEM.items() for method in methods),
    ]


def _call(method: str, path: str, why: str) -> Call:
    async def refuse(_incoming: Incoming) -> Any:
        raise Refusal("NOT_IMPLEMENTED", f"{method} {path} {why}")

    return Call(method, path, Need.OPEN, refuse, reads_body=False)
