"""The link between a client and its Microsoft 365, as partner staff see and change it."""

import secrets
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import PartnerRequest, partner_page
from accounts.htmx import wants_part
from accounts.roles import Can
from organizations.actions.connections import (
    TAKEN,
    ConnectionProblem,
    LinkedElsewhere,
    connect,
    disconnect,
    is_simulated,
)
from organizations.actions.consent_endings import refuse
from organizations.actions.consents import ConsentProblem, start_consent
from organizations.models import Connection, Consent, Organization, SourceApp
from organizations.permissions import missing_from, permissions_of
from organizations.views.inside import organization_of, render_inside

# The session remembers this many trips: somebody may have two clients open side by side.
_TRIPS_REMEMBERED = 5
SESSION_KEY = "consents"


@partner_page(Can.CONNECT_SERVICE)
def connection_detail(request: PartnerRequest, organization_uuid: UUID) -> HttpResponse:
    """Show whether we may read the client's Microsoft 365, and lead to the consent that is missing."""
    organization = organization_of(request, organization_uuid)
    newest = _newest_consent(request, organization)
    connection = _connection(request, organization)
    apps = set(SourceApp.objects.values_list("purpose", flat=True))
    context = {
        "connection": connection,
        "consent": newest,
        "is_new_consent": newest is not None and _is_worth_telling(newest, connection),
        "has_backup_app": SourceApp.Purpose.BACKUP in apps,
        "has_restore_app": SourceApp.Purpose.RESTORE in apps,
        "backup_permissions": _with_states(SourceApp.Purpose.BACKUP, connection.roles if connection else []),
        "restore_permissions": _with_states(SourceApp.Purpose.RESTORE, connection.restore_roles if connection else []),
        "missing": missing_from(connection.roles, SourceApp.Purpose.BACKUP) if connection else [],
        "is_simulated": is_simulated(),
    }
    part = wants_part(request) and request.htmx.target == "consent"
    template = "organizations/_consent.html" if part else "organizations/connection_detail.html"
    response = render_inside(request, template, organization, context, tab="Settings", section="Connection")
    return _may_post_to_microsoft(response)


@partner_page(Can.CONNECT_SERVICE)
@require_POST
def consent_start(request: PartnerRequest, organization_uuid: UUID, purpose: str) -> HttpResponse:
    """Send the browser to Microsoft's consent page."""
    organization = organization_of(request, organization_uuid)
    app = SourceApp.objects.filter(purpose=purpose).first()
    if app is None:
        messages.error(request, "This installation has no app registration for that yet. Nothing was changed.")
        return redirect("organizations:connection_detail", organization.uuid)
    secret = secrets.token_urlsafe(24)
    try:
        consent, address = start_consent(
            organization=organization, app=app, session_secret=secret, actor=request.user, now=timezone.now()
        )
    except ConsentProblem as problem:
        messages.error(request, str(problem))
        return redirect("organizations:connection_detail", organization.uuid)
    trips = list(request.session.get(SESSION_KEY, {}).items())[-_TRIPS_REMEMBERED + 1 :]
    request.session[SESSION_KEY] = dict([*trips, (str(consent.uuid), secret)])
    return redirect(address)


@partner_page(Can.CONNECT_SERVICE)
@require_POST
def consent_confirm(request: PartnerRequest, organization_uuid: UUID, consent_uuid: UUID) -> HttpResponse:
    """Connect the proved tenant: yes, this is the client's own."""
    organization = organization_of(request, organization_uuid)
    consent = _consent(request, organization, consent_uuid)
    try:
        connection = connect(consent=consent, actor=request.user, now=timezone.now())
    except ConnectionProblem as problem:
        if isinstance(problem, LinkedElsewhere):
            refuse(consent=consent, reason=str(problem), logged=TAKEN, now=timezone.now(), actor=request.user)
        messages.error(request, str(problem))
        return redirect("organizations:connection_detail", organization.uuid)
    messages.success(
        request,
        f"{organization} is connected to {connection.tenant_name}. Its accounts are being listed; "
        "choose here what is backed up of them.",
    )
    return redirect("organizations:settings_services", organization.uuid)


@partner_page(Can.CONNECT_SERVICE)
@require_POST
def consent_decline(request: PartnerRequest, organization_uuid: UUID, consent_uuid: UUID) -> HttpResponse:
    """Do not connect the proved tenant: it is somebody else's."""
    organization = organization_of(request, organization_uuid)
    consent = _consent(request, organization, consent_uuid)
    reason = f"{request.user.full_name} said that this is not the client’s tenant."
    refuse(consent=consent, reason=reason, now=timezone.now(), actor=request.user)
    messages.success(request, "That tenant was not connected. Nothing was changed.")
    return redirect("organizations:connection_detail", organization.uuid)


@partner_page(Can.CONNECT_SERVICE)
def connection_end(request: PartnerRequest, organization_uuid: UUID) -> HttpResponse:
    """Ask, then disconnect; everything saved stays."""
    organization = organization_of(request, organization_uuid)
    connection = _connection(request, organization)
    if connection is None:
        raise Http404
    if request.method == "POST":
        disconnect(connection=connection, actor=request.user, now=timezone.now())
        messages.success(request, f"{organization} is disconnected. What was saved stays and can be restored.")
        return redirect("organizations:connection_detail", organization.uuid)
    return render_inside(
        request, "organizations/connection_end.html", organization, {"connection": connection},
        tab="Settings", section="Connection",
    )  # fmt: skip


def _connection(request: PartnerRequest, organization: Organization) -> Connection | None:
    return Connection.objects.visible_to(request.membership).in_use().filter(organization=organization).first()


def _newest_consent(request: PartnerRequest, organization: Organization) -> Consent | None:
    visible = Consent.objects.visible_to(request.membership).filter(organization=organization)
    return visible.order_by("-started_at", "-pk").first()


def _consent(request: PartnerRequest, organization: Organization, consent_uuid: UUID) -> Consent:
    visible = Consent.objects.visible_to(request.membership).filter(organization=organization, uuid=consent_uuid)
    consent = visible.select_related("organization").first()
    if consent is None:
        raise Http404
    return consent


def _is_worth_telling(consent: Consent, connection: Connection | None) -> bool:
    """Return whether the newest trip says something the connection's own state does not."""
    if consent.state in (Consent.State.STARTED, Consent.State.CONSENTED):
        return timezone.now() < consent.expires_at
    if consent.state == Consent.State.DONE:
        return False
    return connection is None or consent.started_at > connection.connected_at


def _with_states(purpose: str, roles: list[str]) -> list[tuple]:
    return [(permission, permission.name in roles) for permission in permissions_of(purpose)]


def _may_post_to_microsoft(response: HttpResponse) -> HttpResponse:
    """Let a form of this page end at Microsoft's sign-in: browsers hold redirects against the page's policy too."""
    login = urlsplit(settings.MICROSOFT_LOGIN_URL)
    response.forms_may_lead_to = f"{login.scheme}://{login.netloc}"
    return response
