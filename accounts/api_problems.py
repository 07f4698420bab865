"""How the API says that something is wrong: one shape for every answer that is not a success (RFC 9457).

``application/problem+json`` with ``type``, ``title``, ``status`` and ``detail``; ``errors`` names the parameters that
are wrong, ``missing_scope`` the scope that a key lacks.
"""

from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, JsonResponse
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler

from accounts.api_access import MissingScope

CONTENT_TYPE = "application/problem+json"
_PATH = "/api/"
# What a stranger reads is the same for a thing that does not exist and for somebody else's.
_NOT_FOUND = "There is nothing at this address."


def is_for_programs(request: HttpRequest) -> bool:
    """Return whether a program asks, so that the answer is no page."""
    return request.path_info.startswith(_PATH)


def problem_answer(status: int, detail: str = "") -> JsonResponse:
    """Return the answer of a problem that was noticed outside the views of the API."""
    facts = _facts(status, detail or HTTPStatus(status).description)
    return JsonResponse(facts, status=status, content_type=CONTENT_TYPE)


def answer_exception(exception: Exception, context: dict[str, Any]) -> Response | None:
    """Return the answer to what a view of the API raised; None for a mistake of ours, which becomes a 500."""
    response = exception_handler(exception, context)
    if response is None:
        return None
    if isinstance(exception, ValidationError):
        facts = _facts(response.status_code, "What was asked is not valid; see errors.") | {"errors": exception.detail}
    elif response.status_code == HTTPStatus.NOT_FOUND:
        facts = _facts(response.status_code, _NOT_FOUND)
    else:
        facts = _facts(response.status_code, str(response.data.get("detail", "")))
    if isinstance(exception, MissingScope):
        facts["missing_scope"] = exception.scope
    response.data, response.content_type = facts, CONTENT_TYPE
    return response


def _facts(status: int, detail: str) -> dict[str, Any]:
    return {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": int(status), "detail": detail}
