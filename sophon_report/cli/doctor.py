"""``doctor``."""

import argparse
import json
from dataclasses import asdict

from rich.console import Console
from rich.table import Table

from sophon_report.cli import settings_of
from sophon_report.doctor import examine

COLOURS = {"ok": "green", "note": "cyan", "warning": "yellow", "problem": "red"}


def doctor(arguments: argparse.Namespace) -> int:
    """Print what was found; 1 when something keeps the service from working."""
    findings = examine(settings_of(arguments))
    if arguments.json:
        print(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False, indent=2))
    else:
        table = Table(show_header=False)
        for finding in findings:
            colour = COLOURS[finding.verdict]
            table.add_row(finding.subject, f"[{colour}]{finding.verdict}[/{colour}]", finding.detail)
        Console(highlight=False).print(table)
    return 1 if any(finding.verdict == "problem" for finding in findings) else 0
