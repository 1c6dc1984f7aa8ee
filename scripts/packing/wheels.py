"""Cross-build the wheels of this version, check them, and put them into ``dist``: what ``scripts/wheels`` runs.

The compiler is Zig's C++ from PyPI (clang, with its own libc++ inside the result): one tool for both processors,
no root and no foreign system, and it links against the symbols of the glibc that is named. What is built is the
tracked files of the working tree. The same files, tools and ``SOURCE_DATE_EPOCH`` (the last commit's time when it
is not set) give the same bytes.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import zipfile
from pathlib import Path
from typing import Dict, Iterator, List, Sequence

from elftools.elf.elffile import ELFFile
from native_file import GLIBC_CEILING, MACHINES, NativeFile, problems

REPO = Path(__file__).resolve().parents[2]
PLATFORM = "manylinux2014"
"""The name of glibc 2.17 that every pip since 19.3 understands, the 20.0 of Ubuntu 20.04 too."""
ZIG = (sys.executable, "-m", "ziglang")
SIZES = {
    **{name: name.lower() for name in ("SHORT", "INT", "LONG", "FLOAT", "DOUBLE", "SIZE_T", "WCHAR_T")},
    "LONG_LONG": "long long",
    "VOID_P": "void *",
    "TIME_T": "time_t",
    "OFF_T": "off_t",
}
"""Types by the names that ``pyconfig.h`` gives their sizes."""


class RefusedError(Exception):
    """A wheel that must not be shipped."""


def main() -> int:
    """Make and check the wheels that the command line names."""
    parser = argparse.ArgumentParser(description="Make the wheels of this version in dist/.")
    parser.add_argument("arch", nargs="*", choices=[*MACHINES, []], help="both when none is named")
    parser.add_argument("--out", type=Path, default=REPO / "dist")
    given = parser.parse_args()
    os.umask(0o022)
    os.environ.setdefault("SOURCE_DATE_EPOCH", _output("git", "log", "-1", "--format=%ct"))
    for arch in given.arch or MACHINES:
        try:
            with tempfile.TemporaryDirectory(prefix=f"wheel-{arch}-") as folder:
                wheel = build(arch, Path(folder))
                check(wheel, arch)
                given.out.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(wheel, given.out / wheel.name)
        except (RefusedError, subprocess.CalledProcessError) as error:
            print(f"wheels: {arch}: {error}", file=sys.stderr)
            return 1
        print(given.out / wheel.name)
    return 0


def build(arch: str, folder: Path) -> Path:
    """Return a wheel for ``arch`` in ``folder``, unchecked."""
    source = folder / "source"
    for name in _output("git", "ls-files", "-z").split("\0"):
        if name and (REPO / name).is_file():
            target = source / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(REPO / name, target)
    environment = {**os.environ, **compiler(arch, folder)}
    assert_headers_fit(folder, environment)
    command = (sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder / "out"))
    log = folder / "log"
    with log.open("w") as output:
        done = subprocess.run(
            (*command, f"-C--build-option=--plat-name={PLATFORM}_{arch}", str(source)),
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if done.returncode:
        sys.stderr.write(log.read_text()[-6000:])
        raise RefusedError("it could not be built")
    return next((folder / "out").glob("*.whl"))


def compiler(arch: str, folder: Path) -> Dict[str, str]:
    """Return the environment in which setuptools compiles for ``arch``, with flags of ours alone.

    What the running Python was compiled with is left out: it is for another machine and differs between machines.
    """
    target = f"{arch}-linux-gnu.{'.'.join(map(str, GLIBC_CEILING))}"
    headers = _headers(arch, folder / "headers")
    cc = f"{' '.join(ZIG)} cc -target {target}"
    cxx = f"{' '.join(ZIG)} c++ -target {target}"
    return {
        "CC": cc,
        "CXX": cxx,
        "CFLAGS": f"-I{headers}",
        "CXXFLAGS": f"-I{headers}",
        "CPPFLAGS": "",
        "LDFLAGS": "-s",
        "LDSHARED": f"{cc} -shared",
        "LDCXXSHARED": f"{cxx} -shared",
    }


def _headers(arch: str, folder: Path) -> Path:
    """Stand in for Debian's ``pyconfig.h``, which leads to one header a processor and has this machine's only."""
    folder.mkdir()
    ours = Path(sysconfig.get_config_h_filename())
    for name in re.findall(r"<([a-z0-9_]+-linux-gnu/python[\d.a-z]+/pyconfig\.h)>", ours.read_text()):
        real = ours.parent.parent / name
        if name.startswith(f"{arch}-linux-gnu/"):
            target = folder / name
            target.parent.mkdir(parents=True)
            inside = ours.parent.parent / re.sub("^[^/]+", sysconfig.get_config_var("MULTIARCH"), name)
            target.write_text(f'#include "{real if real.is_file() else inside}"\n')
    return folder


def assert_headers_fit(folder: Path, environment: Dict[str, str]) -> None:
    """Hold the sizes that this machine's Python headers state against those of the machine built for.

    The stable ABI needs no more of ``pyconfig.h`` than them. Raises CalledProcessError when one differs.
    """
    lines = [
        f"#ifdef SIZEOF_{size}\n"
        f'static_assert(SIZEOF_{size} == sizeof({name}), "pyconfig.h is of another machine");\n'
        "#endif\n"
        for size, name in SIZES.items()
    ]
    source = folder / "sizes.cpp"
    source.write_text(
        "#define Py_LIMITED_API 0x03080000\n#include <Python.h>\n#include <sys/types.h>\n"
        + "\n".join(lines)
        + "\n"
    )
    paths = [f"-I{sysconfig.get_path(name)}" for name in ("platinclude", "include")]
    compiling = [*environment["CXX"].split(), *environment["CXXFLAGS"].split(), *paths, "-c"]
    subprocess.run(
        [*compiling, "-o", f"{source}.o", str(source)],
        env=environment,
        check=True,
    )


def check(wheel: Path, arch: str) -> None:
    """Refuse a wheel that would not run on a box, or not on every Python from 3.8.

    Raises:
        RefusedError: the message says all that is wrong.
    """
    found: List[str] = []
    if not wheel.name.endswith(f"-cp38-abi3-{PLATFORM}_{arch}.whl"):
        found.append(f"its name is {wheel.name}")
    with zipfile.ZipFile(wheel) as archive, tempfile.TemporaryDirectory() as folder:
        natives = [name for name in archive.namelist() if ".so" in Path(name).suffixes]
        if natives != ["sophon_report/_native.abi3.so"]:
            found.append(f"its native files are {natives}")
        for name in natives:
            path = Path(archive.extract(name, folder))
            found += [f"{name}: {problem}" for problem in problems(facts(path), arch)]
    shown = _output(sys.executable, "-m", "auditwheel", "show", str(wheel))
    said = " ".join(shown.split())
    if f'consistent with the following platform tag: "{_platform()}_{arch}"' not in said:
        found.append(f"auditwheel says: {said}")
    audit = subprocess.run(
        (str(Path(sys.executable).with_name("abi3audit")), "--strict", str(wheel)),
        capture_output=True,
        text=True,
        check=False,
    )
    if audit.returncode:
        found.append(f"abi3audit says: {audit.stdout}{audit.stderr}")
    if found:
        raise RefusedError("\n  ".join((f"{wheel.name} is not shipped:", *found)))


def facts(path: Path) -> NativeFile:
    """Read what an ELF file asks for."""
    with path.open("rb") as file:
        elf = ELFFile(file)
        dynamic = elf.get_section_by_name(".dynamic")
        tags = list(dynamic.iter_tags()) if dynamic else []
        return NativeFile(
            machine=elf["e_machine"],
            needed=tuple(tag.needed for tag in tags if tag.entry.d_tag == "DT_NEEDED"),
            versions=tuple(sorted(set(_versions(elf)))),
            search_paths=tuple(_search_paths(tags)),
        )


def _versions(elf: ELFFile) -> Iterator[str]:
    section = elf.get_section_by_name(".gnu.version_r")
    for _library, versions in section.iter_versions() if section else ():
        yield from (version.name for version in versions)


def _search_paths(tags: Sequence[object]) -> Iterator[str]:
    for tag in tags:
        for kind in ("rpath", "runpath"):
            if hasattr(tag, kind):
                yield getattr(tag, kind)


def _platform() -> str:
    return "manylinux_" + "_".join(map(str, GLIBC_CEILING))


def _output(*command: str) -> str:
    return subprocess.run(command, cwd=REPO, check=True, capture_output=True, text=True).stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
