"""The API's documentation page: everything the document says, readable without a script."""

from __future__ import annotations

import pytest
from django.utils import translation
from django.utils.html import escape
from drf_spectacular.generators import SchemaGenerator

from ipp.core import api_reference
from ipp.core.access import load_policies
from tests.browsing import words_of

DOCUMENT = SchemaGenerator(urlconf="ipp.urls.portal").get_schema(request=None, public=True)
SMALL = {
    "servers": [{"url": "https://portal.example"}],
    "components": {
        "schemas": {
            "Kind": {"type": "string", "enum": ["one", "two"]},
            "Inner": {
                "type": "object",
                "required": ["code"],
                "properties": {"code": {"type": "string"}, "again": {"$ref": "#/components/schemas/Inner"}},
            },
        }
    },
    "paths": {
        "/things/{code}": {
            "post": {
                "operationId": "things_create",
                "tags": ["things"],
                "description": "Make a thing.",
                "parameters": [
                    {"in": "header", "name": "Idempotency-Key", "required": True, "schema": {"type": "string"}},
                    {
                        "in": "query",
                        "name": "limit",
                        "schema": {"type": "integer", "minimum": 1, "maximum": 9, "default": 5},
                        "description": "`n`.",
                    },
                ],
                "requestBody": {
                    "content": {
                        "application/json": {
                            "schema": {
                                "type": "object",
                                "required": ["kind"],
                                "properties": {
                                    "kind": {"$ref": "#/components/schemas/Kind"},
                                    "maybe": {"oneOf": [{"$ref": "#/components/schemas/Kind"}, {"type": "null"}]},
                                    "items": {"type": "array", "items": {"$ref": "#/components/schemas/Inner"}},
                                },
                            },
                            "examples": {"One": {"value": {"kind": "one"}}},
                        }
                    }
                },
                "responses": {"422": {"description": "Wrong"}, "201": {"description": ""}},
            }
        }
    },
}


def test_every_operation_is_on_the_page_with_its_words_and_an_example(visitor):
    page = words_of(visitor("portal").get("/api/docs/"))

    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            assert f"{method.upper()} {path}" in page
            assert escape(operation["description"].replace("`", "")) in page
    assert "curl" in page
    assert "Authorization: Bearer" in page


def test_an_operation_names_the_scopes_that_open_it(visitor):
    page = words_of(visitor("portal").get("/api/docs/"))

    scopes = {role.removeprefix("key ") for policy in load_policies().values() for role in policy.roles if role.startswith("key ")}
    assert scopes
    assert {scope for scope in scopes if f"Scope of the key {scope}" not in page} <= {"verifications:write"}
    assert "verifications:write" in page


def test_the_page_needs_no_exception_from_the_content_policy(visitor):
    answer = visitor("portal").get("/api/docs/")

    assert "unsafe" not in answer["Content-Security-Policy"]


def test_the_document_is_english_for_whoever_asks_first(visitor, monkeypatch):
    from ipp.core.views import docs

    docs._described.cache_clear()

    with translation.override("zh-hans"):
        page = visitor("portal").get("/api/docs/", headers={"accept-language": "zh-CN"})

    assert "Send an identity paper in to be checked" in words_of(page)
    assert "调用方法" in words_of(page)


def test_an_operation_is_read_with_references_followed_and_objects_flattened():
    (subject,) = api_reference.read(SMALL, {("/things/{code}", "POST"): ("things:write",)})
    (operation,) = subject.operations

    assert (subject.name, operation.method, operation.status, operation.scopes) == ("things", "POST", "201", ("things:write",))
    assert [(field.name, field.kind, field.is_required, field.text) for field in operation.parameters] == [
        ("Idempotency-Key", "header, string", True, ""),
        ("limit", "query, integer, 1 to 9, 5 if left out", False, "n."),
    ]
    told = {field.name: field for field in operation.body}
    assert (told["kind"].values, told["kind"].is_required) == (("one", "two"), True)
    assert (told["maybe"].kind, told["maybe"].values) == ("string or null", ("one", "two"))
    assert (told["items"].kind, told["items[].code"].kind, told["items[].code"].is_required) == ("array of object", "string", True)
    assert [refusal.status for refusal in operation.refusals] == ["422"]


def test_an_object_that_holds_its_like_is_told_to_a_depth():
    (subject,) = api_reference.read(SMALL, {})

    names = [field.name for field in subject.operations[0].body]

    assert "items[].again.again" in names
    assert max(name.count("again") for name in names) == api_reference.DEEPEST


@pytest.mark.parametrize(
    "line",
    [
        'curl -X POST "https://portal.example/things/$code"',
        '-H "Idempotency-Key: $(uuidgen)"',
        '-H "Content-Type: application/json"',
        '"kind": "one"',
    ],
)
def test_the_call_can_be_pasted_into_a_shell(line):
    (subject,) = api_reference.read(SMALL, {})

    assert line in subject.operations[0].call
