"""``python -m sophon_report`` is the ``sophon-report`` command."""

import sys

from sophon_report.cli import main

sys.exit(main())
