"""The page of the wire formats: each form that leaves the box, its fields, and one event or report in it.

Events are those of tests/contract/golden, which a test holds against the product; reports of devices and of the box
are made here. What a field means stands in ``fields.json``: by form and path, by path, or by the field's own name.
"""

import json
from pathlib import Path
from typing import Any, Dict, Iterator, List, NamedTuple, Tuple

from documents.words import HERE, Words, both, code, made, table
from sophon_report.condition import BoxState, DeviceStatus, Space
from sophon_report.model import Device, DeviceType
from sophon_report.wire import status_box, status_devices
from sophon_report.wire.dialects import DIALECTS
from sophon_report.wire.subscription import SINCE_KEY, Dialect

GOLDEN = Path(__file__).resolve().parents[2] / "tests" / "contract" / "golden"
FIELDS: Dict[str, Dict[str, str]] = json.loads((HERE / "fields.json").read_text("utf-8"))
WHO = ("known", "stranger", "filed")
"""Events whose fields are put together; the first is shown."""
MANY, LONG = 8, 48
"""Numbers of a list and characters of a text from which on a sample is shortened."""
UNTOLD = ("grab_fiqa_info", "box_fiqa_info", "gateway_ext_data.")
"""Tables that are told as a whole, and by the sample."""


class Form(NamedTuple):
    """One form that leaves the box."""

    name: str
    title: Tuple[str, str]
    about: Tuple[str, str]
    files: str = ""
    """Of events: how the names of their files begin."""
    spellings: Tuple[str, ...] = ()
    """Forms by whose name ``fields.json`` may tell a field apart."""


EVENTS = (
    Form(
        "v2",
        ("Realtime v2", "实时 v2"),
        (
            "WebSocket 5679, firmware V6 (API 2.0): one message at each recognition. Pictures are data URIs.",
            "WebSocket 5679，V6 固件（API 2.0）：每次识别发送一条消息。图片为 data URI。",
        ),
        "ws_v2",
        ("v2",),
    ),
    Form(
        "v1",
        ("Realtime v1", "实时 v1"),
        (
            "WebSocket 5679, firmware V2R6 to V5: one message at each recognition. Pictures are bare base64.",
            "WebSocket 5679，V2R6 至 V5 固件：每次识别发送一条消息。图片为纯 base64。",
        ),
        "ws_v1",
        ("raw",),
    ),
    Form(
        "g2",
        ("History g2", "历史 g2"),
        (
            "HTTP POST, firmware V6: one body when the person has left, or after `visit.max_s`.",
            "HTTP POST，V6 固件：人员离开后或达到 `visit.max_s` 时发送一条。",
        ),
        "g2",
    ),
    Form(
        "g1",
        ("History g1", "历史 g1"),
        (
            "HTTP POST, firmware V5R4 to V5R7: one body when the person has left, or after `visit.max_s`.",
            "HTTP POST，V5R4 至 V5R7 固件：人员离开后或达到 `visit.max_s` 时发送一条。",
        ),
        "g1",
        ("g1",),
    ),
    Form(
        "g0",
        ("History g0", "历史 g0"),
        (
            "HTTP POST, firmware V2R2 to V5R3: one body when the person has left, or after `visit.max_s`.",
            "HTTP POST，V2R2 至 V5R3 固件：人员离开后或达到 `visit.max_s` 时发送一条。",
        ),
        "g0",
        ("g1",),
    ),
    Form(
        "se3",
        ("Realtime se3", "实时 se3"),
        (
            "HTTP POST of an SE3: one body at each recognition of a person whose score passes.",
            "SE3 的 HTTP POST：每次识别出相似度通过的人员时发送一条。",
        ),
        "se3",
        ("raw",),
    ),
)


