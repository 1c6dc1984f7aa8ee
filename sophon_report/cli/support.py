"""``support-bundle``: one file for whoever helps from afar, with the service running, stopped or stuck."""

import argparse

from sophon_report.cli import file_settings_of
from sophon_report.doctor.state import settings_seen
from sophon_report.ops.data_dir import DataDir
from sophon_report.support.bundle import make_bundle
from sophon_report.support.sources import Places


def support_bundle(arguments: argparse.Namespace) -> int:
    """Write it, and say what is in it and what is not."""
    settings = settings_seen(file_settings_of(arguments))
    print("collecting: settings, states, logs; this takes up to a minute", flush=True)
    made = make_bundle(Places(settings, DataDir(settings.data_dir)), arguments.path, faces=arguments.faces)
    for name, why in sorted(made.missing.items()):
        print(f"not in it: {name}: {why}")
    people = "with faces and names of people: keep it as you keep those" if arguments.faces else "without people"
    print(f"{made.path}: {len(made.files)} files, {made.size_bytes:,} bytes, without secrets, {people}")
    return 0
