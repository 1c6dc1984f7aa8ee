"""Where calls come in: the local socket, the API port, and the same by TLS."""

import contextlib
import os
from pathlib import Path
from typing import Callable, Optional

from aiohttp import web

from sophon_report.api import door
from sophon_report.api.traffic import Traffic
from sophon_report.config import Server, Settings
from sophon_report.ops import ports
from sophon_report.ops.certificate import Certificate
from sophon_report.ops.tls_port import TlsPort


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
) -> int:
    """Serve ``app`` on the API port, and by TLS if there is a port for that, until ``stack`` ends.

    Returns:
        The plain port.

    Raises:
        PortInUse: another program has one of them; the message names both.
        Unavailable: the system refuses the address for another reason.
    """
    public = door.runner(app, traffic)
    port = await open_port(stack, public, server.host, server.api_port)
    if certificate is not None and server.tls_api_port:
        await _open_tls(stack, server, public, certificate)
    return port


async def open_port(stack: contextlib.AsyncExitStack, runner: web.AppRunner, host: str, port: int) -> int:
    """Serve what ``runner`` runs on a port until ``stack`` ends; returns the port.

    Raises:
        PortInUse: another program has it; the message names both.
        Unavailable: the system refuses the address for another reason.
    """
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        raise ports.refusal(error, host, port) from error
    return int(runner.addresses[0][1])


async def _open_tls(
    stack: contextlib.AsyncExitStack, server: Server, public: web.AppRunner, certificate: Certificate
) -> None:
    """The API port once more, by TLS; a connection has the same bounds there."""
    assert public.server is not None
    secure = TlsPort(public.server, lambda: certificate.context)
    await secure.start(server.host, server.tls_api_port)
    stack.callback(secure.stop)
