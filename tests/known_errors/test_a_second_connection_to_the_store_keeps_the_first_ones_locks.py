"""Opening the store a second time in one process dropped the file's locks, as POSIX has it.

Another process that came and went believed that it was the last, and took the write-ahead log away. The first
connection then read and wrote a file that nobody else had: a token made beside the running service was not known
to it.
"""

import subprocess
import sys
from contextlib import closing

from sophon_report.store.database import Database
from sophon_report.store.tokens import TokenStore

OTHER = """
import sys
from pathlib import Path
from sophon_report.store.database import Database
from sophon_report.store.tokens import TokenStore

database = Database.open(Path(sys.argv[1]))
TokenStore(database).create(sys.argv[2], 0)
database.close()
"""


def test_what_other_processes_write_is_seen_by_every_connection(tmp_path):
    """And what the first one writes by them, behind the first of them that leaves."""
    path = tmp_path / "store.sqlite"
    with closing(Database.open(path)) as first, closing(Database.open(path)) as second:
        beside(path, "one")
        TokenStore(first).create("mine", 0)
        beside(path, "two")
        for database in (first, second):
            assert [token.name for token in TokenStore(database).list()] == ["mine", "one", "two"]


def beside(path, name):
    """Another process makes a token and leaves."""
    subprocess.run([sys.executable, "-c", OTHER, str(path), name], check=True, timeout=60)
