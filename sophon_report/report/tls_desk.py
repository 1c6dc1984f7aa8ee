"""The box's certificate as the page shows, takes, makes and removes it.

::

    PEM texts ── checked ──► tls.pem.new (0600) ── OpenSSL takes it ──► tls.pem ──► access.tls_cert, access.tls_key
                                                                  rename

Key and chain stand in one file, so that no power cut and no look between two writes finds a key beside another's
certificate. Open TLS ports take it up within a second (:class:`sophon_report.ops.certificate.Certificate`); a port
that is not open yet opens at the next start. Without a certificate such a start would fail: who removes the last
one closes the ports with it.
"""

import asyncio
import os
import socket
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Tuple

from sophon_report.api.v1.tls import CertificateTold, TlsPortTold, TlsState
from sophon_report.config import Access, Settings
from sophon_report.errors import BadCertificate, BadInput, ConfigError, StoreError
from sophon_report.ops import certificate, durable_file
from sophon_report.ops.clock import clock_ms
from sophon_report.ops.network import network_ports
from sophon_report.ops.plain_file import read_plain
from sophon_report.ops.threads import in_thread
from sophon_report.report.running import Parts

PORTS = ("tls_api_port", "tls_event_port")


class TlsDesk:
    """The certificate of one running service; one change at a time, in threads."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._lock = asyncio.Lock()
        self._started = parts.live.now.server

    async def state(self) -> TlsState:
        """What there is, and which ports show it."""
        now = self._parts.settings()
        own = now.access.tls_cert == str(self._parts.place.tls)
        described, problem = await in_thread(partial(_described, now.access))
        return TlsState(
            certificate=described,
            problem=problem,
            origin="none" if not now.access.tls_cert else "page" if own else "file",
            ports=[self._port(name, now) for name in PORTS],
            names=await in_thread(box_names),
        )

    async def take(self, certificate_pem: str, key_pem: str, port: Optional[int]) -> None:
        """Use these from now on; ``port``: the one of the page by TLS, ``None`` as it is.

        Raises:
            BadCertificate: they cannot be used; nothing is changed.
            StoreError: the disk refuses.
        """
        async with self._lock:
            self._check_free(port)
            await in_thread(partial(_put, self._parts.place.tls, certificate_pem, key_pem))
            await self._use(port)

    async def make(self, names: Sequence[str], days: int, port: Optional[int]) -> None:
        """Make one for ``names``, or for those of the box when there are none; raises as :meth:`take`."""
        async with self._lock:
            self._check_free(port)
            title = self._parts.settings().name
            await in_thread(partial(_make, self._parts.place.tls, tuple(names), days, title))
            await self._use(port)

    async def remove(self) -> None:
        """Use none but what the settings file names; raises :class:`StoreError`."""
        async with self._lock:
            server = self._parts.settings().server
            wanted = {f"server.{name}": getattr(server, name) for name in PORTS if getattr(server, name)}
            # At once: a box that is switched off in between must start again.
            none = {"access.tls_cert": None, "access.tls_key": None}
            await self._parts.live.change({**none, **dict.fromkeys(wanted, 0)})
            if wanted and self._parts.settings().access.tls_cert:
                with suppress(ConfigError):  # the file's cannot be used: the ports stay closed
                    await self._parts.live.change(wanted)
            await in_thread(partial(durable_file.remove, self._parts.place.tls))

    async def _use(self, port: Optional[int]) -> None:
        path = str(self._parts.place.tls)
        changes: Dict[str, Any] = {"access.tls_cert": path, "access.tls_key": path}
        if port is not None:
            changes["server.tls_api_port"] = port
        await self._parts.live.change(changes)

    def _check_free(self, port: Optional[int]) -> None:
        others = self._parts.settings().server.model_dump(exclude={"tls_api_port"})
        taken = [name for name, value in others.items() if name.endswith("_port") and value == port]
        if port and taken:
            raise BadInput(f"port {port} is that of server.{taken[0]}")

    def _port(self, name: str, now: Settings) -> TlsPortTold:
        is_open, wanted = getattr(self._started, name), getattr(now.server, name)
        return TlsPortTold(key=f"server.{name}", port=wanted, open=is_open, waits=is_open != wanted)


def box_names() -> List[str]:
    """Host names and addresses by which this machine may be reached."""
    host = socket.gethostname().partition(".")[0].lower()
    names = [host, f"{host}.local"] if host and host != "localhost" else []
    return [*names, "localhost", *(port.ip for port in network_ports()), "127.0.0.1"]


def _described(access: Access) -> Tuple[Optional[CertificateTold], str]:
    """What the files hold that the settings name, and why they cannot be used."""
    from sophon_report.ops import certificate_pem  # noqa: PLC0415 - most boxes never need it

    if not access.tls_cert:
        return None, ""
    problem = ""
    try:
        certificate.load(access)
    except ConfigError as error:
        problem = str(error)
    try:
        text = read_plain(access.tls_cert, certificate.MAX_FILE_BYTES).decode("ascii", "replace")
        return CertificateTold(**vars(certificate_pem.describe(text))), problem
    except (BadCertificate, OSError) as error:
        return None, problem or str(error)


def _put(path: Path, certificate_text: str, key_text: str) -> None:
    from sophon_report.ops import certificate_pem  # noqa: PLC0415 - as above

    _keep(path, certificate_pem.checked(certificate_text, key_text, clock_ms()))


def _make(path: Path, names: Tuple[str, ...], days: int, title: str) -> None:
    from sophon_report.ops import certificate_pem  # noqa: PLC0415 - as above

    wanted = list(dict.fromkeys(certificate_pem.named(name) for name in names or box_names()))
    _keep(path, certificate_pem.self_signed(wanted, days, clock_ms(), title))


def _keep(path: Path, pem: str) -> None:
    fresh = path.with_name(path.name + ".new")
    try:
        durable_file.write(fresh, pem)
        try:
            certificate.load(Access(tls_cert=str(fresh), tls_key=str(fresh)))
        except ConfigError as error:
            what = error.problems[0][1].replace(str(fresh), "it")
            raise BadCertificate("CERTIFICATE_UNREADABLE", "certificate", what) from None
        os.replace(str(fresh), str(path))
    except OSError as error:
        raise StoreError(f"{path} cannot be written: {error.strerror}") from error
    finally:
        with suppress(OSError):
            fresh.unlink()
