"""Settings, Alerts: what is always told, and the rules of a partner's own."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count, Q
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from accounts.access import PartnerRequest, partner_page
from accounts.models import Membership
from accounts.roles import Can
from backups.actions.alert_rules import (
    RuleNameTaken,
    RuleProblem,
    create_alert_rule,
    delete_alert_rule,
    edit_alert_rule,
)
from backups.forms.alert_rules import AlertRuleForm
from backups.views.alert_rule_rows import rule_row
from notifications import preferences
from notifications.models import WebhookEndpoint
from organizations.models import AlertRule, Organization


@partner_page(Can.MANAGE_ALERTS)
def alert_rule_list(request: PartnerRequest) -> HttpResponse:
    """Show the alerts that are always there, and the company's rules."""
    is_open = Q(incidents__ended_at=None, incidents__isnull=False)
    found = AlertRule.objects.visible_to(request.membership).by_name().prefetch_related("endpoints", "members__user")
    found = found.annotate(
        clients=Count("organizations", distinct=True), open_incidents=Count("incidents", filter=is_open, distinct=True)
    )
    context = {
        "rows": [rule_row(one) for one in found],
        "wants_alerts": preferences.wants_alerts(request.user.pk),
    }
    return render(request, "backups/alert_rule_list.html", context)


@partner_page(Can.MANAGE_ALERTS)
def alert_rule_create(request: PartnerRequest) -> HttpResponse:
    """Create a rule."""
    return _answer(request, None)


@partner_page(Can.MANAGE_ALERTS)
def alert_rule_edit(request: PartnerRequest, alert_rule_uuid: UUID) -> HttpResponse:
    """Change a rule."""
    return _answer(request, _rule(request, alert_rule_uuid))


@partner_page(Can.MANAGE_ALERTS)
def alert_rule_delete(request: PartnerRequest, alert_rule_uuid: UUID) -> HttpResponse:
    """Ask whether to delete a rule, and delete it."""
    rule = _rule(request, alert_rule_uuid)
    if request.method == "POST":
        delete_alert_rule(rule=rule, actor=request.user, now=timezone.now())
        messages.success(request, f"The alert rule {rule.name} is deleted.")
        return redirect("backups:alert_rule_list")
    context = {"rule": rule, "open_incidents": rule.incidents.open().count()}
    return render(request, "backups/alert_rule_delete.html", context)


def _rule(request: PartnerRequest, alert_rule_uuid: UUID) -> AlertRule:
    return get_object_or_404(AlertRule.objects.visible_to(request.membership), uuid=alert_rule_uuid)


def _answer(request: PartnerRequest, rule: AlertRule | None) -> HttpResponse:
    """Show the form, change it in place (a client added or removed), or save it."""
    if request.method != "POST":
        return _show(request, rule, _form(request, rule))
    if "remove_client" in request.POST:
        return _show(request, rule, _form(request, rule, _without(request.POST)), keeps=True)
    if "add_client" in request.POST:
        return _add_client(request, rule)
    form = _form(request, rule, request.POST)
    if form.is_valid() and _is_saved(request, rule, form):
        messages.success(request, f"The alert rule {form.cleaned_data['name']} is saved.")
        return redirect("backups:alert_rule_list")
    return _show(request, rule, form, status=422)


def _form(request: PartnerRequest, rule: AlertRule | None, data: QueryDict | None = None) -> AlertRuleForm:
    member = request.membership
    return AlertRuleForm(
        data,
        clients=Organization.objects.visible_to(member),
        members=Membership.objects.visible_to(member),
        endpoints=WebhookEndpoint.objects.visible_to(member),
        rule=rule,
    )


def _show(
    request: PartnerRequest, rule: AlertRule | None, form: AlertRuleForm, *, status: int = 200, keeps: bool = False
) -> HttpResponse:
    if keeps:
        # Nothing is judged while the list of clients is only being changed.
        form.errors.clear()
    context = {"form": form, "rule": rule, "clients": form.chosen_clients()}
    return render(request, "backups/alert_rule_edit.html", context, status=status)


def _without(data: QueryDict) -> QueryDict:
    data = data.copy()
    data.setlist("organizations", [one for one in data.getlist("organizations") if one != data["remove_client"]])
    return data


def _add_client(request: PartnerRequest, rule: AlertRule | None) -> HttpResponse:
    """Move the typed client among the chosen ones, or say what is wrong and keep it where it was typed."""
    form = _form(request, rule, request.POST)
    words = request.POST.get("new_client", "").strip()[:120]
    try:
        found = form.find_client(words)
    except ValidationError as problem:
        form.errors.clear()
        form.add_error("new_client", problem)
        return _show(request, rule, form, status=422)
    data = request.POST.copy()
    data["new_client"] = ""
    if str(found.uuid) not in data.getlist("organizations"):
        data.appendlist("organizations", str(found.uuid))
    return _show(request, rule, _form(request, rule, data), keeps=True)


def _is_saved(request: PartnerRequest, rule: AlertRule | None, form: AlertRuleForm) -> bool:
    facts = {"values": form.values(), "actor": request.user, "now": timezone.now()}
    try:
        if rule is None:
            create_alert_rule(partner=request.membership.partner, **facts)
        else:
            edit_alert_rule(rule=rule, revision=form.cleaned_data["revision"], **facts)
    except RuleNameTaken as problem:
        form.add_error("name", str(problem))
    except RuleProblem as problem:
        form.add_error(None, str(problem))
    return not form.errors
