"""Proving a consent: by the sign-in of an administrator, by a token of the tenant, and by the tenant's own answer."""

from datetime import datetime, timedelta

from django.conf import settings
from django.urls import reverse

import sealing
from backups.connectors.base import AccessRevoked, ConnectorError, ProviderBusy, UnexpectedAnswer
from backups.connectors.microsoft365.identity import NotProved, verified_administrator
from backups.connectors.microsoft365.texts import clean
from backups.connectors.microsoft365.tokens import TokenSource
from backups.engine.access import graph_in, sign_in_service, token_source
from jobs.claims import Claim
from jobs.models import Job
from organizations.actions.consent_endings import refuse, settle_proved
from organizations.models import Consent, SourceApp
from organizations.permissions import missing_from

# Microsoft says that a consent takes minutes to spread; after this the missing permissions are taken as missing.
_SPREADS_FOR = timedelta(minutes=5)
_KEPT = "Nothing was changed."
_ASK_AGAIN = timedelta(seconds=10)


def prove(consent_id: int, claim: Claim, *, now: datetime) -> None:
    """Prove one consent or refuse it; a consent that has not spread yet is looked at again in a moment."""
    consent = Consent.objects.select_related("organization", "connection").get(pk=consent_id)
    if consent.state != Consent.State.PROVING:
        return
    try:
        with sign_in_service() as http:
            tokens = token_source(http, tenant=consent.tenant_id, purpose=consent.purpose, now=now)
            if not consent.administrator:
                _prove_administrator(consent, tokens)
            _prove_tenant(consent, tokens, claim, now)
    except ProviderBusy as busy:
        if now - consent.started_at < _SPREADS_FOR + settings.CONSENT_LIFETIME:
            claim.try_again(after=busy.wait, because=str(busy))
            return
        refuse(consent=consent, reason=f"{busy} Nothing was changed. Try again later.", now=now)
    except sealing.CannotUnseal as problem:
        refuse(consent=consent, reason=f"{problem} The operator of Portico has to repair this. {_KEPT}", now=now)
    except NotProved as problem:
        refuse(consent=consent, reason=f"{problem} Nothing was changed. Start again.", now=now)
    except ConnectorError as problem:
        refuse(consent=consent, reason=f"{problem} Nothing was changed.", now=now)


def _prove_administrator(consent: Consent, tokens: TokenSource) -> None:
    code, verifier = consent.unseal(consent.sealed_code), consent.unseal(consent.sealed_verifier)
    redirect_uri = settings.BASE_URL + reverse("organizations:consent_signed_in")
    id_token = tokens.redeem(code=code, verifier=verifier, redirect_uri=redirect_uri)
    administrator = verified_administrator(
        tokens.http,
        id_token=id_token,
        tenant=consent.tenant_id,
        client_id=tokens.client_id,
        nonce=consent.nonce,
    )
    # A code works once: what it proved is kept before anything else can fail.
    consent.administrator, consent.sealed_code = administrator.name or "An administrator", ""
    consent.save(update_fields=["administrator", "sealed_code"])


def _prove_tenant(consent: Consent, tokens: TokenSource, claim: Claim, now: datetime) -> None:
    try:
        token = tokens.get()
    except AccessRevoked as problem:
        if _may_still_spread(claim, now):
            claim.try_again(after=_ASK_AGAIN, because=str(problem))
            return
        raise
    if token.tenant_id != consent.tenant_id:
        raise NotProved("The token belongs to another tenant.")
    if missing_from(list(token.roles), consent.purpose) and _may_still_spread(claim, now):
        claim.try_again(after=_ASK_AGAIN, because="The consent has not spread yet.")
        return
    if consent.purpose == SourceApp.Purpose.RESTORE:
        # The restore app may not ask who the tenant is; the token says it, and the backup app has asked before.
        name, domains = consent.connection.tenant_name, consent.connection.domains
    else:
        with graph_in(tokens) as graph:
            found = graph.get_json("organization?$select=id,displayName,verifiedDomains")
        name, domains = _facts_of(found, tenant_id=consent.tenant_id)
    settle_proved(consent=consent, tenant_name=name, domains=domains, roles=list(token.roles), now=now)


def _may_still_spread(claim: Claim, now: datetime) -> bool:
    # Counted from the answer and not from the start of the trip: somebody may read Microsoft's page for long.
    asked_at = Job.objects.values_list("requested_at", flat=True).get(pk=claim.job_id)
    return now - asked_at < _SPREADS_FOR


def _facts_of(answer: dict, *, tenant_id: str) -> tuple[str, list[str]]:
    """Return the tenant's name and verified domains, the default one first (page "organization resource type")."""
    rows = answer.get("value")
    if not isinstance(rows, list) or len(rows) != 1 or not isinstance(rows[0], dict):
        raise UnexpectedAnswer("The tenant’s answer about itself has an unknown form.")
    if str(rows[0].get("id", "")).lower() != tenant_id:
        raise UnexpectedAnswer("The tenant did not say who it is.")
    domains = [one for one in rows[0].get("verifiedDomains", []) if isinstance(one, dict) and one.get("name")]
    domains.sort(key=lambda one: (not one.get("isDefault"), one["name"]))
    return clean(str(rows[0].get("displayName") or "")), [clean(str(one["name"])).lower()[:253] for one in domains]
