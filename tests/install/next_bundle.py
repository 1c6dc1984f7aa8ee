"""Another version of a real bundle: the same packages and models, another program of ours."""

import base64
import hashlib
import os
import re
import shutil
import zipfile
from pathlib import Path

from fake_bundle import list_files

PROGRAM = "sophon_report/__init__.py"


def next_bundle(bundle, folder, version, change=lambda files: None):
    """Write a bundle like ``bundle`` with another version of the program; returns its folder.

    Args:
        bundle: an unpacked one.
        folder: where the new one goes.
        version: of the new one.
        change: given the files of the program's wheel, bytes by name, to be changed in place.
    """
    made = folder / f"next-{version}"
    shutil.copytree(str(bundle), str(made), copy_function=os.link)
    (old,) = (made / "wheelhouse").glob("sophon_report-*.whl")
    with zipfile.ZipFile(str(old)) as wheel:
        files = {name: wheel.read(name) for name in wheel.namelist()}
    was = re.search(rb'__version__ = "([^"]+)"', files[PROGRAM])[1].decode()
    files[PROGRAM] = files[PROGRAM].replace(was.encode(), version.encode())
    change(files)
    new = old.with_name(old.name.replace(was, version, 1))
    old.unlink()
    digest = _write_wheel(new, files, was, version)
    requirements = (made / "requirements.txt").read_text()
    lines = re.sub(
        r"(?m)^sophon-report==\S+( \\\n\s+| )--hash=sha256:\w+",
        rf"sophon-report=={version}\g<1>--hash=sha256:{digest}",
        requirements,
    )
    assert lines != requirements
    for name, text in (("requirements.txt", lines), ("VERSION", f"{version}\n")):
        (made / name).unlink()
        (made / name).write_text(text)
    (made / "SHA256SUMS").unlink()
    list_files(made)
    return made


def _write_wheel(path: Path, files, was, version):
    info, renamed = f"sophon_report-{was}.dist-info/", f"sophon_report-{version}.dist-info/"
    record = []
    with zipfile.ZipFile(str(path), "w", zipfile.ZIP_DEFLATED) as wheel:
        metadata = files[f"{info}METADATA"]
        told = metadata.replace(f"\nVersion: {was}\n".encode(), f"\nVersion: {version}\n".encode())
        for former, data in {**files, f"{info}METADATA": told}.items():
            if former == f"{info}RECORD":
                continue
            name = former.replace(info, renamed)
            wheel.writestr(name, data)
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            record.append(f"{name},sha256={digest},{len(data)}\n")
        wheel.writestr(f"{renamed}RECORD", "".join([*record, f"{renamed}RECORD,,\n"]))
    return hashlib.sha256(path.read_bytes()).hexdigest()
