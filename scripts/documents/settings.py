"""The page of the settings: every key with what it does, its bounds, its default, and the vendor's name of it."""

import json
import re
from pathlib import Path
from typing import Any, Dict, List, Tuple

from documents.words import HERE, Words, both, code, literal, made, size, table
from sophon_report.api.v1.settings import Setting, SettingCalls
from sophon_report.api.v1.tags import Tags
from sophon_report.api.vendor_keys import KEYS
from sophon_report.config import Settings
from sophon_report.config.seeds import DestinationSeed, DeviceSeed
from sophon_report.report.live_settings import AT_START

SEEDS: Dict[str, Dict[str, Dict[str, str]]] = json.loads((HERE / "seeds.json").read_text("utf-8"))
"""What the keys of ``[[device]]`` and ``[[destination]]`` do, in both languages."""
KINDS = {
    "boolean": ("true or false", "布尔值"),
    "integer": ("whole number", "整数"),
    "number": ("number", "数值"),
    "string": ("text", "文本"),
    "array": ("list", "列表"),
    "object": ("table", "表"),
}
UNITS = {"pct": "", "px": "px", "s": "s", "ms": "ms", "days": "d", "fps": "fps", "bytes": ""}
_WORDS = re.compile(r"\^\(([a-z0-9_|-]+)\)\$")


class _Still:
    """Settings that nobody changes."""

    now = file = Settings(data_dir=Path("/"))
    stored = frozenset()
    waiting = ()


def page(words: Words) -> str:
    """The whole page."""
    told = list(SettingCalls(_Still(), AT_START, Tags())._settings())  # noqa: SLF001 - as the page has them
    vendor = {key.setting: key.name for key in KEYS.values() if key.setting}
    groups: Dict[str, List[Setting]] = {}
    for each in told:
        groups.setdefault(each.key.partition(".")[0] if "." in each.key else "box", []).append(each)
    parts = [_data_dir(words)]
    for group in [name for name in words.of_page_groups() if name in groups]:
        head = words.of_page[f"settings.group.{group}"]
        section = "" if group == "box" else f" · `[{group}]`"
        parts.append(f"## {head}{section}\n")
        parts += [_entry(words, each, vendor.get(each.key, "")) for each in groups[group]]
    parts += [_seeds(words, "device", DeviceSeed), _seeds(words, "destination", DestinationSeed), _vendor(words)]
    return made(words("Settings", "设置"), _about(words), parts)


def _about(words: Words) -> str:
    return words(
        "Every key of `config.toml` (on a box `/data/sophon-report/etc/config.toml`), all with a default: a service"
        " runs without a file. What the page or a call stores wins over the file. A change counts at once, but where"
        " a key says that it counts from the next start on. `sophon-report check-config FILE` names every problem of"
        " a file.",
        "`config.toml`（盒子上为 `/data/sophon-report/etc/config.toml`）的全部键。每个键都有默认值，没有文件也能运行。"
        "页面或接口保存的值优先于文件。修改立即生效；标明“重启后生效”的键除外。"
        "`sophon-report check-config FILE` 会一次列出文件中的所有问题。",
    )


def _data_dir(words: Words) -> str:
    text = words(
        "The one folder of all state. Default: `/data/sophon-report/var` where `/data/sophon-report` exists, else"
        " `~/.local/share/sophon-report`. Only in the file or as `--data-dir`.",
        "保存全部数据的文件夹。默认：存在 `/data/sophon-report` 时为 `/data/sophon-report/var`，"
        "否则为 `~/.local/share/sophon-report`。只能写在文件中或用 `--data-dir` 指定。",
    )
    return f"## `data_dir`\n\n{text}\n"


