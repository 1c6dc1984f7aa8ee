"""Whatever is sent to our own REST: no fault of the service, and an answer as the document says.

Requests are made from the document that the service gives out: bodies and parameters that its schemas allow,
others of any type, and paths with any letters in them. Every answer is held against it: its status is documented,
its body is as its schema has it, and nothing is a fault but a documented 503.
"""

import json
from urllib.parse import quote, urlencode

import jsonschema
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from running_box import running_box

LEFT_OUT = {
    "post_devices_test": "opens whatever address it is given, for up to 45 s",
    "post_session": "takes a second of a core for each password, and a minute after some wrong ones",
    "delete_session": "would end the one that the requests show",
    "patch_settings": "would change what the others are asked under; its own test is beside this one",
}
"""What is not asked here, and why."""
WORDS = st.text(st.characters(blacklist_categories=("Cs",)), min_size=1, max_size=12)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def box(tmp_path_factory):
    with running_box(tmp_path_factory.mktemp("o"), access={"open_reads": True, "open_writes": True}) as running:
        running.register("E-1", "Ada", "ada")
        yield running


@pytest.fixture(scope="module")
def document(box):
    return box.ask("GET", "/api/openapi.json").body


@pytest.fixture(scope="module")
def shown(box):
    password = box.process._place.admin_password.read_text().strip()
    opened = box.post("/api/v1/session", {"username": "admin", "password": password})
    return {"Authorization": f"Bearer {opened.body['token']}"}


def values_of(document, schema):
    """Values that a schema of the document allows, or nearly: bounds of lengths and lists of words are kept."""
    if "$ref" in schema:
        return values_of(document, document["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    if "anyOf" in schema:
        return st.one_of([values_of(document, each) for each in schema["anyOf"]])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    kind = schema.get("type")
    if kind == "object" and "properties" in schema:
        needed = set(schema.get("required", ()))
        fields = {name: values_of(document, each) for name, each in schema["properties"].items()}
        return st.fixed_dictionaries(
            {name: fields[name] for name in fields if name in needed},
            optional={name: fields[name] for name in fields if name not in needed},
        )
    if kind == "object":
        return st.dictionaries(WORDS, values_of(document, schema.get("additionalProperties") or {}), max_size=3)
    if kind == "array":
        return st.lists(values_of(document, schema.get("items", {})), max_size=min(4, schema.get("maxItems", 4)))
    if kind == "string" and "pattern" in schema:
        return st.from_regex(schema["pattern"]).map(lambda text: text.rstrip("\n"))
    if kind == "string":
        return st.sampled_from(("E-1", "door", "platform", "http://127.0.0.1:9/x", "rtsp://10.0.0.9/1")) | WORDS
    if kind == "integer":
        return st.integers(schema.get("minimum", -9), min(schema.get("maximum", 1 << 40), 1 << 40))
    if kind == "number":
        return st.floats(schema.get("minimum", -9), schema.get("maximum", 1e9), allow_nan=False)
    return {"boolean": st.booleans(), "null": st.none()}.get(kind, ANYTHING)


def whole(document):
    """The schemas that others name, where a reader of JSON Schema looks for them."""
    text = json.dumps(document["components"]["schemas"])
    return json.loads(text.replace("#/components/schemas/", "#/$defs/"))


def holds_to(document, schema, value):
    """Raise when ``value`` is not as ``schema`` has it; whether the schemas are some is another test's."""
    named = json.loads(json.dumps(schema).replace("#/components/schemas/", "#/$defs/"))
    jsonschema.Draft202012Validator({**named, "$defs": whole(document)}).validate(value)


def as_text(value):
    return str(value).lower() if isinstance(value, bool) else str(value)


def requests_to(document, path, told):
    """Parts of the path, query and body."""
    parameters = told.get("parameters", ())
    parts = {one["name"]: WORDS for one in parameters if one["in"] == "path"}
    query = {
        one["name"]: values_of(document, one["schema"]).map(as_text) | WORDS
        for one in parameters
        if one["in"] == "query"
    }
    body = st.none()
    schema = told.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    if schema is not None:
        body = values_of(document, schema) | ANYTHING
    return st.tuples(st.fixed_dictionaries(parts), st.fixed_dictionaries({}, optional=query), body)


def hold(document, told, path, answer):
    """The answer is one that the operation says it gives."""
    assert str(answer.status) in told["responses"], (path, answer)
    assert answer.status < 500 or answer.status == 503, (path, answer)
    content = told["responses"][str(answer.status)].get("content", {})
    kind = answer.headers.get_content_type()
    assert kind in content, (path, answer)
    if "schema" in content[kind]:
        holds_to(document, content[kind]["schema"], json.loads(answer.body))


def explore(box, document, shown, examples):
    operations = [
        (path, method.upper(), told)
        for path, methods in document["paths"].items()
        for method, told in methods.items()
        if told["operationId"] not in LEFT_OUT
    ]

    def requests(operation):
        path, _method, told = operation
        return st.tuples(st.just(operation), requests_to(document, path, told))

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(request=st.sampled_from(operations).flatmap(requests))
    def holds(request):
        (path, method, told), (parts, query, body) = request
        if any(part.strip(".") == "" for part in parts.values()):
            return  # a client would go up by it, and ask for something else
        place = path.format(**{name: quote(part, safe="") for name, part in parts.items()})
        headers = {**shown, "Content-Type": "application/json"}
        sent = None if body is None else json.dumps(body).encode()
        hold(document, told, place, box.raw(method, f"{place}?{urlencode(query)}", headers, sent))

    holds()


def test_whatever_is_asked_is_answered_as_documented(box, document, shown):
    """A few requests to whichever operation."""
    explore(box, document, shown, 500)


@pytest.mark.long
def test_whatever_is_asked_many_times_is_answered_as_documented(box, document, shown):
    """Some hundred requests to each."""
    explore(box, document, shown, 20_000)
