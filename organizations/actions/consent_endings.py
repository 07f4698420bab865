"""How a consent ends: proved by a worker, or refused."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef

from accounts import audit
from accounts.models import Membership, User
from accounts.roles import Can
from jobs.models import Job
from organizations.actions.connections import TAKEN, renew, who_else
from organizations.models import Connection, Consent, Organization, SourceApp
from organizations.models.organization import ConnectionState

# Whether a tenant is the right one is known at once; a proof of long ago proves little.
CONFIRMED_WITHIN = timedelta(days=1)
_AT_ONCE = 100


@transaction.atomic
def settle_proved(
    *, consent: Consent, tenant_name: str, domains: list[str], roles: list[str], now: datetime
) -> Consent:
    """Note what a worker proved by tokens of the tenant. A renewal takes effect at once; a first connection waits for
    a person who recognises the tenant. It is refused where the person who started it lost the right, or the connection
    to be renewed was given up, while Microsoft was asked.
    """
    # Locked in the order of those who connect: organization, trip, connection.
    Organization.objects.select_for_update().get(pk=consent.organization_id)
    consent = Consent.objects.select_for_update(of=("self",)).select_related("organization").get(pk=consent.pk)
    if consent.state != Consent.State.PROVING:
        return consent
    if reason := _why_too_late(consent):
        return refuse(consent=consent, reason=reason, now=now)
    consent.tenant_name, consent.domains, consent.roles = tenant_name[:200], domains[:50], sorted(roles)
    taken = Connection.objects.in_use().filter(tenant_id=consent.tenant_id).exclude(organization=consent.organization)
    if taken.exists():
        consent.save()
        reason = who_else(consent.tenant_id, consent.organization)
        return refuse(consent=consent, reason=reason, logged=TAKEN, now=now)
    consent.sealed_code = consent.sealed_verifier = ""
    consent.state = Consent.State.DONE if consent.connection_id else Consent.State.PROVED
    consent.ended_at = now if consent.connection_id else None
    consent.save()
    record_consent("consent.proved", consent, consent.started_by or "A former user", now, tenant=consent.tenant_name,
            administrator=consent.administrator)  # fmt: skip
    if consent.connection_id:
        renew(consent=consent, now=now)
    return consent


@transaction.atomic
def refuse(*, consent: Consent, reason: str, now: datetime, actor: User | None = None, logged: str = "") -> Consent:
    """End a trip without a result; what the organization had stays as it was.

    ``reason`` is read by partner staff; ``logged`` stands in the log in its place where the client's people, who read
    that log too, must not know it.
    """
    consent = Consent.objects.select_for_update(of=("self",)).select_related("organization").get(pk=consent.pk)
    if consent.state in (Consent.State.DONE, Consent.State.REFUSED):
        return consent
    consent.state, consent.problem, consent.ended_at = Consent.State.REFUSED, reason[:500], now
    consent.sealed_code = consent.sealed_verifier = ""
    consent.save()
    who = actor or consent.started_by or "A former user"
    record_consent("consent.refused", consent, who, now, reason=(logged or reason)[:300])
    return consent


def _why_too_late(consent: Consent) -> str:
    """Return what changed since the trip began so that nothing may come of it, in words, or "" where nothing did."""
    staff = Membership.objects.filter(user=consent.started_by_id, partner=consent.organization.partner_id).of_staff()
    if not any(one.may(Can.CONNECT_SERVICE) for one in staff.usable()):
        return (
            "Whoever started this may not connect a service any more. Nothing was changed. "
            "Somebody who may has to start again."
        )
    if consent.connection_id and consent.connection.state == ConnectionState.DISCONNECTED:
        return "Microsoft 365 was disconnected meanwhile. Nothing was changed. Connect it anew."
    return ""


@transaction.atomic
def end_abandoned_consents(now: datetime) -> int:
    """End trips whose proof was given up by its worker, and those nobody confirmed for a day; return how many.

    Whoever is busy with a trip is not waited for: the clock comes again in a minute.
    """
    proofs = Job.objects.filter(kind="prove_consent", subject_id=OuterRef("pk"), finished_at=None)
    given_up = Consent.objects.filter(~Exists(proofs), state=Consent.State.PROVING)
    unconfirmed = Consent.objects.filter(state=Consent.State.PROVED, started_at__lte=now - CONFIRMED_WITHIN)
    ended = 0
    for consents, what in (
        (given_up, "Checking Microsoft’s answer broke off several times and was given up."),
        (unconfirmed, "Nobody confirmed this tenant within a day."),
    ):
        for consent in consents.select_for_update(of=("self",), skip_locked=True).order_by("pk")[:_AT_ONCE]:
            refuse(consent=consent, reason=f"{what} Nothing was changed. Start again.", now=now)
            ended += 1
    return ended


def record_consent(action: str, consent: Consent, actor: User | str, now: datetime, **details: Any) -> None:
    """Write one step of a trip into the organization's audit log."""
    purpose = "restores" if consent.purpose == SourceApp.Purpose.RESTORE else "backup"
    audit.record(
        action,
        partner_id=consent.organization.partner_id,
        organization_id=consent.organization_id,
        actor=actor,
        target=consent.organization,
        at=now,
        details={"service": consent.get_service_display(), "purpose": purpose, **details},
    )
