"""The trip of an administrator to Microsoft and back, one step an action.

Follows Microsoft's page "Admin consent on the Microsoft identity platform". What a browser brings back is checked
against what this very session was handed out, and even then only names a tenant: a worker proves it.
"""

import base64
import hashlib
import secrets
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.crypto import constant_time_compare

from accounts import audit
from accounts.models import User
from accounts.models.invitation import fingerprint_of
from jobs.requests import request_job
from organizations.actions.connections import is_at_configured_addresses
from organizations.actions.consent_endings import record_consent, refuse
from organizations.models import Connection, Consent, Organization, SourceApp

_SALT = "organizations.consent state"
_LONGEST_CODE = 4000
_FORGED = (
    "This answer does not belong to anything that was asked from here. Nothing was changed. "
    "To connect Microsoft 365, start from the organization’s Connection page."
)
_OTHER_SESSION = (
    "This answer belongs to another browser session. Nothing was changed. "
    "Start again from the organization’s Connection page."
)
_REPLAYED = "This answer was used already, or a newer attempt replaced it. Nothing was changed."
_ELSEWHERE = (
    "This tenant was connected through other addresses of Microsoft than are configured now. Nothing was sent and "
    "nothing was changed. Disconnect it, then connect it again; what was saved stays."
)
_LATE = "This answer came later than 30 minutes after the start. Nothing was changed. Start again."


class ConsentProblem(Exception):
    """The answer is refused; the message says what happened, what was kept, and what to do next.

    ``organization`` is whose trip it was, where that is known.
    """

    def __init__(self, message: str, organization: Organization | None = None) -> None:
        super().__init__(message)
        self.organization = organization


@transaction.atomic
def start_consent(
    *, organization: Organization, app: SourceApp, session_secret: str, actor: User, now: datetime
) -> tuple[Consent, str]:
    """Begin a trip; return its row and Microsoft's address to send the browser to.

    ``session_secret`` is known to this browser session only. Earlier trips of the organization for the same app end
    unanswered. Raises `ConsentProblem` for restores before backup, and for a tenant that was connected through other
    addresses of Microsoft than are configured now.
    """
    # Locked in the order of those who connect: organization, trip, connection.
    Organization.objects.select_for_update().get(pk=organization.pk)
    connection = Connection.objects.in_use().filter(organization=organization).first()
    if connection is not None and not is_at_configured_addresses(connection):
        raise ConsentProblem(_ELSEWHERE)
    if app.purpose == SourceApp.Purpose.RESTORE and connection is None:
        raise ConsentProblem("Connect Microsoft 365 for backup first. Nothing was changed.")
    _end_earlier_trips(organization, app, actor, now)
    token = secrets.token_urlsafe(32)
    consent = Consent.objects.create(
        organization=organization,
        purpose=app.purpose,
        connection=connection,
        started_by=actor,
        started_at=now,
        expires_at=now + settings.CONSENT_LIFETIME,
        session_fingerprint=fingerprint_of(session_secret),
        consent_fingerprint=fingerprint_of(token),
    )
    record_consent("consent.started", consent, actor, now)
    # A renewal goes to the tenant it renews; a first consent to whichever the administrator signs in to.
    tenant = connection.tenant_id if connection else "organizations"
    query = {
        "client_id": app.client_id,
        "scope": settings.MICROSOFT_GRAPH_SCOPE,
        "redirect_uri": settings.BASE_URL + reverse("organizations:consent_answer"),
        "state": _state(consent, token),
    }
    return consent, f"{settings.MICROSOFT_LOGIN_URL}/{tenant}/v2.0/adminconsent?{urlencode(query)}"


def _end_earlier_trips(organization: Organization, app: SourceApp, actor: User, now: datetime) -> None:
    open_states = [Consent.State.STARTED, Consent.State.CONSENTED, Consent.State.PROVED]
    for earlier in Consent.objects.filter(organization=organization, purpose=app.purpose, state__in=open_states):
        refuse(consent=earlier, reason="Another attempt was started.", now=now, actor=actor)


def take_consent(
    *,
    consents: QuerySet[Consent],
    partner_id: int,
    answer: dict[str, str],
    session_secrets: dict[str, str],
    actor: User,
    now: datetime,
) -> str:
    """Take what the consent page sent back; return the address of the sign-in that has to follow.

    ``consents`` are those the person may know about. Raises `ConsentProblem` for an answer that is forged, replayed,
    late, of another session, or a refusal; each is written down, and what was connected stays as it was.
    """
    return _take(Consent.State.STARTED, _note_consent, consents, partner_id, answer, session_secrets, actor, now)


def take_sign_in(
    *,
    consents: QuerySet[Consent],
    partner_id: int,
    answer: dict[str, str],
    session_secrets: dict[str, str],
    actor: User,
    now: datetime,
) -> Consent:
    """Take the code of the sign-in and ask a worker to prove it; return the trip. Raises like `take_consent`."""
    return _take(Consent.State.CONSENTED, _note_sign_in, consents, partner_id, answer, session_secrets, actor, now)


