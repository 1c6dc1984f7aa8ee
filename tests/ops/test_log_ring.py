"""The newest lines of the log: bounded, numbered, found."""

from concurrent.futures import ThreadPoolExecutor

from sophon_report.ops.log_ring import LogRing


def said(ring, event, level="info", **fields):
    ring.keep(None, level, {"event": event, "level": level, "timestamp": "2026-01-02T03:04:05Z", **fields})


def test_over_its_bound_the_oldest_line_goes_and_is_counted():
    """Whoever follows is told how many they have missed."""
    ring = LogRing(max_lines=3)
    for number in range(5):
        said(ring, f"line {number}")
    page = ring.page(1, "debug", "", 100)
    assert [line.event for line in page.lines] == ["line 2", "line 3", "line 4"]
    assert (page.last_seq, page.dropped, page.missed) == (5, 2, 1)
    assert ring.page(5, "debug", "", 100).lines == []


def test_long_lines_are_bounded_by_their_bytes():
    """However few they are."""
    ring = LogRing(max_bytes=100_000)
    for _ in range(50):
        said(ring, "x", exception="y" * 10_000)
    assert len(ring.page(0, "debug", "", 100).lines) < 10


def test_lines_are_found_by_level_and_by_a_part_of_what_they_tell():
    """In any case; the newest of them when there are more than wanted."""
    ring = LogRing()
    said(ring, "camera_away", "warning", device_id="Door-7")
    said(ring, "camera_there", device_id="yard", odd="\ud800", times=(1, 2))
    said(ring, "disk_full", "error")
    assert [line.event for line in ring.page(0, "warning", "", 9).lines] == ["camera_away", "disk_full"]
    assert [line.event for line in ring.page(0, "debug", "dOOR", 9).lines] == ["camera_away"]
    assert [line.event for line in ring.page(0, "debug", "", 1).lines] == ["disk_full"]
    assert ring.page(1, "debug", "yard", 9).lines[0].fields == {"device_id": "yard", "odd": "?", "times": "[1,2]"}


def test_many_threads_give_no_two_lines_one_number():
    """And lose none."""
    ring = LogRing()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: said(ring, str(number)), range(400)))
    assert [line.seq for line in ring.page(0, "debug", "", 1000).lines] == list(range(1, 401))
