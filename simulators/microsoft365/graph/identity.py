"""Reads the bearer token: who calls, in which tenant, with which roles."""

from functools import lru_cache
from uuid import UUID

from simulators.microsoft365 import jose, keys
from simulators.microsoft365.graph.calls import Call, GraphError
from simulators.microsoft365.models import Tenant

AUDIENCE = "https://graph.microsoft.com"


def identify(call: Call) -> None:
    """Write tenant, app and roles into ``call``. Raises `GraphError` 401."""
    scheme, _, word = call.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not word:
        raise _refusal("Access token is empty.")
    claims = _claims(word.strip())
    if claims.get("aud") != AUDIENCE:
        raise _refusal("Access token validation failure. Invalid audience.")
    if claims.get("exp", 0) <= call.now.timestamp():
        raise _refusal("Lifetime validation failed, the token is expired.")
    try:
        call.tenant = Tenant.objects.get(id=UUID(claims.get("tid", "")))
    except (ValueError, Tenant.DoesNotExist) as problem:
        raise _refusal("Access token validation failure. The tenant does not exist.") from problem
    call.client_id = claims.get("appid", "")
    call.roles = frozenset(claims.get("roles", []))


@lru_cache(maxsize=2048)
def _claims(word: str) -> dict:
    try:
        token = jose.take_apart(word)
        token.verify(keys.signing_key().public_key())
    except jose.BadToken as problem:
        raise _refusal(f"IDX14102: Unable to decode the token. {problem}") from problem
    return token.claims


def _refusal(message: str) -> GraphError:
    challenge = {"WWW-Authenticate": 'Bearer realm="", authorization_uri="", client_id="", error="invalid_token"'}
    return GraphError(401, "InvalidAuthenticationToken", message, challenge)
