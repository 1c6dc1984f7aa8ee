"""Everybody on a trusted network was told the names, descriptions and whatever else was kept of all groups."""

import urllib.parse

import pytest
from running_box import running_box

FOG, FACE = "/SophonFogSys/api/", "/SophonFace/api/"


@pytest.fixture(scope="module")
def box(tmp_path_factory):
    """One where programs may change people and not read them."""
    with running_box(tmp_path_factory.mktemp("f"), access={"open_writes": True}) as running:
        for path, name in (("permissions", "permission_name"), ("groups", "group_name")):
            told = {name: "night shift", "description": "alone in the vault", "info": {"code": 7}}
            assert running.post(FOG + path, told).status == 200
        yield running


@pytest.mark.parametrize("path", ["permissions", "groups"])
def test_the_id_of_a_group_whose_name_is_known_is_told_and_no_more(box, path):
    """Which a program needs that registers people and devices in it."""
    asked = urllib.parse.urlencode({"info.name": "night shift", "exact": "true"})
    [found] = box.ask("GET", f"{FACE}{path}?{asked}").body["data"]
    assert found["_id"]
    assert found["info"] == {"name": "night shift"}


@pytest.mark.parametrize("path", ["permissions", "groups"])
@pytest.mark.parametrize(
    "query", ["", "?exact=true", "?info.name=&exact=true", "?info.name=n", "?info.name=night"]
)
def test_nobody_finds_a_group_by_trying(box, path, query):
    """Neither a list nor part of a name; the refusal names the switch."""
    answer = box.ask("GET", FACE + path + query)
    assert answer.status == 401
    assert "open_reads" in answer.body["error"]["message"]
    assert "night" not in str(answer.body)
