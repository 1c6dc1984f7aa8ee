"""Permission groups as API 2.0 manages them, one documented rule a test (firmware V6R1C01 and V6R2C01)."""

import base64
import itertools

import pytest
from running_box import HOST, picture, running_box

ROOT = "/sophon/v2/face/"
NUMBERS = itertools.count(1)
ADA = {"register_image": base64.b64encode(picture("ada")).decode()}


@pytest.fixture(scope="module")
def box(tmp_path_factory):
    with running_box(tmp_path_factory.mktemp("p"), access={"open_writes": True, "open_reads": True}) as running:
        yield running


@pytest.fixture
def ask(box):
    def asked(name, **given):
        return box.post(ROOT + name, given)

    return asked


@pytest.fixture
def group(ask):
    """Makes one more group; what was answered."""

    def made(**given):
        answer = ask("createpermission", **{"permission_name": f"group {next(NUMBERS)}", **given})
        assert answer.status == 200, answer.body
        return answer.body

    return made


def test_a_group_is_made_with_what_is_given(ask, group):
    """Its id too; without one it is made, and the description is empty."""
    assert group(permission_id="p1", permission_name="白班", description="by day") == {
        "permission_id": "p1",
        "permission_name": "白班",
        "description": "by day",
    }
    made = group()
    assert (len(made["permission_id"]), made["description"]) == (32, "")
    assert group(permission_id="")["permission_id"] != made["permission_id"]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"description": "x"}, "MISSING_ARGUMENTS"),
        ({"permission_name": ""}, "INVALID_ARGUMENTS"),
        ({"permission_name": 5}, "INVALID_ARGUMENTS"),
        ({"permission_name": "x" * 257}, "INVALID_ARGUMENTS"),
        ({"permission_name": "new", "permission_id": "x" * 129}, "INVALID_ARGUMENTS"),
        ({"permission_name": "new", "permission_id": 7}, "INVALID_ARGUMENTS"),
        ({"permission_name": "new", "description": ["x"]}, "INVALID_ARGUMENTS"),
        ({"permission_name": "new", "permission_id": "taken"}, "ID_REPEAT_ERROR"),
        ({"permission_name": "taken name"}, "NAME_REPEAT_ERROR"),
    ],
)
def test_a_group_that_cannot_be_is_refused(ask, group, given, code):
    """By the documented code; ids and names are of one group only."""
    if ask("getpermission", permission_id="taken").status != 200:
        group(permission_id="taken", permission_name="taken name")
    answer = ask("createpermission", **given)
    assert (answer.status, answer.code) == (400, code)
    assert ask("getpermission", permission_name="new").code == "ID_NOT_FOUND"


def test_a_group_is_found_by_its_id_or_its_name(ask, group):
    """The id goes first."""
    one, two = group(), group()
    assert ask("getpermission", permission_id=one["permission_id"]).body == one
    assert ask("getpermission", permission_name=two["permission_name"]).body == two
    both = {"permission_id": one["permission_id"], "permission_name": two["permission_name"]}
    assert ask("getpermission", **both).body == one
    assert ask("getpermission", x=1).code == "MISSING_ARGUMENTS"
    for missing in ({"permission_id": "none"}, {"permission_name": "none"}):
        answer = ask("getpermission", **missing)
        assert (answer.status, answer.code) == (404, "ID_NOT_FOUND")
        assert "none" in answer.body["error"]["message"]


def test_a_list_is_of_ten_and_by_part_of_the_name(ask, group):
    """In any case; pages count from 0."""
    made = [group(permission_name=f"Team 夜 {number}") for number in range(11)]
    pages = [ask("getpermissions", permission_name="team 夜", page_index=index).body for index in range(2)]
    assert pages[0]["permissions"] + pages[1]["permissions"] == made
    assert pages[1]["pagination"] == {"page_index": 1, "page_limit": 10, "total_count": 11}
    assert ask("getpermissions", permission_name="team%").body["permissions"] == []
    assert len(ask("getpermissions", page_limit=3).body["permissions"]) == 3
    assert ask("getpermissions", page_limit=0).code == "INVALID_ARGUMENTS"


