"""Passwords as they are kept: salted and run through scrypt, which takes time and memory to try one.

=============  ==========================  ======================================================
cost           of                          why
=============  ==========================  ======================================================
``CHOSEN``     what a person chose         N = 2^14, r = 8, p = 5: 16 MiB while it runs, so that two at once
                                           are nothing to a box with 4 GB; as hard to try as N = 2^17 with
                                           p = 1, which wants 128 MiB. Of the order of a second on a small core
``GENERATED``  what the service made up    N = 2^10, r = 8, p = 1: there are 98 random bits, so nobody gets
                                           through them at any cost, and a first start need not wait
=============  ==========================  ======================================================

The cost stands beside each hash: a later version may raise it for new passwords.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass

SALT_BYTES = 16
HASH_BYTES = 32
_SPARE_BYTES = 1 << 20
"""OpenSSL counts a little more than the blocks themselves against its bound."""


@dataclass(frozen=True)
class Cost:
    """Of one try."""

    n: int
    """Blocks, a power of two."""
    r: int
    """Size of a block, in 128 bytes."""
    p: int
    """How often all of it is done, one after the other."""

    @property
    def memory_bytes(self) -> int:
        """What one try holds."""
        return 128 * self.n * self.r


CHOSEN = Cost(1 << 14, 8, 5)
GENERATED = Cost(1 << 10, 8, 1)


@dataclass(frozen=True)
class PasswordHash:
    """What is kept of a password."""

    salt: bytes
    hash: bytes
    cost: Cost

    def is_of(self, password: str) -> bool:
        """Whether it was made of ``password``; takes as long whatever that is."""
        return hmac.compare_digest(self.hash, _scrypt(password, self.salt, self.cost))


def hashed(password: str, cost: Cost = CHOSEN) -> PasswordHash:
    """What to keep of ``password``."""
    salt = secrets.token_bytes(SALT_BYTES)
    return PasswordHash(salt, _scrypt(password, salt, cost), cost)


def _scrypt(password: str, salt: bytes, cost: Cost) -> bytes:
    # What a socket gave may hold half surrogate pairs: no password has one, and no hash of it is known.
    return hashlib.scrypt(
        password.encode("utf-8", "surrogatepass"),
        salt=salt,
        n=cost.n,
        r=cost.r,
        p=cost.p,
        maxmem=cost.memory_bytes + 128 * cost.r * cost.p + _SPARE_BYTES,
        dklen=HASH_BYTES,
    )
