"""A bundle's pure parts: what is in it is told, locked, checked and packed the same way every time."""

import io
import json
import subprocess
import sys
import tarfile

import archive
import pytest
import sbom
import wheelhouse
from contents import copy_models, licence_texts, parts_of_wheels
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from native_file import NativeFile, problems
from target import target
from wheel_file import read_wheel

ROOT = sbom.Part("bundle", "bundle", "1.0", "Apache-2.0", sbom.RUNTIME, needs=("pkg:pypi/sophon-report@1.0",))
TIME_S = 1_700_000_000


@pytest.fixture
def wheels(make_wheel):
    """A package of every way to tell a licence, one of which needs another."""
    own = ("License-Expression: Apache-2.0", "Requires-Dist: Other_One>=1", "Requires-Dist: absent; extra == 'x'")
    return [
        read_wheel(make_wheel("sophon_report", *own)),
        read_wheel(
            make_wheel("other.one", "Classifier: License :: OSI Approved :: BSD License", texts=("a/COPYING",))
        ),
        read_wheel(
            make_wheel("numpy", "License: BSD-3-Clause AND 0BSD", "Home-page: https://numpy.org", texts=())
        ),
    ]


def test_a_bill_of_materials_is_valid_and_names_hash_licence_and_needs(wheels):
    """By the specification's own schema, in its strict form; what lies inside a wheel is a part too."""
    model = sbom.Part("model:1", "net", "", "MIT", sbom.MODEL, "0" * 64, about="finds")
    text = sbom.sbom(ROOT, [*parts_of_wheels(wheels), model], TIME_S)
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    document = json.loads(text)
    parts = {part["name"]: part for part in document["components"]}
    assert parts["other-one"]["licenses"] == [{"license": {"name": "BSD License"}}]
    assert parts["numpy"]["licenses"] == [{"expression": "BSD-3-Clause AND 0BSD"}]
    assert parts["sophon-report"]["hashes"] == [{"alg": "SHA-256", "content": wheels[0].sha256}]
    assert "OpenBLAS (in NumPy's wheel)" in parts
    needs = {each["ref"]: each["dependsOn"] for each in document["dependencies"]}
    assert "pkg:pypi/other-one@1.0" in needs["pkg:pypi/sophon-report@1.0"]
    assert sbom.sbom(ROOT, [model, *reversed(parts_of_wheels(wheels))], TIME_S) == text


def test_every_text_about_rights_in_a_wheel_comes_along_and_code_does_not(wheels):
    """Who brings none is told with what it states."""
    texts = licence_texts(wheels, b"Apache", b"LLVM")
    assert texts["sophon-report-1.0/LICENSE"] == b"terms of sophon_report"
    assert texts["other-one-1.0/a/COPYING"] == b"terms of other.one"
    assert not [path for path in texts if path.endswith(".py")]
    assert b"numpy-1.0\n    BSD-3-Clause AND 0BSD; brings no text" in texts["README"]
    assert b"Copyright (c) 2020 Shiqi Yu" in texts["model-YuNet-2023mar/LICENSE"]


def test_a_lock_is_read_as_it_was_written_and_says_what_differs(wheels):
    """One version and one hash a package: another wheel of the same name is no match."""
    locked = wheelhouse.parse_lock(wheelhouse.format_lock(wheels, "# head\n"))
    assert wheelhouse.misfits(locked, wheels) == []
    assert wheelhouse.misfits(locked, wheels[1:]) == ["sophon-report is missing"]
    changed = {**locked, "numpy": wheelhouse.Pin("1.0", "0" * 64)}
    assert [line.split()[0] for line in wheelhouse.misfits(changed, wheels)] == ["numpy"]
    with pytest.raises(ValueError, match="not a line of a lock"):
        wheelhouse.parse_lock("numpy>=1.0 --hash=sha256:00")


@pytest.mark.parametrize("lock", sorted(wheelhouse.LOCKS.iterdir()), ids=lambda path: path.stem)
def test_every_lock_brings_pip_and_all_that_runs_on_a_box(lock):
    """One hash each; the installer and the CPU engine are among them, this package is not."""
    locked = wheelhouse.parse_lock(lock.read_text())
    assert {"pip", "numpy", "onnxruntime", "opencv-python-headless", "cffi", "aiohttp"} <= set(locked)
    assert "sophon-report" not in locked
    assert all(len(pin.sha256) == 64 for pin in locked.values())


