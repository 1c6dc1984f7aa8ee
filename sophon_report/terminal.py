"""What a terminal is given: tables, and text from outside that it shows and does not obey."""

import sys
from typing import Iterable, Mapping, Optional, Sequence

LONGEST_CELL = 2000
"""Characters; an address of a device may have so many."""


def printable(value: object, longest: int = 120) -> str:
    """``value`` as one line of text without control characters, cut after ``longest``."""
    text = str(value)
    shown = "".join(letter if letter.isprintable() else "?" for letter in text[:longest])
    return shown + ("…" if len(text) > longest else "")


def show_secret(text: str) -> bool:
    """Show ``text`` to a person: on a terminal alone, never in what may be kept of the output.

    Returns:
        Whether there is a terminal.
    """
    for stream in (sys.stderr, sys.stdout):
        if stream.isatty():
            print(text, file=stream, flush=True)
            return True
    return False


def print_table(
    headings: Sequence[str], rows: Iterable[Sequence[str]], colours: Optional[Mapping[str, str]] = None
) -> None:
    """Print ``rows``, none of their text taken for markup.

    On a terminal long cells are folded; elsewhere a row is one line, so that other programs can search it.

    Args:
        headings: of the columns; none for a table without.
        rows: as many cells each as there are columns.
        colours: of a cell, by its text.
    """
    from rich.console import Console  # noqa: PLC0415 - only where there is a table
    from rich.table import Table  # noqa: PLC0415 - loads slowly, for tables only
    from rich.text import Text  # noqa: PLC0415 - loads slowly, for tables only

    table = Table(show_header=bool(headings))
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for row in rows:
        cells = (printable(cell, LONGEST_CELL) for cell in row)
        table.add_row(*(Text(cell, style=(colours or {}).get(cell, "")) for cell in cells))
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 100_000)
    with console.capture() as text:
        console.print(table)
    print(text.get(), end="")
