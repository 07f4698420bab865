"""How an app proves who it is: by a secret, or by a signed assertion."""

import hmac
import threading
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from django.conf import settings
from django.http import QueryDict

from simulators.microsoft365 import jose
from simulators.microsoft365.login.apps import registered_app
from simulators.microsoft365.login.refusals import SignInRefused
from simulators.microsoft365.registry import App

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LONGEST_ASSERTION_SECONDS = 600
_CLOCK_SKEW_SECONDS = 300


class UsedAssertions:
    """The ids of assertions that were used and have not expired."""

    def __init__(self) -> None:
        self._until: dict[tuple[str, str], float] = {}
        self._lock = threading.Lock()

    def use(self, client_id: str, jti: str, until: float, now: float) -> bool:
        """Note an id; return whether it is new."""
        with self._lock:
            self._until = {key: end for key, end in self._until.items() if end > now}
            is_new = (client_id, jti) not in self._until
            self._until[client_id, jti] = until
            return is_new


used_assertions = UsedAssertions()


def authenticated_app(form: QueryDict, tenant_word: str, now: datetime) -> App:
    """Return the app that proves to be who it says. Raises `SignInRefused`."""
    client_id = form.get("client_id", "")
    if not client_id:
        raise SignInRefused(900144, "The request body must contain the following parameter: 'client_id'.")
    app = registered_app(client_id, tenant_word)
    if "client_assertion" in form:
        _check_assertion(form, app, tenant_word, now)
    elif "client_secret" in form:
        _check_secret(form["client_secret"], app)
    else:
        raise SignInRefused(
            7000218, "The request body must contain the following parameter: 'client_assertion' or 'client_secret'."
        )
    return app


def _check_secret(given: str, app: App) -> None:
    if not any(hmac.compare_digest(given.encode(), known.encode()) for known in app.secrets):
        raise SignInRefused(
            7000215,
            "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, "
            f"not the client secret ID, for a secret added to app '{app.client_id}'.",
        )


def _check_assertion(form: QueryDict, app: App, tenant_word: str, now: datetime) -> None:
    if form.get("client_assertion_type") != ASSERTION_TYPE:
        raise SignInRefused(900144, f"The request body must contain 'client_assertion_type' with {ASSERTION_TYPE}.")
    try:
        token = jose.take_apart(form["client_assertion"])
        certificate = _certificate_of(token, app)
        token.verify(certificate.public_key())
    except jose.BadToken as problem:
        raise _bad_assertion(str(problem)) from problem
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        raise _bad_assertion("The certificate of the key is not valid at this time.")
    _check_claims(token.claims, app, tenant_word, now.timestamp())


def _certificate_of(token: jose.Token, app: App) -> x509.Certificate:
    thumbprints = {"x5t": hashes.SHA1(), "x5t#S256": hashes.SHA256()}  # noqa: S303 - x5t is defined with SHA-1
    given = {name: token.header[name] for name in thumbprints if name in token.header}
    if not given:
        raise _bad_assertion("The assertion's header names no certificate by x5t or x5t#S256.")
    for certificate in app.certificates:
        if all(jose.encode(certificate.fingerprint(thumbprints[name])) == value for name, value in given.items()):
            return certificate
    raise _bad_assertion("The key was not found: no certificate of the app has this thumbprint.")


def _check_claims(claims: dict, app: App, tenant_word: str, now: float) -> None:
    audience = f"{settings.LOGIN_URL_BASE}/{tenant_word}/oauth2/v2.0/token"
    client_id = app.client_id.lower()
    if str(claims.get("iss", "")).lower() != client_id or str(claims.get("sub", "")).lower() != client_id:
        raise _bad_assertion("Issuer and subject must both be the client id.")
    if claims.get("aud") != audience:
        raise _bad_assertion(f"The audience must be {audience}.")
    expires, begins = claims.get("exp"), claims.get("nbf", now)
    if not isinstance(expires, int | float) or not isinstance(begins, int | float):
        raise _bad_assertion("The assertion must say when it expires.")
    if expires <= now or begins > now + _CLOCK_SKEW_SECONDS:
        raise _bad_assertion("The assertion is not within its valid time range.")
    if expires > now + LONGEST_ASSERTION_SECONDS:
        raise _bad_assertion("The assertion may be valid for ten minutes at most.")
    if not claims.get("jti"):
        raise _bad_assertion("The assertion must carry a jti.")
    if not used_assertions.use(client_id, str(claims["jti"]), expires, now):
        raise _bad_assertion("The assertion was used before.")


def _bad_assertion(reason: str) -> SignInRefused:
    return SignInRefused(700027, f"Client assertion failed signature validation or is not acceptable. {reason}")
