"""People and their faces as API 2.0 manages them, one documented rule a test (firmware V6R1C01 and V6R2C01)."""

import base64
import itertools
import json
import re
import urllib.request

import numpy as np
import pytest
from people_desk import feature
from running_box import DIM, picture, running_box, vector
from samples import PHOTO_JPEG
from waiting import until

from sophon_report.wire.pictures import MAX_IMAGE_BYTES, decode_image

ROOT = "/sophon/v2/face/"
IDENTITY_KEYS = {
    "identity_id",
    "identity_name",
    "user_type",
    "permission_ids",
    "ext_user_info",
    "face_ids",
    "register_image_ids",
}
NUMBERS = itertools.count(1)


def base64_of(of, size_bytes=0):
    return base64.b64encode(picture(of, size_bytes)).decode()


NESTED = json.loads('{"a":' * 400 + "1" + "}" * 400)
"""Deeper than what can be written again."""
ADA = {"register_image": base64_of("ada")}


def numbers(of):
    """A vector like nobody else's, as a list."""
    return [float(value) for value in np.frombuffer(feature(of), "<f4")]


@pytest.fixture(scope="module")
def box(tmp_path_factory):
    place = tmp_path_factory.mktemp("i")
    with running_box(place, access={"open_writes": True, "open_reads": True}) as running:
        (place / "import").mkdir(exist_ok=True)
        (place / "import" / "bob.jpg").write_bytes(picture("bob"))
        yield running


@pytest.fixture
def ask(box):
    def asked(name, **given):
        return box.post(ROOT + name, given)

    return asked


@pytest.fixture
def someone(ask):
    """Registers one more person by a vector; their id."""

    def made(**given):
        number = next(NUMBERS)
        answer = ask("createidentity", **{"register_feature": numbers(number), **given})
        assert answer.status == 200, answer.body
        return answer.body["identity_id"]

    return made


@pytest.fixture
def group(ask):
    """Makes a permission group; its id."""

    def made():
        return ask("createpermission", permission_name=f"group {next(NUMBERS)}").body["permission_id"]

    return made


def photo(box, photo_id, method="GET"):
    request = urllib.request.Request(f"{box.api}{ROOT}getregisterimage/{photo_id}", method=method)
    with urllib.request.urlopen(request) as reply:
        assert (reply.status, reply.headers.get_content_type()) == (200, "image/jpeg")
        return reply.read()


