"""The reserve of the disk is a twentieth of it at most; refused events were held to all of ``reserve_bytes``.

On a disk with less than 256 MiB free none was kept, however small the disk was.
"""

from journal_events import visit
from running_box import running_box

from sophon_report.delivery.letter import letter_of


def test_a_refused_event_is_kept_where_a_twentieth_is_free(tmp_path_factory):
    """A reserve larger than any disk counts as that part."""
    event = visit(17)
    refused = letter_of(1, event, reason="HTTP 400", status=400, answer="", attempts=5, now_ms=1)
    settings = {
        "journal": {"reserve_bytes": 1 << 40},
        "destination": [{"name": "platform", "url": "http://127.0.0.1:1/", "enabled": False}],
    }
    with running_box(tmp_path_factory.mktemp("s") / "d", **settings) as box:
        letters = box.call(box.process.destinations.dead_letters, "platform")
        assert letters.add(refused, event)
        assert letters.count == 1
