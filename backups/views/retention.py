"""Settings, Retention: how long a client's older versions are kept, what is on legal hold, and all clients' rules."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, F, Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import PartnerRequest, check, organization_page, partner_page
from accounts.roles import Can
from backups.engine.kept_figures import SECONDS, TookTooLong, by_kind, total_of
from backups.engine.vault_retention import would_go
from backups.forms.retention import RetentionForm
from backups.views.run_rows import bytes_words
from organizations.actions.retention import (
    DELAY,
    NotFrozen,
    NothingWaits,
    RuleChangedMeanwhile,
    edit_retention,
    is_stricter,
    resume,
    rule_of,
    take_back,
)
from organizations.models import LegalHold, Organization, RetentionRule
from organizations.models.retention_rule import period_words, rule_words
from organizations.views.figure_words import moment_words
from organizations.views.inside import organization_of, render_inside

PAGE_SIZE = 50
_SECTION = "Retention"


@organization_page(Can.SEE_ORGANIZATION)
def retention(request: PartnerRequest, organization_uuid: UUID) -> HttpResponse:
    """Show the rule and the holds, preview another rule, save it. A stricter one is saved only after its preview."""
    organization = organization_of(request, organization_uuid)
    rule = rule_of(organization)
    if request.method != "POST":
        return _shown(request, organization, rule, RetentionForm(rule=rule))
    check(request.membership, Can.MANAGE_RETENTION)
    form = RetentionForm(request.POST, rule=rule)
    if not form.is_valid():
        return _shown(request, organization, rule, form, status=422)
    days, now = form.cleaned_data["days"], timezone.now()
    has_seen = form.cleaned_data["seen"] == str(days)
    if "preview" in request.POST or (is_stricter(days, rule.days) and not has_seen):
        return _shown(request, organization, rule, form, forecast=_forecast(organization, days, now))
    revision = form.cleaned_data["revision"]
    try:
        rule = edit_retention(organization=organization, days=days, revision=revision, actor=request.user, now=now)
    except RuleChangedMeanwhile as problem:
        form.add_error(None, str(problem))
        return _shown(request, organization, rule_of(organization), form, status=422)
    when = f"from {timezone.localtime(rule.next_at):%-d %B %Y} on" if rule.next_at else "from now on"
    messages.success(request, f"{rule_words(days)}, {when}.")
    return redirect("backups:retention", organization.uuid)


@partner_page(Can.MANAGE_RETENTION)
@require_POST
def retention_take_back(request: PartnerRequest, organization_uuid: UUID) -> HttpResponse:
    """Forget a stricter rule that is not applied yet."""
    organization = organization_of(request, organization_uuid)
    try:
        rule = take_back(organization=organization, actor=request.user, now=timezone.now())
    except NothingWaits as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, f"Taken back. {rule.words}, as before.")
    return redirect("backups:retention", organization.uuid)


@partner_page(Can.MANAGE_RETENTION)
@require_POST
def retention_resume(request: PartnerRequest, organization_uuid: UUID) -> HttpResponse:
    """Let a rule go on that was stopped."""
    organization = organization_of(request, organization_uuid)
    try:
        resume(organization=organization, actor=request.user, now=timezone.now())
    except NotFrozen as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, "The rule is applied again, beginning within a day.")
    return redirect("backups:retention", organization.uuid)


@partner_page(Can.REQUEST_DELETION)
def retention_board(request: PartnerRequest) -> HttpResponse:
    """List the rules of all clients with their holds, a page at a time, in two queries however many there are."""
    words = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    clients = Organization.objects.visible_to(request.membership).matching(words).select_related("retention_rule")
    held = Count("legal_holds", filter=Q(legal_holds__lifted_at=None))
    # What removes soonest stands first, then what keeps everything.
    in_order = clients.annotate(holds=held).order_by(F("retention_rule__days").asc(nulls_last=True), "name", "id")
    page = Paginator(in_order, PAGE_SIZE).get_page(request.GET.get("page"))
    now = timezone.now()
    context = {"rows": [_board_row(one, now) for one in page], "page_obj": page, "words": words}
    return render(request, "backups/retention_board.html", context)


def _board_row(organization: Organization, now: datetime) -> dict[str, Any]:
    rule = getattr(organization, "retention_rule", None)
    return {
        "organization": organization,
        "words": rule.words if rule else rule_words(None),
        "next": rule.next_words if rule else "",
        "next_at": rule.next_at if rule else None,
        "is_frozen": rule is not None and rule.frozen_at is not None,
        "purged": moment_words(rule.purged_at, now) if rule and rule.purged_at else "",
        "holds": organization.holds,
    }


def _forecast(organization: Organization, days: int | None, now: datetime) -> dict[str, Any]:
    """Return what a rule would remove today, in numbers by kind, or that there is too much to count in a moment."""
    common = {"days": days, "words": rule_words(days), "period": period_words(days), "begins_at": now + DELAY}
    if days is None:
        return common | {"kinds": [], "versions": 0, "size": bytes_words(0)}
    try:
        figures = would_go(organization, days, now, seconds=SECONDS)
    except TookTooLong:
        return common | {"is_too_much": True}
    kinds = [(kind, one.versions, bytes_words(one.bytes)) for kind, one in by_kind(organization.pk, figures)]
    total = total_of(figures)
    return common | {"kinds": kinds, "versions": total.versions, "size": bytes_words(total.bytes)}


def _shown(
    request: PartnerRequest,
    organization: Organization,
    rule: RetentionRule,
    form: RetentionForm,
    *,
    forecast: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    holds = LegalHold.objects.visible_to(request.membership).filter(organization=organization).select_related("item")
    page = Paginator(holds.open().newest_first(), PAGE_SIZE).get_page(request.GET.get("page"))
    now = timezone.now()
    context = {
        "rule": rule,
        "form": form,
        "forecast": forecast,
        "is_stricter": forecast is not None and is_stricter(forecast["days"], rule.days),
        "waits": rule.next_at is not None and not rule.is_due(now),
        "holds": page,
        "page_obj": page,
        "lifted": holds.exclude(lifted_at=None).count(),
        "purged_size": bytes_words(rule.purged_bytes),
    }
    return render_inside(
        request, "backups/retention.html", organization, context, tab="Settings", section=_SECTION, status=status
    )
