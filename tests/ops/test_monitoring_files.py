"""Alert rules and dashboard ask for figures that ``/metrics`` tells, by labels that it has."""

import json
import re
import sys
from pathlib import Path

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

REPO = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPO / "scripts"))
from documents.sample import sample  # noqa: E402 - the folder of the generator is no package

from sophon_report.ops.metrics import UNITS  # noqa: E402
from sophon_report.report import exports  # noqa: E402
from sophon_report.report.figures import Snapshot  # noqa: E402

FOLDER = REPO / "systemd" / "monitoring"
BY_PROMETHEUS = {"instance", "job"}


@pytest.fixture(scope="module")
def told():
    """Labels and values by name, of a service of which every part has something."""
    found = {}
    for family in text_string_to_metric_families(exports.metrics(sample(Snapshot)).decode()):
        for one in family.samples:
            for label, value in one.labels.items():
                found.setdefault(one.name, {}).setdefault(label, set()).add(value)
            found.setdefault(one.name, {})
    return found


def expressions():
    rules = yaml.safe_load((FOLDER / "alerts.yml").read_text("utf-8"))["groups"][0]["rules"]
    dashboard = json.loads((FOLDER / "dashboard.json").read_text("utf-8"))
    asked = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", ())]
    return [rule["expr"] for rule in rules] + asked


@pytest.mark.parametrize("expression", expressions())
def test_every_figure_that_is_asked_for_is_told(told, expression):
    """With its labels, and the values that they are compared with where those are words of ours."""
    plain = re.sub(r'"[^"]*"', '""', expression)
    assert plain.count("(") == plain.count(")")
    assert plain.count("{") == plain.count("}")
    names = re.findall(r"sophon_report_\w+", plain)
    assert names or "up{" in plain
    for name in names:
        assert name in told, name
    for name, inside in re.findall(r"(sophon_report_\w+)\{([^}]*)\}", expression):
        for label, _, value in re.findall(r'(\w+)(=~|=)"([^"]*)"', inside):
            assert label in {*told[name], *BY_PROMETHEUS}, (name, label)
            if label == "state":
                assert set(value.split("|")) <= told[name][label], (name, value)


def test_every_alert_says_what_happened_and_what_to_do():
    """For whom it wakes up."""
    for rule in yaml.safe_load((FOLDER / "alerts.yml").read_text("utf-8"))["groups"][0]["rules"]:
        assert rule["labels"]["severity"] in ("critical", "warning")
        assert set(rule["annotations"]) == {"summary", "what_to_do"}
        assert "$labels.instance" in rule["annotations"]["summary"]


def test_the_dashboard_can_be_imported_anywhere():
    """It names no data source of its own: who imports it chooses one."""
    dashboard = json.loads((FOLDER / "dashboard.json").read_text("utf-8"))
    variables = {one["name"]: one["type"] for one in dashboard["templating"]["list"]}
    assert variables == {"datasource": "datasource", "instance": "query"}
    panels = [panel for panel in dashboard["panels"] if panel["type"] != "row"]
    assert {panel["datasource"]["uid"] for panel in panels} == {"${datasource}"}
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])


def test_every_figure_has_a_help_a_type_and_a_unit_in_its_name():
    """The unit is one of a few; what has none counts things."""
    for figure in exports._all(sample(Snapshot)):
        assert figure.help.endswith((".", "ms", "why")), figure
        assert figure.kind in ("counter", "gauge")
        assert figure.unit in ("", *UNITS)
        assert not figure.name.endswith(("_ms", "_s", "_pct", "_mb")), figure.name
