"""Honest pages for what goes wrong: what happened, what was kept, what to do next."""

import logging
from collections.abc import Callable
from urllib.parse import unquote_to_bytes

from allauth.core.exceptions import RateLimited
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation, TooManyFieldsSent, TooManyFilesSent
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import loader

log = logging.getLogger(__name__)

# PostgreSQL's codes for a lock that did not come free in time and for two that wait for each other.
_WAITED_TOO_LONG = frozenset({"55P03", "40P01"})


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 400: the request makes no sense."""
    return render(request, "400.html", status=400)


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 403, saying which right is missing and who can give it."""
    reason = str(exception) if exception and str(exception) else ""
    return render(request, "403.html", {"reason": reason}, status=403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer 403 where the form's proof of origin is missing or of an ended session."""
    log.warning("A form without a valid token: %s %s (%s)", request.method, request.path, reason)
    return render(request, "403_csrf.html", status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 404, alike for what does not exist and for what belongs to somebody else."""
    return render(request, "404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500 without needing database, session or context."""
    return HttpResponse(loader.get_template("500.html").render({}), status=500)


def too_many_requests(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 429 with a hint when to come back."""
    response = render(request, "429.html", status=429)
    response["Retry-After"] = "60"
    return response


def busy(request: HttpRequest) -> HttpResponse:
    """Answer 503: somebody else is changing the same thing and takes long."""
    response = render(request, "503.html", status=503)
    response["Retry-After"] = "5"
    return response


class BadInputMiddleware:
    """Turns input that no page can mean into a 4xx page and one line in the log, before anything else looks at it."""

    def __init__(self, get_response: Callable) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        problem = self._problem_of_address(request)
        if problem:
            log.warning("Refused %s: %s", request.method, problem)
            return bad_request(request)
        response = self.get_response(request)
        if response.status_code == 405 and not response.content:
            allowed = response.headers.get("Allow", "")
            response = render(request, "405.html", status=405)
            response["Allow"] = allowed
        elif response.status_code == 429 and "text/html" not in response.headers.get("Content-Type", ""):
            return too_many_requests(request)
        return response

    def process_view(self, request: HttpRequest, view: Callable, args, kwargs) -> HttpResponse | None:
        """Read the body now, so that a broken one ends here and not in the middle of a view."""
        if request.method not in ("POST", "PUT", "PATCH"):
            return None
        try:
            request.POST  # noqa: B018 - reading it is what may fail
        except RequestDataTooBig:
            log.warning("Refused %s %s: the body is too large.", request.method, request.path)
            return render(request, "413.html", status=413)
        except (TooManyFieldsSent, TooManyFilesSent, SuspiciousOperation, UnicodeDecodeError, ValueError) as problem:
            log.warning("Refused %s %s: %s", request.method, request.path, problem)
            return bad_request(request)
        return None

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer what other parts raise about a request's shape."""
        if isinstance(exception, RequestDataTooBig):
            return render(request, "413.html", status=413)
        if isinstance(exception, RateLimited):
            return too_many_requests(request)
        if isinstance(exception, OperationalError) and getattr(exception.__cause__, "pgcode", "") in _WAITED_TOO_LONG:
            log.warning("Refused %s %s: somebody else holds the same rows.", request.method, request.path)
            return busy(request)
        return None

    def _problem_of_address(self, request: HttpRequest) -> str:
        raw = unquote_to_bytes(request.META.get("QUERY_STRING", "")) + request.path_info.encode("utf-8", "replace")
        if b"\x00" in raw:
            return "a NUL byte in the address"
        try:
            raw.decode("utf-8")
        except UnicodeDecodeError:
            return "an address that is not UTF-8"
        return ""
