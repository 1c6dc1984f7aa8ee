"""People as the interface before API 2.0 shows them: pure values, and names that lead there and back."""

from hypothesis import given
from hypothesis import strategies as st

from sophon_report.api.groups import DEFAULT_GROUP
from sophon_report.model import Person, UserType
from sophon_report.store.groups import FIRST_GROUP
from sophon_report.wire.old_people import (
    EXT_NAMES,
    ext_info,
    ext_user_info,
    old_pagination,
    other_info,
    told_info,
)

OLD = (
    *("mobile", "email", "idNumber", "gender", "visit_card_number", "jobNumber", "department", "entryTime"),
    *("title", "address", "floor", "building_no", "room", "descriptor", "startTime", "endTime", "purpose"),
    *("Interviewee", "comeFrom", "message"),
)
"""The twenty keys of the older page, in its order."""
NEW = (
    *("mobile", "email", "id_card", "gender", "visit_card_number", "employee_number", "department", "entry_time"),
    *("title", "address", "floor", "building_no", "room", "description", "start_time", "end_time", "purpose"),
    *("interviewee", "visitor_company", "welcome_message"),
)
"""The twenty of API 2.0 that mean the same."""
texts = st.text(max_size=5)
unknown = st.text("xyz", min_size=1, max_size=3)


def test_each_key_of_the_older_page_has_its_name_in_api_2():
    """A person made by a client of one is whole for a client of the other."""
    given_old = {key: f"value of {key}" for key in OLD}
    assert ext_user_info(given_old) == {new: f"value of {old}" for old, new in zip(OLD, NEW)}
    assert ext_info({key: key for key in NEW}) == {old: new for old, new in zip(OLD, NEW)}  # noqa: C416 - reads so


@given(st.dictionaries(st.sampled_from(OLD) | unknown, texts))
def test_what_an_older_client_gives_it_gets_back(given_old):
    """Keys that nobody lists too."""
    assert ext_info(ext_user_info(given_old)) == given_old


@given(st.dictionaries(st.sampled_from(NEW) | unknown, texts))
def test_what_a_newer_client_gives_survives_an_older_one(stored):
    """Read by the older names and written back."""
    assert ext_user_info(ext_info(stored)) == stored


def test_of_one_fact_in_both_spellings_the_older_counts():
    """It is that client's own table."""
    assert ext_user_info({"Interviewee": "Bob", "interviewee": "Eve"}) == {"interviewee": "Bob"}
    assert set(EXT_NAMES) < set(OLD)


def test_what_is_known_goes_before_what_was_given():
    """A client cannot have another id or type told than there is."""
    other = other_info({"name": "x", "user_id": "7", "face_ids": [], "aaa": 1, "description": "d"})
    assert other == {"aaa": 1, "description": "d"}
    ada = Person("E-1", "Ada", UserType.VIP, ("p1",))
    told = told_info(ada, (("f1", "i1"), ("f2", "i2")), ["default_group"], ["staff"], {"id_card": "9"}, other)
    assert told == {
        "aaa": 1,
        "description": "d",
        "name": "Ada",
        "type": 5,
        "permission_ids": ["p1"],
        "permission_names": ["staff"],
        "group_ids": ["default_group"],
        "user_id": "E-1",
        "image_id": "i1",
        "image_ids": ["i1", "i2"],
        "face_ids": ["f1", "f2"],
        "ext_info": {"idNumber": "9"},
    }


def test_pages_are_counted_whole():
    """The vendor's sample: 13 groups, ten a page, make two pages."""
    assert old_pagination(0, 10, 13) == {"skip_num": 0, "limit": 10, "num_pages": 2, "total_count": 13}
    assert old_pagination(0, 10, 0)["num_pages"] == 0


def test_the_group_that_is_always_there_has_one_name():
    """In the store and in every event."""
    assert FIRST_GROUP == DEFAULT_GROUP