class TestCreating:
    def test_the_answer_names_the_person_the_photo_and_the_face(self, ask):
        """Three ids, and the person is there under them."""
        made = ask("createidentity", identity_id="three", identity_name="Ada", **ADA)
        assert (made.status, made.body.keys()) == (200, {"identity_id", "register_image_id", "face_id"})
        told = ask("getidentity", identity_id="three").body
        assert (told["face_ids"], told["register_image_ids"]) == (
            [made.body["face_id"]],
            [made.body["register_image_id"]],
        )

    def test_what_is_not_given_has_its_default(self, ask):
        """A made id, the word for anonymous, employee, no groups, nothing beside."""
        made = ask("createidentity", **ADA).body
        told = ask("getidentity", identity_id=made["identity_id"]).body
        assert told.keys() == IDENTITY_KEYS
        assert (told["identity_name"], told["user_type"]) == ("匿名", "employee")
        assert (told["permission_ids"], told["ext_user_info"]) == ([], {})

    @pytest.mark.parametrize("empty", [{"identity_id": ""}, {"identity_id": None}, {"identity_name": ""}])
    def test_an_empty_id_or_name_is_none(self, ask, empty):
        """Null is "not given" everywhere; of these two the empty text as well."""
        made = ask("createidentity", **ADA, **empty)
        assert (made.status, len(made.body["identity_id"])) == (200, 32)

    def test_all_that_is_given_is_told_again(self, ask, group):
        """Also what nobody reads here."""
        groups = [group(), group()]
        beside = {"mobile": "123", "title": "博士", "floor": 3, "tags": ["a", {"b": None}]}
        given = {
            "identity_id": "all",
            "identity_name": "王小明",
            "permission_ids": groups,
            "ext_user_info": beside,
        }
        ask("createidentity", **ADA, **given, user_type="vip")
        told = ask("getidentity", identity_id="all").body
        assert {key: told[key] for key in given} == given
        assert told["user_type"] == "vip"

    @pytest.mark.parametrize("word", ["employee", "visitor", "blacklist", "stranger", "vip", "VIP", "Visitor"])
    def test_c24_a_type_is_read_in_any_case(self, ask, someone, word):
        """And told in lower case."""
        told = ask("getidentity", identity_id=someone(user_type=word)).body
        assert told["user_type"] == word.lower()

    @pytest.mark.parametrize("word", ["no", "low", "normal", "middle", "high", "custom"])
    def test_c17_every_word_for_a_level_is_taken(self, ask, word):
        """By each of the calls that register a face."""
        made = ask("createidentity", **ADA, fiqa_level=word)
        assert made.status == 200
        of = {"identity_id": made.body["identity_id"], "fiqa_level": word, **ADA}
        assert ask("addface", **of).status == 200
        assert ask("replaceface", **of, register_image_index=0).status == 200

    @pytest.mark.parametrize(
        "source",
        [
            {"register_image": base64_of("bob")},
            {"register_image": "data:image/jpeg;base64," + base64_of("bob")},
            {"register_image": "\r\n".join(base64_of("bob"))},
            {"register_image_path": "bob.jpg"},
            {"register_image_path": "bob.jpg", "register_image": "", "register_feature": []},
            {"register_feature": [float(value) for value in np.frombuffer(vector("bob"), "<f4")]},
            {"register_feature": base64.b64encode(vector("bob")).decode()},
            {"register_feature": base64.b64encode(vector("bob")).decode(), "register_image": base64_of("eve")},
            {"register_image": base64_of("bob"), "register_image_path": "none.jpg"},
        ],
        ids=[
            "base64",
            "uri",
            "lines",
            "path",
            "empty others",
            "list",
            "feature",
            "feature first",
            "image before path",
        ],
    )
    def test_a_face_comes_in_each_documented_form(self, box, ask, source):
        """A vector goes before a picture, a picture before a path."""
        made = ask("createidentity", identity_id="bob", force_replace=True, **source)
        assert made.status == 200, made.body
        found = box.call(lambda: box.process.people.find(vector("bob"), "", 82.0)).identity
        assert found.identity_id == "bob"
        ask("deleteidentities", identity_ids=["bob"])

    def test_force_replace_overwrites(self, ask, someone):
        """The person and all their faces; without it a taken id is refused by its name."""
        identity_id = someone(identity_name="Ada", user_type="vip")
        taken = ask("createidentity", identity_id=identity_id, **ADA)
        assert (taken.status, taken.code) == (400, "ID_REPEAT_ERROR")
        assert identity_id in taken.body["error"]["message"]
        before = ask("getidentity", identity_id=identity_id).body
        ask("createidentity", identity_id=identity_id, force_replace=True, **ADA)
        after = ask("getidentity", identity_id=identity_id).body
        assert (after["identity_name"], after["user_type"]) == ("匿名", "employee")
        assert not set(after["face_ids"]) & set(before["face_ids"])

    @pytest.mark.parametrize(
        ("given", "status", "code", "message"),
        [
            ({}, 400, "MISSING_ARGUMENTS", "register_image"),
            ({"register_image": ""}, 400, "MISSING_ARGUMENTS", "register_image"),
            ({"register_image": 5}, 400, "INVALID_ARGUMENTS", "register_image"),
            ({"register_image": "!!"}, 400, "IMAGE_DECODE_ERROR", "register_image"),
            ({"register_image": base64_of("text")}, 400, "IMAGE_DECODE_ERROR", ""),
            ({"register_image": base64_of("wall")}, 400, "NO_FACE_ERROR", ""),
            ({"register_image": base64_of("tiny")}, 400, "LOW_QUALITY_ERROR", ""),
            ({"register_image": base64_of("ada", MAX_IMAGE_BYTES)}, 400, "IMAGE_SIZE_TOO_LARGE_ERROR", ""),
            ({"register_image_path": "none.jpg"}, 400, "IMAGE_NOT_OPENED", "none.jpg"),
            ({"register_image_path": "../store.sqlite"}, 400, "IMAGE_NOT_OPENED", ""),
            ({"register_image_path": "/etc/passwd"}, 400, "IMAGE_NOT_OPENED", ""),
            ({"register_feature": [0.5] * 128}, 400, "INVALID_ARGUMENTS", f"128 numbers.*{DIM}"),
            ({"register_feature": [0] * DIM}, 400, "INVALID_ARGUMENTS", "zeros"),
            ({"register_feature": [1e300] * DIM}, 400, "INVALID_ARGUMENTS", "not a number"),
            ({"register_feature": [0.5, "x"]}, 400, "INVALID_ARGUMENTS", r"register_feature\[1\]"),
            ({"register_feature": [0.5] * 5000}, 400, "INVALID_ARGUMENTS", "4096"),
            ({"register_feature": "/9j/4AA"}, 400, "INVALID_ARGUMENTS", "register_feature"),
            ({"register_feature": {"a": 1}}, 400, "INVALID_ARGUMENTS", "register_feature"),
            ({**ADA, "fiqa_level": "best"}, 400, "INVALID_ARGUMENTS", "fiqa_level"),
            ({**ADA, "user_type": "car"}, 400, "INVALID_ARGUMENTS", "user_type"),
            ({**ADA, "permission_ids": "day"}, 400, "INVALID_ARGUMENTS", "permission_ids"),
            ({**ADA, "permission_ids": [1]}, 400, "INVALID_ARGUMENTS", "permission_ids"),
            ({**ADA, "permission_ids": ["ghost"]}, 404, "PERMISSION_ID_NOT_FOUND", "ghost"),
            ({**ADA, "permission_ids": ["g"] * 257}, 400, "INVALID_ARGUMENTS", "permission_ids"),
            ({**ADA, "ext_user_info": []}, 400, "INVALID_ARGUMENTS", "ext_user_info"),
            ({**ADA, "ext_user_info": {"a": "x" * 20_000}}, 400, "INVALID_ARGUMENTS", "ext_user_info"),
            ({**ADA, "ext_user_info": NESTED}, 400, "INVALID_ARGUMENTS", "ext_user_info.*deeper"),
            ({**ADA, "force_replace": "yes"}, 400, "INVALID_ARGUMENTS", "force_replace"),
            ({**ADA, "identity_id": 7}, 400, "INVALID_ARGUMENTS", "identity_id"),
            ({**ADA, "identity_id": "x" * 129}, 400, "INVALID_ARGUMENTS", "129"),
            ({**ADA, "identity_name": "x" * 257}, 400, "INVALID_ARGUMENTS", "257"),
            ({**ADA, "identity_name": "a\nb"}, 400, "INVALID_ARGUMENTS", "name"),
        ],
    )
    def test_what_is_wrong_is_told_by_the_documented_code(self, ask, given, status, code, message):
        """With the argument or the id in the message; nobody is registered."""
        count = ask("getidentities").body["pagination"]["total_count"]
        answer = ask("createidentity", **given)
        assert (answer.status, answer.code) == (status, code), answer.body
        assert re.search(message, answer.body["error"]["message"])
        assert ask("getidentities").body["pagination"]["total_count"] == count

    def test_wrong_types_come_before_what_is_taken(self, ask, someone):
        """A call that can never work says so, whatever the state."""
        taken = {"identity_id": someone(), **ADA}
        assert ask("createidentity", **taken, user_type="car").code == "INVALID_ARGUMENTS"
        assert ask("createidentity", **taken).code == "ID_REPEAT_ERROR"

    def test_a_body_that_is_no_json_is_refused_as_documented(self, box):
        """No JSON, none at all, another kind."""
        path = ROOT + "createidentity"
        kinds = {"Content-Type": "application/json"}
        assert box.ask("POST", path, b"{", kinds).code == "INVALID_REQUEST_JSON"
        assert box.ask("POST", path, b"", kinds).code == "EMPTY_REQUEST_JSON"
        assert box.ask("POST", path, b"a=1", {"Content-Type": "text/plain"}).code == "UNSUPPORT_CONTENT_TYPE"


