"""The list of refused events."""

from sophon_report.delivery.dead_letters import DeadLetter, DeadLetters


def letter(seq):
    return DeadLetter(seq, f"event-{seq}", "HTTP 400", 1_760_000_000_000 + seq)


def test_a_list_is_there_after_a_restart(tmp_path):
    """What was set aside is read back, in order, with its count."""
    first = DeadLetters(tmp_path, "platform")
    for seq in (3, 9):
        first.add(letter(seq))
    again = DeadLetters(tmp_path, "platform")
    assert again.entries() == [letter(3), letter(9)]
    assert (again.count, again.dropped) == (2, 0)


def test_a_torn_line_costs_only_itself(tmp_path):
    """A line cut off by a crash is skipped, and the next one begins on a line of its own."""
    letters = DeadLetters(tmp_path, "platform")
    letters.add(letter(1))
    with (tmp_path / "platform.jsonl").open("ab") as file:
        file.write(b'{"seq":2,"eve')
    letters.add(letter(3))
    assert letters.entries() == [letter(1), letter(3)]


def test_a_full_list_drops_its_older_half_and_counts_it(tmp_path):
    """The file never passes its bound; what went is known."""
    letters = DeadLetters(tmp_path, "platform", max_bytes=2000)
    for seq in range(1, 101):
        letters.add(letter(seq))
        assert (tmp_path / "platform.jsonl").stat().st_size <= 2000
    kept = letters.entries()
    assert kept[-1] == letter(100)
    assert letters.count == len(kept)
    assert letters.dropped == 100 - len(kept)


def test_a_name_cannot_leave_its_folder(tmp_path):
    """A destination may be called anything; its list stays where lists are."""
    folder = tmp_path / "dead"
    DeadLetters(folder, "../../x/y").add(letter(1))
    assert [path.parent for path in tmp_path.rglob("*.jsonl")] == [folder]


def test_a_removed_list_is_empty(tmp_path):
    """Removing twice is no error."""
    letters = DeadLetters(tmp_path, "platform")
    letters.add(letter(1))
    letters.remove()
    letters.remove()
    assert (letters.entries(), letters.count) == ([], 0)
