"""Memory kept the events of an erased person, and a client that came back got them from there."""

import tempfile
from contextlib import closing
from pathlib import Path

from event_port import receive
from running_box import running_box
from waiting import until

from sophon_report.config import parse_settings
from sophon_report.people_erase import erase_person


def test_who_asks_for_the_past_is_not_told_of_an_erased_person():
    """Others are told as before."""
    with tempfile.TemporaryDirectory(prefix="e") as name, running_box(Path(name)) as box:
        box.register("E-1", "Ada", "ada")
        box.register("E-2", "Bob", "bob")
        for face in ("ada", "bob", "ada"):
            box.vision.visit(face)
        until(lambda: box.journaled() == 6, "three visits on the disk")

        erase_person(parse_settings({"data_dir": name}), "E-1", lambda _progress: None)

        box.vision.visit("bob")
        with closing(box.connect()) as client:
            client.send('{"since": 0}')
            assert [receive(client)["identity_id"] for _ in range(2)] == ["E-2", "E-2"]
