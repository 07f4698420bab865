"""How the document of the API is drawn from its views: from their scope, filters, serializer and docstring."""

from functools import lru_cache
from typing import Any

from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema

from accounts.api_problems import CONTENT_TYPE
from accounts.scopes import Scope

_PROBLEMS = {
    "400": "A parameter is wrong; `errors` says which.",
    "401": "No key, or one that is unknown, expired or revoked.",
    "403": "The key lacks the scope; `missing_scope` names it.",
    "404": "There is nothing at this address, or nothing this key may know about.",
    "405": "The API only reads.",
    "406": "Answers are JSON.",
    "413": "More was sent than anything here takes; a call needs no body.",
    "429": "Too many calls in this minute; `Retry-After` says how many seconds to wait.",
    "500": "A mistake of ours. It is noted, and trying again later may help.",
    "503": "Somebody else is changing the same thing; `Retry-After` says how many seconds to wait.",
}
_PROBLEM_SCHEMA = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}},
        "missing_scope": {"type": "string", "enum": Scope.values},
    },
}


@lru_cache(maxsize=1)
def api_document() -> dict[str, Any]:
    """Return the OpenAPI document of the API; it is the same until the program changes."""
    document = SchemaGenerator().get_schema(request=None, public=True)
    document["components"]["schemas"]["Problem"] = _PROBLEM_SCHEMA
    return document


class ApiSchema(AutoSchema):
    """Describes one operation of an `accounts.api_views.ApiView`."""

    def get_auth(self) -> list[dict]:
        """Every operation takes a key."""
        return [{"ApiKey": []}]

    def get_tags(self) -> list[str]:
        """Operations stand under their scope, which is what people look for."""
        return [self.view.scope.label]

    def get_operation_id(self) -> str:
        """The name of the view, which is the same for as long as the operation is."""
        return type(self.view).__name__

    def get_summary(self) -> str:
        """The sentence of the view's docstring."""
        return type(self.view).__doc__.strip().rstrip(".")

    def get_description(self) -> str:
        """Which scope the key needs."""
        return f"Needs a key with the scope {self.view.scope.label} (`{self.view.scope.value}`)."

    def get_override_parameters(self) -> list:
        """The filters of the view."""
        return [self.view.filters] if self.view.filters().fields else []

    def get_response_serializers(self):
        """What the view answers: one object, or a page of them."""
        return self.view.serializer_class(many=self.view.is_list)

    def _get_paginator(self):
        return self.view.pagination_class() if self.view.is_list else None

    def _get_response_bodies(self, direction: str = "response") -> dict[str, Any]:
        problem = {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
        problems = {status: {"description": words, "content": problem} for status, words in _PROBLEMS.items()}
        return super()._get_response_bodies(direction) | problems
