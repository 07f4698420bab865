"""Tokens of the Microsoft identity platform, as an app and without a user.

Follows Microsoft's pages "OAuth 2.0 client credentials flow" and "Certificate credentials".
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx
import jwt

from backups.connectors.base import AccessRevoked, ConnectorError, CredentialRefused, ProviderBusy, UnexpectedAnswer
from backups.connectors.http import Http, json_of

_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_RENEW_BEFORE = timedelta(minutes=5)

# Error codes of the page "Microsoft Entra authentication and authorization error codes".
_NO_CONSENT = frozenset({65001, 700016, 7000229, 7000112})
_NO_TENANT = frozenset({90002, 500571})
_BAD_CREDENTIAL = frozenset({7000215, 7000222, 700027, 700024, 7000212, 700030})
_PASSING = frozenset({90033, 50196, 90055})


@dataclass(frozen=True)
class Credential:
    """How an app shows who it is: a certificate with its key in PEM and SHA-256 fingerprint, or a shared secret."""

    secret: str = ""
    private_key: str = ""
    x5t_s256: str = ""

    def proof(self, *, client_id: str, audience: str, now: datetime) -> dict[str, str]:
        """Return the form fields that prove possession to the token endpoint ``audience``."""
        if self.secret:
            return {"client_secret": self.secret}
        claims = {
            "iss": client_id, "sub": client_id, "aud": audience, "jti": secrets.token_urlsafe(24),
            "nbf": int(now.timestamp()) - 30, "iat": int(now.timestamp()) - 30,
            "exp": int((now + timedelta(minutes=5)).timestamp()),
        }  # fmt: skip
        signed = jwt.encode(claims, self.private_key, algorithm="PS256", headers={"x5t#S256": self.x5t_s256})
        return {"client_assertion_type": _ASSERTION, "client_assertion": signed}


@dataclass(frozen=True)
class Token:
    """A bearer token with what it says of itself. It came over TLS from the token endpoint, so that its claims are
    read without checking the signature: only its audience could do that.
    """

    text: str
    expires_at: datetime
    tenant_id: str
    roles: tuple[str, ...]


class TokenSource:
    """Tokens for one app in one tenant, kept in memory until five minutes before they end.

    ``credentials`` are tried in their order: while a certificate is replaced, the old and the new one overlap.
    """

    def __init__(
        self,
        http: Http,
        *,
        tenant: str,
        client_id: str,
        credentials: Sequence[Credential],
        scope: str,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.http, self.tenant, self.client_id = http, tenant, client_id
        self.credentials, self.scope, self.clock = credentials, scope, clock
        self._kept: Token | None = None

    def __call__(self, fresh: bool = False) -> str:
        """Return a bearer token; ``fresh`` makes a new one. Raises what `get` raises."""
        return self.get(fresh=fresh).text

    def get(self, *, fresh: bool = False) -> Token:
        """Return a token with its claims. Raises `AccessRevoked`, `CredentialRefused`, `ProviderBusy`."""
        now = self.clock()
        if fresh or self._kept is None or self._kept.expires_at - _RENEW_BEFORE <= now:
            answer = self.ask({"grant_type": "client_credentials", "scope": self.scope})
            self._kept = _token(answer, now)
        return self._kept

    def redeem(self, *, code: str, verifier: str, redirect_uri: str) -> str:
        """Return the id token for the code of a sign-in (page "OAuth 2.0 authorization code flow").

        Raises `UnexpectedAnswer` for a code that is used, late, or belongs to another sign-in.
        """
        fields = {
            "grant_type": "authorization_code", "code": code, "code_verifier": verifier,
            "redirect_uri": redirect_uri, "scope": "openid profile",
        }  # fmt: skip
        token = self.ask(fields).get("id_token")
        if not isinstance(token, str):
            raise UnexpectedAnswer("Microsoft’s answer to the sign-in holds no identity.")
        return token

    def ask(self, fields: dict[str, str]) -> dict:
        """Return the token endpoint's answer to ``fields``, signed with the first credential it accepts."""
        path = f"{self.tenant}/oauth2/v2.0/token"
        refused: CredentialRefused | None = None
        for credential in self.credentials:
            proof = credential.proof(client_id=self.client_id, audience=self.http.address(path), now=self.clock())
            form = {"client_id": self.client_id, **fields, **proof}
            answer = self.http.send("POST", path, scope=f"tokens {self.tenant}", data=form)
            if answer.status_code == 200:
                return json_of(answer)
            problem = _problem(answer)
            if not isinstance(problem, CredentialRefused):
                raise problem
            refused = problem
        raise refused or CredentialRefused("No certificate or secret is registered for this app, or all have expired.")


def _token(answer: dict, now: datetime) -> Token:
    try:
        text = answer["access_token"]
        claims = jwt.decode(text, options={"verify_signature": False})
        lasts = timedelta(seconds=int(answer["expires_in"]))
        roles = claims.get("roles", [])
        return Token(text, now + lasts, str(claims["tid"]).lower(), tuple(str(role) for role in roles))
    except (KeyError, TypeError, ValueError, jwt.PyJWTError) as problem:
        raise UnexpectedAnswer("Microsoft’s token cannot be read.") from problem


def _problem(answer: httpx.Response) -> ConnectorError:
    body = json_of(answer)
    codes = {code for code in body.get("error_codes", []) if isinstance(code, int)}
    facts = {"code": " ".join(str(code) for code in sorted(codes)), "request_id": str(body.get("trace_id", ""))[:64]}
    if codes & _NO_CONSENT:
        return AccessRevoked("Nobody in this tenant has consented, or the consent was withdrawn.", **facts)
    if codes & _NO_TENANT:
        return AccessRevoked("Microsoft knows no tenant with this id.", **facts)
    if codes & _BAD_CREDENTIAL:
        return CredentialRefused("Microsoft does not accept our certificate or secret.", **facts)
    if codes & _PASSING or body.get("error") == "temporarily_unavailable":
        return ProviderBusy("Microsoft’s sign-in has trouble.", wait=timedelta(minutes=1), **facts)
    return UnexpectedAnswer("Microsoft refused to give a token.", **facts)
