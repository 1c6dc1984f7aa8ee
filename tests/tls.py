"""Certificates for tests: made for nothing else, valid for 127.0.0.1 and localhost until 2120."""

import shutil
import ssl
from pathlib import Path

from sophon_report.config import Access

CERTIFICATES = Path(__file__).resolve().parent / "certificates"


def path(name):
    return str(CERTIFICATES / name)


def access(cert="box.crt", key="box.key"):
    """Settings that name two of the files; an absolute path stays as it is."""
    return Access(tls_cert=str(CERTIFICATES / cert), tls_key=str(CERTIFICATES / key))


def put(folder, name):
    """Make ``name`` the pair of files in ``folder``; returns the settings that name them."""
    for ending in ("crt", "key"):
        fresh = folder / f"fresh.{ending}"
        shutil.copyfile(path(f"{name}.{ending}"), str(fresh))
        fresh.replace(folder / f"live.{ending}")
    return access(folder / "live.crt", folder / "live.key")


def trusting(name="box.crt"):
    """A client's context that trusts one certificate and no other."""
    return ssl.create_default_context(cafile=path(name))
