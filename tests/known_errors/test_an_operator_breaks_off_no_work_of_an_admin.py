"""Whoever might cancel any job might leave a backup half put back."""

from running_box import running_box
from waiting import until


def test_an_operator_breaks_off_no_work_of_an_admin(tmp_path):
    """They may look at it; imports and exports of events are theirs to cancel."""
    with running_box(tmp_path) as box:
        password = box.place.admin_password.read_text().strip()
        opened = box.post("/api/v1/session", {"username": "admin", "password": password})
        admin = {"Authorization": f"Bearer {opened.body['token']}"}
        made = box.ask("POST", "/api/v1/tokens", {"name": "night", "role": "operator"}, admin).body
        operator = {"Authorization": f"Bearer {made['token']}"}
        ours = box.ask("POST", "/api/v1/backups", {"parts": ["settings"]}, admin).body["job_id"]
        theirs = box.ask("POST", "/api/v1/events/export", {"format": "csv"}, operator).body["job_id"]
        for job in (ours, theirs):
            path = f"/api/v1/jobs/{job}"
            until(lambda path=path: box.ask("GET", path, headers=operator).body["finished_ms"], "its end")
        for method, path in (("POST", f"/api/v1/jobs/{ours}/cancel"), ("DELETE", f"/api/v1/jobs/{ours}")):
            refused = box.ask(method, path, {} if method == "POST" else None, operator)
            assert (refused.status, refused.body["code"]) == (403, "FORBIDDEN")
        assert box.ask("POST", f"/api/v1/jobs/{theirs}/cancel", {}, operator).status == 409
        assert box.ask("DELETE", f"/api/v1/jobs/{theirs}", headers=operator).status == 200
        assert box.ask("DELETE", f"/api/v1/jobs/{ours}", headers=admin).status == 200
