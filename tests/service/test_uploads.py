"""Files that a browser gives, over the running service: taken piece by piece, imported, bounded and gone again."""

import contextlib
import http.client

import pytest
from box_traces import ended
from bulk_files import zip_of
from running_box import HOST, picture, running_box
from waiting import until

from sophon_report.api.uploads import MAX_UPLOAD_BYTES
from sophon_report.report.uploads import MAX_UPLOADS

UPLOADS = "/api/v1/uploads"


@pytest.fixture(scope="module")
def box(tmp_path_factory):
    with running_box(tmp_path_factory.mktemp("u"), access={"open_reads": True, "open_writes": True}) as running:
        yield running


def give(box, name, content):
    return box.ask("POST", f"{UPLOADS}?name={name}", content, {"Content-Type": "application/zip"})


def kept(box):
    return box.ask("GET", UPLOADS).body["uploads"]


def folders(box):
    root = box.process._place.import_folder / "uploads"
    return sorted(each.name for each in root.iterdir()) if root.exists() else []


def test_a_file_that_a_browser_gives_is_imported_and_gone(box, tmp_path):
    """Only its owner may read it; what was imported is not kept."""
    photos = {"1__Ada.jpg": picture("ada"), "2__Wall.jpg": picture("wall")}
    content = zip_of(tmp_path / "p.zip", photos).read_bytes()
    given = give(box, "%E4%BA%BA%E5%91%98%20(1).zip", content)
    assert (given.status, given.body["name"], given.body["size_bytes"]) == (201, "人员 (1).zip", len(content))
    file = box.process._place.import_folder / given.body["file"]
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    job = ended(box, box.post("/api/v1/people/import", {"file": given.body["file"]}))
    assert (job["state"], job["result"]["registered"]) == ("done", 1)
    assert job["result"]["source"] == "人员 (1).zip"
    assert (kept(box), folders(box)) == ([], [])


def test_a_file_may_be_larger_than_any_other_body_and_comes_whole(box):
    """No call but this takes as much, and none holds it in memory."""
    content = bytes(range(256)) * (80 << 10)
    given = give(box, "all.tar", content)
    assert given.status == 201
    assert (box.process._place.import_folder / given.body["file"]).read_bytes() == content
    assert box.ask("POST", "/api/v1/devices", content).status == 413
    assert box.ask("DELETE", f"{UPLOADS}/{given.body['upload_id']}").status == 200
    assert box.ask("DELETE", f"{UPLOADS}/{given.body['upload_id']}").code == "NOT_FOUND"
    assert folders(box) == []


@pytest.mark.parametrize(
    "name",
    ["a.exe", "..%2Fa.zip", "a%2Fb.zip", "a%5Cb.zip", ".a.zip", "a%00.zip", "%E2%80%AEa.zip", "-rf.zip", ""],
)
def test_a_name_that_could_mean_another_place_is_refused(box, name):
    """Nothing of the file is kept."""
    assert give(box, name, b"x").status == 400
    assert folders(box) == []


def test_what_is_too_large_too_much_or_nothing_is_refused(box):
    """By what it announces, unread."""
    with contextlib.closing(http.client.HTTPConnection(HOST, box.process.api_port, timeout=30)) as connection:
        connection.putrequest("POST", f"{UPLOADS}?name=a.zip")
        connection.putheader("Content-Length", str(MAX_UPLOAD_BYTES + 1))
        connection.endheaders()
        assert connection.getresponse().status == 413
    assert give(box, "a.zip", b"").status == 400
    assert give(box, "a.zip", b"x").status == 201
    for _ in range(MAX_UPLOADS):
        assert give(box, "b.zip", b"x").status == 201
    assert [each["name"] for each in kept(box)] == ["b.zip"] * MAX_UPLOADS
    for each in kept(box):
        assert box.ask("DELETE", f"{UPLOADS}/{each['upload_id']}").status == 200


def test_a_sender_who_breaks_off_leaves_nothing(box):
    """Nor does it keep others from giving."""
    for _ in range(3):
        with contextlib.closing(http.client.HTTPConnection(HOST, box.process.api_port, timeout=30)) as connection:
            connection.putrequest("POST", f"{UPLOADS}?name=a.zip")
            connection.putheader("Content-Length", "1000")
            connection.endheaders(b"half")
            until(lambda: folders(box), "its folder")
        until(lambda: not folders(box), "its end")


def test_the_files_that_may_be_named_are_listed_and_no_others(box, tmp_path):
    """A folder of pictures is told as one; links, hidden files and what browsers gave are not there."""
    root = box.process._place.import_folder
    (root / "films").mkdir()
    (tmp_path / "secret.mp4").write_bytes(b"x")
    for name in ("films/门口.mp4", "films/note.txt", ".hidden.mp4", "people.csv"):
        (root / name).write_bytes(b"12345")
    (root / "faces").mkdir()
    for number in range(3):
        (root / "faces" / f"{number}__n.jpg").write_bytes(b"x")
    (root / "link.mp4").symlink_to(tmp_path / "secret.mp4")
    (root / "linked").symlink_to(tmp_path)
    given = give(box, "own.zip", b"x").body
    films = box.ask("GET", "/api/v1/files?kind=film").body
    told = [(each["name"], each["is_folder"], each["size_bytes"]) for each in films["files"]]
    assert told == [("faces", True, 0), ("films", True, 0), ("films/门口.mp4", False, 5)]
    people = [each["name"] for each in box.ask("GET", "/api/v1/files?kind=people").body["files"]]
    assert people == ["faces", "people.csv"]
    assert box.ask("GET", "/api/v1/files?kind=all").status == 400
    added = box.post("/api/v1/devices", {"device_id": "f", "type": "file", "url": "films/门口.mp4"})
    assert added.body["url"] == str(root.resolve() / "films" / "门口.mp4")
    assert box.ask("DELETE", f"{UPLOADS}/{given['upload_id']}").status == 200
