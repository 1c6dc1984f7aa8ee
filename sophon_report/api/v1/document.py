"""The OpenAPI 3.1 document of our own REST, made of the operations that are served.

Schemas are pydantic's, from the models that read requests and write answers. Made once, when the service starts.
Pure.
"""

from typing import Any, Dict, Iterable, List, Sequence, Set, Tuple

from pydantic import TypeAdapter
from pydantic.json_schema import JsonSchemaMode

from sophon_report import __version__
from sophon_report.api.call import Need
from sophon_report.api.problems import MEDIA_TYPE, PROBLEMS
from sophon_report.api.shown import COOKIE, PAGE_HEADER, SECURE_COOKIE
from sophon_report.api.v1.operation import JSON, Operation
from sophon_report.api.v1.shapes import parts_of

Json = Dict[str, Any]
REF = "#/components/schemas/{model}"
ABOUT = """The box's own REST, beside the vendor's interfaces. JSON in and out; unknown fields are refused by name.

**Who may**: each operation says what it needs. `open`: anyone on a trusted network. `read` and `write`: with a
token or a session, or by the switch `access.open_reads` or `access.open_writes`. `admin`: with a token or a
session, whatever the switches say. Both have a role: a `viewer` may what needs `open` or `read`, an `operator`
`write` too, an `admin` everything; more than that is 403 `FORBIDDEN`.

**Refusals** are `application/problem+json` (RFC 9457). Programs go by `code`; `errors` names the wrong fields.
A 503 says in `Retry-After` when to try again.

**Pages**: `limit` and `offset`. **ETags** are strong: sent back as `If-None-Match`, one gives 304 while nothing
has changed; as `If-Match` with a change, 412 when somebody else was faster.

**Long work** answers 202 with a job; ask `GET /api/v1/jobs/{job_id}` how far it is."""
NEEDS = {
    Need.ANYONE: "Anyone: it asks for a password itself.",
    Need.OPEN: "Anyone on a trusted network.",
    Need.READ: "As `viewer`, or with `access.open_reads = true`.",
    Need.WRITE: "As `operator`, or with `access.open_writes = true`.",
    Need.PUSH: "As `operator`, with `access.open_writes = true`, or as a registered photo device.",
    Need.ADMIN: "As `admin` only.",
}
CREDENTIALS: List[Json] = [{"token": []}, {"page": []}]
PROBLEM_SCHEMA: Json = {
    "type": "object",
    "title": "Problem",
    "description": "Why a call was refused (RFC 9457).",
    "required": ["type", "title", "status", "detail", "instance", "code"],
    "additionalProperties": False,
    "properties": {
        "type": {"type": "string", "description": "Where the code is explained."},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What is wrong this time, for people."},
        "instance": {"type": "string", "description": "Path of the call."},
        "code": {"type": "string", "enum": list(PROBLEMS), "description": "What kind it is, for programs."},
        "errors": {
            "type": "array",
            "description": "Each wrong field, where fields are what is wrong.",
            "items": {
                "type": "object",
                "required": ["detail"],
                "additionalProperties": False,
                "properties": {
                    "detail": {"type": "string"},
                    "pointer": {"type": "string", "description": "JSON pointer into the body."},
                    "parameter": {"type": "string", "description": "Name of a parameter of the query."},
                },
            },
        },
    },
}
_Key = Tuple[str, JsonSchemaMode]


def document(operations: Sequence[Operation]) -> Json:
    """The document of ``operations``, JSON-ready."""
    schemas, defs = _schemas(operations)
    paths: Json = {}
    for operation in operations:
        paths.setdefault(operation.full_path, {})[operation.method.lower()] = _operation(operation, schemas)
    names = sorted({tag for operation in operations for tag in operation.tags})
    return {
        "openapi": "3.1.0",
        "info": {"title": "sophon-report", "version": __version__, "description": ABOUT},
        "servers": [{"url": "/"}],
        "tags": [{"name": name} for name in names],
        "paths": paths,
        "components": {
            "schemas": {**defs, "Problem": PROBLEM_SCHEMA},
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "`sophon-report token create NAME`"},
                "page": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": COOKIE,
                    "description": f"Of the box's own page. What is no GET must carry `{PAGE_HEADER}: 1`. By TLS "
                    f"its name is `{SECURE_COOKIE}`.",
                },
            },
        },
    }


def _schemas(operations: Iterable[Operation]) -> Tuple[Dict[Any, Json], Json]:
    """Schemas by model and mode, and those that they refer to by name."""
    wanted: Dict[Tuple[Any, JsonSchemaMode], TypeAdapter[Any]] = {}
    for operation in operations:
        for model in (operation.query, operation.body):
            if model is not None:
                wanted[model, "validation"] = TypeAdapter(model)
        if operation.answer is not None:
            wanted[operation.answer, "serialization"] = TypeAdapter(operation.answer)
    inputs = [(model, mode, adapter) for (model, mode), adapter in wanted.items()]
    schemas, shared = TypeAdapter.json_schemas(inputs, ref_template=REF)
    return dict(schemas), shared.get("$defs", {})


