"""A real browser before the real service: Debian's Chromium, driven by Playwright.

``./scripts/setup --browser`` installs both; with ``SOPHON_NO_BROWSER=1`` these tests are left out.
"""

import os
import shutil

import pytest
from film_box import film_box as open_film_box
from film_box import fresh_box as open_fresh_box
from reader import Reader

FLAGS = [
    "--no-sandbox",  # tests may run as root, and see nothing but the service beside them
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
]
PROGRAMS = ("chromium", "chromium-browser", "google-chrome")


def pytest_ignore_collect(collection_path):
    """Left out where there can be no browser."""
    return True if os.environ.get("SOPHON_NO_BROWSER") and collection_path.name.startswith("test_") else None


@pytest.fixture(scope="module")
def chromium():
    """The browser, one a module: while it runs no test may run a loop in its thread."""
    from playwright.sync_api import sync_playwright

    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    assert program, (
        "no Chromium: ./scripts/setup --browser installs it, SOPHON_NO_BROWSER=1 leaves these tests out"
    )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def film_box(tmp_path_factory):
    """The service with the demo film played and its people registered; tests leave there what they found."""
    with open_film_box(tmp_path_factory.mktemp("f")) as box:
        yield box


@pytest.fixture
def fresh_box(tmp_path_factory):
    """A service as it is after the installation, without vision: for what changes much."""
    with open_fresh_box(tmp_path_factory.mktemp("n")) as box:
        yield box


@pytest.fixture
def reader(chromium):
    """Opens the page as somebody; see :class:`reader.Reader`."""
    with Reader(chromium) as reader:
        yield reader
