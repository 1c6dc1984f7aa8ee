"""A settings file of an earlier version is taken as it is: no key of it is unknown, no value out of bounds.

A version that takes a key away has to say here by which words it refuses it.
"""

import re
from pathlib import Path

import pytest

from sophon_report.config import Settings, load_settings, parse_settings
from sophon_report.config.seeds import DestinationSeed, DeviceSeed
from sophon_report.errors import ConfigError

FILES = sorted((Path(__file__).parent / "earlier_settings").glob("*.toml"))
REFUSED = {}
"""Words by version and key."""


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_settings_file_of_an_earlier_version_is_taken_or_refused_by_name(path):
    """Each key."""
    try:
        load_settings(path)
        problems = {}
    except ConfigError as error:
        problems = dict(error.problems)
    assert problems == REFUSED.get(path.stem, {})


def test_the_newest_file_has_every_key_of_today():
    """A key that is forgotten there would be held against nothing."""
    text = FILES[-1].read_text("utf-8")
    tables = {
        name: text.partition(f"\n{name}\n")[2].partition("\n[")[0]
        for name in re.findall(r"^\[.*\]$", text, re.MULTILINE)
    }
    now = Settings().model_dump()
    for section, values in now.items():
        if isinstance(values, dict):
            missing = [key for key in values if not re.search(rf"^{key} = ", tables[f"[{section}]"], re.MULTILINE)]
            assert missing == [], section
    for seed, table in ((DeviceSeed, "[[device]]"), (DestinationSeed, "[[destination]]")):
        keys = [field.alias or name for name, field in seed.model_fields.items()]
        assert [key for key in keys if not re.search(rf"^{key} = ", tables[table], re.MULTILINE)] == []


def test_a_key_that_nobody_knows_is_refused_by_its_name():
    """As one that a version has taken away is."""
    with pytest.raises(ConfigError) as refused:
        parse_settings({"visit": {"gap_seconds": 3}})
    assert refused.value.problems == (("visit.gap_seconds", "unknown key"),)
