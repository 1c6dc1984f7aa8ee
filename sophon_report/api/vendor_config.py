"""The vendor's configuration as one thing: told whole, changed key by key, in force at once.

Where a value is kept: one that is a setting of ours in the settings; the addresses of history in the destinations
that they make; all others in a table of their own. So each value has one place, whichever call sets or tells it.

How history is sent is the same for all its receivers. A picture goes when both say so: its own switch (older
firmware) and ``REGN_IMAGE_TYPE`` (firmware V6).

The first addresses of history that are ever set get what happened before, too: the vendor's box uploads whatever
it has not uploaded yet, and its sample flow sets the address behind the event that it waits for. Later ones begin
at now, or go on where those before them were.
"""

import asyncio
import math
from dataclasses import dataclass, replace
from typing import Any, Awaitable, Callable, Dict, List, Mapping, Optional, Protocol, Sequence, Set, Tuple

import structlog
from pydantic import SecretStr

from sophon_report.api.vendor_keys import KEYS, MASK, Key, Kind, find, read
from sophon_report.config import SE3_TIMEOUT_S, Settings
from sophon_report.delivery.reach import Reach, rule_of
from sophon_report.delivery.upload_urls import HISTORY_CONTENT, REALTIME_CONTENT, planned
from sophon_report.errors import AddressRefused, BadInput
from sophon_report.model import Content, Destination
from sophon_report.store.vendor_config import VendorConfigStore

HISTORY, REALTIME = "history", "realtime"
HISTORY_URLS = "HISTORY_EVENT_UPLOAD_URL"

log = structlog.get_logger()


@dataclass(frozen=True)
class Spoken:
    """What a generation of calls means by an address it sets."""

    history: str = "g2"
    """Layout of history's receivers."""
    status: str = "g2"
    """Layout of the report on devices."""


class Receivers(Protocol):
    """The destinations, changed one after the other."""

    def list(self) -> List[Destination]:
        """All of them."""

    async def replace(
        self, origin: str, plan: Callable[[Sequence[Destination]], Sequence[Destination]]
    ) -> Sequence[Destination]:
        """Make what ``plan`` makes of all of them the only ones of ``origin``, and deliver to them; returns those.

        Raises:
            BadInput: there are too many.
        """


