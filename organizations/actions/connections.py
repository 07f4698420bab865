"""Connecting an organization to its tenant, noticing that access is lost or back, and disconnecting."""

from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.db import IntegrityError, transaction

from accounts import audit
from accounts.models import User
from jobs.requests import request_job
from organizations.actions.former_tenants import retire_former_items
from organizations.actions.source_alerts import tell_access_lost, tell_access_regained
from organizations.models import Connection, Consent, Organization, SourceApp
from organizations.models.organization import ConnectionState
from organizations.permissions import missing_from

# What the client's own log says: its people must not learn the names of their partner's other clients.
TAKEN = "This Microsoft 365 tenant is connected to another organization already. Nothing was changed."
# Microsoft's own clouds (its page "National cloud deployments"); everything else is a simulator.
_MICROSOFT = (
    "graph.microsoft.com", "graph.microsoft.us", "dod-graph.microsoft.us", "microsoftgraph.chinacloudapi.cn",
)  # fmt: skip


class ConnectionProblem(Exception):
    """A rule forbids it; the message tells the person which one, what was kept, and what to do instead.

    LinkedElsewhere   the tenant belongs to another organization already; partner staff may read which one
    """


class LinkedElsewhere(ConnectionProblem):
    pass


@transaction.atomic
def connect(*, consent: Consent, actor: User, now: datetime) -> Connection:
    """Link the tenant that ``consent`` proved to its organization, and ask for its accounts.

    A tenant that was disconnected from the same organization comes back with everything that was kept of it.
    Raises `LinkedElsewhere` and `ConnectionProblem`; confirming twice gives the same connection.
    """
    organization = Organization.objects.select_for_update().get(pk=consent.organization_id)
    consent = Consent.objects.select_for_update(of=("self",)).get(pk=consent.pk)
    if consent.state == Consent.State.DONE and consent.connection_id:
        return consent.connection
    if consent.state != Consent.State.PROVED:
        raise ConnectionProblem("This tenant is not proved, or the attempt is over. Nothing was changed. Start again.")
    _refuse_second_tenant(organization, consent)
    try:
        with transaction.atomic():
            connection = _link(organization, consent, actor, now)
    except IntegrityError as error:
        # The database decides, so that two organizations at the same moment cannot both win.
        raise LinkedElsewhere(who_else(consent.tenant_id, organization)) from error
    consent.state, consent.connection, consent.ended_at = Consent.State.DONE, connection, now
    consent.save(update_fields=["state", "connection", "ended_at"])
    _record("connection.created", connection, actor, now, tenant=connection.tenant_name,
            domains=", ".join(connection.domains))  # fmt: skip
    copy_to_organization(connection)
    retire_former_items(connection=connection, actor=actor, now=now)
    request_discovery_of(connection, now=now)
    return connection


@transaction.atomic
def renew(*, consent: Consent, now: datetime) -> Connection:
    """Take over the permissions a renewed consent was proved to have. Only ever the same tenant."""
    connection = _locked(consent.connection)
    actor = consent.started_by or "A former user"
    if consent.purpose == SourceApp.Purpose.RESTORE:
        connection.restore_roles, connection.restore_consented_at = consent.roles, now
        connection.save(update_fields=["restore_roles", "restore_consented_at"])
        _record("connection.restore_authorized", connection, actor, now, roles=", ".join(consent.roles))
        return connection
    changes = _changes(connection, consent)
    connection.tenant_name, connection.domains = consent.tenant_name, consent.domains
    connection.save(update_fields=["tenant_name", "domains"])
    _record("connection.renewed", connection, actor, now, tenant=consent.tenant_name, **changes)
    connection = note_roles(connection=connection, roles=consent.roles, now=now)
    request_discovery_of(connection, now=now)
    return connection


@transaction.atomic
def note_roles(*, connection: Connection, roles: list[str], now: datetime) -> Connection:
    """Compare the permissions of a fresh token with what we need, and with what we had."""
    connection = _locked(connection)
    if connection.state == ConnectionState.DISCONNECTED:
        return connection
    missing = missing_from(roles, SourceApp.Purpose.BACKUP)
    before, lost_at = connection.state, connection.problem_at
    connection.roles = sorted(roles)
    connection.state = ConnectionState.NEEDS_CONSENT if missing else ConnectionState.CONNECTED
    problem = f"Permissions are missing: {', '.join(missing)}."[:300] if missing else ""
    if connection.state != before or connection.problem != problem:
        connection.problem, connection.problem_at = problem, now if missing else None
        action = "connection.permissions_missing" if missing else "connection.access_regained"
        _record(action, connection, "Schedule", now, **({"missing": ", ".join(missing)} if missing else {}))
    if before == ConnectionState.ACCESS_LOST and lost_at is not None:
        tell_access_regained(connection, lost_at=lost_at, now=now)
    connection.save(update_fields=["roles", "state", "problem", "problem_at"])
    copy_to_organization(connection)
    return connection


@transaction.atomic
def note_access_lost(*, connection: Connection, reason: str, now: datetime) -> Connection:
    """Note that the client's service does not let us in. What was saved and chosen stays as it is."""
    connection = _locked(connection)
    if connection.state in (ConnectionState.DISCONNECTED, ConnectionState.ACCESS_LOST):
        return connection
    connection.state, connection.problem, connection.problem_at = ConnectionState.ACCESS_LOST, reason[:300], now
    connection.save(update_fields=["state", "problem", "problem_at"])
    _record("connection.access_lost", connection, "Schedule", now, reason=reason)
    tell_access_lost(connection, reason=reason, now=now)
    copy_to_organization(connection)
    return connection


