"""Compile the native core into ``sophon_report/_native.abi3.so``.

Each part is one header in ``cdef/`` (plain C: what Python may call) and C++17 sources in ``src/``. ``setup.py``
uses ``ffibuilder``; ``python setup.py build_ext --inplace`` builds for development.
"""

import os
from pathlib import Path

import cffi

ROOT = Path(__file__).resolve().parent
HEADERS = sorted((ROOT / "cdef").glob("*.h"))
SOURCES = sorted((ROOT / "src").glob("*.cpp"))

ffibuilder = cffi.FFI()
for header in HEADERS:
    ffibuilder.cdef(header.read_text())
ffibuilder.set_source(
    "sophon_report._native",
    'extern "C" {\n' + "".join(f'#include "{header.name}"\n' for header in HEADERS) + "}\n",
    sources=[os.path.relpath(source, ROOT.parent) for source in SOURCES],
    include_dirs=[str(ROOT / "cdef")],
    source_extension=".cpp",
    py_limited_api=True,
    # -ffast-math is left out on purpose: NaN from a broken model must stay NaN.
    extra_compile_args=["-std=c++17", "-O3", "-fvisibility=hidden", "-Wall", "-Wextra", "-fno-math-errno", "-g0"],
    extra_link_args=["-pthread"],
)
