"""How often a password may be tried: by one address, and by all together.

===================  =====================================================================================
an address           ``FREE_TRIES`` at once; after each further one that failed it waits, twice as long each
                     time, up to ``LONGEST_WAIT_S``. ``FORGET_S`` without a try wipes its slate
all addresses        ``ALL_TRIES`` failures at once, then one every ``ALL_EVERY_S``
===================  =====================================================================================

Whoever tries many passwords from one place is stopped there, and takes no tries from others meanwhile. The second
row is for many places. It binds only addresses that never logged in since the start: whoever did is not shut out
by a crowd. Beside it there are tokens, and ``password reset`` on the box.

A try counts as failed when it begins, so that a hundred at one moment are not a hundred tries; one that was right
is taken back. Of IPv6 the network (/64) counts as the address: its owner has them all. At most ``MAX_ADDRESSES``
are remembered, the ones that tried longest ago go (``forgotten``): with so many places the second row binds. Pure:
times come in.
"""

import ipaddress
from collections import OrderedDict
from dataclasses import dataclass

from sophon_report.ops.addresses import plain_address

FREE_TRIES = 5
FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 300.0
FORGET_S = 3600.0
ALL_TRIES = 30
ALL_EVERY_S = 10.0
MAX_ADDRESSES = 1024
MAX_KNOWN = 64
"""Addresses that logged in; those longest ago go."""


@dataclass
class _Slate:
    failures: int
    tried_s: float

    @property
    def free_s(self) -> float:
        """When it may try again."""
        over = self.failures - FREE_TRIES
        return self.tried_s + (min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** min(over, 20)) if over >= 0 else 0.0)


class LoginLimits:
    """The slates of all addresses."""

    def __init__(self) -> None:
        self._slates: OrderedDict[str, _Slate] = OrderedDict()
        self._known: OrderedDict[str, None] = OrderedDict()
        self._left, self._left_s = float(ALL_TRIES), 0.0
        self.forgotten = 0

    def begin(self, peer: str, now_s: float) -> float:
        """Count a try of ``peer``; returns 0, or how many seconds it has to wait: then it counts as none."""
        place = _place(peer)
        slate = self._slates.get(place)
        if slate is not None and now_s - slate.tried_s > FORGET_S:
            slate = None
        if slate is not None and now_s < slate.free_s:
            return slate.free_s - now_s
        wait_s = 0.0 if place in self._known else self._wait_for_all(now_s)
        if wait_s:
            return wait_s
        self._slates[place] = _Slate(slate.failures + 1 if slate else 1, now_s)
        self._slates.move_to_end(place)
        if len(self._slates) > MAX_ADDRESSES:
            self._slates.popitem(last=False)
            self.forgotten += 1
        return 0.0

    def was_right(self, peer: str) -> None:
        """The try of ``peer`` was no failure."""
        place = _place(peer)
        self._slates.pop(place, None)
        if place not in self._known:
            self._left = min(float(ALL_TRIES), self._left + 1)
        self._known[place] = None
        self._known.move_to_end(place)
        if len(self._known) > MAX_KNOWN:
            self._known.popitem(last=False)

    def _wait_for_all(self, now_s: float) -> float:
        self._left = min(float(ALL_TRIES), self._left + max(0.0, now_s - self._left_s) / ALL_EVERY_S)
        self._left_s = now_s
        if self._left < 1:
            return (1 - self._left) * ALL_EVERY_S
        self._left -= 1
        return 0.0


def _place(peer: str) -> str:
    plain = plain_address(peer.partition("%")[0])
    try:
        address = ipaddress.ip_address(plain)
    except ValueError:
        return plain
    return str(ipaddress.ip_network((plain, 64), strict=False)) if address.version == 6 else plain
