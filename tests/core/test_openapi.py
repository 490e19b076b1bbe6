"""The API's description: a valid OpenAPI 3.1 document, complete, and true of the running portal."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
import schemathesis
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.test.testcases import LiveServerThread
from django.urls import URLPattern, get_resolver
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer
from drf_spectacular.validation import validate_schema
from hypothesis import HealthCheck, settings
from schemathesis import checks

from ipp.core.access import load_policies
from tests import database
from tests.actors import AudienceClient, new_secret
from tests.conftest import close_connections, point_at
from tests.machines import body, send, upload

DOCUMENT: dict[str, Any] = json.loads(OpenApiJsonRenderer().render(SchemaGenerator().get_schema(request=None, public=True)))
OPERATIONS = [(path, method, operation) for path, methods in DOCUMENT["paths"].items() for method, operation in methods.items()]
EACH = pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS, ids=[f"{method}-{path}" for path, method, _ in OPERATIONS])
PROBE = schemathesis.openapi.from_dict(DOCUMENT)
CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.response_headers_conformance,
    checks.missing_required_header,
    checks.unsupported_method,
    checks.allow_header_conformance,
]


# -- the document -------------------------------------------------------------------------------------------------------------


def test_the_document_is_valid_openapi_3_1_and_made_without_a_warning():
    GENERATOR_STATS.reset()

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        schema = SchemaGenerator().get_schema(request=None, public=True)

    assert schema["openapi"].startswith("3.1")
    validate_schema(schema)
    assert not GENERATOR_STATS


def test_the_portal_publishes_it_to_everybody_and_the_console_does_not(db):
    answer = AudienceClient("portal").get("/api/schema/")

    assert answer.json() == DOCUMENT
    assert AudienceClient("staff").get("/api/schema/").status_code == 404


def routes() -> Iterator[tuple[str, str]]:
    """Yield (route name, address as the document writes it) of every address of the API."""
    api = next(resolver for resolver in get_resolver("ipp.urls.portal").url_patterns if getattr(resolver, "namespace", "") == "api")
    for pattern in api.url_patterns:
        assert isinstance(pattern, URLPattern)
        yield f"api:{pattern.name}", f"/api/v1/{str(pattern.pattern).replace('<code:', '{').replace('>', '}')}"


def test_every_route_and_method_of_the_api_is_described_and_nothing_else():
    policies = load_policies()
    routed = {(path, method.lower()) for name, path in routes() for method in policies["portal", name].methods - {"HEAD", "OPTIONS"}}

    assert {(path, method) for path, method, _operation in OPERATIONS} == routed


def test_every_operation_has_a_name_of_its_own():
    names = [operation["operationId"] for _path, _method, operation in OPERATIONS]

    assert len(set(names)) == len(names)


@EACH
def test_an_operation_says_what_it_does_who_may_call_it_and_how_it_refuses(path, method, operation):
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}

    assert operation["description"]
    assert operation["security"] == [{"apiKey": []}]
    for status in ("400", "401", "403", "404", "405", "406", "409", "413", "415", "422", "429", "500", "503"):
        assert operation["responses"][status]["content"] == problem
    assert [status for status in operation["responses"] if status < "400"]


@EACH
def test_an_operation_shows_an_example_that_its_own_schema_accepts(path, method, operation):
    bodies = [operation.get("requestBody", {}), *operation["responses"].values()]
    shown = [
        (kind, example["value"])
        for body in bodies
        for kind in body.get("content", {}).values()
        for example in kind.get("examples", {}).values()
    ]

    assert shown
    for kind, value in shown:
        assert_fits(value, kind["schema"])


@EACH
def test_a_creating_operation_asks_for_an_idempotency_key(path, method, operation):
    asked = {parameter["name"]: parameter["required"] for parameter in operation.get("parameters", []) if parameter["in"] == "header"}

    assert asked == ({"Idempotency-Key": True} if "201" in operation["responses"] else {})


def test_the_key_scheme_is_a_bearer_token():
    scheme = DOCUMENT["components"]["securitySchemes"]["apiKey"]

    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")


def test_the_answers_of_a_whole_story_fit_their_schemas(alice, machine, storage):
    client = machine("alice")

    file = upload(client)
    sent = send(client, body(file.json()["code"]))
    place = sent["Location"]
    answers = {
        ("/api/v1/files", "post", "201"): file,
        ("/api/v1/verifications", "post", "201"): sent,
        ("/api/v1/verifications", "get", "200"): client.get("/api/v1/verifications"),
        ("/api/v1/verifications/{code}", "get", "200"): client.get(place),
        ("/api/v1/verifications/{code}/withdraw", "post", "200"): client.post(f"{place}/withdraw"),
        ("/api/v1/verifications/{code}/withdraw", "post", "409"): client.post(f"{place}/withdraw"),
        ("/api/v1/organization", "get", "200"): client.get("/api/v1/organization"),
        ("/api/v1/events", "get", "200"): client.get("/api/v1/events"),
    }

    for (path, method, status), answer in answers.items():
        assert answer.status_code == int(status)
        (kind,) = DOCUMENT["paths"][path][method]["responses"][status]["content"].items()
        assert answer["Content-Type"] == kind[0]
        assert_fits(answer.json(), kind[1]["schema"])


def assert_fits(value: Any, schema: dict[str, Any]) -> None:
    """Assert that a value is what a schema of the document says, formats included."""
    whole = schema | {"components": DOCUMENT["components"]}
    jsonschema.validate(value, whole, cls=jsonschema.Draft202012Validator, format_checker=jsonschema.FormatChecker())


# -- the running portal ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def portal(django_db_setup: None, django_db_blocker: Any, worker_id: str) -> Iterator[str]:
    """Serve the portal on a port and a database of its own; return its address."""
    name = f"ipp_probe_{worker_id}"
    with database.copied(name), django_db_blocker.unblock():
        before = point_at(name)
        server = LiveServerThread("127.0.0.1", StaticFilesHandler)
        server.daemon = True
        server.start()
        server.is_ready.wait()
        yield f"http://127.0.0.1:{server.port}"
        server.terminate()
        close_connections()
        point_at(before)


@pytest.fixture(scope="module")
def secret(portal: str) -> str:
    """Return a key of Acme with every scope."""
    return new_secret("alice")


@PROBE.parametrize()
@settings(max_examples=12, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
def test_whatever_a_machine_sends_is_answered_as_the_document_says(case, portal, secret):
    case.call_and_validate(
        base_url=portal,
        headers={"Authorization": f"Bearer {secret}"},
        checks=CHECKS,
    )
