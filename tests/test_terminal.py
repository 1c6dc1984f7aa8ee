"""What a terminal is given."""

from sophon_report.terminal import print_table, printable


def test_text_from_outside_moves_no_cursor():
    """Control characters and directions of writing become question marks; the end of a long one is marked."""
    assert printable("a\x1b[2J\n\u202eb") == "a?[2J??b"
    assert printable("x" * 5, longest=3) == "xxx…"
    assert printable("李雷") == "李雷"


def test_a_cell_is_never_taken_for_markup(capsys):
    """Brackets are shown, also those that would end a style that never began."""
    print_table(("who",), [["[/b] Ann [red]"]])
    assert "[/b] Ann [red]" in capsys.readouterr().out


def test_away_from_a_terminal_a_row_is_one_line(capsys):
    """So that other programs can search it."""
    print_table((), [["a" * 300, "b"]])
    assert any("a" * 300 in line and "b" in line for line in capsys.readouterr().out.splitlines())
