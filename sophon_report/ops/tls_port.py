"""A port that speaks TLS from the first byte, in front of a protocol that knows nothing of it.

Why not ``create_server(ssl=...)``: a connection that never ends its handshake would be seen by nobody and count
nowhere, and one context would be used for ever, whatever became of the certificate.

==========================  ==================  =======================
what                        bound               over it
==========================  ==================  =======================
a handshake                 ``HANDSHAKE_S``     cut; ``failed``
handshakes at once          ``MAX_HANDSHAKES``  the oldest cut; ``failed``
==========================  ==================  =======================

What the protocol behind it counts begins after the handshake.
"""

import asyncio
import ssl
from typing import Callable, Dict, List, cast

from sophon_report.ops import listeners, ports

HANDSHAKE_S = 10.0
MAX_HANDSHAKES = 64


class TlsPort:
    """One listening TLS port.

    Args:
        make_protocol: for each connection, a protocol that is given the decrypted bytes; buffered or not.
        context: asked at each connection: certificates change.
        handshake_s: how long one may take.
    """

    def __init__(
        self,
        make_protocol: Callable[[], asyncio.BaseProtocol],
        context: Callable[[], ssl.SSLContext],
        handshake_s: float = HANDSHAKE_S,
    ) -> None:
        self._make_protocol, self._context, self._handshake_s = make_protocol, context, handshake_s
        self._servers: List[asyncio.base_events.Server] = []
        self._shaking: Dict[asyncio.Task[None], asyncio.Transport] = {}
        """Oldest first."""
        self.failed = 0
        """Connections that did not become TLS."""

    async def start(self, host: str, port: int) -> None:
        """Open the port.

        Raises:
            PortInUse: another program has it; the message names both.
            Unavailable: the system refuses the address for another reason.
        """
        loop = asyncio.get_running_loop()
        try:
            for listening in await listeners.SHARED.open(host, port):
                self._servers.append(
                    await loop.create_server(lambda: _Door(self._opened), sock=listening, backlog=listeners.QUEUE)
                )
        except OSError as error:
            raise ports.refusal(error, host, port) from error

    @property
    def port(self) -> int:
        """The port that is open."""
        assert self._servers, "started"
        return int(self._servers[0].sockets[0].getsockname()[1])

    @property
    def shaking_hands(self) -> int:
        """Connections that are not yet TLS."""
        return len(self._shaking)

    def stop(self) -> None:
        """Take no more connections and let go of those that are not yet TLS; the others stay."""
        for server in self._servers:
            server.close()
        for task, transport in tuple(self._shaking.items()):
            task.cancel()
            transport.abort()

    def _opened(self, transport: asyncio.Transport) -> None:
        if len(self._shaking) >= MAX_HANDSHAKES:
            oldest = next(iter(self._shaking))
            self._shaking.pop(oldest).abort()  # which ends its handshake, and counts it
        task = asyncio.get_running_loop().create_task(self._shake_hands(transport), name="tls")
        self._shaking[task] = transport
        task.add_done_callback(lambda done: self._shaking.pop(done, None))

    async def _shake_hands(self, transport: asyncio.Transport) -> None:
        loop, early = asyncio.get_running_loop(), _Early()
        try:
            tls = await loop.start_tls(
                transport, early, self._context(), server_side=True, ssl_handshake_timeout=self._handshake_s
            )
        except (OSError, asyncio.TimeoutError):  # every error of TLS is an OSError
            self.failed += 1
            transport.abort()
            return
        if tls is None or tls.is_closing():
            self.failed += 1
        else:
            early.hand_over(tls, self._make_protocol())


class _Door(asyncio.Protocol):
    """A TCP connection that has said nothing yet."""

    def __init__(self, opened: Callable[[asyncio.Transport], None]) -> None:
        self._opened = opened

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Not paused here: in Python 3.8 reading would begin all the same, and start_tls would not stop it. Its
        # task runs before the first bytes are looked at.
        self._opened(cast("asyncio.Transport", transport))


class _Early(asyncio.Protocol):
    """Keeps what arrives right behind the handshake: *asyncio* hands it out before it says that there is one."""

    def __init__(self) -> None:
        self._data = b""

    def data_received(self, data: bytes) -> None:
        self._data += data

    def hand_over(self, transport: asyncio.Transport, protocol: asyncio.BaseProtocol) -> None:
        """Let ``protocol`` have the connection, and what has arrived already."""
        transport.set_protocol(protocol)
        protocol.connection_made(transport)
        if isinstance(protocol, asyncio.BufferedProtocol):
            feed(protocol, self._data)
        elif self._data:
            cast("asyncio.Protocol", protocol).data_received(self._data)


def feed(protocol: asyncio.BufferedProtocol, data: bytes) -> None:
    """Give a protocol what has arrived for it already."""
    while data:
        buffer = memoryview(protocol.get_buffer(len(data)))
        count = min(len(buffer), len(data))
        buffer[:count] = data[:count]
        protocol.buffer_updated(count)
        data = data[count:]
