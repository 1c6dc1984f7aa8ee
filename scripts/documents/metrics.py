"""The page of the metrics: every name that ``GET /metrics`` can tell, from a service of which every part has something."""

from typing import Dict, Iterable, List, Tuple

from documents.sample import sample
from documents.words import Words, code, made, table
from sophon_report.ops.metrics import PREFIX, Figure
from sophon_report.report import exports
from sophon_report.report.figures import Snapshot

GROUPS: Tuple[Tuple[str, str, Tuple[str, ...]], ...] = (
    ("Realtime clients", "实时客户端", ("client", "realtime_", "certificate")),
    (
        "Destinations",
        "上传地址",
        ("posts_", "events_dropped", "dead_", "backlog", "destination", "last_", "next_", "status_"),
    ),
    ("Journal and history", "事件日志与历史", ("journal", "history")),
    (
        "Recognition",
        "识别",
        ("shots", "recognitions", "visits", "tracks", "gallery", "strangers", "pushed", "photos", "devices"),
    ),
    ("Devices", "设备", ("device_",)),
    ("Vision process", "视觉进程", ("vision",)),
    ("Preview", "预览", ("preview", "control", "page_preview")),
    ("Calls and logins", "接口与登录", ()),
)
"""Title in both languages, and how the names begin; a name is in the first group that fits."""

SINCE = " Since vision started."


def page(words: Words) -> str:
    """The whole page."""
    found: Dict[str, Tuple[Figure, List[str]]] = {}
    for figure in _all():
        _, labels = found.setdefault(figure.name, (figure, []))
        labels += [name for name, _ in figure.labels if name not in labels]
    groups: Dict[str, List[Tuple[str, ...]]] = {}
    for name, (figure, labels) in sorted(found.items()):
        full = PREFIX + name + ("_total" if figure.kind == "counter" else "")
        kind = words("counter", "计数器") if figure.kind == "counter" else words("gauge", "瞬时值")
        row = (code(full), _help(words, figure.help), kind, words.list(map(code, labels)))
        groups.setdefault(_group(name), []).append(row)
    head = (words("name", "名称"), words("what it counts", "含义"), words("type", "类型"), words("labels", "标签"))
    parts = [
        f"## {words(english, chinese)}\n\n{table(head, groups[english])}"
        for english, chinese, _ in GROUPS
        if english in groups
    ]
    about = words(
        "`GET http://box:5555/metrics` tells these in Prometheus' text format, to anyone on a trusted network. Counters"
        " begin at 0 with each start, those of the vision process with each start of its own. A name with a label is there once for each of its values, and not before there"
        " is one: no destination, no `destination_state`.",
        "`GET http://box:5555/metrics` 以 Prometheus 文本格式给出以下指标，可信网络中的程序均可读取。"
        "计数器每次启动从 0 开始，视觉进程的计数器在它每次启动时从 0 开始。带标签的指标按标签值各出现一次，没有对应对象时不出现：没有上传地址就没有 `destination_state`。",
    )
    return made(words("Metrics", "指标"), about, parts)


def _help(words: Words, text: str) -> str:
    """What a metric counts; what all of one process have in common is told once."""
    plain = text[: -len(SINCE)] if text.endswith(SINCE) else text
    return words(plain)


def _group(name: str) -> str:
    fits = (english for english, _, begins in GROUPS if not begins or name.startswith(begins))
    return next(fits)


def _all() -> Iterable[Figure]:
    return exports._all(sample(Snapshot))  # noqa: SLF001 - all of them, before they are text
