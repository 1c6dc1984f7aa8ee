"""People, permission groups and groups by the calls before API 2.0, over the running service, key by key.

Firmware V2R2C01 to V5R7C01: ``/SophonFogSys/api/permissions``, ``groups``, ``GroupUsers`` and ``users``, what
``/SophonFace/api`` finds of them, and the photos.
"""

import base64
import urllib.parse
import urllib.request

import numpy as np
import pytest
from running_box import MODEL, picture, running_box, vector

from sophon_report.model import PersonFace
from sophon_report.store.people_batch import MAX_FACES

FOG, FACE, MATCH = "/SophonFogSys/api/", "/SophonFace/api/", "/SophonMatch/api/PictureMatch"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def text(of):
    return base64.b64encode(picture(of, 200)).decode()


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    access = {"open_writes": True, "open_reads": True}
    with running_box(tmp_path_factory.mktemp("o"), device=[], access=access) as box:
        yield box


@pytest.fixture
def box(running):
    """A box without people and permission groups; what a test has made goes after it."""
    yield running
    ids = [each["identity_id"] for each in users(running, limit=200)]
    if ids:
        assert running.ask("DELETE", FOG + "users", {"identity_ids": ids}).status == 200
    for each in good(running.ask("GET", FOG + "permissions?limit=200"))["permissions_list"]:
        running.ask("DELETE", FOG + "permissions", {"permission_name": each["name"]})


def good(answer):
    """``data`` of an answer that is no refusal."""
    assert answer.status == 200, answer.body
    return answer.body["data"]


def users(box, **query):
    asked = urllib.parse.urlencode({"group_name": "default_group", **query})
    return good(box.ask("GET", f"{FOG}users?{asked}"))["identities_list"]


def user(identity_id="001", of="ada", info=None, **more):
    told = {"name": "Ada", "type": 1, **(info or {})}
    return {
        "identity_id": identity_id,
        "group_name": "default_group",
        "reg_photo": text(of),
        "info": told,
        **more,
    }


def create(box, *args, **more):
    return box.post(FOG + "users", user(*args, **more))


def permission(box, name):
    """Make a permission group; its id."""
    good(box.post(FOG + "permissions", {"permission_name": name, "description": "d"}))
    [row] = good(box.ask("GET", f"{FACE}permissions?info.name={name}&exact=true"))
    return row["_id"]


class TestPermissions:
    def test_one_is_made_found_listed_changed_and_deleted(self, box):
        """In the words of each page."""
        made = box.post(FOG + "permissions", {"permission_name": "staff", "description": "all", "info": {"a": 1}})
        assert good(made) == {"info": {"name": "staff", "description": "all", "a": 1}}
        [found] = good(box.ask("GET", FACE + "permissions?info.name=staff&exact=true"))
        assert found["info"] == {"name": "staff", "description": "all", "a": 1}
        listed = good(box.ask("GET", FOG + "permissions?permission_name=staff"))
        row = {"name": "staff", "description": "all", "a": 1, "permission_id": found["_id"], "version": "V2"}
        assert listed["permissions_list"] == [row]
        assert listed["pagination"] == {"skip_num": 0, "limit": 10, "num_pages": 1, "total_count": 1}
        changed = box.ask("PUT", FOG + "permissions", {"permission_name": "staff", "description": "some"})
        assert good(changed)["info"]["description"] == "some"
        deleted = good(box.ask("DELETE", FOG + "permissions", {"permission_name": "staff"}))
        assert deleted["permission_name"] == "staff"
        assert good(box.ask("GET", FACE + "permissions?info.name=staff&exact=true")) == []

    def test_a_name_is_of_one_group_only(self, box):
        """The second is refused with the documented code."""
        permission(box, "staff")
        answer = box.post(FOG + "permissions", {"permission_name": "staff"})
        assert (answer.status, answer.code) == (400, 40012)

    @pytest.mark.parametrize("method", ["PUT", "DELETE"])
    def test_one_that_nobody_knows_is_refused(self, box, method):
        """By its name."""
        answer = box.ask(method, FOG + "permissions", {"permission_name": "nobody", "description": ""})
        assert (answer.status, answer.code) == (404, 40401)

    def test_without_exact_a_part_of_the_name_will_do(self, box):
        """And without a name all are found."""
        for name in ("day shift", "night shift", "guests"):
            good(box.post(FOG + "permissions", {"permission_name": name}))
        found = good(box.ask("GET", FACE + "permissions?info.name=shift"))
        assert [row["info"]["name"] for row in found] == ["day shift", "night shift"]
        assert len(good(box.ask("GET", FACE + "permissions"))) == 3

    def test_pages_are_counted_from_0(self, box):
        """``skip_num`` is the number of the page, as the vendor explains it."""
        for number in range(3):
            permission(box, f"g{number}")
        listed = good(box.ask("GET", FOG + "permissions?skip_num=1&limit=2"))
        assert [row["name"] for row in listed["permissions_list"]] == ["g2"]
        assert listed["pagination"] == {"skip_num": 1, "limit": 2, "num_pages": 2, "total_count": 3}