class VendorConfig:
    """Reads and changes the vendor's configuration of the running service.

    Args:
        settings: those of the moment.
        change_settings: stores and applies changes by dotted key.
        kept: keys that are no setting of ours.
        keep: stores such.
        destinations: the receivers are some of them.
        newest_seq: number of the journal's newest record.
    """

    def __init__(
        self,
        settings: Callable[[], Settings],
        change_settings: Callable[[Mapping[str, Any]], Awaitable[object]],
        kept: VendorConfigStore,
        keep: Callable[[Mapping[str, Any]], Awaitable[None]],
        destinations: Receivers,
        newest_seq: Callable[[], int],
    ) -> None:
        self._settings, self._change_settings, self._kept = settings, change_settings, kept
        self._keep, self._destinations, self._newest_seq = keep, destinations, newest_seq
        self._changing = asyncio.Lock()
        self._reach = Reach(lambda: rule_of(settings()))

    def values(self) -> Dict[str, Any]:
        """Every key with its value, secrets masked."""
        return {name: _shown(KEYS[name], value) for name, value in self._values().items()}

    async def change(self, given: Mapping[str, Any], spoken: Spoken) -> Dict[str, str]:
        """Set what can be set of ``given``, by any of the keys' names; a null is no value.

        Returns:
            What could not be set, and why, under the names that were given.
        """
        wanted, failed = self._sorted_out(given)
        async with self._changing:
            now = self._values()
            changed = {name for name, value in wanted.items() if value != now[name]}
            settings = _as_settings(wanted, changed)
            if "MEDIA_DEVICE_MONITOR_URL" in wanted and self._settings().status.layout != spoken.status:
                settings["status.layout"] = spoken.status
            if settings:
                await self._change_settings(settings)
            kept = {name: wanted[name] for name in changed if _is_kept(KEYS[name])}
            if kept:
                await self._keep(kept)
            if any(KEYS[name].history for name in wanted):
                try:
                    await self._send_history(wanted.get(HISTORY_URLS), spoken)
                except BadInput as error:
                    failed.update((name, str(error)) for name in given if _means(name, HISTORY_URLS))
        log.info("vendor_config_set", keys=sorted(changed), failed=len(failed))
        return failed

    def receivers(self, origin: str) -> List[Destination]:
        """The destinations that the vendor's calls made: :data:`HISTORY` or :data:`REALTIME`."""
        return [each for each in self._destinations.list() if each.origin == origin]

    async def set_realtime(self, urls: Sequence[str], content_type: str, register_photo: bool) -> None:
        """Make ``urls`` the receivers of the SE3 realtime report.

        Raises:
            AddressRefused: nothing is posted to one of them.
            BadInput: there are too many destinations.
        """
        for url in urls:
            self._reach.check_url(url)
        like = Destination(
            name="",
            url="",
            layout="se3",
            timeout_s=SE3_TIMEOUT_S,
            start_seq=self._newest_seq(),
            content_type=content_type,
            content=Content(register_photo=register_photo),
            origin=REALTIME,
        )
        async with self._changing:
            await self._destinations.replace(
                REALTIME, lambda stored: planned(stored, urls, like, REALTIME_CONTENT)
            )

    async def _send_history(self, urls: Optional[Sequence[str]], spoken: Spoken) -> None:
        """Bring history's receivers to what is set. A layout changes only with the call that sets addresses."""
        is_first = HISTORY_URLS not in self._kept.all()
        start_seq = 0 if is_first else self._newest_seq()
        values = self._values()

        def plan(stored: Sequence[Destination]) -> List[Destination]:
            before = [each for each in stored if each.origin == HISTORY]
            layout = before[0].layout if urls is None and before else spoken.history
            wanted = [each.url for each in before] if urls is None else urls
            like = replace(_history_like(values, layout), start_seq=start_seq)
            return planned(stored, wanted, like, HISTORY_CONTENT)

        now = await self._destinations.replace(HISTORY, plan)
        if is_first and now:
            # Read again only as a sign that there were some: those of the moment stand in the destinations.
            await self._keep({HISTORY_URLS: ",".join(each.url for each in now)})

    def _sorted_out(self, given: Mapping[str, Any]) -> Tuple[Dict[str, Any], Dict[str, str]]:
        """What can be set, read, by the newest names; and what cannot, with the reason."""
        wanted: Dict[str, Any] = {}
        failed: Dict[str, str] = {}
        for name, value in given.items():
            try:
                key = find(name)
                if value is not None and not (key.secret and value == MASK):
                    wanted[key.name] = self._read(key, value)
            except (ValueError, AddressRefused) as error:
                failed[name] = str(error)
        return wanted, failed

    def _read(self, key: Key, value: Any) -> Any:
        found = read(key, value)
        for url in found if key.kind is Kind.URLS else ():
            self._reach.check_url(url)
        return found

    def _values(self) -> Dict[str, Any]:
        settings, kept = self._settings(), self._kept.all()
        values = {
            name: _of_setting(settings, key) if key.setting else _of_kept(key, kept) for name, key in KEYS.items()
        }
        return {**values, HISTORY_URLS: tuple(each.url for each in self.receivers(HISTORY))}


def _means(name: str, newest: str) -> bool:
    try:
        return find(name).name == newest
    except ValueError:
        return False


def _is_kept(key: Key) -> bool:
    return not key.setting and key.name != HISTORY_URLS


def _as_settings(wanted: Mapping[str, Any], changed: Set[str]) -> Dict[str, Any]:
    settings: Dict[str, Any] = {}
    for name in changed:
        key, value = KEYS[name], wanted[name]
        if key.setting:
            settings[key.setting] = list(value) if key.kind is Kind.URLS else value
    return settings


def _of_setting(settings: Settings, key: Key) -> Any:
    section, _, name = key.setting.partition(".")
    value = getattr(settings, section)
    if name:
        value = getattr(value, name)
    if key.kind is Kind.WHOLE:
        return math.ceil(value)
    return value.get_secret_value() if isinstance(value, SecretStr) else value


def _of_kept(key: Key, kept: Mapping[str, Any]) -> Any:
    if key.name not in kept:
        return key.default
    try:
        return read(key, kept[key.name])
    except ValueError:
        return key.default  # another version took it


def _shown(key: Key, value: Any) -> Any:
    if key.kind is Kind.URLS:
        return ",".join(value)
    return MASK if key.secret and value else value


def _history_like(values: Mapping[str, Any], layout: str) -> Destination:
    images = values["REGN_IMAGE_TYPE"]
    return Destination(
        name="",
        url="",
        layout=layout,
        content_type=values["HISTORY_CONTENT_TYPE"],
        content=Content(
            register_photo=values["HISTORY_EVENT_NEED_REG_PIC"],
            scene=values["HISTORY_EVENT_NEED_SPOT_PIC"] and images != "recognize_face",
            face=values["HISTORY_EVENT_NEED_RECOGNIZE_FACE"] and images != "spot_image",
            infrared=values["IR_COLLECTION"],
            attributes=values["HISTORY_UPLOAD_NEED_INFO"],
        ),
        period_s=values["HISTORY_REPORT_PEROID"],
        origin=HISTORY,
    )