class TestReading:
    def test_an_unknown_id_is_told(self, ask):
        """By itself in the message."""
        answer = ask("getidentity", identity_id="nobody")
        assert (answer.status, answer.code) == (404, "ID_NOT_FOUND")
        assert "nobody" in answer.body["error"]["message"]
        assert ask("getidentity", identity_id="").code == "INVALID_ARGUMENTS"
        assert ask("getidentity", other=1).code == "MISSING_ARGUMENTS"

    @pytest.mark.parametrize("name", ["getidentities", "getidentitys"])
    def test_c31_a_list_has_ten_people_and_their_number(self, ask, someone, name):
        """Under the name of the vendor's index, too; pages count from 0 and do not overlap."""
        for _ in range(11):
            someone(identity_name=f"of {name}")
        filters = {"identity_name": f"OF {name.upper()}"}
        pages = [ask(name, filters=filters, page_index=index).body for index in range(3)]
        assert [len(page["identities"]) for page in pages] == [10, 1, 0]
        assert [page["pagination"] for page in pages] == [
            {"page_index": index, "page_limit": 10, "total_count": 11} for index in range(3)
        ]
        people = [each["identity_id"] for page in pages for each in page["identities"]]
        assert len(set(people)) == 11
        assert all(each.keys() == IDENTITY_KEYS for page in pages for each in page["identities"])

    @pytest.mark.parametrize(
        ("part", "found"), [("小明", ["王小明"]), ("王", ["王小明", "王二"]), ("ada", ["Ada L."]), ("L%", [])]
    )
    def test_a_name_is_found_by_a_part_of_it(self, ask, someone, part, found):
        """In Chinese, in any case; signs of patterns are letters."""
        made = [someone(identity_name=name) for name in ("王小明", "王二", "Ada L.")]
        told = ask("getidentities", filters={"identity_name": part}, page_limit=500).body["identities"]
        assert [each["identity_name"] for each in told if each["identity_id"] in made] == found
        ask("deleteidentities", identity_ids=made)

    def test_people_are_found_by_group_and_by_id(self, ask, someone, group):
        """Who has one of the groups; all filters together."""
        day, night = group(), group()
        both, one = someone(permission_ids=[day, night]), someone(permission_ids=[night])

        def found(**filters):
            told = ask("getidentities", filters=filters).body
            assert told["pagination"]["total_count"] == len(told["identities"])
            return [each["identity_id"] for each in told["identities"]]

        assert found(permission_id_list=[day]) == [both]
        assert found(permission_id_list=[night, day]) == [both, one]
        assert found(permission_id_list=["ghost"]) == []
        assert found(identity_id=one) == [one]
        assert found(identity_id=one, permission_id_list=[day]) == []

    @pytest.mark.parametrize(
        "given",
        [
            {"page_limit": 0},
            {"page_limit": 1001},
            {"page_limit": "10"},
            {"page_index": -1},
            {"page_index": 1.5},
            {"page_index": 10**30},
            {"filters": []},
            {"filters": {"identity_name": 5}},
            {"filters": {"permission_id_list": "day"}},
            {"filters": {"permission_id_list": ["x"] * 401}},
        ],
    )
    def test_a_list_refuses_what_it_cannot_read(self, ask, given):
        """By the name of the argument."""
        answer = ask("getidentities", **given)
        assert (answer.status, answer.code) == (400, "INVALID_ARGUMENTS")
        assert any(name in answer.body["error"]["message"] for name in (*given, *given.get("filters", ())))


