"""Every setting has a name and a line of what it does, in both languages; no text is of a setting that is gone."""

import json
from pathlib import Path

import pytest
from pydantic import BaseModel

from sophon_report.api.v1.settings import ELSEWHERE, SettingCalls
from sophon_report.api.v1.tags import Tags
from sophon_report.config import Settings

TEXTS = Path(__file__).resolve().parents[2] / "sophon_report" / "web" / "texts"


class _Still:
    """Settings that nobody changes."""

    now = file = Settings()
    stored = frozenset()
    waiting = ()


def wanted():
    """Keys that the settings and their choices ask for."""
    found = set()
    for one in SettingCalls(_Still(), {}, Tags())._settings():
        found |= {f"settings.{one.key}.{each}" for each in ("name", "what", *one.choices)}
        found.add(f"settings.group.{one.key.partition('.')[0] if '.' in one.key else 'box'}")
    return found


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_setting_and_every_choice_has_its_words_and_none_is_left_over(language):
    """Whoever adds a setting writes what it does."""
    known = set(json.loads((TEXTS / language / "settings.json").read_text("utf-8")))
    assert (sorted(wanted() - known), sorted(known - wanted())) == ([], [])


def test_the_list_of_settings_has_every_key_of_the_settings_file():
    """But what a start decides, and what has resources of its own."""
    told = {one.key for one in SettingCalls(_Still(), {}, Tags())._settings()}
    for name in Settings.model_fields:
        if name in ELSEWHERE:
            continue
        value = getattr(Settings(), name)
        keys = [f"{name}.{key}" for key in type(value).model_fields] if isinstance(value, BaseModel) else [name]
        assert set(keys) <= told
