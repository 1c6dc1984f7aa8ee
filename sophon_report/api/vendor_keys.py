"""The vendor's configuration as a table: every key, what it may be, and what it does here.

Names are those of ``getconfigs`` and ``setconfigs`` (vendor, firmware V6R1C01 and V6R2C01); ``old`` is how
``/SophonConfig/api/Configs`` calls the same (its dump of V5R7C01). Either is taken by either call, ``PERIOD`` as
``PEROID`` (sic) and ``HISROTY`` as ``HISTORY`` too: the vendor's own pages mix them. Values come as what they are
or as texts (``"6.0"`` for 6: table and samples disagree) and are read by the key's kind.

A key leads to a setting of ours (``setting``), belongs to the receivers of history (``history``), or is kept and
told without any effect.
"""

import enum
import math
import re
from dataclasses import dataclass
from typing import Any, Callable, Dict, Mapping, Tuple

import orjson

from sophon_report.api.arguments import FLAGS, MAX_TEXT, NUMBER
from sophon_report.api.device_rules import line
from sophon_report.config import check_http_url, checked_urls

MASK = "***"
"""Stands for a secret that is set. Set back as it was told, it changes nothing."""
MAX_JSON_BYTES = 16 << 10
"""Of a list or a table."""


class Kind(enum.Enum):
    """What a value is."""

    TEXT = "a text"
    WHOLE = "a whole number"
    CODE = "a number, or an object with it as code"
    """The older calls tell it as an object."""
    NUMBER = "a number"
    FLAG = "true or false"
    LIST = "a list"
    TABLE = "an object"
    URLS = "addresses, separated by commas"
    URL = "an address"


@dataclass(frozen=True)
class Key:
    """One key of the vendor's configuration."""

    name: str
    kind: Kind
    default: Any
    old: str = ""
    """Name in the older calls; ``""``: the same."""
    also: Tuple[str, ...] = ()
    """Further spellings that are taken."""
    words: Tuple[Any, ...] = ()
    """All values there are; none: any."""
    low: float = -math.inf
    high: float = math.inf
    pattern: str = ""
    setting: str = ""
    """The setting of ours that it is, with its dot."""
    history: bool = False
    """Says how or where history is sent."""
    read_only: bool = False
    secret: bool = False
    only_old: bool = False
    """Not in the list of firmware V6: told there only to who asks for it by name."""

    @property
    def old_name(self) -> str:
        """Name in the older calls."""
        return self.old or self.name

    @property
    def has_effect(self) -> bool:
        """Whether anything here goes by it."""
        return bool(self.setting or self.history)


DAY = "00:00:00,23:59:59"
_TIME = r"([01]\d|2[0-3]):[0-5]\d:[0-5]\d"
_PERIOD = {"low": 1, "high": 86_400}
_GALLERY_SIZES = (10_000, 100_000, 200_000, 300_000, 400_000, 500_000)
_STRANGER_SIZES = (30_000, 50_000, 100_000)
_IMAGES = ("recognize_face", "spot_image", "all")


def _text(name: str, default: str = "", old: str = "", **more: Any) -> Key:
    return Key(name, Kind.TEXT, default, old, **more)


def _whole(name: str, default: int, old: str = "", **more: Any) -> Key:
    return Key(name, Kind.WHOLE, default, old, **more)


def _flag(name: str, default: bool = False, old: str = "", **more: Any) -> Key:
    return Key(name, Kind.FLAG, default, old, **more)


