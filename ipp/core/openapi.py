"""What the OpenAPI document says beyond the serializers: key security, scopes, problems on every operation."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema

PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "An RFC 9457 problem: what is wrong and how to mend it.",
    "required": ["type", "title", "status", "detail", "code", "errors", "request_id"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string", "description": "Stable machine word."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "code", "detail"],
                "properties": {
                    "pointer": {"type": "string", "description": "JSON pointer of the value at fault."},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
        "request_id": {"type": "string", "description": "Quote it to support."},
        "details": {"type": "object", "additionalProperties": True},
    },
}
STATUSES = {
    "400": "The request cannot be read",
    "401": "No valid key",
    "403": "The key's scopes do not allow this",
    "404": "Not found",
    "405": "Method not allowed",
    "406": "No such form of answer",
    "409": "It changed in the meantime, or a request with this key is in flight",
    "413": "Too large",
    "415": "Unsupported type",
    "422": "Some values need a correction",
    "429": "Too many requests",
    "500": "Something broke on our side; nothing was kept",
    "503": "Not available right now",
}


class KeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Describes the bearer key."""

    target_class = "ipp.core.key_authentication.KeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        """Return the scheme."""
        return {"type": "http", "scheme": "bearer", "description": "A key made in the portal under Developer: `ipp_live_…`."}


class Schema(AutoSchema):
    """Names operations after their view and method."""

    def get_operation_id(self) -> str:
        """Return `verifications_list`-like ids from the view's own word."""
        word: str = getattr(self.view, "operation", super().get_operation_id())
        suffix = {"GET": "list" if getattr(self.view, "is_list", False) else "read", "POST": "create"}.get(self.method, self.method.lower())
        return word if "_" in word and word.endswith(("create", "read", "list")) else f"{word}_{suffix}"


def add_problems(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Add the problem schema and every error answer to each operation."""
    result.setdefault("components", {}).setdefault("schemas", {})["Problem"] = PROBLEM
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for operations in result["paths"].values():
        for operation in operations.values():
            for status, words in STATUSES.items():
                operation["responses"].setdefault(status, {"description": words, "content": content})
    return result
