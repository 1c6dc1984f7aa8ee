"""Settings read: from the file, or from values in its shape; every problem is told at once, each with its key."""

import re
import sys
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Tuple, Union

import pydantic

from sophon_report.config.sections import ALL_DAY, PERIOD, Settings
from sophon_report.errors import ConfigError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

BOX_CONFIG = Path("/data/sophon-report/etc/config.toml")
"""Not below ``/etc``: an update of the vendor's SDK replaces that."""
MAX_CONFIG_BYTES = 1 << 20
_WORDS = re.compile(r"\^\(([a-z0-9_|-]+)\)\$")


def default_config_file() -> Optional[Path]:
    """The file that is read when none is named, or ``None`` when there is none."""
    return BOX_CONFIG if BOX_CONFIG.is_file() else None


def parse_settings(values: Mapping[str, Any]) -> Settings:
    """Check ``values`` (the shape of the TOML file) and return them as settings.

    Raises:
        ConfigError: with every problem: unknown keys, wrong types, values out of range, ids used twice.
    """
    problems: List[Tuple[str, str]] = []
    settings: Optional[Settings] = None
    try:
        settings = Settings.model_validate(values)
    except pydantic.ValidationError as error:
        problems += [(_key(item["loc"]), say_problem(dict(item))) for item in error.errors(include_url=False)]
    problems += _repeated(values, "device", "id") + _repeated(values, "destination", "name")
    if problems or settings is None:
        raise ConfigError(problems)
    return settings


def load_settings(path: Optional[Path], data_dir: Optional[Path] = None) -> Settings:
    """Read ``path`` (no file: the defaults); ``data_dir`` from the command line wins.

    Raises:
        ConfigError: the file cannot be read, is no TOML, or holds any problem.
    """
    values: Dict[str, Any] = {}
    if path is not None:
        values = read_config(path)
    if data_dir is not None:
        values["data_dir"] = str(data_dir)
    return parse_settings(values)


def read_config(path: Path) -> Dict[str, Any]:
    """What the file holds, unchecked.

    Raises:
        ConfigError: it cannot be read, or is no TOML.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_CONFIG_BYTES + 1)
    except OSError as error:
        raise ConfigError([(str(path), f"cannot be read: {error.strerror}")]) from error
    if len(raw) > MAX_CONFIG_BYTES:
        raise ConfigError([(str(path), f"is larger than {MAX_CONFIG_BYTES} bytes")])
    try:
        return tomllib.loads(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ConfigError([(str(path), f"is not UTF-8 at byte {error.start}")]) from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError([(str(path), f"is not TOML: {error}")]) from error


def _key(location: Tuple[Union[int, str], ...]) -> str:
    text = ""
    for part in location:
        text += f"[{part}]" if isinstance(part, int) else (f".{part}" if text else str(part))
    return text or "(file)"


def say_problem(item: Dict[str, Any]) -> str:
    """One problem in words for people, without the value: it may be a secret."""
    kind, context = item["type"], item.get("ctx", {})
    plain = {
        "extra_forbidden": "unknown key",
        "missing": "is missing",
        "int_type": "must be a whole number",
        "float_type": "must be a number",
        "string_type": "must be a text",
        "bool_type": "must be true or false",
        "tuple_type": "must be a list",
        "list_type": "must be a list",
        "model_type": "must be a table",
        "dict_type": "must be a table",
        "path_type": "must be the name of a folder",
        "string_too_short": "must not be empty",
    }
    if kind in plain:
        return plain[kind]
    if kind == "string_too_long":
        return f"must not be longer than {context['max_length']} characters"
    if kind == "too_long":
        return f"must not have more than {context['max_length']} items"
    if kind == "value_error":
        return str(context.get("error", item["msg"]))
    if kind == "string_pattern_mismatch":
        return _says_pattern(str(context.get("pattern")))
    return str(item["msg"]).replace("Input should be", "must be")


def _says_pattern(pattern: str) -> str:
    """A pattern in words when it is a mere list of words, or a period of the day."""
    if pattern == PERIOD:
        return f'must be a period like "{ALL_DAY}"'
    words = _WORDS.fullmatch(pattern)
    return "must be one of " + words[1].replace("|", ", ") if words else f"must match {pattern}"


def _repeated(values: Mapping[str, Any], table: str, key: str) -> List[Tuple[str, str]]:
    rows = values.get(table, ())
    names = [row.get(key) for row in rows if isinstance(row, Mapping)] if isinstance(rows, (list, tuple)) else []
    return [
        (f"{table}[{index}].{key}", "is used twice")
        for index, name in enumerate(names)
        if isinstance(name, str) and name in names[:index]
    ]
