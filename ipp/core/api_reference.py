"""The API's OpenAPI document as a page shows it: operations by subject, what each takes and gives, refs followed and objects flattened."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Document = Mapping[str, Any]
DEEPEST = 4
"""How many objects inside each other are told field by field."""


@dataclass(frozen=True)
class Field:
    """A parameter or a value of a body: `name` with the path to it (`data[].code`), `kind` in a few words, the values it may have."""

    name: str
    kind: str
    is_required: bool
    text: str = ""
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Refusal:
    """A status an operation refuses with, in words."""

    status: str
    text: str


@dataclass(frozen=True)
class Operation:
    """One call: where it goes, what it takes, an example of it, what it answers."""

    anchor: str
    method: str
    path: str
    text: str
    scopes: tuple[str, ...]
    parameters: tuple[Field, ...]
    body: tuple[Field, ...]
    call: str
    status: str
    answer: tuple[Field, ...]
    answer_example: str
    refusals: tuple[Refusal, ...]


@dataclass(frozen=True)
class Subject:
    """The operations on one kind of thing."""

    name: str
    operations: tuple[Operation, ...]


def read(document: Document, scopes: Mapping[tuple[str, str], tuple[str, ...]]) -> list[Subject]:
    """Return a document's operations by subject; `scopes` names what opens each (path, method)."""
    found: dict[str, list[Operation]] = {}
    for path, methods in document["paths"].items():
        for method, described in methods.items():
            operation = _operation(document, path, method, described, scopes.get((path, method.upper()), ()))
            found.setdefault(described["tags"][0], []).append(operation)
    return [Subject(name, tuple(operations)) for name, operations in found.items()]


def _operation(document: Document, path: str, method: str, described: Mapping[str, Any], scopes: tuple[str, ...]) -> Operation:
    body_type, body = _content(described.get("requestBody", {}))
    status = min(described["responses"])
    _answer_type, answer = _content(described["responses"][status])
    return Operation(
        anchor=described["operationId"],
        method=method.upper(),
        path=path,
        text=_plain(described.get("description", "")),
        scopes=scopes,
        parameters=tuple(_parameter(document, item) for item in described.get("parameters", ())),
        body=tuple(_fields(document, body.get("schema", {}))),
        call=_call(document, path, method.upper(), described, body_type, _example(body)),
        status=status,
        answer=tuple(_fields(document, answer.get("schema", {}))),
        answer_example=_written(_example(answer)),
        refusals=tuple(Refusal(code, item["description"]) for code, item in sorted(described["responses"].items()) if code >= "400"),
    )


def _parameter(document: Document, item: Mapping[str, Any]) -> Field:
    schema = _followed(document, item.get("schema", {}))
    return Field(item["name"], f"{item['in']}, {_kind(schema)}", item.get("required", False), _plain(item.get("description", "")))


def _fields(document: Document, schema: Mapping[str, Any], prefix: str = "", depth: int = 0) -> Iterator[Field]:
    """Yield every value of an object, those inside others by the path to them."""
    schema = _followed(document, schema)
    required = schema.get("required", ())
    for name, value in schema.get("properties", {}).items():
        found = _followed(document, value)
        items = _followed(document, found.get("items", {}))
        inner, step = (items, "[].") if items else (found, ".")
        values = tuple(str(one) for one in found.get("enum", ()) if one is not None)
        text = value.get("description") or ("" if values else found.get("description", ""))
        yield Field(prefix + name, _kind(found), name in required, _plain(text), values)
        if inner.get("properties") and depth < DEEPEST:
            yield from _fields(document, inner, f"{prefix}{name}{step}", depth + 1)


def _followed(document: Document, schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what a `$ref`, alone or as the one part of `allOf` or `oneOf`, points to; a nullable one keeps its meaning in `type`."""
    parts = schema.get("allOf") or [part for part in schema.get("oneOf", ()) if part.get("type") != "null" and part.get("enum") != [None]]
    reference = schema.get("$ref") or (parts[0].get("$ref") if parts else None)
    if reference is None:
        return schema
    target: Mapping[str, Any] = document["components"]["schemas"][reference.rpartition("/")[2]]
    return {**target, "type": [target.get("type", "object"), "null"]} if "oneOf" in schema else target


def _kind(schema: Mapping[str, Any]) -> str:
    """Return a type in words: `string, date-time or null`, `array of object`."""
    kinds = schema.get("type", "object")
    names = [kinds] if isinstance(kinds, str) else list(kinds)
    words = [" or ".join(_word(schema, name) for name in names)]
    if "minimum" in schema and "maximum" in schema:
        words.append(f"{schema['minimum']} to {schema['maximum']}")
    if "default" in schema:
        words.append(f"{schema['default']} if left out")
    return ", ".join(words)


def _word(schema: Mapping[str, Any], name: str) -> str:
    if name == "array":
        inner = schema.get("items", {})
        return f"array of {inner.get('type', 'object')}"
    return f"{name}, {schema['format']}" if name == "string" and "format" in schema else name


def _content(described: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """Return the first media type of a body or an answer, and what is said of it."""
    contents: Mapping[str, Mapping[str, Any]] = described.get("content", {})
    return next(iter(contents.items()), ("", {}))


def _plain(text: str) -> str:
    """Return a description without the marks for code."""
    return text.replace("`", "")


def _example(content: Mapping[str, Any]) -> Any:
    return next((item["value"] for item in content.get("examples", {}).values()), None)


def _written(value: Any) -> str:
    return "" if value is None else json.dumps(value, indent=2, ensure_ascii=False)


def _call(document: Document, path: str, method: str, described: Mapping[str, Any], body_type: str, body: Any) -> str:
    """Return the call as a line for a shell."""
    address = document["servers"][0]["url"] + path.replace("{", "$").replace("}", "")
    lines = [f'curl "{address}"' if method == "GET" else f'curl -X {method} "{address}"', '-H "Authorization: Bearer $IPP_KEY"']
    lines += [f'-H "{item["name"]}: $(uuidgen)"' for item in described.get("parameters", ()) if item["in"] == "header"]
    if body_type == "multipart/form-data":
        lines.append("-F file=@paper.jpg")
    elif body is not None:
        lines += ['-H "Content-Type: application/json"', f"-d '{_written(body)}'"]
    return " \\\n  ".join(lines)
