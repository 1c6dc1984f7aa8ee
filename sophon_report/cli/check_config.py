"""``check-config``: in a unit it stands before every start, so it loads the settings and little else."""

import argparse
from typing import List, Tuple

from sophon_report.config import VENDOR_LAYOUTS, Settings, load_settings, without_effect
from sophon_report.errors import ConfigError, LayoutError, NotFound


def check_config(arguments: argparse.Namespace) -> int:
    """0; problems come as a :class:`ConfigError`."""
    settings = load_settings(arguments.file)
    problems = unusable_layouts(settings) + unusable_certificate(settings)
    if problems:
        raise ConfigError(problems)
    for key in without_effect(settings):
        print(f"{key}: has no effect in this version")
    print(f"{arguments.file}: good")
    return 0


def unusable_layouts(settings: Settings) -> List[Tuple[str, str]]:
    """Key and reason of each destination of the file whose layout nobody has, or whose package is broken."""
    asked = [(at, seed.layout) for at, seed in enumerate(settings.destination)]
    asked = [(at, layout) for at, layout in asked if layout not in VENDOR_LAYOUTS]
    if not asked:
        return []
    from sophon_report.wire import layouts

    found = []
    for index, layout in asked:
        try:
            layouts.find(layout)
        except (NotFound, LayoutError) as error:
            found.append((f"destination[{index}].layout", str(error)))
    return found


def unusable_certificate(settings: Settings) -> List[Tuple[str, str]]:
    """Key and reason of a certificate that the TLS ports of the file cannot use."""
    if not (settings.server.tls_event_port or settings.server.tls_api_port):
        return []
    from sophon_report.ops import certificate

    try:
        certificate.load(settings.access)
    except ConfigError as error:
        return list(error.problems)
    return []
