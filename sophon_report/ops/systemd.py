"""What a process has to do with systemd; nothing where systemd did not start it."""

import os
import socket


def starts_us() -> bool:
    """Whether this process is a unit's, and is started anew when it ends."""
    return "INVOCATION_ID" in os.environ


def tell_alive() -> None:
    """Feed the unit's watchdog (``WatchdogSec=``): a process that stops doing so is started anew."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]  # the abstract namespace
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as notify:
            notify.sendto(b"WATCHDOG=1", address)
    except OSError:
        pass  # no watchdog listens: then none will bark
