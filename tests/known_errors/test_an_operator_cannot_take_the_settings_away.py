"""The vendor's wipe took the settings with it for an operator too: trusted networks, the rule for addresses."""

import pytest
from running_box import running_box

WIPES = (
    ("/sophon/v2/face/wipedata", {"all": True}),
    ("/SophonFogSys/api/WipeData", {"wipe_options": {"all": True, "users": True}}),
)


def networks(box, admin):
    rows = box.ask("GET", "/api/v1/settings", headers=admin).body["settings"]
    return next(row["value"] for row in rows if row["key"] == "access.trusted_networks")


@pytest.mark.parametrize(("path", "body"), WIPES)
def test_all_goes_for_an_admin_only(tmp_path, path, body):
    """People and events are daily work; who shows nothing is let in by the switch that says so."""
    with running_box(tmp_path, access={"open_reads": True, "open_writes": True}) as box:
        password = box.place.admin_password.read_text().strip()
        opened = box.post("/api/v1/session", {"username": "admin", "password": password})
        admin = {"Authorization": f"Bearer {opened.body['token']}"}
        made = box.ask("POST", "/api/v1/tokens", {"name": "night", "role": "operator"}, admin).body
        operator = {"Authorization": f"Bearer {made['token']}"}
        change = {"changes": {"access.trusted_networks": ["127.0.0.1/32"]}}
        assert box.ask("PATCH", "/api/v1/settings", change, admin).status == 200
        refused = box.ask("POST", path, body, operator)
        assert (refused.status, "role admin" in refused.body["error"]["message"]) == (403, True)
        assert networks(box, admin) == ["127.0.0.1/32"]
        assert box.ask("POST", WIPES[0][0], {"events": True}, operator).status == 200
        assert box.ask("POST", path, body, admin).status == 200
        assert len(networks(box, admin)) > 1
        assert box.ask("POST", path, body).status == 200