def _entry(words: Words, one: Setting, vendor: str) -> str:
    texts = words.of_page
    facts = [
        _kind(words, one.form, one.choices),
        *_bounds(words, one.form, one.unit),
        words("default ", "默认 ") + code(_value(one.default, one.unit)),
        words("counts from the next start on", "重启后生效") if one.at_start else "",
        words("secret: never shown", "保密，不显示") if one.secret else "",
        words("vendor: ", "原厂：") + code(vendor) if vendor else "",
    ]
    lines = [
        f"### `{one.key}`\n",
        f"**{texts[f'settings.{one.key}.name']}** · {' · '.join(filter(None, facts))}\n",
    ]
    lines.append(texts[f"settings.{one.key}.what"] + "\n")
    if one.choices:
        named = [
            f"- `{choice}`{words(': ', '：')}{texts[f'settings.{one.key}.{choice}']}" for choice in one.choices
        ]
        lines.append("\n".join(named) + "\n")
    return "\n".join(lines)


def _kind(words: Words, form: Dict[str, Any], choices: List[str]) -> str:
    if choices:
        return words("one of the words below", "下列之一")
    kinds = [form, *form.get("anyOf", ())]
    kind = next((each["type"] for each in kinds if each.get("type") not in (None, "null")), "string")
    if kind == "array" and form.get("items", {}).get("type") == "string":
        return words("list of texts", "文本列表")
    return words(*KINDS[kind])


def _bounds(words: Words, form: Dict[str, Any], unit: str) -> List[str]:
    for each in (form, *form.get("anyOf", ())):
        low, high = each.get("minimum", each.get("exclusiveMinimum")), each.get("maximum")
        if low is not None and high is not None:
            above = words("above ", "大于 ") if "exclusiveMinimum" in each else ""
            sign = UNITS.get(unit, "")
            told = f"{above}{_value(low, unit)}{words(' to ', ' 至 ')}{_value(high, unit)}{' ' + sign if sign else ''}"
            return [told]
    longest = form.get("maxLength")
    return [words(f"at most {longest} characters", f"最多 {longest} 个字符")] if longest else []


def _value(value: Any, unit: str) -> str:
    if unit == "bytes" and isinstance(value, int) and not isinstance(value, bool):
        return size(value)
    return literal(value)


def _seeds(words: Words, name: str, seed: Any) -> str:
    title, about = SEEDS[name]["_title"], SEEDS[name]["_about"]
    properties = seed.model_json_schema(by_alias=True)
    rows = []
    for key, form in properties["properties"].items():
        pattern = _WORDS.fullmatch(str(form.get("pattern", "")))
        choices = pattern[1].split("|") if pattern else []
        facts = [
            " / ".join(map(code, choices)) if choices else _kind(words, form, []),
            *_bounds(words, form, _unit(key)),
        ]
        needed = key in properties.get("required", ())
        default = words("needed", "必填") if needed else code(literal(_default(form)))
        rows.append((code(key), words.list(facts), default, both(SEEDS[name][key], words)))
    head = (words("key", "键"), words("value", "值"), words("default", "默认"), words("what it does", "作用"))
    return f"## {both(title, words)} · `[[{name}]]`\n\n{both(about, words)}\n\n{table(head, rows)}"


def _default(form: Dict[str, Any]) -> Any:
    value = form.get("default")
    return "" if value is None else {} if value == {} else value


def _unit(key: str) -> str:
    return next((unit for unit in UNITS if key.endswith("_" + unit)), "")


def _vendor(words: Words) -> str:
    title = words("The vendor's keys", "原厂配置项")
    about = words(
        "What `getconfigs`, `setconfigs` and `/SophonConfig/api/Configs` know, and what here goes by it. Keys without an"
        " effect are kept and told as they were set.",
        "`getconfigs`、`setconfigs` 和 `/SophonConfig/api/Configs` 的全部键，以及它们在本服务中对应什么。"
        "没有作用的键会原样保存和返回。",
    )
    rows: List[Tuple[str, str, str, str]] = []
    for key in KEYS.values():
        effect = code(key.setting) if key.setting else words("no effect", "无作用")
        if key.history:
            effect = words("destinations of history", "历史的上传地址")
        old = code(key.old) if key.old else ""
        rows.append(
            (code(key.name), old, code(literal(key.default)) if key.default not in ("", {}) else "", effect)
        )
    head = (words("key", "键"), words("older name", "旧名"), words("default", "默认"), words("here", "本服务"))
    return f"## {title}\n\n{about}\n\n{table(head, rows)}"
