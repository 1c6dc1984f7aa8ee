"""Every route of every port, attacked: only proper answers come back, and nobody gets in without a right."""

import contextlib
import http.client
import json
from typing import NamedTuple

import pytest
from attack_forms import attacks, honest_call
from honest_calls import ADMIN, ANYBODY, LOGIN, OPEN, PUSH, READ, SESSION, WRITE, table
from running_box import HOST, running_box
from samples import PHOTO_JPEG

from sophon_report.errors import IdTaken

ROUTES = sorted(table())
STATUSES = {
    200,
    201,
    202,
    204,
    304,
    400,
    401,
    403,
    404,
    405,
    408,
    409,
    411,
    412,
    413,
    415,
    422,
    426,
    429,
    501,
    503,
    507,
}
"""All that may come; a fault of the service is 500."""
WRONG_PASSWORD = (401, 429)
"""What a login answers: at once, and after a few."""


class Reply(NamedTuple):
    status: int
    content_type: str
    body: bytes


def send(box, port_name, method, attack) -> Reply:
    """The answer to one request, on a connection of its own."""
    with contextlib.closing(http.client.HTTPConnection(HOST, port_of(box, port_name), timeout=30)) as connection:
        connection.putrequest(method, attack.target, skip_accept_encoding=True)
        if attack.content_type:
            connection.putheader("Content-Type", attack.content_type)
        size_bytes = len(attack.body) if attack.announced_bytes is None else attack.announced_bytes
        if size_bytes or method != "GET":
            connection.putheader("Content-Length", str(size_bytes))
        connection.endheaders(attack.body or None)
        reply = connection.getresponse()
        return Reply(reply.status, reply.headers.get_content_type(), reply.read())


def port_of(box, port_name):
    return getattr(box.process, f"{port_name}_port")


def is_refusal(path, reply) -> bool:
    """Whether the answer says no in the shape of its path."""
    if reply.content_type not in ("application/json", "application/problem+json"):
        return False
    body = json.loads(reply.body)
    if path.startswith("/api/"):
        return reply.content_type == "application/problem+json" and {"title", "status"} <= set(body)
    kind = int if path.startswith("/Sophon") else str
    return isinstance(body["error"]["code"], kind) and isinstance(body["error"]["message"], str)


@pytest.fixture(scope="module")
def open_box(tmp_path_factory):
    """Whose owner lets everybody do everything; Ada is known."""
    root = tmp_path_factory.mktemp("o")
    access = {"open_reads": True, "open_writes": True}
    with running_box(root, access=access) as box:
        imports = root / "import"
        imports.mkdir(exist_ok=True)
        (imports / "a.jpg").write_bytes(PHOTO_JPEG)
        yield box


@pytest.fixture(scope="module")
def shut_box(tmp_path_factory):
    """As it comes: from trusted networks, without credentials, hardly anything."""
    with running_box(tmp_path_factory.mktemp("s")) as box:
        yield box


@pytest.fixture(scope="module")
def distrustful_box(tmp_path_factory):
    """Which trusts no network, whatever is switched on."""
    access = {"trusted_networks": [], "open_reads": True, "open_writes": True}
    with running_box(tmp_path_factory.mktemp("d"), access=access) as box:
        yield box


def test_every_route_of_the_running_service_is_attacked(shut_box):
    """One that is added without an honest call here fails, and so does a line that no route has any more."""
    served = {
        (name, route.method, route.resource.canonical)
        for name, app in shut_box.process.apps.items()
        for route in app.router.routes()
        if route.method != "HEAD"
    }
    assert served == set(ROUTES)


@pytest.mark.parametrize("route", ROUTES, ids=" ".join)
def test_whatever_is_sent_gets_an_answer_of_the_route(open_box, route):
    """No fault, no answer in another shape, and no file of the box."""
    port_name, method, path = route
    with contextlib.suppress(IdTaken):  # an attack may be a wipe
        open_box.register("E-1", "Ada", "ada", ("staff",))
    for attack in attacks(path, table()[route]):
        reply = send(open_box, port_name, method, attack)
        assert reply.status in STATUSES, (attack, reply)
        assert reply.status < 400 or is_refusal(path, reply), (attack, reply)
        assert b"root:" not in reply.body, attack
        assert attack.announced_bytes is None or reply.status in (200, 401, 404, 413, 426, 501), (attack, reply)
    assert open_box.ask("GET", "/healthz").status in (200, 503)


@pytest.mark.parametrize("route", ROUTES, ids=" ".join)
def test_from_a_trusted_address_without_credentials_only_what_is_open_goes(shut_box, route):
    """All else is refused with 401, in the shape of the route, and names the switch or the token."""
    port_name, method, path = route
    honest = table()[route]
    reply = send(shut_box, port_name, method, honest_call(path, honest))
    if honest.need in (OPEN, LOGIN, ANYBODY):
        assert (reply.status in WRONG_PASSWORD) is (honest.need == LOGIN), reply
        return
    assert reply.status == 401, reply
    assert is_refusal(path, reply), reply
    switch = {
        READ: "access.open_reads",
        WRITE: "access.open_writes",
        PUSH: "access.open_writes",
        ADMIN: "token",
        SESSION: "log in",
    }
    assert switch[honest.need].encode() in reply.body, reply


@pytest.mark.parametrize("route", ROUTES, ids=" ".join)
def test_from_an_untrusted_address_nothing_goes_without_credentials(distrustful_box, route):
    """However much is switched on; only the login answers, and the page that asks for it."""
    port_name, method, path = route
    honest = table()[route]
    reply = send(distrustful_box, port_name, method, honest_call(path, honest))
    if honest.need == ANYBODY:
        assert reply.status == 200, reply
        return
    assert reply.status in (WRONG_PASSWORD if honest.need == LOGIN else (401,)), reply
    assert is_refusal(path, reply), reply
    assert honest.need == LOGIN or b"access.trusted_networks" in reply.body, reply
