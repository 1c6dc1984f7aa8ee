"""A bundle that installs in seconds: this checkout as its wheel, over the packages that the system has already."""

import zipfile

from fake_bundle import list_files, make_bundle
from machine import REPO


def small_bundle(folder, version):
    """Write an unpacked bundle for the system of these tests, whose program is the real one; no models."""
    bundle = make_bundle(folder, version)
    (bundle / "ARCH").write_text("x86_64\n")
    (bundle / "PYTHON").write_text("3.11\n")
    for model in (bundle / "models").rglob("*.*"):
        model.unlink()
    for left in sorted((bundle / "models").rglob("*"), reverse=True):
        left.rmdir()
    (bundle / "models").rmdir()
    (wheel,) = (bundle / "wheelhouse").glob("sophon_report-*.whl")
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in (REPO / "sophon_report").rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                archive.write(path, path.relative_to(REPO))
        archive.writestr("packages.pth", "/opt/packages\n")
    list_files(bundle)
    return bundle
