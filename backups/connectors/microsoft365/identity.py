"""Who signed in at the end of a consent: the id token, verified.

The callback of the consent page is not signed and anybody can call it, so that an administrator of the very tenant has
to sign in in the same session. Follows Microsoft's page "ID tokens in the Microsoft identity platform".
"""

from dataclasses import dataclass

import jwt

from backups.connectors.base import UnexpectedAnswer
from backups.connectors.http import Http, json_of

# Ids of the roles that may consent to application permissions of Microsoft Graph
# (page "Microsoft Entra built-in roles"): Global Administrator, Privileged Role Administrator.
MAY_CONSENT = frozenset({"62e90394-69f5-4237-9190-012177145e10", "e8611ab8-c189-46e8-94e1-60213ab1f814"})


class NotProved(Exception):
    """The sign-in does not prove what it has to; the message is for the person who signed in."""


@dataclass(frozen=True)
class Administrator:
    """A verified administrator of a tenant."""

    tenant_id: str
    name: str


def verified_administrator(http: Http, *, id_token: str, tenant: str, client_id: str, nonce: str) -> Administrator:
    """Return who signed in, after checking signature, issuer, audience, time, nonce, tenant and role.

    Raises `NotProved` with words for the person, and what `Http.send` raises.
    """
    claims = _claims(http, id_token=id_token, tenant=tenant, client_id=client_id)
    if claims.get("nonce") != nonce or not nonce:
        raise NotProved("The sign-in belongs to another attempt.")
    if str(claims.get("tid", "")).lower() != tenant.lower():
        raise NotProved("The person who signed in belongs to another tenant than the one that consented.")
    roles = claims.get("wids")
    if not isinstance(roles, list):
        raise NotProved(
            "Microsoft did not say which roles the person has. The app registration must send directory roles: "
            "set groupMembershipClaims to DirectoryRole in its manifest."
        )
    if not MAY_CONSENT.intersection(str(role).lower() for role in roles):
        raise NotProved("The person who signed in is no Global Administrator of this tenant.")
    return Administrator(tenant.lower(), str(claims.get("preferred_username") or claims.get("name") or "")[:254])


def _claims(http: Http, *, id_token: str, tenant: str, client_id: str) -> dict:
    answer = http.send("GET", f"{tenant}/discovery/v2.0/keys", scope=f"tokens {tenant}")
    if answer.status_code != 200:
        raise UnexpectedAnswer("Microsoft’s signing keys could not be read.", code=str(answer.status_code))
    try:
        keys = jwt.PyJWKSet.from_dict(json_of(answer))
        key = keys[jwt.get_unverified_header(id_token)["kid"]]
        return jwt.decode(
            id_token,
            key.key,
            # Named here and never taken from the token.
            algorithms=["RS256"],
            audience=client_id,
            issuer=f"{http.base}/{tenant}/v2.0",
            leeway=120,
            options={"require": ["exp", "iat", "iss", "aud", "nonce", "tid"]},
        )
    except (jwt.PyJWTError, KeyError) as problem:
        raise NotProved("The sign-in could not be verified.") from problem