def _take(step, then, consents, partner_id, answer, session_secrets, actor, now):
    try:
        with transaction.atomic():
            consent = _awaited(step, consents, answer.get("state", ""), session_secrets, actor, now)
            try:
                with transaction.atomic():
                    return then(consent, answer, now)
            except ConsentProblem as problem:
                # The refusal is kept while the half-taken step is not.
                refuse(consent=consent, reason=str(problem), now=now, actor=actor)
                refusal = ConsentProblem(str(problem), consent.organization)
    except ConsentProblem as problem:
        _note_unasked(problem, partner_id, actor, now)
        raise
    raise refusal


def _note_consent(consent: Consent, answer: dict[str, str], now: datetime) -> str:
    tenant = _tenant_of(answer)
    if answer.get("admin_consent", "").lower() != "true" or tenant is None:
        raise ConsentProblem(_why_declined(answer))
    if consent.connection and consent.connection.tenant_id != tenant:
        raise ConsentProblem(
            f"The consent came from another tenant than the one {consent.organization} is connected to. "
            "The connection stays as it was. Sign in with an administrator of the connected tenant."
        )
    token, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(48)
    consent.state, consent.tenant_id = Consent.State.CONSENTED, tenant
    consent.nonce = secrets.token_urlsafe(24)
    consent.sign_in_fingerprint = fingerprint_of(token)
    consent.sealed_verifier = consent.seal(verifier)
    consent.save()
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode("ascii")
    query = {
        "client_id": SourceApp.objects.get(service=consent.service, purpose=consent.purpose).client_id,
        "response_type": "code",
        "response_mode": "query",
        "scope": "openid profile",
        "redirect_uri": settings.BASE_URL + reverse("organizations:consent_signed_in"),
        "state": _state(consent, token),
        "nonce": consent.nonce,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    return f"{settings.MICROSOFT_LOGIN_URL}/{tenant}/oauth2/v2.0/authorize?{urlencode(query)}"


def _note_sign_in(consent: Consent, answer: dict[str, str], now: datetime) -> Consent:
    code = answer.get("code", "")
    if not code or len(code) > _LONGEST_CODE:
        raise ConsentProblem(_why_declined(answer))
    consent.state, consent.sealed_code = Consent.State.PROVING, consent.seal(code)
    consent.save(update_fields=["state", "sealed_code"])
    request_job("prove_consent", subject_id=consent.pk, at=now, key=f"prove_consent:{consent.pk}")
    return consent


def _awaited(step, consents, state, session_secrets, actor, now) -> Consent:
    """Return the trip an answer belongs to, its row locked, if it waits for just this answer in just this session."""
    try:
        given = signing.loads(state, salt=_SALT)
        consent_uuid, token = UUID(given["consent"]), str(given["token"])
    except (signing.BadSignature, KeyError, TypeError, ValueError) as problem:
        raise ConsentProblem(_FORGED) from problem
    consent = (
        consents.select_for_update(of=("self",)).select_related("organization", "connection")
        .filter(uuid=consent_uuid).first()
    )  # fmt: skip
    if consent is None:
        raise ConsentProblem(_FORGED)
    if not _is_own_session(consent, session_secrets, actor):
        raise ConsentProblem(_OTHER_SESSION, consent.organization)
    column = "consent_fingerprint" if step == Consent.State.STARTED else "sign_in_fingerprint"
    if consent.state != step or not constant_time_compare(getattr(consent, column), fingerprint_of(token)):
        raise ConsentProblem(_REPLAYED, consent.organization)
    if consent.expires_at <= now:
        raise ConsentProblem(_LATE, consent.organization)
    return consent


def _note_unasked(problem: ConsentProblem, partner_id: int, actor: User, now: datetime) -> None:
    """Write down an answer that no open trip explains, under the organization where one is known."""
    with transaction.atomic():
        audit.record(
            "consent.unasked",
            partner_id=partner_id,
            organization_id=problem.organization.pk if problem.organization else None,
            actor=actor,
            target=problem.organization,
            at=now,
            details={"reason": str(problem)[:300]},
        )


def _state(consent: Consent, token: str) -> str:
    return signing.dumps({"consent": str(consent.uuid), "token": token}, salt=_SALT, compress=False)


def _is_own_session(consent: Consent, session_secrets: dict[str, str], actor: User) -> bool:
    secret = session_secrets.get(str(consent.uuid), "")
    return consent.started_by_id == actor.pk and constant_time_compare(
        consent.session_fingerprint, fingerprint_of(secret)
    )


def _tenant_of(answer: dict[str, str]) -> str | None:
    try:
        return str(UUID(answer.get("tenant", "")))
    except ValueError:
        return None


def _why_declined(answer: dict[str, str]) -> str:
    """Return the provider's refusal in our words; its own text comes from an unsigned address and is not repeated."""
    if answer.get("error") == "access_denied":
        return "The administrator did not accept, or the person was no administrator. Nothing was changed."
    return "Microsoft sent the browser back without a consent. Nothing was changed. Start again."
