"""How a receiver is spoken to over TLS: who may have signed it, and what this box shows.

Verification is always on: the certificate's signature, its time and its host. TLS 1.2 is the least. Files named in
the settings are read at the first request and again when one has changed, so that a renewed certificate needs no
restart; connections that are open stay as they are until they are idle.

Reading the system's authorities takes 10 to 30 ms: it is done in a thread, and once for all destinations that have
no files of their own. Authorities that the system gets later are found where it keeps each in a file of its own.
"""

import asyncio
import os
import ssl
import stat
from typing import Optional, Tuple

from sophon_report.errors import Unavailable
from sophon_report.model import Transport

MAX_FILE_BYTES = 4 << 20
"""The authorities of a whole system have 250 KB."""
_ANY_IN_THE_CHAIN = ssl.VerifyFlags(0x80000)  # X509_V_FLAG_PARTIAL_CHAIN; without a name in Python 3.8
_STRICT = ssl.VerifyFlags(0x20)  # X509_V_FLAG_X509_STRICT

Stamp = Tuple[int, int, int, int]
"""What changes with a file."""

_of_the_system: Optional[ssl.SSLContext] = None


class ReceiverTls:
    """The context of one destination."""

    def __init__(self, transport: Transport) -> None:
        self._files = {
            "ca_file": transport.ca_file,
            "client_cert_file": transport.client_cert_file,
            "client_key_file": transport.client_key_file,
        }
        self._read: Optional[Tuple[Tuple[Optional[Stamp], ...], ssl.SSLContext]] = None

    async def context(self) -> ssl.SSLContext:
        """The context as the files are now.

        Raises:
            Unavailable: a file cannot be used; says which setting names it, and why.
        """
        if not any(self._files.values()):
            if _of_the_system is None:
                return await asyncio.get_running_loop().run_in_executor(None, _system_context)
            return _of_the_system
        stamps = tuple(_stamp(path) for path in self._files.values())
        if self._read is not None and self._read[0] == stamps:
            return self._read[1]
        self._read = None
        context = await asyncio.get_running_loop().run_in_executor(None, self._load)
        self._read = stamps, context
        return context

    def _load(self) -> ssl.SSLContext:
        for setting, path in self._files.items():
            if path:
                _check(setting, path)
        context = self._trusting()
        certificate, key = self._files["client_cert_file"], self._files["client_key_file"]
        if certificate:
            _show(context, certificate, key)
        elif key:
            raise Unavailable("client_key_file is of no use without client_cert_file")
        return context

    def _trusting(self) -> ssl.SSLContext:
        authorities = self._files["ca_file"]
        try:
            context = _new_context(authorities or None)
        except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
            raise Unavailable("ca_file holds no certificate in PEM form") from error
        if authorities:
            # What is named there is trusted: an authority of one's own may lack what public ones must have, and
            # the receiver's certificate itself will do. Python's own choice differs from version to version.
            context.verify_flags = (context.verify_flags | _ANY_IN_THE_CHAIN) & ~_STRICT
        return context


def _system_context() -> ssl.SSLContext:
    global _of_the_system  # noqa: PLW0603 - one for the process, as it takes long to make
    _of_the_system = _new_context(None)
    return _of_the_system


def _new_context(authorities: Optional[str]) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=authorities)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    return context


def _show(context: ssl.SSLContext, certificate: str, key: str) -> None:
    setting = "client_key_file" if key else "client_cert_file"
    asked = []

    def no_password() -> str:
        asked.append(True)
        return ""

    try:
        context.load_cert_chain(certificate, key or None, no_password)
    except (OSError, ValueError) as error:
        if asked:
            why = f"the key in {setting} is locked with a password; one without is needed"
        elif getattr(error, "reason", None) == "KEY_VALUES_MISMATCH":
            why = f"the key in {setting} does not belong to the certificate"
        else:
            why = "client_cert_file and its key are no certificate and key in PEM form"
        raise Unavailable(why) from error


def _stamp(path: str) -> Optional[Stamp]:
    try:
        found = os.stat(path) if path else None
    except (OSError, ValueError):
        return None
    return (found.st_mtime_ns, found.st_size, found.st_ino, found.st_dev) if found else None


def _check(setting: str, path: str) -> None:
    """Refuse what would be read for ever, or cannot be read at all."""
    try:
        found = os.stat(path)
        if not stat.S_ISREG(found.st_mode) or found.st_size > MAX_FILE_BYTES:
            raise Unavailable(f"{setting} is no file of at most {MAX_FILE_BYTES >> 20} MiB")
        with open(path, "rb"):
            pass
    except (OSError, ValueError) as error:
        raise Unavailable(f"{setting} cannot be read: {getattr(error, 'strerror', None) or 'no path'}") from error
