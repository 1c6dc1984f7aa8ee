"""Layouts that packages bring, in processes of their own with a site folder beside the service."""

import json
import os
import re
import subprocess
import sys

import pytest
from command import REPO, command, write_config

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PAGE = (REPO / "docs" / "en" / "layouts.md").read_text("utf-8")
TELL = """
import json, sys
from samples import visit
from sophon_report.wire import layouts
from sophon_report.wire.telling import Telling
print(layouts.body(layouts.find(sys.argv[1]), visit(), Telling(), sys.argv[2])[0].decode())
"""
FIND = """
import sys
from sophon_report.errors import LayoutError, NotFound
from sophon_report.wire import layouts
try:
    print(layouts.find(sys.argv[1]).name)
except (LayoutError, NotFound) as error:
    print(type(error).__name__, error)
"""


def example(language):
    """The code of that language in the page of the documents."""
    return re.search(rf"```{language}\n(.*?)```", PAGE, re.DOTALL).group(1)


def install(site, module, code, project):
    """What an installer leaves behind: the module, and the metadata that ``pyproject.toml`` asks for."""
    told = tomllib.loads(project)["project"]
    info = site / f"{told['name'].replace('-', '_')}-{told['version']}.dist-info"
    info.mkdir()
    (site / f"{module}.py").write_text(code, "utf-8")
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {told['name']}\nVersion: {told['version']}\n")
    groups = (
        f"[{group}]\n" + "".join(f"{name} = {value}\n" for name, value in points.items())
        for group, points in told["entry-points"].items()
    )
    (info / "entry_points.txt").write_text("".join(groups))


def project(name, point, target):
    return (
        f'[project]\nname = "{name}"\nversion = "2.0"\n'
        f'[project.entry-points."sophon_report.layouts"]\n{point} = "{target}"\n'
    )


@pytest.fixture
def site(tmp_path):
    folder = tmp_path / "site"
    folder.mkdir()
    install(folder, "acme_layout", example("python"), example("toml"))
    return folder


def environment(site):
    paths = [str(site), str(REPO), str(REPO / "tests")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}


def said(site, code, *arguments):
    """What a process with that site folder prints."""
    ended = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        env=environment(site),
        check=True,
    )
    return ended.stdout


def test_the_readmes_example_is_found_and_tells_an_event(site):
    """As it stands there, module and project file."""
    event = json.loads(said(site, TELL, "acme", "json"))
    assert list(event) == ["id", "who", "door", "came_ms", "left_ms", "face"]
    assert (event["who"], event["door"]) == ("E-0001", "front door")
    assert 'name="door"\n\nfront door\n' in said(site, TELL, "acme", "form-data")


def test_check_config_takes_an_installed_layout_and_names_an_unknown_one(site, tmp_path):
    """Status 2, with the key and all names there are; the example's is one of them."""
    seed = '[[destination]]\nname = "{0}"\nurl = "http://192.0.2.1/"\nlayout = "{0}"\n'
    config = write_config(tmp_path, seed.format("acme"))
    assert command("check-config", config, env=environment(site)).returncode == 0
    write_config(tmp_path, seed.format("acme") + seed.format("emca"))
    ended = command("check-config", config, env=environment(site))
    assert ended.returncode == 2
    assert ended.stderr.startswith("destination[1].layout: there is no layout named emca; there are g2")
    assert ended.stderr.endswith("acme\n")


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ("nowhere:LAYOUT", "ModuleNotFoundError"),
        ("broken:NOTHING", "AttributeError"),
        ("broken:answer", "is no sophon_report.wire.layouts.Layout"),
        ("leaves:LAYOUT", "SystemExit"),
    ],
)
def test_a_broken_package_is_named_and_hurts_no_other(site, target, why):
    """Its name and what is wrong; the layouts beside it are found."""
    install(site, "broken", "answer = 42\n", project("broken-layouts", "bad", target))
    (site / "leaves.py").write_text("raise SystemExit(1)\n")
    told = said(site, FIND, "bad")
    assert told.startswith("LayoutError layout bad of package broken-layouts ")
    assert why in told
    assert [said(site, FIND, name) for name in ("acme", "g2")] == ["acme\n", "g2\n"]


def test_the_vendors_names_belong_to_the_vendors_layouts(site):
    """A package cannot take one over."""
    install(site, "taker", example("python"), project("taker", "g2", "taker:LAYOUT"))
    assert said(site, FIND, "g2") == "g2\n"


def test_doctor_lists_all_layouts_and_names_the_missing_one(site, tmp_path):
    """The package's too; a destination without a layout is a problem."""
    config = write_config(
        tmp_path, '[[destination]]\nname = "platform"\nurl = "http://127.0.0.1:9/"\nlayout = "emca"\n'
    )
    findings = json.loads(command("doctor", "--json", "--config", config, env=environment(site)).stdout)
    assert [one["text"] for one in findings if one["subject"] == "layouts"] == ["g2, g1, g0, se3, acme"]
    problems = [one["text"] for one in findings if one["level"] == "error"]
    assert any(detail.startswith("there is no layout named emca") for detail in problems)
