"""``destinations list`` said that nothing was lost where retention had taken events before they were delivered."""

from running_box import running_box, until
from structlog.testing import capture_logs

from sophon_report.cli.destination_list import HEADINGS, print_list
from sophon_report.config import parse_settings
from sophon_report.ops.data_dir import DataDir

SHOT_BYTES = 30_000


def test_what_retention_took_is_lost(tmp_path_factory, capsys):
    """With those that a realtime receiver lost, in one figure; the log warns of it."""
    root = tmp_path_factory.mktemp("s") / "d"
    journal = {"segment_bytes": 64 << 10, "max_bytes": 128 << 10}
    destination = [{"name": "away", "url": "http://127.0.0.1:9/"}]
    with capture_logs() as told, running_box(root, journal=journal, destination=destination) as box:

        def dropped():
            (row,) = box.call(box.process.destinations.stats)
            return row.dropped

        for number in range(8):
            box.vision.visit("eve", face_jpeg=b"\xff\xd8\xff\xe0" + bytes(SHOT_BYTES))
            until(lambda number=number: box.call(lambda: box.process.journal.last_seq) == 2 * number + 2)
        until(dropped)
        print_list(parse_settings({"data_dir": str(root)}), DataDir(root), as_json=False)
        lost = dropped()
    (row,) = [line for line in capsys.readouterr().out.splitlines() if "away" in line]
    assert row.split("│")[1:][HEADINGS.index("lost")].strip() == str(lost)
    levels = {line["log_level"] for line in told if line.get("undelivered", {}).get("away")}
    assert levels == {"warning"}
