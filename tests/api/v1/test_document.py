"""The OpenAPI document, and the page to read it: as true as what is served."""

import re

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from running_box import running_box

from sophon_report.api.problems import PROBLEMS


@pytest.fixture(scope="module")
def box(tmp_path_factory):
    root = tmp_path_factory.mktemp("d")
    with running_box(root) as running:
        yield running


@pytest.fixture(scope="module")
def document(box):
    return box.ask("GET", "/api/openapi.json").body


def test_it_is_openapi_3_1(document):
    """As the specification's own schema has it."""
    assert document["openapi"] == "3.1.0"
    OpenAPIV31SpecValidator(document).validate()


def test_it_tells_what_is_served_and_nothing_else(box, document):
    """Every route of the running app under /api/v1, with its methods."""
    served = {
        (route.method, route.resource.canonical)
        for app in box.process.apps.values()
        for route in app.router.routes()
        if route.resource.canonical.startswith("/api/v1") and route.method != "HEAD"
    }
    told = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    assert told == served


def test_every_operation_is_told_whole(document):
    """A summary, what it needs, its answer, and each refusal as a problem; no two have one id."""
    operations = [told for methods in document["paths"].values() for told in methods.values()]
    assert len({told["operationId"] for told in operations}) == len(operations)
    for told in operations:
        assert told["summary"]
        assert told["tags"]
        assert told["x-need"] in ("anyone", "open", "read", "write", "admin")
        assert ({} in told["security"]) == (told["x-need"] != "admin")
        assert {"401", "500", "503"} <= set(told["responses"])
        for status, answer in told["responses"].items():
            if status >= "4":
                assert list(answer["content"]) == ["application/problem+json"]
                assert set(re.findall(r"`([A-Z_]+)`", answer["description"])) <= set(PROBLEMS)


def test_who_may_see_events_may_read_it_and_who_has_it_gets_304(box):
    """Without a token; an answer for each of its files."""
    for path in ("/api/openapi.json", "/api/docs", "/api/docs.js", "/api/docs.css"):
        request = box.raw("GET", path)
        assert request.status == 200
        assert "default-src 'none'" in request.headers["Content-Security-Policy"]
        assert box.raw("GET", path, {"If-None-Match": request.headers["ETag"]}).status == 304


def test_the_page_needs_nothing_that_the_box_does_not_have(box):
    """No other host, no script or style inside of it."""
    page = box.raw("GET", "/api/docs").body.decode()
    assert re.findall(r"(?:src|href)=\"([^\"]*)\"", page) == ["/api/docs.css", "/api/docs.js", "/api/openapi.json"]
    assert "<style" not in page
    assert "<script>" not in page
    script = box.raw("GET", "/api/docs.js").body.decode()
    assert "innerHTML" not in script
    assert "http" not in script.replace("HTTP", "")
