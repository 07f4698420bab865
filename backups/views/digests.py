"""Summary Digests that were due: the list, what one said, what the next one would say, and a test of it to oneself."""

from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST
from django.views.decorators.vary import vary_on_headers

from accounts.access import PartnerRequest, organization_page
from accounts.htmx import wants_part
from accounts.roles import Can
from backups.actions.digest_mails import TooManyTests, preview_digest, send_test
from backups.forms.digests import DigestForm
from backups.models import Digest
from backups.views.digest_rows import digest_row
from notifications.models import OutgoingEmail
from organizations.models import DigestSetting, Organization
from organizations.views.inside import organization_of, render_inside
from organizations.views.settings_notifications import answer_test

PAGE_SIZE = 50
_RECENT = 5
# A mail may show its own styles, and nothing else: it runs nothing, loads nothing and has no origin.
_FRAME_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; base-uri 'none'; form-action 'none';"
    " sandbox allow-popups allow-popups-to-escape-sandbox"
)


@organization_page(Can.SEE_REPORTS)
@vary_on_headers("HX-Request")
def digest_list(request: PartnerRequest, organization_uuid: UUID) -> HttpResponse:
    """List the client's digests, newest first, a page at a time."""
    organization = organization_of(request, organization_uuid)
    asked, every = DigestForm(request.GET).chosen(), _digests_of(request, organization)
    page = Paginator(_listed(every, asked).newest_first(), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "rows": [digest_row(one) for one in page],
        "page_obj": page,
        "asked": asked,
        "is_filtered": any(asked.values()),
        "states": Digest.State.choices,
        "recipients": every.order_by("recipient").values_list("recipient", flat=True).distinct(),
        "months": every.dates("local_date", "month", order="DESC"),
    }
    template = "backups/_digest_table.html" if wants_part(request) else "backups/digest_list.html"
    return _inside(request, template, organization, context)


@organization_page(Can.SEE_REPORTS)
def digest_recent(request: PartnerRequest, organization_uuid: UUID) -> HttpResponse:
    """Show the newest digests as a part of Settings, Notifications."""
    organization = organization_of(request, organization_uuid)
    if not request.htmx:
        return redirect("backups:digest_list", organization.uuid)
    newest = _digests_of(request, organization).newest_first()[:_RECENT]
    context = {"organization": organization, "rows": [digest_row(one) for one in newest]}
    return render(request, "backups/_digest_recent.html", context)


@organization_page(Can.SEE_REPORTS)
def digest_detail(request: PartnerRequest, organization_uuid: UUID, digest_uuid: UUID) -> HttpResponse:
    """Show how one digest ended and what it said."""
    organization = organization_of(request, organization_uuid)
    digest = _digest_of(request, organization, digest_uuid)
    context = {"digest": digest, "row": digest_row(digest), "mail": digest.email}
    return _inside(request, "backups/digest_detail.html", organization, context)


@organization_page(Can.SEE_REPORTS)
@xframe_options_sameorigin
def digest_frame(request: PartnerRequest, organization_uuid: UUID, digest_uuid: UUID) -> HttpResponse:
    """Show the HTML of a digest, for the frame of its page."""
    organization = organization_of(request, organization_uuid)
    digest = _digest_of(request, organization, digest_uuid)
    return _framed(digest.email)


@organization_page(Can.SEE_REPORTS)
def digest_preview(request: PartnerRequest, organization_uuid: UUID) -> HttpResponse:
    """Show what the digest would say if it were sent now."""
    organization = organization_of(request, organization_uuid)
    return _inside(request, "backups/digest_preview.html", organization, {"mail": _preview(request, organization)})


@organization_page(Can.SEE_REPORTS)
@xframe_options_sameorigin
def digest_preview_frame(request: PartnerRequest, organization_uuid: UUID) -> HttpResponse:
    """Show the HTML of the digest as it would be sent now, for the frame of that page."""
    return _framed(_preview(request, organization_of(request, organization_uuid)))


@organization_page(Can.MANAGE_BACKUP_SETTINGS)
@require_POST
def digest_test(request: PartnerRequest, organization_uuid: UUID) -> HttpResponse:
    """Send the member the digest as it would be sent now; the settings page stays as it was typed."""
    organization = organization_of(request, organization_uuid)
    try:
        send_test(organization=organization, person=request.user, now=timezone.now())
    except TooManyTests as problem:
        words = f"{problem} The next one can be sent at {timezone.localtime(problem.next_at):%H:%M}."
        return answer_test(request, organization, refused=words)
    return answer_test(request, organization, sent_to=request.user.email)


def _digests_of(request: PartnerRequest, organization: Organization) -> QuerySet[Digest]:
    mine = Digest.objects.visible_to(request.membership).filter(organization=organization)
    return mine.select_related("email").defer("email__sealed_text", "email__sealed_html")


def _digest_of(request: PartnerRequest, organization: Organization, digest_uuid: UUID) -> Digest:
    mine = Digest.objects.visible_to(request.membership).filter(organization=organization)
    return get_object_or_404(mine.select_related("email"), uuid=digest_uuid)


def _listed(every: QuerySet[Digest], asked: dict[str, Any]) -> QuerySet[Digest]:
    found = every.in_state(asked["state"]) if asked["state"] else every
    if asked["recipient"]:
        found = found.filter(recipient=asked["recipient"].strip().lower())
    if asked["month"]:
        found = found.filter(local_date__year=asked["month"].year, local_date__month=asked["month"].month)
    return found


def _preview(request: PartnerRequest, organization: Organization) -> OutgoingEmail:
    settings = DigestSetting.objects.visible_to(request.membership).select_related("organization__partner")
    setting = get_object_or_404(settings, organization=organization)
    to = setting.recipients[0] if setting.recipients else request.user.email
    return preview_digest(setting, to=to, now=timezone.now())


def _framed(mail: OutgoingEmail | None) -> HttpResponse:
    if mail is None or not mail.html:
        raise Http404
    # Not through a template: our own words of then, and names escaped when they were written.
    answer = HttpResponse(mail.html)
    answer["Content-Security-Policy"] = _FRAME_POLICY
    return answer


def _inside(
    request: PartnerRequest, template: str, organization: Organization, context: dict[str, Any]
) -> HttpResponse:
    return render_inside(request, template, organization, context, tab="Settings", section="Notifications")
