"""How often a password may be tried: by one address, of one account, and by all together.

===================  =====================================================================================
an address           ``FREE_TRIES`` at once; after each further one that failed it waits, twice as long each
                     time, up to ``LONGEST_WAIT_S``. ``FORGET_S`` without a try wipes its slate. Whoever
                     logged in from there waits for failures with the own name alone
an account           ``ACCOUNT_TRIES`` failures at once, then one every ``ACCOUNT_EVERY_S``
all addresses        ``ALL_TRIES`` failures at once, then one every ``ALL_EVERY_S``
===================  =====================================================================================

Whoever tries many passwords from one place is stopped there, and takes no tries from others meanwhile. The other
rows are for many places. They bind only addresses from which that user never logged in since the start: whoever
did is not shut out by a crowd. Beside it there are tokens, and ``password reset`` on the box. A name that nobody
has is limited like any other.

A try counts as failed when it begins, so that a hundred at one moment are not a hundred tries; one that was right
is taken back. It wipes the slate for its own name only: whoever has an account must not get free tries at another
one by logging in between them. Of IPv6 the network (/64) counts as the address: its owner has them all. At most
``MAX_ADDRESSES`` are remembered, the ones that tried longest ago go (``forgotten``): with so many places the last
row binds. Pure: times come in.
"""

import hashlib
import ipaddress
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Dict, Optional, Tuple

from sophon_report.ops.addresses import plain_address

FREE_TRIES = 5
FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 300.0
FORGET_S = 3600.0
ACCOUNT_TRIES = 12
ACCOUNT_EVERY_S = 30.0
ALL_TRIES = 30
ALL_EVERY_S = 10.0
MAX_ADDRESSES = 1024
MAX_NAMES = 16
"""That an address tried; more count as one."""
MAX_ACCOUNTS = 256
"""Names that were tried; those longest ago go."""
MAX_KNOWN = 64
"""Addresses and users that logged in; those longest ago go."""
_OTHERS = b""


@dataclass
class _Slate:
    tried_s: float = 0.0
    failures: Dict[bytes, int] = field(default_factory=dict)
    """By the name that was tried."""

    def free_s(self, known: Optional[bytes]) -> float:
        """When it may try again; as ``known``, who logged in from there, however others failed."""
        failures = sum(self.failures.values()) if known is None else self.failures.get(known, 0)
        over = failures - FREE_TRIES
        return self.tried_s + (min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** min(over, 20)) if over >= 0 else 0.0)

    def add(self, name: bytes, now_s: float) -> None:
        if name not in self.failures and len(self.failures) >= MAX_NAMES:
            name = _OTHERS
        self.failures[name] = self.failures.get(name, 0) + 1
        self.tried_s = now_s


@dataclass
class _Bucket:
    """Tries that are left, and come back one by one."""

    most: int
    every_s: float
    left: float
    seen_s: float = 0.0

    def wait_s(self, now_s: float) -> float:
        self.left = min(float(self.most), self.left + max(0.0, now_s - self.seen_s) / self.every_s)
        self.seen_s = now_s
        return (1 - self.left) * self.every_s if self.left < 1 else 0.0

    def give_back(self) -> None:
        self.left = min(float(self.most), self.left + 1)


class LoginLimits:
    """The slates of all addresses and accounts."""

    def __init__(self) -> None:
        self._slates: OrderedDict[str, _Slate] = OrderedDict()
        self._accounts: OrderedDict[bytes, _Bucket] = OrderedDict()
        self._all = _Bucket(ALL_TRIES, ALL_EVERY_S, ALL_TRIES)
        self._known: OrderedDict[Tuple[str, bytes], None] = OrderedDict()
        self.forgotten = 0

    def begin(self, peer: str, user: str, now_s: float) -> float:
        """Count a try of ``peer`` as ``user``; returns 0, or how many seconds it waits: then it counts as none."""
        place, name = _place(peer), _name(user)
        slate = self._slates.get(place)
        if slate is None or now_s - slate.tried_s > FORGET_S:
            slate = _Slate()
        is_known = (place, name) in self._known
        free_s = slate.free_s(name if is_known else None)
        if now_s < free_s:
            return free_s - now_s
        if not is_known:
            buckets = (self._account(name), self._all)
            wait_s = max(bucket.wait_s(now_s) for bucket in buckets)
            if wait_s:
                return wait_s
            for bucket in buckets:
                bucket.left -= 1
        slate.add(name, now_s)
        self._slates[place] = slate
        self._slates.move_to_end(place)
        if len(self._slates) > MAX_ADDRESSES:
            self._slates.popitem(last=False)
            self.forgotten += 1
        return 0.0

    def was_right(self, peer: str, user: str) -> None:
        """The try of ``peer`` as ``user`` was no failure."""
        place, name = _place(peer), _name(user)
        slate = self._slates.get(place)
        if slate is not None:
            slate.failures.pop(name, None)
            if not slate.failures:
                del self._slates[place]
        if (place, name) not in self._known:
            self._account(name).give_back()
            self._all.give_back()
        self._known[place, name] = None
        self._known.move_to_end((place, name))
        if len(self._known) > MAX_KNOWN:
            self._known.popitem(last=False)

    def _account(self, name: bytes) -> _Bucket:
        bucket = self._accounts.setdefault(name, _Bucket(ACCOUNT_TRIES, ACCOUNT_EVERY_S, ACCOUNT_TRIES))
        self._accounts.move_to_end(name)
        if len(self._accounts) > MAX_ACCOUNTS:
            self._accounts.popitem(last=False)
        return bucket


def _name(user: str) -> bytes:
    """Not the name itself: people type passwords where names belong."""
    return hashlib.sha256(user.encode("utf-8", "surrogatepass")).digest()


def _place(peer: str) -> str:
    plain = plain_address(peer.partition("%")[0])
    try:
        address = ipaddress.ip_address(plain)
    except ValueError:
        return plain
    return str(ipaddress.ip_network((plain, 64), strict=False)) if address.version == 6 else plain
