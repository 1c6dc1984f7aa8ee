"""Which devices programs preview, ``/sophon/v2/face/getpreview`` and ``updatepreview`` (firmware V6, API 2.0).

All four keys may be left out, and all four are answered. ``preview_mode`` is taken as a number and as a text: the
vendor's table has the one, its samples the other; it is answered as a text. ``last_set_name`` may be any short
name: the table knows ``QT`` and ``WEBUI``, a sample says ``BOX``.
"""

from typing import Any, Dict, List, Mapping

from sophon_report.api.arguments import Arguments, bad
from sophon_report.api.call import Call, Incoming, Need
from sophon_report.api.service import PreviewService
from sophon_report.wire.control import preview_keys

MODES = (1, 4, 16)
MAX_LISTED = 128
"""Devices of a list; sixteen tiles are the most."""
MAX_NAME = 64
V2_KEYS = {"selected": "selected_device_list", "previewed": "preview_device_list"}
OLD_KEYS = {"selected": "preview_list", "previewed": "current_preview_list"}
"""What the two lists are called in ``preview_list`` of ``/SophonDevice/api/Devices``."""


class PreviewCalls:
    """The two calls.

    Args:
        preview: what they change.
    """

    def __init__(self, preview: PreviewService) -> None:
        self._preview = preview

    def calls(self) -> List[Call]:
        """What is served."""
        return [
            Call("POST", "/sophon/v2/face/getpreview", Need.OPEN, self.get),
            Call("POST", "/sophon/v2/face/updatepreview", Need.WRITE, self.update),
        ]

    async def get(self, _incoming: Incoming) -> Dict[str, Any]:
        """What is previewed."""
        return preview_keys(self._preview.choice())

    async def update(self, incoming: Incoming) -> Dict[str, Any]:
        """Preview what is given."""
        return preview_keys(await self._preview.choose(read_choice(incoming.arguments, V2_KEYS)))


def read_choice(given: Arguments, lists: Mapping[str, str]) -> Dict[str, Any]:
    """What is given, by the fields of :class:`~sophon_report.model.PreviewChoice`.

    Args:
        given: the four keys, each of which may be missing.
        lists: what the two lists are called.

    Raises:
        Refusal: which key is wrong and how.
    """
    changes: Dict[str, Any] = {
        field: tuple(given.texts(name, most=MAX_LISTED)) for field, name in lists.items() if name in given
    }
    if "preview_mode" in given:
        changes["mode"] = _mode(given.raw("preview_mode"))
    if "last_set_name" in given:
        name = given.text("last_set_name")
        if len(name) > MAX_NAME:
            raise bad("last_set_name", f"must not be longer than {MAX_NAME} characters")
        changes["last_set_name"] = name
    return changes


def _mode(value: Any) -> int:
    found = next((mode for mode in MODES if value in (mode, str(mode)) and not isinstance(value, bool)), None)
    if found is None:
        raise bad("preview_mode", "must be 1, 4 or 16")
    return found
