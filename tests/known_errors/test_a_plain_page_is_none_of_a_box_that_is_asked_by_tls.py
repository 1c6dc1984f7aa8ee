"""On the usual ports the origins of a plain page and of one by TLS differ in their scheme only: nobody looked."""

import pytest

from sophon_report.api.shown import is_of_no_other_site, is_of_the_page, is_of_this_origin

PLAIN = {"Host": "box", "Origin": "http://box", "X-Sophon-Page": "1"}
BY_TLS = {**PLAIN, "Origin": "https://box"}
NONE = {"Host": "", "Origin": "null", "X-Sophon-Page": "1"}


@pytest.mark.parametrize("rule", [is_of_this_origin, is_of_no_other_site])
def test_a_plain_page_is_none_of_a_box_that_is_asked_by_tls(rule):
    """Whoever sits in between may have written it. One by TLS before a plain port is that of a proxy."""
    assert [rule(BY_TLS, True), rule(BY_TLS, False), rule(PLAIN, False)] == [True, True, True]
    assert [rule(PLAIN, True), rule(NONE, True), rule(NONE, False)] == [False, False, False]


def test_it_changes_nothing_by_the_cookie():
    """Though it could set the header."""
    assert is_of_the_page("POST", BY_TLS, True)
    assert not is_of_the_page("POST", PLAIN, True)
