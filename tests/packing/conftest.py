"""The modules of ``scripts/packing`` are found, and a wheel of three files to read."""

import sys
import zipfile
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts" / "packing"))


@pytest.fixture
def make_wheel(tmp_path):
    """Writes a wheel: its name, and lines of its METADATA besides name and version."""

    def make(name, *lines, version="1.0", texts=("LICENSE",)):
        path = tmp_path / f"{name}-{version}-py3-none-any.whl"
        info = f"{name}-{version}.dist-info"
        with zipfile.ZipFile(path, "w") as wheel:
            metadata = ["Metadata-Version: 2.4", f"Name: {name}", f"Version: {version}", *lines]
            wheel.writestr(f"{info}/METADATA", "\n".join(metadata) + "\n\nLicense: of the long text\n")
            wheel.writestr(f"{name}/licenses.py", "no licence")
            for text in texts:
                wheel.writestr(f"{info}/licenses/{text}", f"terms of {name}")
        return path

    return make
