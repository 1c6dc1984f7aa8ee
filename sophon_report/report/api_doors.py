"""Where calls come in: the local socket, the API port, the same by TLS, and on the port that browsers ask first.

A start fails when the API port or its twin by TLS cannot be opened. Without the port for browsers it goes on: that
port is an ease, below 1024 as a rule, and whoever set it from afar could not take it back on a box that is down.
"""

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Dict, Optional
from urllib.parse import urlsplit

import structlog
from aiohttp import web

from sophon_report.api import door
from sophon_report.api.traffic import Traffic
from sophon_report.config import Server, Settings
from sophon_report.errors import Unavailable
from sophon_report.ops import listeners, ports
from sophon_report.ops.certificate import Certificate
from sophon_report.ops.tls_port import TlsPort

HTTPS = 443

log = structlog.get_logger()


@dataclass(frozen=True)
class ApiPorts:
    """The ports that serve the calls; 0: not served."""

    api: int
    page: int = 0
    tls: int = 0

    def told(self) -> Dict[str, int]:
        """For the log: those that are served, by their settings."""
        further = (("page_port", self.page), ("tls_api_port", self.tls))
        return {"api_port": self.api, **{name: port for name, port in further if port}}


def own_certificate(settings: Callable[[], Settings]) -> Optional[Certificate]:
    """What the TLS ports show, by the settings of the moment; ``None`` without such a port.

    Raises:
        ConfigError: its files cannot be used.
    """
    server = settings().server
    wanted = server.tls_event_port or server.tls_api_port
    return Certificate(lambda: settings().access) if wanted else None


async def open_admin_socket(stack: contextlib.AsyncExitStack, path: Path, app: web.Application) -> None:
    """Serve ``app`` on a Unix socket that only this user may use, until ``stack`` ends."""
    admin = web.AppRunner(app, access_log=None)
    await admin.setup()
    stack.push_async_callback(admin.cleanup)
    if path.exists():
        path.unlink()
    mask = os.umask(0o177)
    try:
        await web.UnixSite(admin, str(path)).start()
    finally:
        os.umask(mask)


async def open_api_port(
    stack: contextlib.AsyncExitStack,
    server: Server,
    app: web.Application,
    traffic: Traffic,
    certificate: Optional[Certificate],
) -> ApiPorts:
    """Serve ``app`` on the API port, and on the others that are set, until ``stack`` ends.

    Raises:
        PortInUse: another program has one of them; the message names both.
        Unavailable: the system refuses the address for another reason.
    """
    public, tls_port, page_port = door.runner(app, traffic), 0, 0
    port = await open_port(stack, public, server.host, server.api_port)
    if certificate is not None and server.tls_api_port:
        tls_port = await _open_tls(stack, server, public, certificate)
    if server.page_port:
        on_to_tls = bool(tls_port and server.page_to_tls)
        page = door.runner(_sends_on(tls_port) if on_to_tls else app, traffic)
        page_port = await _open_page(stack, page, server)
    return ApiPorts(port, page_port, tls_port)


async def _open_page(stack: contextlib.AsyncExitStack, page: web.AppRunner, server: Server) -> int:
    try:
        return await open_port(stack, page, server.host, server.page_port)
    except Unavailable as error:
        log.error("page_port_not_served", key="server.page_port", reason=str(error))
        return 0


def _sends_on(tls_port: int) -> web.Application:
    """Sends whoever looks at something to the same place by TLS; to change anything there is no way here."""

    async def send_on(request: web.Request) -> web.StreamResponse:
        try:
            host = urlsplit(f"//{request.host}").hostname or ""
        except ValueError:
            host = ""
        if not host:
            raise web.HTTPNotFound
        name = f"[{host}]" if ":" in host else host
        at = name if tls_port == HTTPS else f"{name}:{tls_port}"
        # Not for ever: browsers would remember it when it is switched off.
        return web.Response(status=307, headers={"Location": f"https://{at}{request.rel_url.raw_path_qs}"})

    app = web.Application()
    app.router.add_get("/{path:.*}", send_on)
    return app


async def open_port(stack: contextlib.AsyncExitStack, runner: web.AppRunner, host: str, port: int) -> int:
    """Serve what ``runner`` runs on a port until ``stack`` ends; returns the port.

    Raises:
        PortInUse: another program has it; the message names both.
        Unavailable: the system refuses the address for another reason.
    """
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    try:
        for listening in await listeners.SHARED.open(host, port):
            await web.SockSite(runner, listening).start()
    except OSError as error:
        raise ports.refusal(error, host, port) from error
    return int(runner.addresses[0][1])


async def _open_tls(
    stack: contextlib.AsyncExitStack, server: Server, public: web.AppRunner, certificate: Certificate
) -> int:
    """The API port once more, by TLS; a connection has the same bounds there."""
    assert public.server is not None
    secure = TlsPort(public.server, lambda: certificate.context)
    await secure.start(server.host, server.tls_api_port)
    stack.callback(secure.stop)
    return secure.port
