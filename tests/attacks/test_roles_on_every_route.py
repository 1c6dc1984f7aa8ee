"""Every route of every port, asked by a viewer and by an operator, who may change nothing that is not theirs.

Each asks with an honest call, which would change something if it were let through: by the cookie of the page and
by an API token, on a box whose owner lets everybody do everything without them. That the table has all routes is
tested beside it (``test_every_route.py``).
"""

import contextlib
import http.client
import json
from typing import NamedTuple

import pytest
from attack_forms import honest_call
from honest_calls import ADMIN, LOGIN, OPEN, PUSH, READ, SESSION, WRITE, table
from running_box import HOST, running_box

ROUTES = sorted(table())
CHANGES = {WRITE: "operator", PUSH: "operator", ADMIN: "admin"}
"""What needs more than a viewer, and the least role that may."""
MAY = {"viewer": {OPEN, READ}, "operator": {OPEN, READ, WRITE, PUSH}}
OWN = {("DELETE", "/api/v1/session"), ("PUT", "/api/v1/session/password")}
"""What anybody does with what is their own: the session ends, a wrong old password changes nothing."""
QUESTIONS = ("get", "search", "check")
"""How the vendor's POSTs begin that only ask."""
LOOKED_AT = {("POST", "/api/v1/photos/check"), ("POST", "/api/v1/events/search-by-picture")}
"""Our own that take a picture and only answer."""
SAFE = ("GET", "HEAD")
PASSWORD = "correct horse battery"


class Somebody(NamedTuple):
    """Who asks, and by what."""

    role: str
    headers: dict


@pytest.fixture(scope="module")
def box(tmp_path_factory):
    with running_box(tmp_path_factory.mktemp("r"), access={"open_reads": True, "open_writes": True}) as running:
        yield running


def as_admin(box):
    password = box.place.admin_password.read_text().strip()
    opened = box.post("/api/v1/session", {"username": "admin", "password": password})
    return {"Authorization": f"Bearer {opened.body['token']}"}


@pytest.fixture(scope="module")
def admin(box):
    return as_admin(box)


@pytest.fixture(scope="module")
def users(box, admin):
    for role in MAY:
        given = {"name": role, "role": role, "password": PASSWORD}
        assert box.ask("POST", "/api/v1/users", given, admin).status == 201


@pytest.fixture(scope="module")
def tokens(box, admin):
    """Headers by role."""
    made = {}
    for role in MAY:
        token = box.ask("POST", "/api/v1/tokens", {"name": f"of-{role}", "role": role}, admin).body["token"]
        made[role] = {"Authorization": f"Bearer {token}"}
    return made


@pytest.fixture(scope="module")
def cookies(box, users):
    """Headers by role, as the page sends them."""
    made = {}
    for role in MAY:
        given = {"username": role, "password": PASSWORD, "cookie": True}
        answer = box.ask("POST", "/api/v1/session", given, {"X-Sophon-Page": "1"})
        made[role] = {"Cookie": answer.headers["Set-Cookie"].partition(";")[0], "X-Sophon-Page": "1"}
    return made


@pytest.fixture(scope="module", params=["viewer", "operator"])
def role(request):
    return request.param


@pytest.fixture(scope="module", params=["tokens", "cookies"])
def somebody(request, role):
    return Somebody(role, request.getfixturevalue(request.param)[role])


def ask(box, route, headers):
    """Status and body of the answer to the honest call of ``route``."""
    port_name, method, path = route
    call = honest_call(path, table()[route])
    port = getattr(box.process, f"{port_name}_port")
    with contextlib.closing(http.client.HTTPConnection(HOST, port, timeout=30)) as connection:
        sent = {**headers, **({"Content-Type": call.content_type} if call.content_type else {})}
        connection.request(method, call.target, call.body or None, sent)
        reply = connection.getresponse()
        return reply.status, reply.read()


def test_nobody_changes_what_their_role_may_not(box, somebody):
    """403 in the shape of the route, with the role that it needs, on every route that needs more."""
    refused = {route for route in ROUTES if table()[route].need in set(CHANGES) - MAY[somebody.role]}
    assert {route for route in refused if table()[route].need == ADMIN}
    for route in sorted(refused):
        status, body = ask(box, route, somebody.headers)
        assert status == 403, (route, status, body)
        assert f"needs the role {CHANGES[table()[route].need]}".encode() in body, (route, body)
        told = json.loads(body)
        code = told["code"] if route[2].startswith("/api/") else told["error"]["code"]
        assert code == {"/api": "FORBIDDEN", "/sop": "PASSWORD_ERROR", "/Sop": 40100}[route[2][:4]], route


def test_a_role_is_let_through_to_what_it_may(box, somebody):
    """Whatever the answer then is: it is none about rights. What changes nothing is asked, the rest is not."""
    for route in ROUTES:
        if table()[route].need not in MAY[somebody.role] or route[1:] in OWN:
            continue
        if route[1] in SAFE or table()[route].need == READ:
            status, body = ask(box, route, somebody.headers)
            assert status not in (401, 403), (route, status, body)


def test_what_a_viewer_may_changes_nothing(box, tokens):
    """Logins and one's own session aside, all of it is to look: by GET, by a question, or it is not built."""
    rest = {route for route in ROUTES if table()[route].need not in CHANGES and route[1] not in SAFE}
    ours = {(method, path) for _, method, path in rest if path.startswith("/api/")}
    assert ours - OWN - LOOKED_AT == {("POST", "/api/v1/session")}
    for route in sorted(rest):
        asked = route[2].rpartition("/")[2]
        if table()[route].need in (LOGIN, SESSION) or route[1:] in OWN or asked.startswith(QUESTIONS):
            continue
        status, body = ask(box, route, tokens["viewer"])
        assert status == 501 or asked in ("{image_id}", "picturesearch"), (route, status, body)