class TestChanging:
    @pytest.mark.parametrize("name", ["updateidentity", "updateidenity"])
    @pytest.mark.parametrize(
        ("key", "value"),
        [
            ("identity_name", "Ada L."),
            ("user_type", "blacklist"),
            ("ext_user_info", {"room": "7"}),
            ("permission_ids", []),
        ],
    )
    def test_c31_what_is_given_is_overwritten_and_nothing_else(self, ask, someone, group, name, key, value):
        """The answer is the person as they are now."""
        identity_id = someone(
            identity_name="Ada", user_type="vip", ext_user_info={"title": "x"}, permission_ids=[group()]
        )
        before = ask("getidentity", identity_id=identity_id).body
        answer = ask(name, identity_id=identity_id, **{key: value})
        assert (answer.status, answer.body) == (200, {**before, key: value})
        assert ask("getidentity", identity_id=identity_id).body == answer.body

    @pytest.mark.parametrize(
        ("given", "code"),
        [
            ({"identity_name": "x"}, "MISSING_ARGUMENTS"),
            ({"identity_id": "nobody"}, "ID_NOT_FOUND"),
            ({"identity_id": "there", "identity_name": ""}, "INVALID_ARGUMENTS"),
            ({"identity_id": "there", "user_type": "car"}, "INVALID_ARGUMENTS"),
            ({"identity_id": "there", "permission_ids": ["ghost"]}, "PERMISSION_ID_NOT_FOUND"),
            ({"identity_id": "there", "ext_user_info": "x"}, "INVALID_ARGUMENTS"),
        ],
    )
    def test_a_change_that_cannot_be_is_refused(self, ask, someone, given, code):
        """Nothing becomes different."""
        someone(identity_id="there", force_replace=True)
        before = ask("getidentity", identity_id="there").body
        assert ask("updateidentity", **given).code == code
        assert ask("getidentity", identity_id="there").body == before

    def test_people_go_and_the_unknown_are_told(self, ask, someone):
        """In the order in which they were named, each once; a second time nobody is there."""
        one, two = someone(), someone()
        wanted = [two, "nobody", one, two]
        answer = ask("deleteidentities", identity_ids=wanted)
        assert answer.body == {"success_identity_ids": [two, one], "failed_identity_ids": ["nobody"]}
        assert ask("getidentity", identity_id=one).code == "ID_NOT_FOUND"
        assert ask("deleteidentities", identity_ids=[one]).body["failed_identity_ids"] == [one]

    @pytest.mark.parametrize(
        ("given", "code"),
        [
            ({"x": 1}, "MISSING_ARGUMENTS"),
            ({"identity_ids": "all"}, "INVALID_ARGUMENTS"),
            ({"identity_ids": [1]}, None),
        ],
    )
    def test_deleting_needs_a_list_of_ids(self, ask, given, code):
        """Nobody goes by mistake."""
        assert ask("deleteidentities", **given).code == (code or "INVALID_ARGUMENTS")