def page(words: Words) -> str:
    """The whole page."""
    parts = [_configuration(words)]
    for form in EVENTS:
        events = [_read(path) for path in (GOLDEN / f"{form.files}.{who}.json" for who in WHO) if path.exists()]
        parts.append(_told(words, form, events))
    parts.append(_as_form(words))
    parts += [_told(words, form, [report]) for form, report in _reports()]
    about = words(
        "Every form that leaves the box, as the firmware that it names sends it, with `event_id` in each. JSON in UTF-8; all"
        " fields are always there unless their line says otherwise. Long values of the samples are shortened by `…`."
        " What to do with them: [integrating](../integrating/index.md), [receiving](../receiving.md).",
        "盒子发出的每一种报文，与所注固件的原厂报文一致，并都带有 `event_id`。JSON，UTF-8 编码；除非说明，所有字段始终存在。"
        "示例中的长值用 `…` 缩短。用法见[对接](../integrating/index.md)和[接收 POST](../receiving.md)。",
    )
    return made(words("Wire formats", "报文格式"), about, parts)


def _read(path: Path) -> Dict[str, Any]:
    event: Dict[str, Any] = json.loads(path.read_text("utf-8"))
    return event


def _configuration(words: Words) -> str:
    """What a realtime client sends first."""
    facts = (
        ("devices_key", "list of texts", "文本列表", "only events of these devices", "只要这些设备的事件"),
        (
            "face_key",
            "true or false",
            "布尔值",
            "with the face; v1: and the whole picture",
            "附人脸抓拍图；v1 还附全景图",
        ),
        ("register_key", "true or false", "布尔值", "with the registered photo", "附登记照片"),
    )

    def of(dialect: Dialect, key: str) -> str:
        return code(getattr(dialect, key))

    dialects = list(DIALECTS.values())
    rows = [
        (*(of(each, key) for each in dialects), words(kind, zh), words(does, does_zh))
        for key, kind, zh, does, does_zh in facts
    ]
    after = words("only with what came after this `seq`; ours", "先补发此 `seq` 之后的事件；本服务扩展")
    rows.append((*(code(SINCE_KEY) for _ in dialects), words("whole number", "整数"), after))
    title = words("What a realtime client sends", "实时客户端发送的配置")
    about = words(
        "One message of JSON after the connection is open, any time again; `{}` is enough. Nothing is sent before it.",
        "连接打开后发送一条 JSON 消息，之后可以随时再发；`{}` 即可。在此之前不会收到任何内容。",
    )
    head = (*(each.name for each in dialects), words("type", "类型"), words("what it asks for", "含义"))
    return f"## {title}\n\n{about}\n\n{table(head, rows)}"


def _told(words: Words, form: Form, bodies: List[Dict[str, Any]]) -> str:
    found: Dict[str, List[str]] = {}
    for body in bodies:
        for path, value in _paths(body):
            kinds = found.setdefault(path, [])
            kind = _kind(words, value)
            if kind not in kinds:
                kinds.append(kind)
    rows = [(code(path), " / ".join(kinds), _meaning(words, form, path)) for path, kinds in found.items()]
    head = (words("field", "字段"), words("type", "类型"), words("meaning", "含义"))
    sample = json.dumps(_shortened(bodies[0]), ensure_ascii=False, indent=2)
    return (
        f"## {words(*form.title)}\n\n{words(*form.about)}\n\n{table(head, rows)}\n```json\n{_lists(sample)}\n```\n"
    )


def _paths(value: Dict[str, Any], before: str = "") -> Iterator[Tuple[str, Any]]:
    """Every field with where it is: ``media_device_info.media_device_id``, ``sub_devices[].ep_id``."""
    for key, inner in value.items():
        path = before + key
        yield path, inner
        if path.endswith(UNTOLD[:2]) or (path + ".").endswith(UNTOLD[2]):
            continue
        if isinstance(inner, dict):
            yield from _paths(inner, path + ".")
        elif isinstance(inner, list) and inner and isinstance(inner[0], dict):
            yield from _paths(inner[0], path + "[].")


def _kind(words: Words, value: Any) -> str:
    for kinds, told in (
        ((bool,), ("true or false", "布尔值")),
        ((str,), ("text", "文本")),
        ((int, float), ("number", "数值")),
        ((dict,), ("object", "对象")),
        ((list,), ("list", "列表")),
    ):
        if isinstance(value, kinds):
            return words(*told)
    return "null"


