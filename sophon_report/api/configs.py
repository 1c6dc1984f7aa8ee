"""The vendor's calls for addresses and configuration, of both generations.

=============================================  ======================================================  ============
call                                           what                                                    firmware
=============================================  ======================================================  ============
POST ``/sophon/v2/face/getconfigs``            all keys, or the one of ``config_name``                 V6
POST ``/sophon/v2/face/setconfigs``            ``config_dict``; one bad key fails the call, the good   V6
                                               ones take effect all the same
GET, PUT ``/SophonConfig/api/Configs``         the same under the older names; the answer of PUT       V5R7C01
                                               lists what was set and what was not
GET, PUT ``/SophonMQ/api/...``                 ``DevSno`` (licence key), ``LoginUrl`` (only kept)      V2, V5
GET, POST ``/SophonFogSys/api/...``            ``EventServerUrl`` (realtime POST), ``HistoryEventUrl``  V2, V5
                                               (history), ``MonitorServerUrl`` (state of devices)
=============================================  ======================================================  ============

A list of addresses is taken whole or refused, with the position of the bad one, and the old one stays. Passwords
are told as ``***`` to everybody: who may read settings need not be able to log in to the broker. The licence key
is none here: every event carries it.
"""

from typing import Any, Callable, Dict, List, Mapping, Tuple

from sophon_report.api.arguments import Arguments, bad
from sophon_report.api.call import Call, Incoming, Need
from sophon_report.api.errors import Refusal
from sophon_report.api.vendor_config import HISTORY, REALTIME, Spoken, VendorConfig
from sophon_report.api.vendor_keys import KEYS, find, read_urls

MAX_KEYS = 256
"""In one call; there are fewer."""
MAX_KEY = 64
"""Characters of a name that an answer repeats when nothing has that name."""
CONTENT_TYPES = ("json", "form-data")
LONGEST_PERIOD_S = 86_400
LOGIN_STATUS = {
    0: "success",
    600_000: "the licence is unknown",
    600_002: "the licence is registered already",
    500_001: "the broker's parameters cannot be set",
}
"""Words for the older ``LOGIN_STATUS``, which is an object."""


