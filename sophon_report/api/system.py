"""The system calls of port 8888 that a reporting service can answer (vendor, firmware V6R2C01 and V5R7C01).

=====================================  ========================================================================
versions, usage, temperatures, disks,  what :mod:`sophon_report.wire.system` tells, for anyone on a trusted
time, ...                              network
``getip``, ``ip``                      for who may read
``getsystemmonitorconfig``,            the settings ``box_status``: who is told how the box does
``setsystemmonitorconfig``
all else                               501: names, addresses, the clock, restarts are set on the machine itself;
                                       nothing that a client sends is ever run
=====================================  ========================================================================
"""

import time
from typing import Any, Awaitable, Callable, Dict, List, Mapping, Protocol, Sequence

from sophon_report.api.arguments import bad
from sophon_report.api.call import Call, Incoming, Need
from sophon_report.api.errors import Refusal
from sophon_report.condition import BoxState, NetworkPort
from sophon_report.config import BoxStatus, checked_urls
from sophon_report.wire import system

V6, V5 = "/sophon/v2/system/", "/SophonSystem/api/"
DAY_S = 86_400
STORAGE = ("emmc", "hdd")


class Box(Protocol):
    """Whoever looks at the machine."""

    async def state(self) -> BoxState:
        """How it does."""

    async def ports(self) -> List[NetworkPort]:
        """Its network ports."""


class SystemCalls:
    """All of them but logins.

    Args:
        box: looks at the machine.
        reports: the settings of the moment of who is told how it does.
        change: stores settings by their key; raises as :meth:`LiveSettings.change`.
        clock_ms: milliseconds since the epoch.
    """

    def __init__(
        self,
        box: Box,
        reports: Callable[[], BoxStatus],
        change: Callable[[Mapping[str, Any]], Awaitable[object]],
        clock_ms: Callable[[], int],
    ) -> None:
        self._box, self._reports, self._change, self._clock_ms = box, reports, change, clock_ms

    def calls(self) -> List[Call]:
        """Those that are answered, and behind them a refusal of every other one."""
        told_v6 = [name for name in system.v6(BoxState(), 0, 0) if name not in STORAGE]
        return [
            *(Call("POST", V6 + name, Need.OPEN, self._v6(name), reads_body=False) for name in told_v6),
            Call("POST", V6 + "getstorage", Need.OPEN, self.storage),
            Call("POST", V6 + "getip", Need.READ, self.addresses, reads_body=False),
            Call("POST", V6 + "getsystemmonitorconfig", Need.READ, self.monitor, reads_body=False),
            Call("POST", V6 + "setsystemmonitorconfig", Need.WRITE, self.set_monitor),
            *(
                Call("GET", V5 + name, Need.OPEN, self._v5(name), reads_body=False)
                for name in system.v5(BoxState())
            ),
            Call("GET", V5 + "ip", Need.READ, self.old_addresses, reads_body=False),
            *(_refused(method, V6 + "{call}") for method in ("GET", "POST")),
            *(_refused(method, V5 + "{call}") for method in ("GET", "POST", "PUT", "DELETE")),
        ]

    async def storage(self, incoming: Incoming) -> Dict[str, Any]:
        """The built-in storage, or the disk that is plugged in."""
        device = incoming.arguments.text("device", words=STORAGE)
        return (await self._told_v6())[device]

    async def addresses(self, _incoming: Incoming) -> Dict[str, Any]:
        """Network ports with their addresses."""
        return system.network_v6(await self._box.ports())

    async def old_addresses(self, _incoming: Incoming) -> Dict[str, Any]:
        """The same in the older words."""
        return {"data": system.network_v5(await self._box.ports())}

    async def monitor(self, _incoming: Incoming) -> Dict[str, Any]:
        """Who is told how the box does; addresses are separated by commas."""
        now = self._reports()
        return {
            "device_monitor_url": ",".join(now.urls),
            "device_monitor_report_period": round(now.period_s),
            "reporter_id": now.reporter_id,
        }

    async def set_monitor(self, incoming: Incoming) -> Dict[str, Any]:
        """The answer repeats what counts now, under the names of the vendor's table and of its sample."""
        given = incoming.arguments
        given.needed("device_monitor_url", "device_monitor_report_period")
        urls = _urls(given.text("device_monitor_url"))
        period_s = given.whole("device_monitor_report_period", low=1, high=DAY_S)
        reporter_id = given.text("reporter_id", self._reports().reporter_id)
        if len(reporter_id) > 128:
            raise bad("reporter_id", "must not be longer than 128 characters")
        await self._change(
            {
                "box_status.urls": list(urls),
                "box_status.period_s": float(period_s),
                "box_status.reporter_id": reporter_id,
            }
        )
        return {
            "device_monitor_url": list(urls),
            "device_monitor_report_period": period_s,
            "reporter_id": reporter_id,
            "monitor_address_list": list(urls),
            "report_period": period_s,
        }

    def _v6(self, name: str) -> Callable[[Incoming], Any]:
        async def tell(_incoming: Incoming) -> Any:
            return (await self._told_v6())[name]

        return tell

    def _v5(self, name: str) -> Callable[[Incoming], Any]:
        async def tell(_incoming: Incoming) -> Any:
            return {"data": system.v5(await self._box.state())[name]}

        return tell

    async def _told_v6(self) -> Mapping[str, Dict[str, Any]]:
        east_s = time.localtime().tm_gmtoff
        return system.v6(await self._box.state(), self._clock_ms(), round(-east_s / 3600))


def _urls(text: str) -> Sequence[str]:
    urls = [url.strip() for url in text.split(",") if url.strip()]
    try:
        return list(checked_urls(urls))
    except ValueError as error:
        raise bad("device_monitor_url", str(error)) from None


def _refused(method: str, path: str) -> Call:
    async def refuse(_incoming: Incoming) -> Any:
        raise Refusal(
            "NOT_IMPLEMENTED",
            "this service answers some questions about the machine; set the machine itself on it",
        )

    return Call(method, path, Need.OPEN, refuse, reads_body=False)