def _mode(prefix: str, images: str) -> Tuple[Key, ...]:
    """Keys that the vendor has once for capture (``GRAB``) and once for recognition (``REGN``)."""
    pose, here = ("off", "low", "middle", "high"), prefix == "REGN"
    return (
        _whole(f"{prefix}_MIN_FACE", 40, low=20, high=300, setting="match.min_face_px" if here else ""),
        *(
            _text(
                f"{prefix}_TIME_PART{part}",
                DAY,
                pattern=f"{_TIME},{_TIME}",
                setting=f"active.part{part}" if here else "",
            )
            for part in (1, 2)
        ),
        *(
            _flag(f"{prefix}_TIME_PART{part}_SWITCH", setting=f"active.part{part}_switch" if here else "")
            for part in (1, 2)
        ),
        _text(f"{prefix}_IMAGE_TYPE", images, words=_IMAGES, history=here),
        _text(f"{prefix}_POSE_THRESH", "high", words=pose, setting="quality.stream_pose" if here else ""),
        _flag(f"{prefix}_VIDEO_FIQA", True, setting="quality.stream_fiqa" if here else ""),
    )


_HISTORY = (
    Key(
        "HISTORY_EVENT_UPLOAD_URL",
        Kind.URLS,
        "",
        "HISTORY_UPLOAD_EVENT_URL",
        also=("EVENTOPLAD_URL",),
        history=True,
    ),
    _whole("HISTORY_REPORT_PEROID", 5, "REPORTED_PEROID", history=True, **_PERIOD),
    _flag("HISTORY_EVENT_NEED_REG_PIC", True, history=True, only_old=True),
    _flag("HISTORY_EVENT_NEED_SPOT_PIC", True, history=True, only_old=True),
    _flag("HISTORY_EVENT_NEED_RECOGNIZE_FACE", True, history=True, only_old=True),
    _flag("HISTORY_UPLOAD_NEED_INFO", history=True, only_old=True),
    _flag("IR_COLLECTION", history=True, only_old=True),
    _text("HISTORY_CONTENT_TYPE", "json", words=("json", "form-data"), history=True, only_old=True),
)

_STATUS = (
    Key("MEDIA_DEVICE_MONITOR_URL", Kind.URLS, "", "WEB_HEART_URL", setting="status.urls"),
    _whole("MEDIA_DEVICE_MONITOR_REPORT_PEROID", 60, "WEB_HEART_TIME", setting="status.period_s", **_PERIOD),
)

_GATE = (
    _text("GATE_MONGO_IP", "127.0.0.1", "MONGO_IP"),
    _text("GATE_WORK_MODE", "local", "WORK_MODE", words=("mq", "local")),
    _whole(
        "GATE_DUPLICATE_REMOVAL_TIMEOUT",
        6,
        "DUPLICATE_REMOVAL_TIMEOUT",
        low=0,
        high=3600,
        setting="match.duplicate_s",
    ),
    _flag("GATE_SUPPORT_STRANGER_GROUP", False, "SUPPORT_STRANGER_GROUP", setting="strangers.enabled"),
    _text("GATE_INIT", "0", "INIT", words=("0", "1")),
    _text("GATE_EVENT_IMAGE_PATH", "local", "EVENT_IMAGE_PATH", words=("local", "remote")),
    _text("GATE_APPLY_MODE", "recognize", "APPLY_MODE", words=("grab", "recognize")),
    _text("GATE_BOX_USAGE", "normal", "BOX_USAGE", words=("normal", "fiqa", "feature")),
    _text("GATE_PASS_MODE", "normal", "PASSMODE", words=("normal", "allpass", "allforbidden")),
    _whole("GATE_DEFAULT_GROUP_SIZE", 100_000, "DEFAULT_GROUP_SIZE", words=_GALLERY_SIZES),
    _whole(
        "GATE_STRANGER_GROUP_SIZE",
        30_000,
        "STRANGER_GROUP_SIZE",
        words=_STRANGER_SIZES,
        setting="strangers.capacity",
    ),
    _text("GATE_PRODUCT_TYPE", "SE5", "PRODUCT_TYPE", read_only=True),
    Key("MATCH_THRESHOLD", Kind.NUMBER, 82.0, "THRESHOLD", low=0, high=100, setting="match.pass_pct"),
)

