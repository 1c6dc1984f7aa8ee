"""The machines of tests/box are for the tests of the installer too."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent / "box"))
