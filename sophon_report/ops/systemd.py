"""What a process says to systemd, in the words of ``sd_notify(3)``; nothing where systemd did not start it.

========================  ==============================================================================
``READY=1``               everything is open: the unit is up
``STATUS=``               a line in plain words, which ``systemctl status`` shows
``WATCHDOG=1``            all is well; who does not say so within ``WatchdogSec=`` is ended and started anew
``EXTEND_TIMEOUT_USEC=``  this step of the start may take so long from now on
``STOPPING=1``            leaving in order
``FDSTORE=1``             keep this socket over a restart; ``FDSTOREREMOVE=1``: no longer
========================  ==============================================================================

All of them are known to systemd 245, that of Ubuntu 20.04.
"""

import array
import os
import socket
from typing import Mapping, Sequence

SEND_S = 1.0
"""How long a word may wait for a busy systemd; then it is lost, as it is where nobody listens."""


def starts_us() -> bool:
    """Whether this process is a unit's, and is started anew when it ends."""
    return "INVOCATION_ID" in os.environ


def leave_it_to_the_parent() -> None:
    """From now on say nothing: the unit's process is the one that started this one."""
    os.environ.pop("NOTIFY_SOCKET", None)


def tell_alive() -> None:
    """Feed the unit's watchdog (``WatchdogSec=``): a process that stops doing so is started anew."""
    _tell("WATCHDOG=1", wait=False)


def starting(step: str, within_s: float) -> None:
    """Tell which step of the start is under way, and give it so long from now: a migration may take minutes."""
    _tell(f"{_status(step)}\nEXTEND_TIMEOUT_USEC={round(within_s * 1_000_000)}")


def ready(status: str) -> None:
    """The start is over."""
    _tell(f"READY=1\n{_status(status)}")


def status(text: str) -> None:
    """One line for who asks how it goes."""
    _tell(_status(text), wait=False)


def stopping(text: str) -> None:
    """Leaving has begun."""
    _tell(f"STOPPING=1\n{_status(text)}")


def keep_socket(name: str, kept: socket.socket) -> bool:
    """Have systemd keep ``kept`` over a restart; ``False`` where nobody does. It may keep fewer than it is given.

    Args:
        name: ASCII without a colon, at most 255 characters; one socket a name.
        kept: stays open there when it is closed here.
    """
    return _tell(f"FDSTORE=1\nFDNAME={name}", (kept.fileno(),))


def forget_socket(name: str) -> None:
    """Have systemd close what it keeps by that name."""
    _tell(f"FDSTOREREMOVE=1\nFDNAME={name}")


def handed_over(environment: Mapping[str, str], pid: int) -> Sequence[int]:
    """Descriptors that systemd kept for process ``pid``, from ``LISTEN_PID`` and ``LISTEN_FDS``; pure."""
    count = environment.get("LISTEN_FDS", "")
    if environment.get("LISTEN_PID") != str(pid) or not (count.isascii() and count.isdigit()):
        return ()
    return range(_FIRST, _FIRST + int(count))


_FIRST = 3
"""``SD_LISTEN_FDS_START``: behind standard input, output and error."""


def _status(text: str) -> str:
    return "STATUS=" + " ".join(text.split())  # a line feed would begin another word


def _tell(words: str, descriptors: Sequence[int] = (), *, wait: bool = True) -> bool:
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return False
    if address.startswith("@"):
        address = "\0" + address[1:]  # the abstract namespace
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))] if descriptors else []
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as notify:
            notify.settimeout(SEND_S if wait else 0)
            notify.sendmsg([words.encode()], rights, 0, address)
    except OSError:
        return False  # nobody listens: then no watchdog will bark either
    return True
