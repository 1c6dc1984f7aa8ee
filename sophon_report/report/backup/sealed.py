"""Secrets of a backup under a passphrase: without it they are noise.

::

    "SRS1" | salt, 16 bytes | nonce, 12 bytes | AES-256-GCM of the content, with its tag

The key is scrypt of the passphrase, as dear to try as a password that somebody chose (16 MiB, some tenths of a
second). The first four bytes are authenticated as well: another version is no wrong passphrase.
"""

import hashlib
import secrets

from sophon_report.errors import BadInput
from sophon_report.store.password_hash import CHOSEN

_MAGIC = b"SRS1"
_SALT_BYTES, _NONCE_BYTES = 16, 12
_SPARE_BYTES = 1 << 20
WRONG = "the passphrase is wrong, or the secrets are damaged"


def sealed(content: bytes, passphrase: str) -> bytes:
    """``content``, readable by whoever knows ``passphrase``. Takes some tenths of a second."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - 20 MB that few need

    salt, nonce = secrets.token_bytes(_SALT_BYTES), secrets.token_bytes(_NONCE_BYTES)
    return _MAGIC + salt + nonce + AESGCM(_key(passphrase, salt)).encrypt(nonce, content, _MAGIC)


def opened(text: bytes, passphrase: str) -> bytes:
    """What was sealed.

    Raises:
        BadInput: the passphrase is wrong, or it is damaged, or of another version.
    """
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - see above
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

    start = len(_MAGIC)
    if text[:start] != _MAGIC:
        raise BadInput("the secrets in it are of a form that this version does not know")
    salt, rest = text[start : start + _SALT_BYTES], text[start + _SALT_BYTES :]
    nonce, cipher = rest[:_NONCE_BYTES], rest[_NONCE_BYTES:]
    try:
        return AESGCM(_key(passphrase, salt)).decrypt(nonce, cipher, _MAGIC)
    except (InvalidTag, ValueError):
        raise BadInput(WRONG) from None


def _key(passphrase: str, salt: bytes) -> bytes:
    return hashlib.scrypt(
        passphrase.encode("utf-8", "surrogatepass"),
        salt=salt,
        n=CHOSEN.n,
        r=CHOSEN.r,
        p=CHOSEN.p,
        maxmem=CHOSEN.memory_bytes + 128 * CHOSEN.r * CHOSEN.p + _SPARE_BYTES,
        dklen=32,
    )
