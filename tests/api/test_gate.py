"""Who may do what, as a table."""

import pytest

from sophon_report.api.call import Need
from sophon_report.api.gate import Gate
from sophon_report.config import Access
from sophon_report.model import Role

NEAR, FAR, DOOR = "192.168.1.5", "203.0.113.5", "192.168.1.9"

ASKED = [need for need in Need if need is not Need.ANYONE]
UNKNOWN = "the token or session is not known, or is over"


def refused(need, peer, token=None, **access):
    """Message of the refusal, ``""`` when it is allowed; ``good`` is an admin's token, DOOR a photo device."""
    gate = Gate(lambda: Access(**access), {"good": Role.ADMIN}.get, lambda peer: peer == DOOR)
    refusal = gate.refusal(need, peer, token)
    if refusal is None:
        return ""
    assert (refusal.code, refusal.http_status) == ("PASSWORD_ERROR", 401)
    return str(refusal)


@pytest.mark.parametrize(
    ("access", "allowed"),
    [
        ({}, {Need.OPEN}),
        ({"open_reads": True}, {Need.OPEN, Need.READ}),
        ({"open_writes": True}, {Need.OPEN, Need.WRITE, Need.PUSH}),
        ({"open_reads": True, "open_writes": True}, set(ASKED) - {Need.ADMIN}),
        ({"trusted_networks": [], "open_reads": True, "open_writes": True}, set()),
    ],
)
@pytest.mark.parametrize("peer", [NEAR, "::ffff:" + NEAR])
def test_without_a_token_the_switches_decide_near_by(access, allowed, peer):
    """Only on a trusted network."""
    assert {need for need in ASKED if not refused(need, peer, **access)} == allowed


@pytest.mark.parametrize("need", ASKED)
@pytest.mark.parametrize("peer", [NEAR, FAR, "nonsense", ""])
def test_a_token_lets_in_from_everywhere_and_a_wrong_one_from_nowhere(need, peer):
    """Who sends a token means to use it."""
    assert not refused(need, peer, "good")
    for wrong in ("bad", ""):
        assert refused(need, peer, wrong, open_reads=True, open_writes=True) == UNKNOWN


@pytest.mark.parametrize("opened", [False, True])
@pytest.mark.parametrize("peer", [NEAR, FAR, DOOR])
@pytest.mark.parametrize(
    ("role", "needed"),
    [
        (Role.VIEWER, {Need.WRITE: "operator", Need.PUSH: "operator", Need.ADMIN: "admin"}),
        (Role.OPERATOR, {Need.ADMIN: "admin"}),
        (Role.ADMIN, {}),
    ],
)
def test_a_role_may_what_it_may_wherever_it_is_and_whatever_is_open(role, needed, peer, opened):
    """The refusal says which role is needed, and which one it is."""
    access = Access(open_reads=opened, open_writes=opened)
    gate = Gate(lambda: access, lambda _text: role, lambda peer: peer == DOOR)
    refusals = {need: gate.refusal(need, peer, "good") for need in Need}
    assert {need for need, refusal in refusals.items() if refusal is not None} == set(needed)
    for need, wanted in needed.items():
        assert (refusals[need].code, refusals[need].http_status) == ("FORBIDDEN", 403)
        assert str(refusals[need]) == f"this needs the role {wanted}: yours is {role.value}"


@pytest.mark.parametrize("need", ASKED)
@pytest.mark.parametrize("peer", [FAR, "::ffff:" + FAR, "nonsense", ""])
def test_switches_are_for_trusted_networks_only(need, peer):
    """From elsewhere the refusal names the networks' key."""
    assert "access.trusted_networks" in refused(need, peer, open_reads=True, open_writes=True)


@pytest.mark.parametrize("peer", [NEAR, FAR, "nonsense", ""])
def test_whoever_asks_for_a_password_lets_everybody_try(peer):
    """Also with what is left of a session that is over."""
    assert not refused(Need.ANYONE, peer, trusted_networks=[])
    assert not refused(Need.ANYONE, peer, "bad")


def test_a_photo_device_pushes_from_its_own_address_and_does_no_more():
    """However the socket reports it."""
    assert not refused(Need.PUSH, DOOR)
    assert not refused(Need.PUSH, "::ffff:" + DOOR)
    assert "access.open_writes" in refused(Need.WRITE, DOOR)
    assert "photo device" in refused(Need.PUSH, NEAR)


@pytest.mark.parametrize(
    ("need", "switch"), [(Need.READ, "open_reads"), (Need.WRITE, "open_writes"), (Need.PUSH, "open_writes")]
)
def test_a_refusal_names_the_switch(need, switch):
    """The installer reads it where the client prints it."""
    assert f"access.{switch} = true" in refused(need, NEAR)