class TestGroups:
    def test_the_default_group_is_there_and_its_id_is_its_name(self, box):
        """As the sample looks it up before it adds a device."""
        [found] = good(box.ask("GET", FACE + "groups?info.name=default_group&exact=true"))
        assert (found["_id"], found["info"]["name"]) == ("default_group", "default_group")
        assert box.post(FOG + "groups", {"group_name": "default_group", "description": ""}).code == 40012

    def test_one_is_made_and_people_are_put_into_it_and_taken_out(self, box):
        """Who is in it is told when it is asked for."""
        good(box.post(FOG + "groups", {"group_name": "third floor", "description": "of the tower"}))
        for identity_id in ("001", "002"):
            good(create(box, identity_id))
        asked = {"group_name": "third floor", "identity_id": ["001", "002"], "with_identity_id": True}
        assert good(box.ask("PUT", FOG + "GroupUsers", asked))["identity_id"] == ["001", "002"]
        assert [each["group_name"] for each in users(box)] == [["default_group", "third floor"]] * 2
        asked = {**asked, "identity_id": ["001"]}
        assert good(box.ask("DELETE", FOG + "GroupUsers", asked))["identity_id"] == ["002"]
        assert [each["identity_id"] for each in users(box, group_name="third floor")] == ["002"]

    def test_nobody_is_left_without_a_group(self, box):
        """They would be recognised as before, and whoever took it from them believes they are locked out."""
        good(create(box))
        asked = {"group_name": "default_group", "identity_id": ["001"]}
        answer = box.ask("DELETE", FOG + "GroupUsers", asked)
        assert (answer.status, answer.code) == (400, 40091)
        assert "delete the person" in answer.body["error"]["message"]

    @pytest.mark.parametrize(("group", "identity_id"), [("no such group", "001"), ("default_group", "nobody")])
    def test_what_nobody_knows_is_refused_and_nobody_is_put_in(self, box, group, identity_id):
        """A group or a person."""
        good(create(box))
        asked = {"group_name": group, "identity_id": ["001", identity_id]}
        assert box.ask("PUT", FOG + "GroupUsers", asked).code == 40401
        assert users(box)[0]["group_name"] == ["default_group"]

    def test_a_name_with_a_comma_is_refused(self, box):
        """Lists of groups are written with one."""
        assert box.post(FOG + "groups", {"group_name": "a,b", "description": ""}).code == 40091