class TestFaces:
    def test_a_face_is_added_as_the_last(self, ask, someone):
        """All ids are told, in order."""
        identity_id = someone()
        before = ask("getidentity", identity_id=identity_id).body
        answer = ask("addface", identity_id=identity_id, register_feature=numbers(next(NUMBERS))).body
        assert answer.keys() == {"identity_id", "total_face_cnt", "face_ids", "register_image_ids"}
        assert (answer["identity_id"], answer["total_face_cnt"]) == (identity_id, 2)
        assert answer["face_ids"][:1] == before["face_ids"]
        assert answer["register_image_ids"][:1] == before["register_image_ids"]

    @pytest.mark.parametrize("named", ["index", "photo", "face", "photo before face"])
    @pytest.mark.parametrize("name", ["replaceface", "updateimage"])
    def test_a_face_is_replaced_in_its_place(self, ask, someone, name, named):
        """Named by its place, counted from 0, by its photo or by itself."""
        identity_id = someone()
        for _ in range(2):
            before = ask("addface", identity_id=identity_id, register_feature=numbers(next(NUMBERS))).body
        which = {
            "index": {"register_image_index": 1},
            "photo": {"register_image_id": before["register_image_ids"][1]},
            "face": {"face_id": before["face_ids"][1]},
            "photo before face": {
                "register_image_id": before["register_image_ids"][1],
                "face_id": before["face_ids"][0],
            },
        }[named]
        after = ask(name, identity_id=identity_id, **which, register_feature=numbers(next(NUMBERS))).body
        same = [one == other for one, other in zip(before["face_ids"], after["face_ids"])]
        assert (same, after["total_face_cnt"]) == ([True, False, True], 3)
        assert after["register_image_ids"][1] not in before["register_image_ids"]

    @pytest.mark.parametrize("named", ["photo", "face", "photo before face"])
    def test_a_face_is_deleted(self, ask, someone, named):
        """By the id of its photo, or its own; the photo's counts when both are given."""
        identity_id = someone()
        before = ask("addface", identity_id=identity_id, register_feature=numbers(next(NUMBERS))).body
        which = {
            "photo": {"register_image_id": before["register_image_ids"][0]},
            "face": {"face_id": before["face_ids"][0]},
            "photo before face": {
                "register_image_id": before["register_image_ids"][0],
                "face_id": before["face_ids"][1],
            },
        }[named]
        after = ask("deleteface", identity_id=identity_id, **which).body
        assert (after["face_ids"], after["total_face_cnt"]) == (before["face_ids"][1:], 1)
        last = ask("deleteface", identity_id=identity_id, face_id=before["face_ids"][1]).body
        assert (last["face_ids"], last["register_image_ids"], last["total_face_cnt"]) == ([], [], 0)

    @pytest.mark.parametrize(
        ("name", "given", "code"),
        [
            ("addface", {**ADA}, "MISSING_ARGUMENTS"),
            ("addface", {"identity_id": "nobody", **ADA}, "ID_NOT_FOUND"),
            ("addface", {"identity_id": "there"}, "MISSING_ARGUMENTS"),
            ("addface", {"identity_id": "there", "register_image": base64_of("wall")}, "NO_FACE_ERROR"),
            ("deleteface", {"identity_id": "there"}, "MISSING_ARGUMENTS"),
            ("deleteface", {"identity_id": "there", "face_id": "none"}, "ID_NOT_FOUND"),
            ("deleteface", {"identity_id": "nobody", "face_id": "none"}, "ID_NOT_FOUND"),
            ("deleteface", {"identity_id": "there", "register_image_id": 5}, "INVALID_ARGUMENTS"),
            ("replaceface", {"identity_id": "there", **ADA}, "MISSING_ARGUMENTS"),
            ("replaceface", {"identity_id": "there", "register_image_index": 0}, "MISSING_ARGUMENTS"),
            ("replaceface", {"identity_id": "there", "register_image_index": 1, **ADA}, "ID_NOT_FOUND"),
            ("replaceface", {"identity_id": "there", "register_image_index": -1, **ADA}, "INVALID_ARGUMENTS"),
            ("replaceface", {"identity_id": "there", "register_image_id": "none", **ADA}, "ID_NOT_FOUND"),
            ("replaceface", {"identity_id": "there", "face_id": "none", **ADA}, "ID_NOT_FOUND"),
        ],
    )
    def test_a_face_that_cannot_be_is_refused(self, ask, someone, name, given, code):
        """The others stay as they are."""
        someone(identity_id="there", force_replace=True)
        before = ask("getidentity", identity_id="there").body
        assert ask(name, **given).code == code
        assert ask("getidentity", identity_id="there").body == before

    def test_a_person_with_all_their_faces_gets_no_more(self, ask, someone):
        """As a full gallery is told."""
        identity_id = someone()
        answers = [
            ask("addface", identity_id=identity_id, register_feature=numbers(next(NUMBERS))) for _ in range(20)
        ]
        assert {answer.status for answer in answers[:19]} == {200}
        assert (answers[19].status, answers[19].code) == (400, "GROUP_LEN_ERROR")


