"""``doctor``."""

import argparse
import json
from dataclasses import asdict

from sophon_report.doctor.at_hand import settings_at_hand, told
from sophon_report.doctor.examine import examine
from sophon_report.doctor.finding import ERROR, OK, WARNING, Finding, worst
from sophon_report.terminal import print_table

COLOURS = {OK: "green", WARNING: "yellow", ERROR: "red"}


def doctor(arguments: argparse.Namespace) -> int:
    """Print what was found; 1 when something keeps events from coming or from being kept, warnings alone are 0.

    2 when the settings file is wrong: the rest is looked at all the same.
    """
    at_hand = settings_at_hand(arguments.config, arguments.data_dir)
    findings = [*told(at_hand), *examine(at_hand.settings)]
    if arguments.json:
        print(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False, indent=2))
    else:
        print_table((), ((each.subject, each.level, _words(each)) for each in findings), COLOURS)
    if at_hand.is_wrong:
        return 2
    return 1 if worst(findings) == ERROR else 0


def _words(finding: Finding) -> str:
    return f"{finding.text} → {finding.to_do}" if finding.to_do else finding.text
