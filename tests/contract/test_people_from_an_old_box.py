"""People of a box with the vendor's calls, brought here by ``scripts/examples/people_from_g2.py``, as it is."""

import csv
import subprocess
import sys

import pytest
from command import DEADLINE_S, REPO, command
from running_box import HOST, picture, running_box

V2 = "/sophon/v2/face/"
SCRIPT = REPO / "scripts" / "examples" / "people_from_g2.py"


@pytest.fixture
def old(tmp_path_factory):
    """What answers those calls: a service of ours that asks for no token, as the vendor's."""
    access = {"open_writes": True, "open_reads": True}
    with running_box(tmp_path_factory.mktemp("s") / "d", access=access) as box:
        yield box


def fetched(old, folder, *more):
    """Run the script as a user does: its status, what it said, and the list."""
    address = f"{HOST}:{old.process.api_port}"
    ended = subprocess.run(
        [sys.executable, "-I", str(SCRIPT), address, str(folder), *more],
        capture_output=True,
        encoding="utf-8",
        timeout=DEADLINE_S,
        env={"PYTHONIOENCODING": "utf-8"},
        check=False,
    )
    return ended.returncode, ended.stdout + ended.stderr


def people_of(folder):
    with (folder / "people.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_everybody_comes_along_with_photo_groups_and_what_is_kept(old, tmp_path):
    """The id and the name stay."""
    group = old.post(V2 + "createpermission", {"permission_name": "东门"}).body["permission_id"]
    ada = {
        "identity_id": "E-1",
        "identity_name": "艾达",
        "user_type": "vip",
        "permission_ids": [group],
        "ext_user_info": {"department": "研发", "mobile": "123"},
        "fiqa_level": "no",
    }
    photo = tmp_path / "ada.jpg"
    photo.write_bytes(picture("ada", size_bytes=200))
    (old.place.import_folder / "ada.jpg").write_bytes(photo.read_bytes())
    assert old.post(V2 + "createidentity", {**ada, "register_image_path": "ada.jpg"}).status == 200
    status, said = fetched(old, tmp_path / "people")
    assert (status, said.startswith("1 people in ")) == (0, True), said
    [row] = people_of(tmp_path / "people")
    told = [row[key] for key in ("id", "name", "type", "permissions", "department", "mobile")]
    assert told == ["E-1", "艾达", "vip", "东门", "研发", "123"]
    assert (tmp_path / "people" / row["photo"]).read_bytes().startswith(b"\xff\xd8")


def test_a_box_of_more_people_than_a_page_is_fetched_whole(old, tmp_path):
    """Nobody is left out, and nobody comes twice."""
    for number in range(101):
        old.register(f"E-{number}", f"Bob {number}", "bob")
    assert fetched(old, tmp_path / "people")[0] == 0
    assert sorted(row["id"] for row in people_of(tmp_path / "people")) == sorted(f"E-{one}" for one in range(101))


def test_the_list_is_one_that_the_import_takes(old, tmp_path):
    """It begins with its own columns, and every one is known to it."""
    old.register("E-2", "Bob", "bob")
    fetched(old, tmp_path / "people")
    ended = command("people", "import", tmp_path / "people" / "people.csv", "--data-dir", old.place.root)
    assert "passed over" not in ended.stdout + ended.stderr
    assert "E-2" in ended.stdout + ended.stderr  # of somebody who is there already: told, not overwritten


def test_a_box_that_is_not_there_or_refuses_is_told_in_a_line(old, tmp_path):
    """No traceback for whoever mistyped something."""
    status, said = fetched(old, tmp_path / "people", "--token", "of nothing")
    assert (status, "401" in said, len(said.splitlines())) == (1, True, 1)
    assert not (tmp_path / "people").exists()
