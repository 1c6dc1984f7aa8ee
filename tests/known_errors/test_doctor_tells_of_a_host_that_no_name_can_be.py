"""A host name with an empty part broke its look off: a traceback, which named the whole address."""

import threading

from sophon_report.config import parse_settings
from sophon_report.doctor.examine import examine
from sophon_report.doctor.patience import all_within


def test_a_host_that_no_name_can_be_is_told_as_such(tmp_path):
    """And not as a name server that is silent."""
    destination = {"name": "platform", "url": "http://east..example/x?key=s3cret"}
    settings = parse_settings({"data_dir": str(tmp_path / "d"), "destination": [destination]})
    [found] = [each for each in examine(settings) if each.id == "destination"]
    assert found.level == "warning"
    assert "no answer" not in found.text
    assert "s3cret" not in found.text


def test_no_thread_is_named_by_what_it_looks_at():
    """That may be an address with a key in it, and names stand in tracebacks."""
    [name] = all_within(30, {"http://east/?key=s3cret": lambda: threading.current_thread().name}).values()
    assert "s3cret" not in name
