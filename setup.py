"""Build the native core; all other metadata is in pyproject.toml."""

from setuptools import setup

setup(
    cffi_modules=["native/build.py:ffibuilder"],
    # The extension keeps to the stable ABI, so one wheel serves every Python from 3.8.
    options={"bdist_wheel": {"py_limited_api": "cp38"}},
)
