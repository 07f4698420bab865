"""What happened about one client: what people did, and what happened by itself."""

from uuid import UUID

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from accounts.access import PartnerRequest, organization_page
from accounts.activity import read_activity
from accounts.forms.audit_log import ActivityFilter
from accounts.htmx import wants_part
from accounts.models import AuditEntry, Membership, User
from accounts.models.user import UserQuerySet
from accounts.roles import Can
from organizations.models import Organization
from organizations.views.inside import organization_of, render_inside

# What the log of a client can be about; billing and the company's details are the partner's alone.
SUBJECTS = (
    "sign-ins", "users", "organizations", "connections", "protection", "backups", "restores", "exports", "looking",
    "notifications",
)  # fmt: skip


@organization_page(Can.SEE_ORGANIZATION_LOG)
def organization_log(request: PartnerRequest, organization_uuid: UUID) -> HttpResponse:
    """Show what happened about one client, newest first; older entries are loaded from a number on."""
    organization = organization_of(request, organization_uuid)
    is_system = request.GET.get("show") == "system"
    form = ActivityFilter(_typed(request), people=_people(request, organization), subjects=SUBJECTS)
    if is_system:
        del form.fields["person"]
    entries = AuditEntry.objects.visible_to(request.membership).about_organization(organization.pk)
    before = request.GET.get("before", "")
    activity = read_activity(
        entries.by_the_system() if is_system else entries.by_people(),
        wanted=form.wanted,
        before=before,
        viewer=request.membership,
    )
    here = reverse("organizations:organization_log", args=[organization.uuid])
    context = {
        "form": form,
        "days": activity.days,
        "older_than": activity.older_than,
        "is_filtered": any(form.wanted.values()),
        "is_system": is_system,
        "kept": {"show": "system"} if is_system else {},
        "here": here,
        "show_all": f"{here}?show=system" if is_system else here,
        "zone": timezone.get_current_timezone_name(),
    }
    if wants_part(request) and before:
        return render(request, "accounts/_audit_rows.html", context)
    return render_inside(request, "organizations/organization_log.html", organization, context, tab="Audit log")


def _typed(request: PartnerRequest) -> dict | None:
    """Return the filters of the address, or None where there are none and nothing needs checking."""
    return request.GET if set(request.GET) & {"person", "subject", "since", "until"} else None


def _people(request: PartnerRequest, organization: Organization) -> UserQuerySet:
    """Return whose actions one may ask for: the client's users, and for partner staff their own people too."""
    seen = Membership.objects.visible_to(request.membership)
    seen = seen.filter(Q(organization=organization) | Q(organization=None))
    return User.objects.filter(pk__in=seen.exclude(joined_at=None).values("user_id"))