@transaction.atomic
def disconnect(*, connection: Connection, actor: User, now: datetime) -> Connection:
    """End the reading. Items, what is chosen, and everything saved stay; connecting again goes on from there."""
    connection = _locked(connection)
    if connection.state == ConnectionState.DISCONNECTED:
        return connection
    connection.state, connection.disconnected_at = ConnectionState.DISCONNECTED, now
    connection.discovery, connection.discovery_problem = Connection.Discovery.IDLE, ""
    connection.discovery_continues_at = None
    connection.problem, connection.problem_at = "", None
    connection.save()
    _record("connection.ended", connection, actor, now, tenant=connection.tenant_name)
    copy_to_organization(connection)
    return connection


def request_discovery_of(connection: Connection, *, now: datetime) -> bool:
    """Ask for a look at the tenant's accounts, in the caller's transaction; False where one is under way already."""
    job = request_job("discover", subject_id=connection.pk, at=now, key=f"discover:{connection.pk}")
    if job is None:
        # One that an earlier connecting left open goes on by itself, also where the connection was given up meanwhile.
        resting = (Connection.Discovery.IDLE, Connection.Discovery.FAILED)
        Connection.objects.filter(pk=connection.pk, discovery__in=resting).update(
            discovery=Connection.Discovery.QUEUED, discovery_problem=""
        )
        return False
    Connection.objects.filter(pk=connection.pk).update(
        discovery=Connection.Discovery.QUEUED, discovery_problem="", discovery_continues_at=None
    )
    return True


def who_else(tenant_id: str, organization: Organization) -> str:
    """Return the sentence for partner staff about a tenant that is linked already; another partner's client is never
    named. Where the client's own people read, say `TAKEN` instead.
    """
    other = (
        Connection.objects.in_use().filter(tenant_id=tenant_id).exclude(organization=organization)
        .select_related("organization").first()
    )  # fmt: skip
    if other and other.organization.partner_id == organization.partner_id:
        where = f"your client {other.organization.name}"
    else:
        where = "another organization in Portico"
    return f"This Microsoft 365 tenant is connected to {where} already. Nothing was changed."


def copy_to_organization(connection: Connection) -> None:
    """Write what the board shows of the connection into the organization's row."""
    Organization.objects.filter(pk=connection.organization_id).update(
        connection_state=connection.state,
        service=connection.service,
        domain=connection.domain,
        is_simulated=connection.is_simulated,
    )


def _changes(connection: Connection, consent: Consent) -> dict[str, list[str]]:
    """Return what a renewed consent changes, each as [old, new] in words, for the audit log."""
    lacking = [", ".join(missing_from(roles, SourceApp.Purpose.BACKUP)) or "none"
               for roles in (connection.roles, consent.roles)]  # fmt: skip
    pairs = {
        "tenant_name": [connection.tenant_name, consent.tenant_name],
        "domains": [", ".join(connection.domains), ", ".join(consent.domains)],
        "missing_permissions": lacking,
    }
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _locked(connection: Connection) -> Connection:
    """Return the connection as it is now, locked; its organization goes first, so that nobody waits in a ring."""
    Organization.objects.select_for_update().get(pk=connection.organization_id)
    return Connection.objects.select_for_update(of=("self",)).select_related("organization").get(pk=connection.pk)


def is_simulated() -> bool:
    """Return whether the configured Graph is none of Microsoft's own."""
    return urlsplit(settings.MICROSOFT_GRAPH_URL).hostname not in _MICROSOFT


def is_at_configured_addresses(connection: Connection) -> bool:
    """Return whether the tenant was connected through the addresses of Microsoft that are configured today."""
    return (connection.login_url, connection.graph_url) == (settings.MICROSOFT_LOGIN_URL, settings.MICROSOFT_GRAPH_URL)


def _refuse_second_tenant(organization: Organization, consent: Consent) -> None:
    in_use = Connection.objects.in_use().filter(organization=organization, service=consent.service)
    other = in_use.exclude(tenant_id=consent.tenant_id).first()
    if other is not None:
        raise ConnectionProblem(
            f"{organization} is connected to {other.tenant_name or other.domain} already. That connection stays as it "
            f"is. Disconnect it first if {consent.tenant_name or consent.tenant_id} shall take its place."
        )


def _link(organization: Organization, consent: Consent, actor: User, now: datetime) -> Connection:
    values = {
        "state": ConnectionState.NEEDS_CONSENT
        if missing_from(consent.roles, SourceApp.Purpose.BACKUP)
        else ConnectionState.CONNECTED,
        "tenant_name": consent.tenant_name,
        "domains": consent.domains,
        "roles": sorted(consent.roles),
        "login_url": settings.MICROSOFT_LOGIN_URL,
        "graph_url": settings.MICROSOFT_GRAPH_URL,
        "is_simulated": is_simulated(),
        "connected_at": now,
        "connected_by": actor.full_name,
        "disconnected_at": None,
        "problem": "",
        "problem_at": None,
    }
    former = (
        Connection.objects.filter(organization=organization, tenant_id=consent.tenant_id, service=consent.service)
        .order_by("-pk").first()
    )  # fmt: skip
    if former is None:
        return Connection.objects.create(
            organization=organization, service=consent.service, tenant_id=consent.tenant_id, **values
        )
    for name, value in values.items():
        setattr(former, name, value)
    former.save()
    return former


def _record(action: str, connection: Connection, actor: User | str, now: datetime, **details: str) -> None:
    # Lists come as one string: two of anything would read like an old and a new value.
    organization = connection.organization
    audit.record(
        action,
        partner_id=organization.partner_id,
        organization_id=organization.pk,
        actor=actor,
        target=organization,
        at=now,
        details={"service": connection.get_service_display(), **details},
    )
