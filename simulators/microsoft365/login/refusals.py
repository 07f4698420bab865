"""Refusals of the sign-in service, with Microsoft's numbers."""

from datetime import datetime
from uuid import uuid4

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

# Number → the OAuth error it comes with, and the status of the token endpoint.
_KINDS = {
    50011: ("invalid_request", 400),
    70008: ("invalid_grant", 400),
    70011: ("invalid_scope", 400),
    90033: ("temporarily_unavailable", 503),
    90002: ("invalid_request", 400),
    54005: ("invalid_grant", 400),
    70000: ("invalid_grant", 400),
    70003: ("unsupported_grant_type", 400),
    501481: ("invalid_grant", 400),
    700016: ("unauthorized_client", 400),
    700027: ("invalid_client", 401),
    7000215: ("invalid_client", 401),
    7000218: ("invalid_client", 401),
    7000229: ("unauthorized_client", 400),
    900144: ("invalid_request", 400),
}


class SignInRefused(Exception):
    """A refusal by its number. The message is what stands behind ``AADSTS<number>:``."""

    def __init__(self, number: int, message: str) -> None:
        super().__init__(message)
        self.number, self.message = number, message

    @property
    def description(self) -> str:
        """The message with its number in front."""
        return f"AADSTS{self.number}: {self.message}"

    @property
    def error(self) -> str:
        """The OAuth error."""
        return _KINDS.get(self.number, ("invalid_request", 400))[0]

    def as_json(self, now: datetime) -> HttpResponse:
        """Return the refusal as the token endpoint words it."""
        trace, correlation = str(uuid4()), str(uuid4())
        moment = now.strftime("%Y-%m-%d %H:%M:%SZ")
        body = {
            "error": self.error,
            "error_description": f"{self.description} Trace ID: {trace} Correlation ID: {correlation} "
            f"Timestamp: {moment}",
            "error_codes": [self.number],
            "timestamp": moment,
            "trace_id": trace,
            "correlation_id": correlation,
        }
        return JsonResponse(body, status=_KINDS.get(self.number, ("", 400))[1])

    def as_page(self, request: HttpRequest) -> HttpResponse:
        """Return the refusal as a page, for when nobody can be trusted with a redirect."""
        return render(request, "microsoft365/sign_in_refused.html", {"refusal": self}, status=400)
