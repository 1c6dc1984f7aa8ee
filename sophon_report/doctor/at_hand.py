"""The settings that a box is looked at with, whatever state its settings file and its disk are in."""

from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Union

from sophon_report.config import Settings, default_config_file, parse_settings, read_config
from sophon_report.doctor.finding import Finding, error
from sophon_report.doctor.patience import all_within
from sophon_report.doctor.state import settings_seen
from sophon_report.errors import ConfigError

LIMIT_S = 3.0


@dataclass(frozen=True)
class AtHand:
    """What there is of the settings."""

    settings: Settings
    """Those of the next start; else as much of them as there is, and defaults for the rest."""
    problem: str = ""
    """Why they are not those of the next start; ``""``: they are."""
    is_wrong: bool = False
    """The problem is in the file, and not in reading it."""
    values: Optional[Mapping[str, Any]] = field(default_factory=dict)
    """What the file holds, of whatever shape; ``None``: nobody knows."""


def settings_at_hand(config: Optional[Path], data_dir: Optional[Path], limit_s: float = LIMIT_S) -> AtHand:
    """Return the settings as far as they can be had; ends after twice ``limit_s`` at the latest.

    Args:
        config: the file; ``None``: the usual one.
        data_dir: of the command line, which wins.
        limit_s: for the file, and again for the store.

    Raises:
        ConfigError: ``data_dir`` is no folder's name.
    """
    given = {} if data_dir is None else {"data_dir": str(data_dir)}
    read = all_within(limit_s, {"file": partial(_read, config)}).get("file")
    if read is None:
        return AtHand(parse_settings(given), f"the settings file: no answer within {limit_s:g} s", values=None)
    if isinstance(read, ConfigError):
        return AtHand(parse_settings(given), str(read), is_wrong=True, values=None)
    try:
        file = parse_settings({**read, **given})
    except ConfigError as fault:
        usable = "data_dir" in read and all(key != "data_dir" for key, _ in fault.problems)
        place = {"data_dir": read["data_dir"]} if usable else {}
        return AtHand(parse_settings({**place, **given}), str(fault), is_wrong=True, values=read)
    seen = all_within(limit_s, {"store": partial(settings_seen, file)}).get("store")
    if seen is None:
        return AtHand(file, f"the stored settings: no answer within {limit_s:g} s", values=read)
    return AtHand(seen, values=read)


def _read(config: Optional[Path]) -> Union[Dict[str, Any], ConfigError]:
    path = config or default_config_file()
    try:
        return read_config(path) if path is not None else {}
    except ConfigError as fault:
        return fault


def told(at_hand: AtHand) -> List[Finding]:
    """What is to be said of them."""
    if not at_hand.problem:
        return []
    to_do = "mend it: `sophon-report check-config` says when it is right; what follows goes by defaults"
    if not at_hand.is_wrong:
        to_do = "look into `dmesg`; restart the box when a disk hangs"
    return [error("settings_file", "settings", at_hand.problem, to_do)]
