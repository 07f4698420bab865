"""How a consent ends: proved by a worker, or refused."""

from datetime import datetime
from typing import Any

from django.db import transaction

from accounts import audit
from accounts.models import User
from organizations.actions.connections import TAKEN, renew, who_else
from organizations.models import Connection, Consent, SourceApp


@transaction.atomic
def settle_proved(
    *, consent: Consent, tenant_name: str, domains: list[str], roles: list[str], now: datetime
) -> Consent:
    """Note what a worker proved by tokens of the tenant. A renewal takes effect at once; a first connection waits for
    a person who recognises the tenant.
    """
    consent = Consent.objects.select_for_update(of=("self",)).select_related("organization").get(pk=consent.pk)
    if consent.state != Consent.State.PROVING:
        return consent
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