class ConfigCalls:
    """The calls over one configuration.

    Args:
        config: of the running service.
        old_history_layout: layout of history's receivers that the older calls set, asked at each.
    """

    def __init__(self, config: VendorConfig, old_history_layout: Callable[[], str]) -> None:
        self._config, self._old_history_layout = config, old_history_layout

    def calls(self) -> List[Call]:
        """All of them."""
        fog = "/SophonFogSys/api"
        return [
            Call("POST", "/sophon/v2/face/getconfigs", Need.READ, self.getconfigs),
            Call("POST", "/sophon/v2/face/setconfigs", Need.WRITE, self.setconfigs),
            Call("GET", "/SophonConfig/api/Configs", Need.READ, self.old_configs),
            Call("GET", "/SophonConfig/api/Configs/{name}", Need.READ, self.old_config),
            Call("PUT", "/SophonConfig/api/Configs", Need.WRITE, self.set_old_configs),
            Call("GET", f"{fog}/EventServerUrl", Need.READ, self.realtime),
            Call("POST", f"{fog}/EventServerUrl", Need.WRITE, self.set_realtime),
            Call("GET", f"{fog}/HistoryEventUrl", Need.READ, self.history),
            Call("POST", f"{fog}/HistoryEventUrl", Need.WRITE, self.set_history),
            Call("GET", f"{fog}/MonitorServerUrl", Need.READ, self.monitor),
            Call("POST", f"{fog}/MonitorServerUrl", Need.WRITE, self.set_monitor),
            *self._one_key("/SophonMQ/api/DevSno", "dev_sno", "MQ_LICENSE_KEY"),
            *self._one_key("/SophonMQ/api/LoginUrl", "login_url", "MQ_LOGIN_URL"),
        ]

    async def getconfigs(self, incoming: Incoming) -> Dict[str, Any]:
        """Flat: key and value; one that is asked for comes under the name that was asked for."""
        values = self._config.values()
        name = incoming.arguments.text("config_name", "")
        if name:
            return {name: values[_named(name, "INVALID_ARGUMENTS")]}
        return {name: value for name, value in values.items() if not KEYS[name].only_old}

    async def setconfigs(self, incoming: Incoming) -> Dict[str, Any]:
        """Flat: the keys that were given with their new values."""
        given = _config_dict(incoming.arguments)
        failed = await self._config.change(given, Spoken())
        if failed:
            raise Refusal("CONFIG_ITEM_FAIL", _told(failed))
        values = self._config.values()
        return {name: values[find(name).name] for name, value in given.items() if value is not None}

    async def old_configs(self, _incoming: Incoming) -> Dict[str, Any]:
        """All keys under their older names."""
        return {"data": {KEYS[name].old_name: _old(name, value) for name, value in self._config.values().items()}}

    async def old_config(self, incoming: Incoming) -> Dict[str, Any]:
        """One key under the name that was asked for."""
        asked = incoming.path["name"]
        name = _named(asked, "NOT_FOUND")
        return {"data": {asked: _old(name, self._config.values()[name])}}

    async def set_old_configs(self, incoming: Incoming) -> Dict[str, Any]:
        """Names of what was set and of what was not, and why not."""
        given = _config_dict(incoming.arguments)
        failed = await self._config.change(given, Spoken(self._old_history_layout(), "g1"))
        answer: Dict[str, Any] = {
            "success_configs": [name for name, value in given.items() if name not in failed and value is not None],
            "failed_configs": [name[:MAX_KEY] for name in failed],
        }
        return {"data": {**answer, "message": _told(failed)} if failed else answer}

    async def realtime(self, _incoming: Incoming) -> Dict[str, Any]:
        """Receivers of the SE3 realtime report."""
        now = self._config.receivers(REALTIME)
        return {
            "data": {
                "event_server_url": [each.url for each in now],
                "real_need_reg_pic": now[0].content.register_photo if now else True,
                "content-type": now[0].content_type if now else "json",
            }
        }

    async def set_realtime(self, incoming: Incoming) -> Dict[str, Any]:
        """The answer repeats what counts now."""
        arguments = incoming.arguments
        arguments.needed("event_server_url", "content-type")
        urls = _urls(arguments, "event_server_url")
        photo = arguments.flag("real_need_reg_pic", True)
        await self._config.set_realtime(urls, arguments.text("content-type", words=CONTENT_TYPES), photo)
        return await self.realtime(incoming)

    async def history(self, _incoming: Incoming) -> Dict[str, Any]:
        """Receivers of history, and what they are sent."""
        return {"data": self._history()}

    async def set_history(self, incoming: Incoming) -> Dict[str, Any]:
        """The answer repeats what counts now."""
        arguments = incoming.arguments
        arguments.needed("history_upload_event_url", "content-type")
        await self._set(
            {
                "HISTORY_EVENT_UPLOAD_URL": _urls(arguments, "history_upload_event_url"),
                "HISTORY_REPORT_PEROID": _period_s(arguments),
                "HISTORY_CONTENT_TYPE": arguments.text("content-type", words=CONTENT_TYPES),
                "HISTORY_EVENT_NEED_REG_PIC": arguments.flag("history_need_reg_pic", True),
                "HISTORY_EVENT_NEED_SPOT_PIC": arguments.flag("history_need_spot_pic", True),
                "HISTORY_EVENT_NEED_RECOGNIZE_FACE": arguments.flag("history_need_recognize_face", True),
            },
            Spoken(history=self._old_history_layout()),
        )
        return {"data": {**self._history(), "message": "ok"}}

    async def monitor(self, _incoming: Incoming) -> Dict[str, Any]:
        """Receivers of the state of the devices."""
        values = self._config.values()
        return {
            "data": {
                "monitor_server_url": values["MEDIA_DEVICE_MONITOR_URL"],
                "reported_peroid": values["MEDIA_DEVICE_MONITOR_REPORT_PEROID"],
            }
        }

    async def set_monitor(self, incoming: Incoming) -> Dict[str, Any]:
        """Only JSON is sent there, as the vendor's page says."""
        arguments = incoming.arguments
        arguments.needed("monitor_server_url", "content-type")
        arguments.text("content-type", words=("json",))
        urls, period_s = _urls(arguments, "monitor_server_url"), _period_s(arguments)
        await self._set(
            {"MEDIA_DEVICE_MONITOR_URL": urls, "MEDIA_DEVICE_MONITOR_REPORT_PEROID": period_s}, Spoken(status="g0")
        )
        return {"data": "ok"}

    def _one_key(self, path: str, argument: str, name: str) -> List[Call]:
        """GET and PUT of a single key."""

        async def tell(_incoming: Incoming) -> Dict[str, Any]:
            return {"data": {argument: self._config.values()[name]}}

        async def change(incoming: Incoming) -> Dict[str, Any]:
            value = incoming.arguments.text(argument)
            await self._set({name: value}, Spoken())
            return {"data": {"response": value}}

        return [Call("GET", path, Need.READ, tell), Call("PUT", path, Need.WRITE, change)]

    def _history(self) -> Dict[str, Any]:
        values = self._config.values()
        return {
            "history_upload_event_url": [each.url for each in self._config.receivers(HISTORY)],
            "history_need_reg_pic": values["HISTORY_EVENT_NEED_REG_PIC"],
            "history_need_spot_pic": values["HISTORY_EVENT_NEED_SPOT_PIC"],
            "history_need_recognize_face": values["HISTORY_EVENT_NEED_RECOGNIZE_FACE"],
            "content-type": values["HISTORY_CONTENT_TYPE"],
            "reported_peroid": values["HISTORY_REPORT_PEROID"],
        }

    async def _set(self, values: Mapping[str, Any], spoken: Spoken) -> None:
        failed = await self._config.change(values, spoken)
        if failed:
            raise Refusal("CONFIG_ITEM_FAIL", _told(failed))


def _config_dict(arguments: Arguments) -> Dict[str, Any]:
    arguments.needed("config_dict")
    given = arguments.table("config_dict")
    if len(given) > MAX_KEYS:
        raise bad("config_dict", f"must not have more than {MAX_KEYS} keys")
    return given


def _named(name: str, code: str) -> str:
    """The newest name of a key.

    Raises:
        Refusal: nothing has that name.
    """
    try:
        return find(name).name
    except ValueError:
        raise Refusal(code, "no configuration has that name") from None


def _told(failed: Mapping[str, str]) -> str:
    return "; ".join(f"{name[:MAX_KEY]}: {why}" for name, why in failed.items())


def _old(name: str, value: Any) -> Any:
    if name == "MQ_LOGIN_STATUS":
        return {"code": value, "message": LOGIN_STATUS[value], "chinese_message": ""}
    return value


def _urls(arguments: Arguments, name: str) -> Tuple[str, ...]:
    """Addresses: a list, in a form a field for each, JSON text or one text with commas."""
    try:
        return read_urls(arguments.raw(name))
    except ValueError as error:
        raise bad(name, str(error)) from None


def _period_s(arguments: Arguments) -> int:
    """``reported_peroid`` (sic), in the right spelling too."""
    name = "reported_period" if "reported_period" in arguments else "reported_peroid"
    return arguments.whole(name, low=1, high=LONGEST_PERIOD_S)