def _operation(operation: Operation, schemas: Dict[Any, Json]) -> Json:
    told: Json = {
        "operationId": _id(operation),
        "summary": operation.summary,
        "description": " ".join(filter(None, [operation.description, NEEDS[operation.need]])),
        "tags": list(operation.tags),
        "x-need": operation.need.value,
        "security": [*CREDENTIALS, *([] if operation.need is Need.ADMIN else [{}])],
        "responses": _responses(operation, schemas),
    }
    parameters = [*_path_parameters(operation), *_query_parameters(operation), *_header_parameters(operation)]
    if parameters:
        told["parameters"] = parameters
    body = _body(operation, schemas)
    return {**told, "requestBody": body} if body else told


def _id(operation: Operation) -> str:
    words = operation.path.replace("{", "by_").replace("}", "").strip("/").split("/")
    return "_".join([operation.method.lower(), *words]).replace("-", "_").replace(".", "_")


def _path_parameters(operation: Operation) -> List[Json]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        for name in parts_of(operation.path)
    ]


def _query_parameters(operation: Operation) -> List[Json]:
    if operation.query is None:
        return []
    schema = operation.query.model_json_schema(ref_template=REF)
    needed: Set[str] = set(schema.get("required", ()))
    return [
        {
            "name": name,
            "in": "query",
            "required": name in needed,
            "schema": _without_null(values),
            **({"description": values["description"]} if "description" in values else {}),
        }
        for name, values in schema.get("properties", {}).items()
    ]


def _without_null(schema: Json) -> Json:
    """A parameter that is left out has no value; none can be null."""
    kept = {key: value for key, value in schema.items() if key not in ("description", "title")}
    kinds = [kind for kind in kept.pop("anyOf", ()) if kind != {"type": "null"}]
    if len(kinds) == 1:
        kept = {**kinds[0], **kept}
    elif kinds:
        kept["anyOf"] = kinds
    if kept.get("default", 0) is None:
        del kept["default"]
    return kept


def _header_parameters(operation: Operation) -> List[Json]:
    names = [("If-None-Match", operation.tagged and operation.method == "GET"), ("If-Match", operation.guarded)]
    return [
        {"name": name, "in": "header", "required": False, "schema": {"type": "string"}}
        for name, there in names
        if there
    ]


def _body(operation: Operation, schemas: Dict[Any, Json]) -> Json:
    content: Json = {operation.body_type: {}} if operation.body_type else {}
    if operation.body is not None:
        content[JSON] = {"schema": schemas[operation.body, "validation"]}
    return {"required": True, "content": content} if content else {}


def _responses(operation: Operation, schemas: Dict[Any, Json]) -> Json:
    tag = {"ETag": {"schema": {"type": "string"}}} if operation.tagged else {}
    good: Json = {"description": operation.summary, **({"headers": tag} if tag else {})}
    if operation.answer is not None:
        good["content"] = {JSON: {"schema": schemas[operation.answer, "serialization"]}}
    elif not operation.socket:
        good["content"] = {operation.answer_type: {}}
    told = {str(operation.http_status): good}
    if operation.tagged and operation.method == "GET":
        told["304"] = {"description": "It has not changed.", "headers": tag}
    by_status: Dict[int, List[str]] = {}
    for code in _codes(operation):
        by_status.setdefault(PROBLEMS[code].http_status, []).append(code)
    return {**told, **{str(status): _refusal(status, by_status[status]) for status in sorted(by_status)}}


def _codes(operation: Operation) -> Iterable[str]:
    """Those of every call, those that its form brings, and its own."""
    codes = {"INVALID_ARGUMENTS", "UNAUTHORIZED", "INTERNAL_ERROR", "UNAVAILABLE", *operation.errors}
    if operation.need is not Need.ANYONE:
        codes |= {"SESSION_OVER"}
    if operation.need not in (Need.ANYONE, Need.OPEN, Need.READ):
        codes |= {"FORBIDDEN"}
    if operation.method != "GET":
        codes |= {"FOREIGN_PAGE"}
        codes |= {"INVALID_JSON", "UNSUPPORTED_CONTENT_TYPE", "PAYLOAD_TOO_LARGE", "REQUEST_TIMEOUT"}
    if parts_of(operation.path):
        codes |= {"NOT_FOUND"}
    if operation.socket:
        codes |= {"UPGRADE_REQUIRED"}
    if operation.guarded:
        codes |= {"PRECONDITION_FAILED"}
    return [code for code in PROBLEMS if code in codes]


def _refusal(status: int, codes: Sequence[str]) -> Json:
    told: Json = {
        "description": "; ".join(f"`{code}`: {PROBLEMS[code].title}" for code in codes),
        "content": {MEDIA_TYPE: {"schema": {"$ref": REF.format(model="Problem")}}},
    }
    if status in (429, 503):
        told["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds."}}
    return told