def test_the_tools_that_make_the_wheels_are_those_of_pyproject_and_come_by_their_hashes():
    """What they need as well: pip takes nothing that is not in the list."""
    command = [sys.executable, "scripts/extra.py", "release"]
    named = subprocess.run(
        command, cwd=wheelhouse.REPO, stdout=subprocess.PIPE, text=True, check=True
    ).stdout.split()
    lock = (wheelhouse.REPO / "scripts" / "packing" / "release-tools.txt").read_text()
    packages = [line for line in lock.splitlines() if line and line[0] not in "# "]
    assert set(named) <= {line.split()[0] for line in packages}
    assert all("==" in line and line.endswith("\\") for line in packages)
    assert "--require-hashes" in (wheelhouse.REPO / "scripts" / "wheels").read_text()


def test_a_target_takes_wheels_of_its_python_and_of_no_newer_c_library():
    """A box: Python 3.8 and glibc 2.31."""
    box = target("aarch64")
    assert (box.label, box.lock_name, box.python_version) == ("aarch64", "aarch64-py38.txt", "3.8")
    assert box.platforms[0] == "manylinux_2_31_aarch64"
    assert box.platforms[-2:] == ("manylinux_2_17_aarch64", "manylinux2014_aarch64")
    assert target("aarch64", "3.9").label == "aarch64-py39"
    with pytest.raises(ValueError, match="--python"):
        target("x86_64", "3.7")


def test_a_native_file_for_another_machine_or_a_newer_system_is_refused():
    """Each reason is told."""
    fine = NativeFile("EM_AARCH64", ("libc.so.6", "libm.so.6"), ("GLIBC_2.17", "GLIBC_2.4.1"))
    assert problems(fine, "aarch64") == []
    asking = ("GLIBC_2.34", "GLIBCXX_3.4.29")
    wrong = NativeFile("EM_X86_64", ("libstdc++.so.6",), asking, search_paths=("/opt/lib",))
    assert len(problems(wrong, "aarch64")) == 5


@pytest.fixture
def folder(tmp_path):
    """A small bundle."""
    here = tmp_path / "bundle-1.0"
    (here / "b").mkdir(parents=True)
    (here / "b" / "two").write_bytes(b"2")
    (here / "a.sh").write_bytes(b"#!/bin/sh\n")
    (here / "a.sh").chmod(0o700)
    return here


def test_an_archive_is_sorted_and_tells_nothing_of_who_packed_it_when(folder, tmp_path):
    """Packed twice, with other times and owners of the files: the same bytes."""
    archive.write_sums(folder)
    archive.pack(folder, tmp_path / "one.tar.xz", TIME_S)
    (folder / "b" / "two").touch()
    archive.pack(folder, tmp_path / "two.tar.xz", TIME_S)
    content = (tmp_path / "one.tar.xz").read_bytes()
    assert content == (tmp_path / "two.tar.xz").read_bytes()
    with tarfile.open(fileobj=io.BytesIO(content)) as tar:
        members = tar.getmembers()
    names = [member.name for member in members]
    assert names == ["bundle-1.0", *(f"bundle-1.0/{name}" for name in ("SHA256SUMS", "a.sh", "b", "b/two"))]
    assert {(member.mtime, member.uid, member.gid) for member in members} == {(TIME_S, 0, 0)}
    assert [oct(member.mode) for member in members] == ["0o755", "0o644", "0o755", "0o755", "0o644"]


def test_checksums_are_read_by_the_common_tool_and_a_changed_byte_is_found(folder):
    """All files but the list itself."""
    sums = archive.write_sums(folder)
    assert sums.read_text() == archive.write_sums(folder).read_text()
    check = ["sha256sum", "--check", "--strict", "--quiet", sums.name]
    assert subprocess.run(check, cwd=folder, check=False).returncode == 0
    (folder / "b" / "two").write_bytes(b"3")
    assert subprocess.run(check, cwd=folder, check=False, capture_output=True).returncode == 1


def test_a_link_has_no_place_in_a_bundle(folder):
    """Its target would be another file elsewhere."""
    (folder / "link").symlink_to("a.sh")
    with pytest.raises(ValueError, match="no plain file"):
        archive.write_sums(folder)


def test_models_that_are_not_there_are_named_with_what_fetches_them(tmp_path):
    with pytest.raises(ValueError, match=r"\.onnx is not there: \./scripts/setup"):
        copy_models(tmp_path / "models", tmp_path / "into")
