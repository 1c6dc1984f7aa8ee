"""Port 8888: the system calls and the older logins, beside the API port.

On a box the vendor's own system service may hold the port. Then that answers, as it did before, and this service
goes on without: nothing but these calls is missing.
"""

import contextlib

import structlog
from aiohttp import web

from sophon_report.api import door
from sophon_report.api.front import application
from sophon_report.api.login import LoginCalls
from sophon_report.api.system import SystemCalls
from sophon_report.api.traffic import Traffic
from sophon_report.errors import PortInUse
from sophon_report.ops.box import BoxReader
from sophon_report.ops.clock import clock_ms
from sophon_report.ops.network import network_ports
from sophon_report.report.api_doors import open_port
from sophon_report.report.box_desk import BoxDesk
from sophon_report.report.running import Parts

log = structlog.get_logger()


def system_app(stack: contextlib.AsyncExitStack, parts: Parts) -> web.Application:
    """What the port serves; ``stack`` ends the look at the machine."""
    box = BoxDesk(BoxReader(parts.place.root).read, network_ports)
    stack.push_async_callback(box.stop)
    system = SystemCalls(box, lambda: parts.settings().box_status, parts.live.change, clock_ms)
    calls = [*LoginCalls(parts.logins).system_calls(), *system.calls()]
    keeper = parts.doorkeeper
    return application(calls, keeper.refusal, who=keeper.who, note=parts.audit.note)


async def open_system_port(stack: contextlib.AsyncExitStack, parts: Parts, app: web.Application) -> int:
    """Serve ``app`` until ``stack`` ends; returns the port, 0 when another program has it.

    Connections have the bounds of the API port, and are counted by themselves: a crowd here takes no place there.

    Raises:
        Unavailable: the system refuses the address for another reason.
    """
    server = parts.settings().server
    runner = door.runner(app, Traffic())
    try:
        return await open_port(stack, runner, server.host, server.system_port)
    except PortInUse as error:
        log.warning("system_port_not_served", reason=str(error))
        return 0
