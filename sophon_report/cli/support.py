"""``support-bundle``: one file for whoever helps from afar, with the service running, stopped or stuck."""

import argparse

from sophon_report.doctor.at_hand import settings_at_hand
from sophon_report.ops.data_dir import DataDir
from sophon_report.support.bundle import make_bundle
from sophon_report.support.sources import Places


def support_bundle(arguments: argparse.Namespace) -> int:
    """Write it, and say what is in it and what is not."""
    print("collecting: settings, states, logs; this takes up to a minute", flush=True)
    at_hand = settings_at_hand(arguments.config, arguments.data_dir)
    places = Places(
        at_hand.settings,
        DataDir(at_hand.settings.data_dir),
        settings_problem=at_hand.problem,
        file_values=at_hand.values,
    )
    made = make_bundle(places, arguments.path, faces=arguments.faces)
    for name, why in sorted(made.missing.items()):
        print(f"not in it: {name}: {why}")
    people = "with faces and names of people: keep it as you keep those" if arguments.faces else "without people"
    print(f"{made.path}: {len(made.files)} files, {made.size_bytes:,} bytes, without secrets, {people}")
    return 0
