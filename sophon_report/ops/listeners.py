"""Listening sockets that outlive the process: systemd keeps them over a restart, and nobody is refused meanwhile.

::

    start ── LISTEN_FDS ──► kept ── its address is asked for ──────► taken ──┐
                             └───── nobody has asked for it ──► closed       ├──► served
             another address ─────► bound, and given to systemd ────────────┘

Who connects during a restart waits in the socket's queue in the kernel; the next process serves him. A socket is
taken only when family, host and port are exactly those asked for; what the settings do not ask for any more is
closed here and there. A unit that is stopped, or that has failed for good, keeps nothing: then ports are free.

====================  ===========================================  =============================================
what                  bound                                        over it
====================  ===========================================  =============================================
sockets kept          ``FileDescriptorStoreMax=`` of the unit      bound at each start, as without systemd
clients that wait     ``QUEUE`` a socket                           their connecting is tried again by the kernel
====================  ===========================================  =============================================
"""

import asyncio
import contextlib
import errno
import os
import socket
from typing import Any, Callable, Dict, Iterable, List, NamedTuple, Optional, Sequence, Tuple

import structlog

from sophon_report.ops import systemd

QUEUE = 128
NOT_HERE = (errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL)
"""``localhost`` has an address of IPv6 also where the system has none: that one is passed over."""

log = structlog.get_logger()


class Address(NamedTuple):
    """Where a socket listens."""

    family: int
    host: str
    port: int

    @property
    def name(self) -> str:
        """By which systemd knows it."""
        return f"tcp_{self.host.replace(':', '.')}_{self.port}"


def address_of(kept: socket.socket) -> Optional[Address]:
    """Where ``kept`` listens; ``None`` when it is no TCP socket that does."""
    if kept.family not in (socket.AF_INET, socket.AF_INET6) or kept.type != socket.SOCK_STREAM:
        return None
    if not kept.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
        return None
    host, port = kept.getsockname()[:2]
    return Address(int(kept.family), host, port)


def in_the_way(kept: Iterable[Address], wanted: Sequence[Address]) -> List[Address]:
    """Which of ``kept`` have a port of ``wanted`` and are not among them: those could not be bound; pure."""
    ports = {address.port for address in wanted}
    return [address for address in kept if address.port in ports and address not in wanted]


def try_out(host: str, port: int) -> None:
    """Return when a port could be opened anew, as :meth:`Listeners.open` does; it is closed again. Blocks.

    Raises:
        OSError: it cannot; ``errno`` tells why.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    for each in _opened(_addresses(found), _bound):
        each.close()


class Listeners:
    """The sockets that were kept for this process, and those that are to be kept for the next."""

    def __init__(self) -> None:
        self._kept: Dict[Address, socket.socket] = {}

    def take_over(self, kept: Iterable[socket.socket]) -> None:
        """These were kept; what is no listening TCP socket, or another one of the same address, is closed."""
        for each in kept:
            address = address_of(each)
            if address is None or address in self._kept:
                each.close()
            else:
                self._kept[address] = each

    async def open(self, host: str, port: int) -> List[socket.socket]:
        """Sockets that listen on ``port`` of each address of ``host``: kept ones, or new ones that will be kept.

        Raises:
            OSError: none can be opened; ``errno`` tells why.
        """
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        wanted = _addresses(found)
        for address in in_the_way(self._kept, tuple(wanted)):
            self._let_go(address)
        return _opened(wanted, self._taken)

    def let_go_of_rest(self) -> None:
        """Close what was kept and nobody has asked for."""
        for address in tuple(self._kept):
            self._let_go(address)

    def _taken(self, address: Address, at: Tuple[Any, ...]) -> socket.socket:
        if address in self._kept:
            return self._kept.pop(address)
        made = _bound(address, at)
        if address.port:  # else the next start wants another one
            systemd.keep_socket(address.name, made)
        return made

    def _let_go(self, address: Address) -> None:
        log.info("port_let_go", host=address.host, port=address.port)
        with contextlib.suppress(OSError), self._kept.pop(address) as left:
            # At once for systemd's copy too: else the port would be free only when it has read what it is told.
            left.shutdown(socket.SHUT_RDWR)
        systemd.forget_socket(address.name)


def _addresses(found: Iterable[Tuple[Any, ...]]) -> Dict[Address, Tuple[Any, ...]]:
    """What ``getaddrinfo`` found, with what ``bind`` takes for each."""
    return {Address(int(family), str(at[0]), int(at[1])): at for family, _, _, _, at in found}


def _opened(
    wanted: Dict[Address, Tuple[Any, ...]], open_one: Callable[[Address, Tuple[Any, ...]], socket.socket]
) -> List[socket.socket]:
    """A socket for each address that the system has; all of them or none."""
    opened: List[socket.socket] = []
    missing: Optional[OSError] = None
    for address, at in wanted.items():
        try:
            opened.append(open_one(address, at))
        except OSError as error:
            missing = error
            if error.errno not in NOT_HERE:
                break
    if missing is not None and (missing.errno not in NOT_HERE or not opened):
        for each in opened:
            each.close()
        raise missing
    return opened


def _bound(address: Address, at: Tuple[Any, ...]) -> socket.socket:
    made = socket.socket(address.family, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if address.family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        made.bind(at)
        made.listen(QUEUE)
    except OSError:
        made.close()
        raise
    return made


SHARED = Listeners()
"""Those of this process: there is one set of descriptors."""


def take_over() -> None:
    """Take what systemd has kept for this process; once, before anything else is opened."""
    descriptors = systemd.handed_over(os.environ, os.getpid())
    for name in ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"):
        os.environ.pop(name, None)
    kept = []
    for descriptor in descriptors:
        os.set_inheritable(descriptor, False)
        with contextlib.suppress(OSError):  # no socket at all: nothing of ours
            kept.append(socket.socket(fileno=descriptor))
    SHARED.take_over(kept)
