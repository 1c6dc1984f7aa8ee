"""A change of role and password stored the role, then refused the password: told as refused, and in no audit."""

from running_box import running_box


def test_a_change_that_is_refused_changes_nothing(tmp_path):
    """The password is looked at before the role is stored; both go through with one that can be."""
    with running_box(tmp_path) as box:
        password = box.place.admin_password.read_text().strip()
        opened = box.post("/api/v1/session", {"username": "admin", "password": password})
        admin = {"Authorization": f"Bearer {opened.body['token']}"}
        user = {"name": "operator", "role": "viewer", "password": "correct horse"}
        assert box.ask("POST", "/api/v1/users", user, admin).status == 201

        def change(**what):
            return box.ask("PATCH", "/api/v1/users/operator", what, admin).status

        def role():
            users = box.ask("GET", "/api/v1/users", headers=admin).body["users"]
            return next(one["role"] for one in users if one["name"] == "operator")

        assert (change(role="admin", password="Operator"), role()) == (400, "viewer")
        assert (change(role="admin", password="staple and so on"), role()) == (200, "admin")