_MQ = (
    Key("MQ_LOGIN_URL", Kind.URL, "", "LOGIN_URL"),
    Key("MQ_LOGIN_STATUS", Kind.CODE, 0, "LOGIN_STATUS", words=(0, 600_000, 600_002, 500_001)),
    _text("MQ_LICENSE_KEY", "", "DEV_SNO", setting="license_key"),
    _text("MQ_USERNAME"),
    _text("MQ_PASSWORD", secret=True),
    _text("MQ_SERVER_IP"),
    _whole("MQ_SERVER_PORT", 5672, low=1, high=65_535),
    _text("MQ_EXCHANGE_NAME", "", "EXCHANGE_NAME"),
    _text("MQ_EXCHANGE_TYPE", "", "EXCHANGE_TYPE"),
    _flag("MQ_EXCHANGE_DURABLE", False, "EXCHANGE_DURABLE"),
    _flag("MQ_EXCHANGE_PASSIVE", False, "EXCHANGE_PASSIVE"),
    _flag("MQ_EXCHANGE_AUTO_DELETE", False, "EXCHANGE_AUTO_DELETE"),
    Key("MQ_EXCHANGE_ARGUMENTS", Kind.TABLE, {}, "EXCHANGE_ARGUMENTS"),
    _text("MQ_DOWN_QUEUE", "", "MQ_QUEUE"),
    _text("MQ_UP_QUEUE", "", "MQ_UPLOAD_QUEUE"),
    _text("MQ_FIQA_DOWN_QUEUE"),
    _text("MQ_FIQA_UP_QUEUE", "", "MQ_FIQA_UPLOAD_QUEUE"),
    _text("MQ_VHOST"),
    _text("MQ_UPLOAD_VHOST"),
    _flag("MQ_UNNEED_BIND_EXCHANGE"),
    _text("MQ_LOGIN_TOKEN", "", "LOGIN_TOKEN", secret=True),
    Key("MQ_REMOTE_SERVER_ADDR", Kind.URL, ""),
    Key("MQ_IMG_SERVER_ADDR", Kind.URL, ""),
)

_ALG = (
    _flag("ALG_ATTRIBUTE_DETECT", setting="engine.attributes"),
    _flag("ALG_SUPPORT_MASK", setting="engine.mask"),
    Key("ALG_DEFAULT_GROUP_RANGE", Kind.LIST, list(_GALLERY_SIZES), "DEFAULT_GROUP_RANGE", read_only=True),
    Key("ALG_STRANGER_GROUP_RANGE", Kind.LIST, list(_STRANGER_SIZES), "STRANGER_GROUP_RANGE", read_only=True),
    *_mode("GRAB", "recognize_face"),
    *_mode("REGN", "all"),
    Key("GRAB_THRESHOLD", Kind.NUMBER, 44.0, low=0, high=100),
    _text("GRAB_MODE", "quality", words=("quality", "speed")),
)

_SCORE = (
    # The two lines that meet at raw 0.55 = 82, see score.py. They do not move with the threshold.
    _text("THRESHOLD_RANGE", "0.0,82.0,100.0", read_only=True, only_old=True),
    Key("FIRST_SCORE_FUNC_A", Kind.NUMBER, 149.0909, read_only=True, only_old=True),
    Key("FIRST_SCORE_FUNC_B", Kind.NUMBER, 0.0, read_only=True, only_old=True),
    Key("SECOND_SCORE_FUNC_A", Kind.NUMBER, 40.0, read_only=True, only_old=True),
    Key("SECOND_SCORE_FUNC_B", Kind.NUMBER, 60.0, read_only=True, only_old=True),
)

KEYS: Mapping[str, Key] = {key.name: key for key in (*_HISTORY, *_STATUS, *_GATE, *_MQ, *_ALG, *_SCORE)}
"""By the newest name, in the vendor's order."""


def _spelled(name: str) -> str:
    return name.replace("PERIOD", "PEROID").replace("HISROTY", "HISTORY")


_NAMES: Mapping[str, Key] = {
    _spelled(name): key for key in KEYS.values() for name in (key.name, key.old_name, *key.also)
}


