"""Ports, who may do what in words, and the certificate."""

import ipaddress
import time
from contextlib import closing
from typing import Iterator, Optional, Tuple

from sophon_report.config import Settings
from sophon_report.doctor.finding import Finding, Look, error, ok, warning
from sophon_report.doctor.state import is_current
from sophon_report.errors import ConfigError, PortInUse
from sophon_report.ops import certificate, listeners, ports
from sophon_report.ops.data_dir import DataDir
from sophon_report.store.database import Database
from sophon_report.store.tokens import TokenStore

DAY_MS = 86_400_000
EXPIRES_SOON_DAYS = 14
PORTS = ("event_port", "api_port", "preview_port", "control_port", "system_port")
FURTHER_PORTS = ("page_port", "tls_api_port", "tls_event_port")
"""0 is none."""
SYSTEMD = 1


def _ports(settings: Settings, place: DataDir) -> Iterator[Finding]:
    server, ours = settings.server, place.process_id() if place.running() else None
    further = [name for name in FURTHER_PORTS if getattr(server, name)]
    for name in (*PORTS, *further):
        yield _port(f"server.{name}", server.host, getattr(server, name), ours)


def _port(key: str, host: str, port: int, ours: Optional[int]) -> Finding:
    """``ours`` is the process of a running service."""
    try:
        listeners.try_out(host, port)
    except OSError as fault:
        refusal = ports.refusal(fault, host, port)
        if ours is not None and isinstance(refusal, PortInUse) and _is_ours(str(refusal), ours, port):
            return ok("port", key, f"{refusal}; the service is running")
        if key == "server.system_port":
            to_do = "nothing, where the vendor's own program is to answer there; else stop that program"
            return warning("port", key, str(refusal), to_do)
        to_do = f"stop the program that has it, or set {key} to another port"
        return error("port", key, str(refusal), to_do)
    return ok("port", key, f"port {port} is free")


def _is_ours(refusal: str, ours: int, port: int) -> bool:
    """Of another user's processes the holder is not known; systemd keeps sockets while a service restarts."""
    return ports.holder(port) is None or any(f"(pid {pid})" in refusal for pid in (ours, SYSTEMD))


def _access(settings: Settings, place: DataDir) -> Iterator[Finding]:
    access = settings.access
    everyone = any(ipaddress.ip_network(each).prefixlen == 0 for each in access.trusted_networks)
    near = "anyone in the world" if everyone else "anyone in " + ", ".join(access.trusted_networks)
    for kind, what, switch, is_open in (
        ("access_see", "sees events, devices, health", "access.trusted_networks", bool(access.trusted_networks)),
        ("access_read", "reads people, pictures, history", "access.open_reads", access.open_reads),
        ("access_change", "changes anything", "access.open_writes", access.open_writes),
    ):
        who = near if is_open and access.trusted_networks else "nobody"
        text = f"without a token: {who} ({switch})"
        if who == near and everyone:
            yield warning(kind, f"who {what}", text, "name your own networks in access.trusted_networks")
        else:
            yield ok(kind, f"who {what}", text)
    yield ok("tokens", "tokens, and what they are good for", _tokens(place))
    if place.admin_password.exists():
        text = "the one that was made up"
        yield warning(
            "admin_password", "admin password", text, f"log in with it and change it: {place.admin_password}"
        )


def _tokens(place: DataDir) -> str:
    if not is_current(place.store):
        return "none" if not place.store.exists() else "not looked at: the store is of another version"
    with closing(Database.open(place.store)) as database:
        return ", ".join(f"{token.name} ({token.role.value})" for token in TokenStore(database).list()) or "none"


def _certificate(settings: Settings, _place: DataDir) -> Iterator[Finding]:
    if not (settings.server.tls_api_port or settings.server.tls_event_port):
        return
    try:
        _, expires_ms = certificate.load(settings.access)
    except ConfigError as fault:
        text = "; ".join(f"{key} {what}" for key, what in fault.problems)
        yield error("certificate", "certificate", text, "make or upload one in the page, Access, Certificate")
        return
    yield expiry(expires_ms, round(time.time() * 1000))


def expiry(expires_ms: int, now_ms: int) -> Finding:
    """What is to be said of a certificate that ends at ``expires_ms``."""
    days = (expires_ms - now_ms) // DAY_MS
    day = time.strftime("%Y-%m-%d", time.gmtime(expires_ms / 1000))
    to_do = "make or upload a new one in the page, Access, Certificate"
    if days < 0:
        return warning(
            "certificate", "certificate", f"expired on {day}: programs that check it refuse the box", to_do
        )
    if days < EXPIRES_SOON_DAYS:
        return warning("certificate", "certificate", f"expires in {days} days, on {day}", to_do)
    return ok("certificate", "certificate", f"good until {day}")


LOOKS: Tuple[Look, ...] = (_ports, _access, _certificate)
