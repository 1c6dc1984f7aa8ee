"""A bundle that installs in seconds: this checkout as its wheel, over the packages that the system has already."""

import zipfile

from fake_bundle import list_files, make_bundle
from machine import REPO


def small_bundle(folder, version, models=None, first_lines=None):
    """Write an unpacked bundle for the system of these tests, whose program is the real one.

    Args:
        folder: where it goes.
        version: of its program.
        models: text of files by their paths below ``models``; none without.
        first_lines: code that goes before that of a module of the program, by its path.
    """
    bundle = make_bundle(folder, version)
    (bundle / "ARCH").write_text("x86_64\n")
    (bundle / "PYTHON").write_text("3.11\n")
    for model in (bundle / "models").rglob("*.*"):
        model.unlink()
    for left in sorted((bundle / "models").rglob("*"), reverse=True):
        left.rmdir()
    (bundle / "models").rmdir()
    for path, text in (models or {}).items():
        (bundle / "models" / path).parent.mkdir(parents=True, exist_ok=True)
        (bundle / "models" / path).write_text(text)
    (wheel,) = (bundle / "wheelhouse").glob("sophon_report-*.whl")
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in (REPO / "sophon_report").rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                name = str(path.relative_to(REPO))
                archive.writestr(name, (first_lines or {}).get(name, "").encode() + path.read_bytes())
        archive.writestr("packages.pth", "/opt/packages\n")
    list_files(bundle)
    return bundle