class TestUsers:
    def test_who_is_registered_is_told_back_whole(self, box):
        """The reply, the query, and what nobody here knows."""
        staff = permission(box, "staff")
        ext = {"jobNumber": "4711", "comeFrom": "ACME", "pet": "cat"}
        info = {"type": 5, "permission_ids": [staff], "ext_info": ext, "aaa": 1}
        made = good(create(box, info=info))
        assert (made["identity_id"], made["group_name"]) == ("001", "default_group")
        assert made["reg_photo"].startswith("/9j/")
        [row] = users(box)
        told = row["info"]
        assert row == {**made, "group_name": ["default_group"]}
        assert (told["name"], told["type"], told["user_id"], told["aaa"]) == ("Ada", 5, "001", 1)
        assert (told["permission_ids"], told["permission_names"]) == ([staff], ["staff"])
        assert told["ext_info"] == ext
        assert told["image_ids"] == [told["image_id"]]

    def test_they_are_recognised_at_once(self, box):
        """By the call of the same generation."""
        good(create(box))
        body = {"rgb_image_base64": text("ada"), "group_name": "default_group"}
        found = good(box.post(MATCH, body))
        assert (found["retcode"], found["identity_id"]) == ("1", "001")

    def test_the_photo_is_fetched_by_its_id(self, box):
        """A JPEG; an unknown id is an error in JSON."""
        made = good(create(box))
        address = f"{box.api}{FACE}images/{made['info']['image_id']}"
        with urllib.request.urlopen(address, timeout=30) as reply:
            assert reply.headers.get_content_type() == "image/jpeg"
            assert base64.b64encode(reply.read()).decode() == made["reg_photo"]
        assert box.ask("GET", FACE + "images/nothing").code == 40401

    @pytest.mark.parametrize("form", [False, True], ids=["json", "form"])
    def test_a_form_will_do(self, box, form):
        """With ``info`` as JSON in it, and numbers as texts."""
        if not form:
            good(create(box))
            return
        fields = {"identity_id": "001", "reg_photo": text("ada"), "info": '{"name": "Ada", "type": "2"}'}
        good(box.ask("POST", FOG + "users", urllib.parse.urlencode(fields).encode(), FORM))
        assert users(box)[0]["info"]["type"] == 2

    def test_a_taken_id_is_refused(self, box):
        """With the vendor's number; nothing is changed."""
        good(create(box))
        answer = create(box, of="bob", info={"name": "Bob"})
        assert (answer.status, answer.code, answer.body["error"]["status"]) == (400, 40011, "IDENTITY_EXSIT_ERROR")
        assert users(box)[0]["info"]["name"] == "Ada"

    def test_ignore_exist_changes_who_is_there_and_adds_the_face(self, box):
        """And puts them into the group beside those they are in."""
        good(create(box, info={"ext_info": {"room": "7"}}))
        good(box.post(FOG + "groups", {"group_name": "night", "description": ""}))
        good(create(box, of="bob", info={"name": "Ada B."}, ignore_exist=True, group_name="night"))
        [row] = users(box)
        assert (row["info"]["name"], len(row["info"]["face_ids"])) == ("Ada B.", 2)
        assert row["group_name"] == ["default_group", "night"]
        assert row["info"]["ext_info"] == {"room": "7"}

    @pytest.mark.parametrize(
        ("info", "more"),
        [
            ({"permission_ids": ["p-9"]}, {}),
            ({"name": "x" * 257}, {}),
            ({"long": "x" * 5000}, {}),
            ({}, {"group_name": "nowhere"}),
            ({}, {"of": "wall"}),
        ],
    )
    def test_who_is_there_stays_as_they_are_when_anything_is_wrong(self, box, info, more):
        """Neither face nor name is changed before all is known to be right."""
        good(create(box))
        before = users(box)
        assert create(box, info={"name": "Eve", **info}, ignore_exist=True, **{"of": "bob", **more}).status != 200
        put = {**user(info={"name": "Eve", **info}, **{"of": "bob", **more})}
        assert box.ask("PUT", FOG + "users", put).status != 200
        assert users(box) == before

    def test_support_single_face_leaves_the_new_face_alone(self, box):
        """Those that were registered before go."""
        good(create(box))
        good(create(box, of="bob", ignore_exist=True))
        good(create(box, of="eve", ignore_exist=True, support_single_face=True))
        assert len(users(box)[0]["info"]["face_ids"]) == 1
        found = good(box.post(MATCH, {"rgb_image_base64": text("eve"), "group_name": "default_group"}))
        assert (found["retcode"], found["identity_id"]) == ("1", "001")

    def test_who_has_all_faces_that_may_be_gets_the_next_in_place_of_the_first(self, box):
        """A client that sends everybody every night is not refused one night."""
        good(create(box))
        for number in range(MAX_FACES - 1):
            face = PersonFace(f"more-{number}", f"photo-{number}", b"", vector("bob"), MODEL)
            box.call(lambda face=face: box.process.people.add_face("001", face))
        first = users(box)[0]["info"]["face_ids"][0]
        good(create(box, ignore_exist=True))
        faces = users(box)[0]["info"]["face_ids"]
        assert len(faces) == MAX_FACES
        assert first not in faces

    def test_a_vector_may_be_registered_with_or_without_a_photo(self, box):
        """``import_mode``; ``need_bring_pic`` asks for the photo unless it is false."""
        numbers = [float(each) for each in np.frombuffer(vector("ada"), "<f4")]
        bare = {**user(), "import_mode": True, "feature": numbers}
        del bare["reg_photo"]
        answer = box.post(FOG + "users", bare)
        assert (answer.status, answer.code) == (400, 40091)
        assert "reg_photo" in answer.body["error"]["message"]
        assert good(box.post(FOG + "users", {**bare, "need_bring_pic": False}))["reg_photo"] == ""
        made = good(create(box, "002", import_mode=True, feature=numbers))
        assert made["reg_photo"].startswith("/9j/")
        found = good(box.post(MATCH, {"rgb_image_base64": text("ada"), "group_name": "default_group"}))
        assert found["retcode"] == "1"

    def test_a_permission_group_that_is_missing_is_made_only_when_asked(self, box):
        """Named by its id."""
        answer = create(box, info={"permission_ids": ["p-9"]})
        assert (answer.status, answer.code) == (404, 40401)
        assert users(box) == []
        good(create(box, info={"permission_ids": ["p-9"]}, create_no_exit_permission=True))
        [found] = good(box.ask("GET", FACE + "permissions?info.name=p-9&exact=true"))
        assert (found["_id"], users(box)[0]["info"]["permission_names"]) == ("p-9", ["p-9"])

    def test_a_group_that_is_missing_is_refused_and_nobody_is_registered(self, box):
        """Before anybody looks at the photo."""
        assert create(box, group_name="default_group,nowhere").code == 40401
        assert users(box) == []

    def test_an_update_changes_what_is_given_and_replaces_the_photo(self, box):
        """The id of the photo that is shown now is in the reply."""
        made = good(create(box, info={"ext_info": {"room": "7"}, "aaa": 1}))
        answer = box.ask("PUT", FOG + "users", {"identity_id": "001", "info": {"name": "Ada L.", "type": 2}})
        changed = good(answer)
        assert changed["group_name"] == ["default_group"]
        assert changed["image_id"] == made["info"]["image_id"]
        told = changed["info"]
        assert (told["name"], told["type"], told["aaa"], told["ext_info"]) == ("Ada L.", 2, 1, {"room": "7"})
        put = {"identity_id": "001", "info": {}, "reg_photo": text("bob")}
        replaced = good(box.ask("PUT", FOG + "users", put))
        assert replaced["image_id"] != made["info"]["image_id"]
        assert len(replaced["info"]["face_ids"]) == 1

    def test_an_update_of_nobody_is_refused(self, box):
        """By the id."""
        answer = box.ask("PUT", FOG + "users", {"identity_id": "nobody", "info": {}})
        assert (answer.status, answer.code) == (404, 40401)

    def test_one_or_several_are_deleted(self, box):
        """The reply says whom, and out of which groups."""
        for identity_id in ("001", "002", "003"):
            good(create(box, identity_id))
        one = good(box.ask("DELETE", FOG + "users", {"identity_id": "001"}))
        assert (one["identity_id"], one["group_name"]) == ("001", ["default_group"])
        several = good(box.ask("DELETE", FOG + "users", {"identity_ids": ["002", "003"]}))
        assert several["identity_ids"] == ["002", "003"]
        assert users(box) == []

    def test_of_several_to_delete_one_is_missing(self, box):
        """The vendor's error for that; who is there is deleted all the same."""
        good(create(box))
        answer = box.ask("DELETE", FOG + "users", {"identity_ids": ["001", "nobody"]})
        assert (answer.status, answer.code) == (400, 400091)
        assert answer.body["error"]["status"] == "DELETE_USERS_FAILED"
        assert users(box) == []
        assert box.ask("DELETE", FOG + "users", {"identity_id": "001"}).code == 40401

    def test_people_are_listed_by_group_name_and_id_page_by_page(self, box):
        """In order of registration."""
        for number in range(3):
            good(create(box, f"00{number}", info={"name": f"person {number}"}))
        assert [row["identity_id"] for row in users(box, skip_num=1, limit=2)] == ["002"]
        assert [row["identity_id"] for row in users(box, identity_name="PERSON 1")] == ["001"]
        [row] = good(box.ask("GET", FOG + "users?identity_id=002"))["identities_list"]
        assert row["info"]["name"] == "person 2"
        assert box.ask("GET", FOG + "users?identity_id=nobody").code == 40401
        assert box.ask("GET", FOG + "users?group_name=nowhere").code == 40401

    @pytest.mark.parametrize(
        ("changed", "status", "code"),
        [
            ({"identity_id": None}, 400, 40091),
            ({"identity_id": ""}, 400, 40091),
            ({"reg_photo": None}, 400, 40091),
            ({"reg_photo": "!"}, 400, 40003),
            ({"reg_photo": text("wall")}, 400, 40004),
            ({"reg_photo": text("tiny")}, 400, 40006),
            ({"info": None}, 400, 40091),
            ({"info": {"name": "Ada", "type": 6}}, 400, 40091),
            ({"info": {"name": "Ada", "permission_ids": "p1"}}, 400, 40091),
            ({"info": {"name": "Ada", "ext_info": []}}, 400, 40091),
            ({"info": {"name": "Ada", "long": "x" * 5000}}, 400, 40091),
            ({"fiqa_level": "best"}, 400, 40091),
            ({"ignore_exist": "perhaps"}, 400, 40091),
            ({"import_mode": True, "feature": ["one"]}, 400, 40091),
            ({"import_mode": True, "feature": [0.5, 0.5]}, 400, 40091),
        ],
    )
    def test_what_is_wrong_is_refused_and_nobody_is_registered(self, box, changed, status, code):
        """With the number that the table of errors has for it."""
        answer = box.post(FOG + "users", {**user(), **changed})
        assert (answer.status, answer.code) == (status, code)
        assert users(box) == []


def test_the_scale_of_scores_is_told(running):
    """Two lines that meet at the pass mark; the same as ``THRESHOLD_RANGE`` of the configuration."""
    scale = good(running.ask("GET", FOG + "PrettyScore"))
    assert scale == {"threshold_range": [0.0, 82.0, 100.0]}
    told = good(running.ask("GET", "/SophonConfig/api/Configs/THRESHOLD_RANGE"))
    assert [float(each) for each in told["THRESHOLD_RANGE"].split(",")] == scale["threshold_range"]
