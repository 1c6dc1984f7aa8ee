"""People in bulk through the running service: imported from the import folder, exported, refused rows fetched."""

import csv
import io
import urllib.error
import urllib.request

import pytest
from box_traces import ended
from bulk_files import zip_of
from running_box import picture, running_box
from waiting import until

from sophon_report.config import parse_settings
from sophon_report.ops.data_dir import DataDir
from sophon_report.people_import import Wish, import_people

TOKEN = "bulk"


@pytest.fixture
def box(tmp_path_factory):
    with running_box(tmp_path_factory.mktemp("b"), access={"open_reads": True, "open_writes": True}) as box:
        yield box


def people_zip(box):
    return zip_of(
        box.process._place.import_folder / "people.zip",
        {
            "员工/1__张伟.jpg": picture("ada"),
            "员工/2__李娜.jpg": picture("wall"),
            "员工/3__=1+1.jpg": picture("bob"),
        },
        "gbk",
    )


def test_a_file_of_the_import_folder_is_imported_as_a_job(box):
    """With progress and a report by row; no cell of it is a formula; who was registered is found by the calls."""
    people_zip(box)
    job = ended(box, box.post("/api/v1/people/import", {"file": "people.zip", "user_type": "vip"}))
    assert (job["state"], job["progress"]["done"], job["progress"]["total"]) == ("done", 3, 3)
    assert (job["result"]["registered"], job["result"]["refused"]) == (2, 1)
    found = box.post("/sophon/v2/face/getidentity", {"identity_id": "1"}).body
    assert "张伟" in str(found)
    [told] = box.ask("GET", "/api/v1/imports").body["imports"]
    assert (told["import_id"], told["ended"], told["source"]) == (job["result"]["import_id"], "done", "people.zip")
    report = fetched(box, f"/api/v1/imports/{told['import_id']}/report")
    rows = list(csv.reader(io.StringIO(report.decode("utf-8-sig"))))
    assert rows[1:] == [["2", "2__李娜.jpg", "refused", "shows: wall", "no_face"]]
    again = ended(box, box.post("/api/v1/people/import", {"file": "people.zip", "user_type": "vip"}))
    assert again["result"]["refused"] == 3
    report = fetched(box, f"/api/v1/imports/{told['import_id']}/report").decode("utf-8-sig")
    assert [row[4] for row in csv.reader(io.StringIO(report))][1:] == ["taken", "no_face", "taken"]
    until(lambda: [line.action for line in audit(box)].count("people_import") == 2, "a line of the audit each")


def audit(box):
    return box.process._audit.list()


def fetched(box, path, token=""):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    with urllib.request.urlopen(urllib.request.Request(box.api + path, headers=headers)) as reply:
        return reply.read()


@pytest.mark.parametrize("file", ["../store.sqlite", "/etc/passwd", "nothing.zip", "a\0b", ""])
def test_only_what_lies_in_the_import_folder_is_imported(box, file):
    """Whatever else is named, it is not there, whether it is or not."""
    reply = box.post("/api/v1/people/import", {"file": file})
    assert reply.status == (404 if file else 400)
    assert "passwd" not in str(box.ask("GET", "/api/v1/jobs").body)


def test_a_file_that_is_nothing_to_import_ends_its_job(box):
    """With the reason."""
    (box.process._place.import_folder / "people.zip").write_bytes(b"no zip")
    job = ended(box, box.post("/api/v1/people/import", {"file": "people.zip"}))
    assert job["state"] == "failed"
    assert "no zip" in job["problem"]


def test_everybody_goes_to_another_box_in_one_file(box, tmp_path_factory):
    """It is fetched with credentials only, whatever the settings open; it is removed on request."""
    people_zip(box)
    ended(box, box.post("/api/v1/people/import", {"file": "people.zip"}))
    assert box.post("/api/v1/people/export", {}).status == 401
    token = box.call(lambda: box.process._doorkeeper._tokens.create("bulk", 1))
    headers = {"Authorization": f"Bearer {token}"}
    job = ended(box, box.ask("POST", "/api/v1/people/export", {"photos": True}, headers))
    assert (job["state"], job["result"]["people"]) == ("done", 2)
    path = f"/api/v1/exports/{job['result']['file']}"
    with pytest.raises(urllib.error.HTTPError):
        fetched(box, path)
    content = fetched(box, path, token)
    assert box.ask("GET", "/api/v1/exports/../store.sqlite", None, headers).status == 404
    with running_box(tmp_path_factory.mktemp("o"), access={"open_writes": True, "open_reads": True}) as other:
        (other.process._place.import_folder / "people.tar").write_bytes(content)
        moved = ended(other, other.post("/api/v1/people/import", {"file": "people.tar"}))
        assert (moved["result"]["registered"], moved["result"]["refused"]) == (2, 0)
        assert "张伟" in str(other.post("/sophon/v2/face/getidentity", {"identity_id": "1"}).body)
    assert box.ask("DELETE", path, None, headers).status == 200
    assert list(box.process._place.exports.iterdir()) == []


def test_a_command_hands_people_to_the_running_service(box):
    """Batch by batch through the local socket; that is one line of the audit, and nothing the network reaches."""
    place = box.process._place
    path = people_zip(box)
    settings = parse_settings({"data_dir": str(place.root)})
    done = import_people(settings, path, Wish(level="no"))
    assert (done.note.registered, done.note.refused) == (2, 1)
    assert box.call(lambda: box.process.people.stats().faces) == 2
    until(lambda: sum("rows" in line.action for line in audit(box)) == 1, "its line of the audit")
    assert box.ask("POST", "/api/v1/people/rows", b"").status in (404, 405)
    assert DataDir(place.root).import_notes.stat().st_mode & 0o777 == 0o700
