"""What every test folder shares: which tests run when, and how long they may."""

import threading

import pytest
from hypothesis import settings

# A busy machine is slow and not wrong.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


ASKED_FOR = {
    "long": "also run the tests that take minutes to hours",
    "emulator": "also ask chip models on the vendor's emulators",
    "box": "also install into a system of its own, and start, kill, update and remove it there (root, Debian)",
}
"""Markers of tests that run only when asked for, by the option of the same name."""


def pytest_addoption(parser):
    for name, what in ASKED_FOR.items():
        parser.addoption(f"--{name}", action="store_true", help=what)
    parser.addoption("--golden-write", action="store_true", help="write tests/contract/golden anew")


def pytest_collection_modifyitems(config, items):
    """Leave out those that are not asked for."""
    for item in items:
        if item.get_closest_marker("long"):
            item.add_marker(pytest.mark.timeout(0))
    for marker in ASKED_FOR:
        if config.getoption(f"--{marker}") or marker in (config.getoption("-m") or ""):
            continue
        config.hook.pytest_deselected(items=[item for item in items if item.get_closest_marker(marker)])
        items[:] = [item for item in items if not item.get_closest_marker(marker)]


@pytest.fixture(autouse=True)
def no_thread_stays():
    """A test ends what it started: one thread left behind can keep the whole run from ending."""
    before = set(threading.enumerate())
    yield
    left = [each for each in threading.enumerate() if each not in before and each.name == "journal"]
    assert not left, "a journal was left open"