@pytest.mark.parametrize("spelling", [("new_name", "new_description"), ("permission_name", "description")])
def test_both_pages_spellings_of_new_values_are_taken(ask, group, spelling):
    """Found by the id; what is not given stays."""
    made, (name, description) = group(description="before"), spelling
    changed = ask(
        "updatepermission", permission_id=made["permission_id"], **{name: f"renamed {made['permission_id']}"}
    )
    assert changed.body == {**made, "permission_name": f"renamed {made['permission_id']}"}
    changed = ask("updatepermission", permission_id=made["permission_id"], **{description: "after"})
    assert changed.body["description"] == "after"
    assert ask("getpermission", permission_id=made["permission_id"]).body == changed.body


def test_a_group_is_changed_by_its_name(ask, group):
    """Without an id the name says which."""
    made = group()
    name = made["permission_name"]
    assert ask("updatepermission", permission_name=name, description="x").body == {**made, "description": "x"}
    renamed = ask("updatepermission", permission_name=name, new_name=name + "!", new_description="")
    assert renamed.body == {**made, "permission_name": name + "!"}


def test_a_change_that_cannot_be_is_refused(ask, group):
    """A taken name, an empty one, nobody."""
    one, two = group(), group()
    of_one = {"permission_id": one["permission_id"]}
    assert ask("updatepermission", **of_one, new_name=two["permission_name"]).code == "NAME_REPEAT_ERROR"
    assert ask("updatepermission", **of_one, new_name="").code == "INVALID_ARGUMENTS"
    assert ask("updatepermission", **of_one, new_description=5).code == "INVALID_ARGUMENTS"
    assert ask("updatepermission", permission_id="none", new_name="x").code == "ID_NOT_FOUND"
    assert ask("updatepermission", new_name="x").code == "MISSING_ARGUMENTS"
    assert ask("getpermission", **of_one).body == one


def test_of_name_and_id_the_name_says_what_is_deleted(ask, group):
    """As documented; the answer is the id of what went."""
    one, two, three = group(), group(), group()
    both = {"permission_id": one["permission_id"], "permission_name": two["permission_name"]}
    assert ask("deletepermission", **both).body == {"permission_id": two["permission_id"]}
    assert ask("deletepermission", permission_id=three["permission_id"]).status == 200
    assert ask("getpermission", permission_id=one["permission_id"]).body == one
    for gone in (two, three):
        assert ask("deletepermission", permission_id=gone["permission_id"]).code == "ID_NOT_FOUND"
    assert ask("deletepermission", x=1).code == "MISSING_ARGUMENTS"


def test_a_device_of_a_deleted_group_accepts_nobody(box, ask, group):
    """Whoever was in it: no door opens because its group is gone, nor when another gets the same id."""
    made = group()
    group_id = made["permission_id"]
    ask("createidentity", identity_id="E-1", permission_ids=[group_id], **ADA)
    device = {"media_device_type": "photo", "media_device_name": "gate", "media_device_url": HOST}
    box.post(ROOT + "addmediadevice", {**device, "permission_id": group_id})
    search = {"rgb_image_base64": ADA["register_image"], "media_device_ip": HOST}
    assert box.post(ROOT + "search", search).body["result"] is True
    ask("deletepermission", permission_id=group_id)
    assert box.post(ROOT + "search", search).code == "EMPTY_GROUP_ERROR"
    group(permission_id=group_id)
    assert box.post(ROOT + "search", search).code == "EMPTY_GROUP_ERROR"
    assert ask("getidentity", identity_id="E-1").body["permission_ids"] == []


def test_groups_are_shown_and_changed_only_to_who_may(tmp_path_factory):
    """Both switches are off at first."""
    with running_box(tmp_path_factory.mktemp("c")) as closed:
        for name in (
            "getpermission",
            "getpermissions",
            "createpermission",
            "updatepermission",
            "deletepermission",
        ):
            assert closed.post(ROOT + name, {}).code == "PASSWORD_ERROR"
