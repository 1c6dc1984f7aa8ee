"""How one attempt to deliver ended, as a value, and what an HTTP status says about it.

====================================  =================================================================
status                                meaning
====================================  =================================================================
2xx                                   the receiver has it; its body is not looked at
408, 425, 429, 5xx                    not now: try again later
400, 409, 413, 415, 422               this event is not wanted: the others may be
410                                   the address is gone for good: pause until a person resumes it
everything else (401, 403, 404, 3xx)  the destination is set up wrongly: pause, look again once a minute
====================================  =================================================================

409 stands among the rejections because a receiver that keeps event ids unique may answer a repeat with it.
What is not known pauses: nothing is set aside for a reason nobody has understood.

====================================  =================================================================
without a status                      meaning
====================================  =================================================================
no address of the name, no way, no    not now: networks, name servers and receivers come and go
packet back, refused, reset, hung up
a time ran out, no HTTP               not now
a certificate that is out of date,    pause: somebody has to renew, or name an authority; or the clock
another host's, of no authority       of this box is wrong, which it finds out by itself
a client certificate is wanted, or    pause: the set-up of this box
not accepted; a file of it or of the
authorities cannot be used
400, and a text of nginx that misses  pause: it speaks of the set-up, not of the event
a client certificate, or https
no TLS there, or none that is secure  pause: the address, or the receiver, is set up wrongly
TLS that fails in any other way       not now
redirected to where no body may go,   pause
or an address nothing is posted to
====================================  =================================================================

A pause is looked at once a minute: what was renewed meanwhile is found. A body is never sent before the receiver's
certificate was found good.
"""

from dataclasses import dataclass
from typing import Optional, Union

from sophon_report.delivery.reason import of_status

RETRY_STATUSES = frozenset({408, 425, 429})
REJECTED_STATUSES = frozenset({400, 409, 413, 415, 422})
GONE = 410


@dataclass(frozen=True)
class Accepted:
    """The receiver has the event."""


@dataclass(frozen=True)
class Retry:
    """Nobody knows whether the receiver has it; the same event again later."""

    reason: str
    after_s: Optional[float] = None
    """How long the receiver asks to be left alone."""


@dataclass(frozen=True)
class Rejected:
    """The receiver does not want this event."""

    reason: str


@dataclass(frozen=True)
class Pause:
    """The destination is wrong, not the event."""

    reason: str
    until_resumed: bool = False
    """Looking again is of no use; a person has to act."""


Outcome = Union[Accepted, Retry, Rejected, Pause]


def classify(status: int, retry_after_s: Optional[float] = None) -> Outcome:
    """What an answer with HTTP ``status`` means.

    Args:
        status: any number a server may send.
        retry_after_s: its ``Retry-After`` in seconds, if it had one.
    """
    reason = of_status(status)
    if 200 <= status <= 299:
        return Accepted()
    if status in RETRY_STATUSES or 500 <= status <= 599:
        return Retry(reason, retry_after_s)
    if status in REJECTED_STATUSES:
        return Rejected(reason)
    return Pause(reason, until_resumed=status == GONE)
