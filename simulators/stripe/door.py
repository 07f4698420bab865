"""The door of the API: who asks, whether it was asked before, and which function answers."""

import hashlib
import re
from collections.abc import Callable

from django.conf import settings
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.views.decorators.csrf import csrf_exempt

from simulators.stripe import checkout, customers, intents
from simulators.stripe.models import Answer
from simulators.stripe.parameters import told
from simulators.stripe.things import ApiRefusal, expanded

_ID = "([a-z]+_[A-Za-z0-9_]+)"
_ROUTES: tuple[tuple[str, str, Callable], ...] = (
    ("POST", "customers", customers.create),
    ("GET", f"customers/{_ID}", customers.retrieve),
    ("POST", f"customers/{_ID}", customers.update),
    ("GET", f"customers/{_ID}/payment_methods", customers.list_methods),
    ("POST", f"payment_methods/{_ID}/detach", customers.detach),
    ("POST", "checkout/sessions", checkout.create),
    ("GET", f"checkout/sessions/{_ID}", checkout.retrieve),
    ("POST", f"checkout/sessions/{_ID}/expire", checkout.expire),
    ("GET", f"payment_intents/{_ID}", intents.retrieve),
    ("POST", "refunds", intents.refund),
)


@csrf_exempt
def api(request: HttpRequest, path: str) -> HttpResponse:
    """Answer one call of `/v1/…`."""
    request.journal_facts["template"] = path
    try:
        _check_key(request)
        found = _route(request, path)
        with transaction.atomic():
            body, was_known = _answer(request, path, *found)
    except ApiRefusal as refusal:
        return JsonResponse({"error": refusal.body}, status=refusal.status)
    response = JsonResponse(body)
    if was_known:
        response["Idempotent-Replayed"] = "true"
    return response


def _check_key(request: HttpRequest) -> None:
    if request.headers.get("Authorization") != f"Bearer {settings.STRIPE_SECRET_KEY}":
        raise ApiRefusal("Invalid API Key provided.", status=401)


def _route(request: HttpRequest, path: str) -> tuple[Callable, list[str]]:
    for method, pattern, function in _ROUTES:
        match = re.fullmatch(pattern, path)
        if match and method == request.method:
            return function, list(match.groups())
    request.journal_facts["unknown"] = True
    raise ApiRefusal(f"Unrecognized request URL ({request.method}: /v1/{path}).", status=404)


def _answer(request: HttpRequest, path: str, function: Callable, arguments: list[str]) -> tuple[dict, bool]:
    form = request.GET if request.method == "GET" else QueryDict(request.body)
    values = told(form)
    key = request.headers.get("Idempotency-Key", "") if request.method == "POST" else ""
    if not key:
        return _done(function, values, arguments), False
    fingerprint = hashlib.sha256(f"{path}\n{form.urlencode()}".encode()).hexdigest()
    _hold(key)
    answer, _ = Answer.objects.get_or_create(key=key, defaults={"fingerprint": fingerprint})
    if answer.fingerprint != fingerprint:
        words = "Keys for idempotent requests can only be used with the same parameters they were first used with."
        raise ApiRefusal(words, kind="idempotency_error")
    if answer.body is not None:
        return answer.body, True
    answer.body = _done(function, values, arguments)
    answer.save(update_fields=["body"])
    return answer.body, False


def _hold(key: str) -> None:
    """Hold a key until the answer is kept; while another request does, there is none ("Idempotent requests")."""
    with connection.cursor() as cursor:
        # A row would not do: whoever writes the same one waits, and never hears that it is held.
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext(%s))", [key])
        if not cursor.fetchone()[0]:
            words = "There is currently another in-progress request using this Idempotent Key."
            raise ApiRefusal(words, code="idempotency_key_in_use", status=409, kind="idempotency_error")


def _done(function: Callable, values: dict, arguments: list[str]) -> dict:
    return expanded(function(values, *arguments), values.pop("expand", []))
