"""Honest pages for what goes wrong: what happened, what was kept, what to do next."""

import logging
from collections.abc import Callable
from urllib.parse import unquote_to_bytes

from allauth.core.exceptions import RateLimited
from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation, TooManyFieldsSent, TooManyFilesSent
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import loader

from accounts.api_problems import is_for_programs, problem_answer

log = logging.getLogger(__name__)

# PostgreSQL's codes for a lock that did not come free in time and for two that wait for each other.
_WAITED_TOO_LONG = frozenset({"55P03", "40P01"})


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 400: the request makes no sense."""
    if is_for_programs(request):
        return problem_answer(400)
    return render(request, "400.html", status=400)


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 403, saying which right is missing and who can give it."""
    if is_for_programs(request):
        return problem_answer(403)
    reason = str(exception) if exception and str(exception) else ""
    return render(request, "403.html", {"reason": reason}, status=403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer 403 where the form's proof of origin is missing or of an ended session."""
    log.warning("A form without a valid token: %s %s (%s)", request.method, request.path, reason)
    if is_for_programs(request):
        return problem_answer(403)
    return render(request, "403_csrf.html", status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 404, alike for what does not exist and for what belongs to somebody else."""
    if is_for_programs(request):
        return problem_answer(404, "There is nothing at this address.")
    return render(request, "404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500 without needing database, session or context."""
    if is_for_programs(request):
        return problem_answer(500, "This is our mistake. It is noted, and trying again later may help.")
    return HttpResponse(loader.get_template("500.html").render({}), status=500)


def too_large(request: HttpRequest) -> HttpResponse:
    """Answer 413: more was sent than anything here takes."""
    if is_for_programs(request):
        return problem_answer(413)
    return render(request, "413.html", status=413)


def too_many_requests(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 429 with a hint when to come back."""
    response = render(request, "429.html", status=429)
    response["Retry-After"] = "60"
    return response


def busy(request: HttpRequest) -> HttpResponse:
    """Answer 503: somebody else is changing the same thing and takes long."""
    detail = "Somebody else is changing the same thing."
    response = problem_answer(503, detail) if is_for_programs(request) else render(request, "503.html", status=503)
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
            response = problem_answer(405) if is_for_programs(request) else render(request, "405.html", status=405)
            response["Allow"] = allowed
        elif (
            response.status_code == 429
            and not is_for_programs(request)
            and "text/html" not in response.headers.get("Content-Type", "")
        ):
            return too_many_requests(request)
        return response

    def process_view(self, request: HttpRequest, view: Callable, args, kwargs) -> HttpResponse | None:
        """Read the body now, so that a broken one ends here and not in the middle of a view."""
        if request.method not in ("POST", "PUT", "PATCH"):
            return None
        # Told by its length: what is too large is not even taken to the disk. Without a length there is no body.
        if _length_of(request) > _limit_of(request, view):
            log.warning("Refused %s %s: the body is too large.", request.method, request.path)
            return too_large(request)
        try:
            request.POST  # noqa: B018 - reading it is what may fail
        except RequestDataTooBig:
            log.warning("Refused %s %s: the body is too large.", request.method, request.path)
            return too_large(request)
        except (TooManyFieldsSent, TooManyFilesSent, SuspiciousOperation, UnicodeDecodeError, ValueError) as problem:
            log.warning("Refused %s %s: %s", request.method, request.path, problem)
            return bad_request(request)
        return None

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer what other parts raise about a request's shape."""
        if isinstance(exception, RequestDataTooBig):
            return too_large(request)
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


def _length_of(request: HttpRequest) -> int:
    length = request.META.get("CONTENT_LENGTH") or ""
    return int(length) if length.isascii() and length.isdecimal() and len(length) < 19 else 0


def _limit_of(request: HttpRequest, view: Callable) -> int:
    larger = getattr(view, "takes_bytes", None)
    return larger if larger and request.user.is_authenticated else settings.REQUEST_BYTES_AT_MOST