def _meaning(words: Words, form: Form, path: str) -> str:
    plain = path.replace("[]", "")
    leaf = plain.rpartition(".")[2]
    wanted = [*(f"{name}.{leaf}" for name in form.spellings), plain, leaf]
    told = next((FIELDS[each] for each in wanted if each in FIELDS), None)
    if told is None:
        raise KeyError(f"fields.json does not say what {path} of {form.name} means")
    return both(told, words)


def _shortened(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _shortened(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_shortened(each) for each in (value if len(value) <= MANY + 2 else value[:MANY])]
    return value[:LONG] + "…" if isinstance(value, str) and len(value) > LONG else value


def _lists(text: str) -> str:
    """Lists of numbers on one line each."""
    lines: List[str] = []
    inside = False
    for line in text.splitlines():
        plain = line.strip()
        if inside:
            lines[-1] += plain if plain.startswith("]") or lines[-1].endswith("[") else " " + plain
            inside = not plain.startswith("]")
        else:
            lines.append(line)
            inside = plain.endswith("[")
        if inside and plain == "{":
            inside, lines[-1:] = False, [lines[-1][:-1], line]
    return "\n".join(lines)


def _as_form(words: Words) -> str:
    title = words("As form-data", "以 form-data 发送")
    about = words(
        'With `content_type = "form-data"` each field of the top level is one part of `multipart/form-data`: texts as'
        " they are, all else as JSON. A `g1` event, shortened:",
        '设置 `content_type = "form-data"` 后，每个顶层字段是 `multipart/form-data` 的一部分：文本原样发送，其余为 JSON。'
        "一条缩短的 `g1` 事件：",
    )
    lines = (GOLDEN / "g1.known.form-data.txt").read_text("utf-8").splitlines()
    shown = [line if len(line) <= 2 * LONG else line[: 2 * LONG] + "…" for line in lines]
    body = "\n".join([*shown[:20], "…", shown[-1]])
    return f"## {title}\n\n{about}\n\n```text\n{body}\n```\n"


def _reports() -> Iterator[Tuple[Form, Dict[str, Any]]]:
    device = Device("door", "front door", DeviceType.RTSP, "rtsp://admin:secret@10.0.0.21:554/main")
    devices, key = [DeviceStatus(device, online=True)], "LICENCE-0001"
    for name, firmware, body in (
        ("g2", "V6", status_devices.g2(devices, key)),
        ("g1", "V5R7", status_devices.g1(devices, key)),
        ("g0", "V2R2–V5R5", status_box.g0(_box(), devices, key)),
    ):
        about = (
            f"HTTP POST to `status.urls`, as firmware {firmware} sends it, every `status.period_s` and at a change.",
            f"以 HTTP POST 发往 `status.urls`，与 {firmware} 固件相同，每隔 `status.period_s` 以及状态变化时发送。",
        )
        yield (
            Form(name, (f"Device states {name}", f"设备状态 {name}"), about, "", ("g0s",) if name == "g0" else ()),
            body,
        )
    about = (
        "HTTP POST to `box_status.urls`, as firmware V6 sends it, every `box_status.period_s`.",
        "以 HTTP POST 发往 `box_status.urls`，与 V6 固件相同，每隔 `box_status.period_s` 发送。",
    )
    yield Form("box", ("State of the box", "盒子状态"), about), status_box.g2(_box(), "box-7")


def _box() -> BoxState:
    gib = 1 << 30
    return BoxState(
        name="box",
        ip="10.0.0.5",
        mac="00:11:22:33:44:55",
        serial="SN0001",
        software="0.1.0",
        sdk="3.0.0",
        cpu="ARM Cortex-A53",
        cores=8,
        cpu_mhz=2300.0,
        cpu_usage=0.21,
        tpu="BM1684",
        tpu_usage=0.34,
        memory=Space(4 * gib, 3 * gib),
        tpu_memory=Space(4 * gib, 2 * gib),
        video_memory=Space(4 * gib, 2 * gib),
        disk=Space(20 * gib, 15 * gib),
        emmc_bytes=32 * gib,
        core_celsius=51.0,
        board_celsius=44.0,
        uptime_s=9600.0,
    )