class TestPhotos:
    @pytest.mark.parametrize("method", ["GET", "POST"])
    def test_c28_a_photo_is_fetched_either_way(self, box, ask, method):
        """The page says GET, the index POST."""
        made = ask("createidentity", **ADA).body
        assert photo(box, made["register_image_id"], method) == PHOTO_JPEG

    def test_without_a_photo_the_answer_is_a_blank_one(self, box, ask):
        """An unknown id, and a face that was registered by its vector alone."""
        made = ask("createidentity", register_feature=numbers(next(NUMBERS))).body
        for photo_id in ("none", made["register_image_id"]):
            assert decode_image(photo(box, photo_id)).min() > 250


def test_people_are_shown_and_changed_only_to_who_may(tmp_path_factory):
    """Both switches are off at first: pictures of people leave the box by nobody's mistake."""
    with running_box(tmp_path_factory.mktemp("c")) as closed:
        for name in (
            "getidentity",
            "getidentities",
            "createidentity",
            "updateidentity",
            "deleteidentities",
            "addface",
        ):
            assert closed.post(ROOT + name, {}).code == "PASSWORD_ERROR"
        assert closed.ask("GET", ROOT + "getregisterimage/x").code == "PASSWORD_ERROR"


def test_a_deletion_is_noted_without_names(tmp_path_factory):
    """Who asked, and how many went."""
    with running_box(tmp_path_factory.mktemp("n"), access={"open_writes": True}) as box:
        box.register("E-77", "Adelaide", "ada")
        box.post(ROOT + "deleteidentities", {"identity_ids": ["E-77", "nobody"]})
        audit = box.call(lambda: box.process._access.audit)
        until(lambda: any(line.action == "people deleted" for line in audit.search("", 10, 0)[0]), "the line")
        lines, _ = audit.search("", 10, 0)
    assert [line.detail for line in lines if line.action == "people deleted"] == ["1 of 2"]
    assert "E-77" not in repr(lines)
