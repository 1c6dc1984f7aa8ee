"""The page of the calls: our own REST from its document, then the vendor's calls as they are served."""

import json
from typing import Any, Dict, List, Tuple
from unittest.mock import MagicMock

from documents.words import HERE, Words, both, code, made, table
from sophon_report import served_v1
from sophon_report.api.call import Call, Need
from sophon_report.api.gate import needed_role
from sophon_report.api.login import LoginCalls
from sophon_report.api.not_built import OLDER, SYSTEM
from sophon_report.api.problems import PROBLEMS
from sophon_report.api.routes import Routes
from sophon_report.api.system import SystemCalls
from sophon_report.api.v1.document import document
from sophon_report.api.v1.tags import Tags
from sophon_report.served import served_calls

CALLS: Dict[str, Dict[str, str]] = json.loads((HERE / "calls.json").read_text("utf-8"))
"""What the vendor's calls do, by method and path."""


def page(words: Words) -> str:
    """The whole page."""
    parts = [_needs(words), *_ours(words), *_problems(words), _vendors(words), _system(words), _not_built(words)]
    about = words(
        "Every call of the API port (5555), and of the system port (8888). The box tells the same of itself, with every"
        " field: `http://box:5555/api/docs` to read, `http://box:5555/api/openapi.json` for programs. How to call:"
        " [REST](../integrating/rest.md).",
        "接口端口（5555）和系统端口（8888）的全部调用。盒子自己也提供同样的内容，并包含每个字段："
        "`http://box:5555/api/docs` 供阅读，`http://box:5555/api/openapi.json` 供程序使用。"
        "调用方法见 [REST](../integrating/rest.md)。",
    )
    return made("REST", about, parts)


def _needs(words: Words) -> str:
    rows = []
    for need, english, chinese in (
        (Need.ANYONE, "yes; the call itself asks for a password", "可以，调用本身要求密码"),
        (Need.OPEN, "yes", "可以"),
        (Need.READ, "with `access.open_reads = true`", "需要 `access.open_reads = true`"),
        (Need.PUSH, "a registered photo device, or as `write`", "已登记的抓拍机，或与 `write` 相同"),
        (Need.WRITE, "with `access.open_writes = true`", "需要 `access.open_writes = true`"),
        (Need.ADMIN, "never", "不可以"),
    ):
        rows.append((code(need.value), words(english, chinese), code(needed_role(need).value)))
    head = (
        words("need", "要求"),
        words("from a trusted network, without a token", "来自可信网络、无令牌"),
        words("with a token or a session: role, at least", "有令牌或已登录：最低角色"),
    )
    title = words("Who may call", "谁可以调用")
    return f"## {title}\n\n{table(head, rows)}"


def _ours(words: Words) -> List[str]:
    parts = MagicMock()  # nobody asks them: the operations are listed and not called
    live = served_v1._live(parts, parts)  # noqa: SLF001 - the list has two halves
    told = document([*served_v1.operations(parts, Tags(), parts), *live])
    schemas = told["components"]["schemas"]
    by_tag: Dict[str, List[Tuple[str, str, Dict[str, Any]]]] = {}
    for path, methods in told["paths"].items():
        for method, one in methods.items():
            by_tag.setdefault((one["tags"] or ["more"])[0], []).append((method.upper(), path, one))
    title = words("Our own", "自有接口")
    about = words(
        "JSON in and out below `/api/v1`; unknown fields are refused by name. A refusal is a problem (RFC 9457). `?` marks what stands in the query.",
        "`/api/v1` 下，请求和回复均为 JSON；未知字段会指明名称并拒绝。拒绝时返回 problem（RFC 9457）。带 `?` 的写在查询串中。",
    )
    parts = [f"## {title}\n\n{about}\n"]
    for tag in sorted(by_tag):
        parts.append(f"### {tag}\n")
        rows = [
            (code(f"{method} {path}"), words(one["summary"]), _takes(one, schemas), code(one["x-need"]))
            for method, path, one in by_tag[tag]
        ]
        head = (
            words("call", "调用"),
            words("what it does", "作用"),
            words("takes", "接收"),
            words("need", "要求"),
        )
        parts.append(table(head, rows))
    return parts


def _takes(one: Dict[str, Any], schemas: Dict[str, Any]) -> str:
    """Names of what the query may have, then of the body's fields."""
    query = [code("?" + each["name"]) for each in one.get("parameters", ()) if each["in"] == "query"]
    told: List[str] = []
    for kind, content in one.get("requestBody", {}).get("content", {}).items():
        fields = _fields(content.get("schema", {}), schemas)
        told += map(code, fields) if fields else [code(kind)]
    return " ".join(dict.fromkeys([*query, *told]))


def _fields(schema: Dict[str, Any], schemas: Dict[str, Any]) -> List[str]:
    name = schema.get("$ref", "").rpartition("/")[2]
    return list(schemas[name].get("properties", ()) if name else schema.get("properties", ()))


def _problems(words: Words) -> List[str]:
    title = words("Codes of refusals", "拒绝代码")
    rows = [(code(name), str(one.http_status), words(one.title)) for name, one in PROBLEMS.items()]
    head = (words("code", "代码"), "HTTP", words("what it means", "含义"))
    return [f"## {title}\n\n{table(head, rows)}"]


def _vendors(words: Words) -> str:
    parts = MagicMock()
    calls = [*Routes(parts).calls(), *served_calls(parts, parts, parts, parts)]
    theirs = [call for call in calls if not call.path.startswith(("/api/", "/page/")) and call.path != "/"]
    title = words("The vendor's", "原厂接口")
    about = words(
        "As the vendor's documents have them: API 2.0 below `/sophon/v2`, the older ones below `/Sophon...`. Errors"
        " come in the shape of each.",
        "与原厂文档一致：API 2.0 位于 `/sophon/v2`，更早的位于 `/Sophon...`。错误按各自的格式返回。",
    )
    return f"## {title}\n\n{about}\n\n{_calls(words, theirs)}"


def _system(words: Words) -> str:
    parts = MagicMock()
    calls = [*LoginCalls(parts.logins).system_calls(), *SystemCalls(parts, parts, parts, parts).calls()]
    return f"## {words('The vendor’s, on port 8888', '原厂接口（8888 端口）')}\n\n{_calls(words, calls)}"


def _calls(words: Words, calls: List[Call]) -> str:
    rows = []
    for call in calls:
        name = f"{call.method} {call.path}"
        if not call.path.endswith("{call}"):  # whatever else is asked there, and refused
            rows.append((code(name), both(CALLS[name], words), code(call.need.value)))
    return table((words("call", "调用"), words("what it does", "作用"), words("need", "要求")), rows)


def _not_built(words: Words) -> str:
    title = words("Documented by the vendor, and not here", "原厂文档中有、本服务没有的接口")
    about = words(
        "They answer 501 (`NOT_IMPLEMENTED`, in the older shape 50100). Those of the second table are on port 8888.",
        "返回 501（`NOT_IMPLEMENTED`，旧格式为 50100）。第二张表中的接口在 8888 端口。",
    )
    tables = [
        table((words("call", "调用"),), [(code(f"{' '.join(methods)} {path}"),) for path, methods in told.items()])
        for told in (OLDER, SYSTEM)
    ]
    return f"## {title}\n\n{about}\n\n" + "\n".join(tables)
