"""The frame of every page inside a client: whose it is, and the tabs a person may open."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from accounts.access import PartnerRequest
from accounts.roles import Can
from organizations.models import Organization

# (label, URL name, right)
TABS = (
    ("Dashboard", "organizations:overview", Can.SEE_ORGANIZATION),
    ("Accounts", "organizations:item_list", Can.SEE_ORGANIZATION),
    # Of the floor above; the roof puts its addresses beside ours.
    ("Coverage", "backups:coverage", Can.SEE_REPORTS),
    ("Backups", "backups:run_list", Can.SEE_REPORTS),
    ("Search", "backups:search_page", Can.SEARCH_DATA),
    ("Restores", "backups:restore_list", Can.RESTORE_DATA),
    ("Exports", "backups:export_list", Can.EXPORT_DATA),
    ("Reports", "backups:report_list", Can.SEE_REPORTS),
    ("Incidents", "organizations:organization_incidents", Can.HANDLE_INCIDENTS),
    ("Audit log", "organizations:organization_log", Can.SEE_ORGANIZATION_LOG),
    ("Settings", "organizations:settings_services", Can.SEE_ORGANIZATION),
)
SECTIONS = (
    ("Services", "organizations:settings_services", Can.SEE_ORGANIZATION),
    ("Notifications", "organizations:settings_notifications", Can.SEE_ORGANIZATION),
    ("General", "organizations:settings_general", Can.SEE_ORGANIZATION),
    ("Users", "organizations:settings_users", Can.MANAGE_ORGANIZATION_USERS),
    ("Connection", "organizations:connection_detail", Can.CONNECT_SERVICE),
    # Of the floor above, like some tabs.
    ("Retention", "backups:retention", Can.SEE_ORGANIZATION),
    ("Delete data", "backups:deletion_list", Can.REQUEST_DELETION),
)


@dataclass(frozen=True)
class Link:
    """One tab or section."""

    label: str
    url: str
    is_current: bool


def organization_of(request: PartnerRequest, organization_uuid: UUID) -> Organization:
    """Return the client a page is about, or answer 404 like for one that never existed."""
    visible = Organization.objects.visible_to(request.membership).select_related("partner").defer("partner__logo")
    return get_object_or_404(visible, uuid=organization_uuid)


def render_inside(
    request: PartnerRequest,
    template: str,
    organization: Organization,
    context: dict[str, Any] | None = None,
    *,
    tab: str,
    section: str = "",
    status: int = 200,
) -> HttpResponse:
    """Render a page that extends ``organizations/inside.html``, with ``tab`` (and ``section``) marked as the place."""
    frame = {
        "organization": organization,
        "tabs": _links(request, organization, TABS, tab),
        "sections": _links(request, organization, SECTIONS, section) if section else [],
        "place": section or tab,
    }
    return render(request, template, frame | (context or {}), status=status)


def _links(request: PartnerRequest, organization: Organization, entries: tuple, current: str) -> list[Link]:
    return [
        Link(label, reverse(name, args=[organization.uuid]), label == current)
        for label, name, right in entries
        if request.membership.may(right)
    ]
