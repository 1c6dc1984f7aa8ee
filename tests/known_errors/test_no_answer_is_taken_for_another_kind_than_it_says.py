"""Backups, exports, reports and errors came without a word against guessing what they are."""

import http.client

import pytest
from running_box import HOST, running_box


@pytest.fixture(scope="module")
def box(tmp_path_factory):
    with running_box(tmp_path_factory.mktemp("b")) as running:
        yield running


@pytest.mark.parametrize("port", ["api_port", "system_port"])
@pytest.mark.parametrize(
    "path", ["/", "/api/v1/session", "/api/docs", "/nothing%3Cscript%3E", "/api/v1/backups/x.zip"]
)
def test_no_answer_is_taken_for_another_kind_than_it_says(box, port, path):
    """Whatever a file holds that somebody gave, no browser shows it as a page of the box."""
    connection = http.client.HTTPConnection(HOST, getattr(box.process, port), timeout=30)
    try:
        connection.request("GET", path)
        assert connection.getresponse().headers["X-Content-Type-Options"] == "nosniff"
    finally:
        connection.close()