def find(name: str) -> Key:
    """The key that ``name`` stands for, whichever of its names it is.

    Raises:
        ValueError: nothing has that name.
    """
    key = _NAMES.get(_spelled(name))
    if key is None:
        raise ValueError("unknown key")
    return key


def read(key: Key, value: Any) -> Any:
    """``value`` as what the key holds.

    Raises:
        ValueError: what is wrong with it, without the value.
    """
    found = _READERS[key.kind](value)
    if key.read_only and found != key.default:
        raise ValueError("cannot be set to another value")
    if key.words and found not in key.words:
        raise ValueError("must be one of " + ", ".join(map(str, key.words)))
    if key.kind in (Kind.WHOLE, Kind.NUMBER) and not key.low <= found <= key.high:
        raise ValueError(f"must be {key.kind.value} from {key.low:g} to {key.high:g}")
    if key.pattern and not re.fullmatch(key.pattern, found):
        raise ValueError(f"must look like {key.default}")
    return found


def read_urls(value: Any) -> Tuple[str, ...]:
    """Addresses of receivers, each once: a list, its JSON text, or a text with commas, the last one too.

    Raises:
        ValueError: it is none of those, or one is no plain HTTP address, and which.
    """
    if isinstance(value, str):
        value = _opened(value) if value.lstrip().startswith("[") else value.split(",")
    if not isinstance(value, (list, tuple)) or not all(isinstance(each, str) for each in value):
        raise ValueError("must be addresses: a list of texts, or a text with commas")
    return tuple(dict.fromkeys(checked_urls([each.strip() for each in value if each.strip()])))


def _read_text(value: Any) -> str:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or len(value) > MAX_TEXT:
        raise ValueError(f"must be a text of at most {MAX_TEXT} characters")
    return line(value, MAX_TEXT)


def _read_url(value: Any) -> str:
    """One address of the platform; also a bare host, which some samples have."""
    url = _read_text(value)
    if "@" in url or "://" in url:
        check_http_url(url)
    return url


def _read_number(value: Any) -> float:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    is_text = isinstance(value, str) and len(value) <= MAX_TEXT and NUMBER.fullmatch(value)
    try:
        number = float(value) if is_number or is_text else math.nan
    except OverflowError:
        number = math.nan
    if not math.isfinite(number):
        raise ValueError("must be a number")
    return number


def _read_whole(value: Any) -> int:
    number = _read_number(value)
    if number != int(number):
        raise ValueError("must be a whole number")
    return int(number)


def _read_code(value: Any) -> int:
    return _read_whole(value.get("code") if isinstance(value, dict) else value)


def _read_flag(value: Any) -> bool:
    word = str(value).strip().lower()
    if not isinstance(value, (bool, int, str)) or word not in FLAGS:
        raise ValueError("must be true or false")
    return FLAGS[word]


def _read_list(value: Any) -> Any:
    return _read_json(value, list, "a list")


def _read_table(value: Any) -> Any:
    return _read_json(value, dict, "an object")


def _read_json(value: Any, kind: type, words: str) -> Any:
    found = _opened(value) if isinstance(value, str) else value
    try:
        fits = isinstance(found, kind) and len(orjson.dumps([[[[found]]]])) <= MAX_JSON_BYTES
    except orjson.JSONEncodeError:  # too deep to be told again, where it stands inside an answer
        fits = False
    if not fits:
        raise ValueError(f"must be {words} of at most {MAX_JSON_BYTES} bytes")
    return found


def _opened(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        raise ValueError("is neither what it should be nor its JSON text") from None


_READERS: Dict[Kind, Callable[[Any], Any]] = {
    Kind.TEXT: _read_text,
    Kind.URL: _read_url,
    Kind.URLS: read_urls,
    Kind.NUMBER: _read_number,
    Kind.WHOLE: _read_whole,
    Kind.CODE: _read_code,
    Kind.FLAG: _read_flag,
    Kind.LIST: _read_list,
    Kind.TABLE: _read_table,
}
