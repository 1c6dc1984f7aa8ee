"""Settings: typed, complete, immutable.

``sections`` and ``seeds`` have every key, ``reading`` the file, ``rules`` the checks.

Layers, later wins: defaults, ``config.toml``, the command line; ``store/settings.py`` lays stored ones over them.
A change makes a new :class:`Settings`; running parts receive it whole through their ``apply``. Imports ``model``
and ``errors``.
"""

from sophon_report.config.reading import (
    default_config_file,
    load_settings,
    parse_settings,
    read_config,
    say_problem,
)
from sophon_report.config.rules import check_http_url, checked_urls, parse_size, signing_key
from sophon_report.config.sections import (
    DESTINATION_NETWORKS_REFUSED,
    PRIVATE_NETWORKS,
    Access,
    ActiveHours,
    BoxStatus,
    Compat,
    Engine,
    Events,
    Journal,
    Limits,
    Log,
    Matching,
    Models,
    Preview,
    Server,
    Settings,
    Status,
    Strangers,
    VisitRules,
    default_data_dir,
    without_effect,
)
from sophon_report.config.seeds import SE3_TIMEOUT_S, VENDOR_LAYOUTS, DestinationSeed, DeviceSeed

__all__ = [
    "DESTINATION_NETWORKS_REFUSED",
    "PRIVATE_NETWORKS",
    "SE3_TIMEOUT_S",
    "VENDOR_LAYOUTS",
    "Access",
    "ActiveHours",
    "BoxStatus",
    "Compat",
    "DestinationSeed",
    "DeviceSeed",
    "Engine",
    "Events",
    "Journal",
    "Limits",
    "Log",
    "Matching",
    "Models",
    "Preview",
    "Server",
    "Settings",
    "Status",
    "Strangers",
    "VisitRules",
    "check_http_url",
    "checked_urls",
    "default_config_file",
    "default_data_dir",
    "load_settings",
    "parse_settings",
    "parse_size",
    "read_config",
    "say_problem",
    "signing_key",
    "without_effect",
]
