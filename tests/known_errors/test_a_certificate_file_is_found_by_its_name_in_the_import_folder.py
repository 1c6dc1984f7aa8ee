"""A name without folders passed the check, and was then looked for where the service had been started."""

from running_box import running_box


def test_a_certificate_file_is_found_by_its_name_in_the_import_folder(tmp_path):
    """What is stored is its whole path."""
    with running_box(tmp_path, access={"open_reads": True, "open_writes": True}) as box:
        file = box.place.import_folder / "ca.pem"
        file.parent.mkdir(exist_ok=True)
        file.write_text("no certificate")
        body = {"name": "a", "url": "https://127.0.0.1:9/", "ca_file": "ca.pem", "enabled": False}
        assert box.post("/api/v1/destinations", body).body["ca_file"] == str(file.resolve())
        tried = box.post("/api/v1/destinations/test", {**body, "name": "b"}).body
        assert (tried["code"], tried["reason"]) == ("file", "ca_file holds no certificate in PEM form")
