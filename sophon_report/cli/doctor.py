"""``doctor``."""

import argparse
import json
from dataclasses import asdict, astuple

from sophon_report.cli import settings_of
from sophon_report.doctor import examine
from sophon_report.terminal import print_table

COLOURS = {"ok": "green", "note": "cyan", "warning": "yellow", "problem": "red"}


def doctor(arguments: argparse.Namespace) -> int:
    """Print what was found; 1 when something keeps the service from working."""
    findings = examine(settings_of(arguments))
    if arguments.json:
        print(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False, indent=2))
    else:
        print_table((), (astuple(finding) for finding in findings), COLOURS)
    return 1 if any(finding.verdict == "problem" for finding in findings) else 0
