"""What happened about one client: what people did, and what happened by itself."""

from uuid import UUID

from django.db.models import Q
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from accounts.access import PartnerRequest, organization_page
from accounts.actions.audit_exports import note_export
from accounts.activity import fitting, proof_for, read_activity
from accounts.activity_files import FORMATS, activity_answer, format_in
from accounts.forms.audit_log import ActivityFilter
from accounts.htmx import wants_part
from accounts.models import AuditEntry, Membership, User
from accounts.models.audit_entry import AuditEntryQuerySet
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
    is_system, form = _is_system(request), _filter(request, organization)
    before = request.GET.get("before", "")
    entries = _entries(request, organization)
    activity = read_activity(entries, wanted=form.wanted, before=before, viewer=request.membership)
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
        "proof": proof_for(request.membership, now=timezone.now()),
        "formats": FORMATS,
    }
    if wants_part(request) and before:
        return render(request, "accounts/_audit_rows.html", context)
    return render_inside(request, "organizations/organization_log.html", organization, context, tab="Audit log")


@organization_page(Can.SEE_ORGANIZATION_LOG)
def organization_log_export(request: PartnerRequest, organization_uuid: UUID) -> HttpResponse | StreamingHttpResponse:
    """Hand out what the filters show of one client, oldest first, in the ``format`` that is asked for."""
    organization, now = organization_of(request, organization_uuid), timezone.now()
    form, file_format = _filter(request, organization), format_in(request.GET)
    if form.is_bound and not form.is_valid():
        here = reverse("organizations:organization_log", args=[organization.uuid])
        return redirect(f"{here}?{request.GET.urlencode()}")
    entries = fitting(_entries(request, organization), form.wanted)
    entries = note_export(
        organization, entries=entries, file_format=file_format, partner_id=organization.partner_id,
        organization_id=organization.pk, actor=request.user, now=now,
    )  # fmt: skip
    which = "System activity" if _is_system(request) else "User activity"
    name = f"{organization.client_id} {timezone.localdate(now):%Y-%m-%d} {which}"
    return activity_answer(entries, file_format=file_format, name=name, viewer=request.membership)


def _is_system(request: PartnerRequest) -> bool:
    return request.GET.get("show") == "system"


def _filter(request: PartnerRequest, organization: Organization) -> ActivityFilter:
    form = ActivityFilter(_typed(request), people=_people(request, organization), subjects=SUBJECTS)
    if _is_system(request):
        del form.fields["person"]
    return form


def _entries(request: PartnerRequest, organization: Organization) -> AuditEntryQuerySet:
    entries = AuditEntry.objects.visible_to(request.membership).about_organization(organization.pk)
    return entries.by_the_system() if _is_system(request) else entries.by_people()


def _typed(request: PartnerRequest) -> dict | None:
    """Return the filters of the address, or None where there are none and nothing needs checking."""
    return request.GET if set(request.GET) & {"person", "subject", "since", "until"} else None


def _people(request: PartnerRequest, organization: Organization) -> UserQuerySet:
    """Return whose actions one may ask for: the client's users, and for partner staff their own people too."""
    seen = Membership.objects.visible_to(request.membership)
    seen = seen.filter(Q(organization=organization) | Q(organization=None))
    return User.objects.filter(pk__in=seen.exclude(joined_at=None).values("user_id"))
