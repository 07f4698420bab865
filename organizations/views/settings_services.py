"""Settings, Services: what is backed up, who is left out, what happens to newcomers."""

from uuid import UUID

from django.db.models import Q
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import PartnerRequest, check, organization_page
from accounts.roles import Can
from organizations.actions.filter_forecasts import forecast
from organizations.actions.group_members import Unread, request_members, unread_members
from organizations.actions.policies import PolicyChangedMeanwhile, edit_policy
from organizations.forms.policies import PolicyForm
from organizations.models import Group, Organization, Policy
from organizations.models.organization import READABLE
from organizations.models.user_filter import UserFilter
from organizations.views.inside import organization_of
from organizations.views.policy_page import consequences, page_context, preview_context
from organizations.views.settings_forms import Conflict, answer_form, answer_saved

_SAVED = "The services are saved."
_RESULTS = 10


@organization_page(Can.SEE_ORGANIZATION)
def settings_services(request: PartnerRequest, organization_uuid: UUID) -> HttpResponse:
    """Show what is backed up of a client, and let it be changed. Finding, adding and removing a group only changes
    the form; nothing happens until Save.
    """
    organization = organization_of(request, organization_uuid)
    if request.method != "POST":
        return _answer(request, organization, _form(request, organization))
    check(request.membership, Can.MANAGE_BACKUP_SETTINGS)
    form = _form(request, organization, _with_groups(request.POST))
    if {"find", "add_group", "remove_group"} & set(request.POST):
        return _answer(request, organization, form, found=_found_groups(request, form))
    if not form.is_valid():
        return _answer(request, organization, form, status=422)
    if stops := _unconfirmed(organization, form):
        return _answer(request, organization, form, stops=stops)
    return _save(request, organization, form)


@organization_page(Can.MANAGE_BACKUP_SETTINGS)
@require_POST
def policy_preview(request: PartnerRequest, organization_uuid: UUID) -> HttpResponse:
    """Count who would be left out by the filter as it stands in the form."""
    organization = organization_of(request, organization_uuid)
    form = _form(request, organization, request.POST)
    context = preview_context(organization, form, _unread(request, form)) | {"organization": organization}
    status = 200 if context["forecast"] else 422
    return render(request, "organizations/_policy_preview.html", context | {"may_save": True}, status=status)


@organization_page(Can.MANAGE_BACKUP_SETTINGS)
@require_POST
def policy_groups(request: PartnerRequest, organization_uuid: UUID) -> HttpResponse:
    """Find groups of the client's directory by name, a few at a time."""
    organization = organization_of(request, organization_uuid)
    form = _form(request, organization, request.POST)
    return render(request, "organizations/_group_results.html", {"found": _found_groups(request, form)})


def _form(request: PartnerRequest, organization: Organization, data: QueryDict | None = None) -> PolicyForm:
    policies = Policy.objects.visible_to(request.membership)
    policy = get_object_or_404(policies, organization=organization)
    saved = list(policy.skip_groups.select_related("connection").order_by("name", "pk"))
    groups = None
    if organization.is_readable:
        mine = Group.objects.visible_to(request.membership).filter(organization=organization)
        there = Q(connection__state__in=READABLE, is_gone=False)
        groups = mine.filter(there | Q(pk__in=[group.pk for group in saved])).select_related("connection")
    return PolicyForm(data, policy=policy, saved_groups=saved, groups=groups)


def _with_groups(data: QueryDict) -> QueryDict:
    """Return what was sent, with the pressed button's group added or removed."""
    data = data.copy()
    chosen = [one for one in data.getlist("skip_groups") if one != data.get("remove_group")]
    if data.get("add_group"):
        chosen.append(data["add_group"])
    data.setlist("skip_groups", list(dict.fromkeys(chosen)))
    return data


def _found_groups(request: PartnerRequest, form: PolicyForm) -> dict:
    # It is no field of the form, so that nobody else takes out what the database cannot compare.
    words = request.POST.get("group_words", "").replace("\x00", "").strip()[:100]
    if not words or form.groups is None:
        return {"words": "", "groups": [], "more": False}
    found = form.groups.filter(is_gone=False).exclude(pk__in=[group.pk for group in form.chosen_groups()])
    for word in words.split():
        found = found.filter(name__icontains=word)
    groups = list(found.order_by("name", "pk")[: _RESULTS + 1])
    return {"words": words, "groups": groups[:_RESULTS], "more": len(groups) > _RESULTS}


def _unread(request: PartnerRequest, form: PolicyForm) -> Unread:
    look = request_members if request.method == "POST" else unread_members
    return look(form.chosen_groups(), now=timezone.now())


def _unconfirmed(organization: Organization, form: PolicyForm) -> tuple[str, str] | None:
    """Return what saving would stop, unless the person has read exactly that and pressed Save again."""
    if form.cleaned_data["revision"] != form.policy.revision:
        return None
    new = form.user_filter()
    expected = forecast(organization, new) if new and new != UserFilter.of(form.policy) else None
    words, token = consequences(form.policy, form.values(), expected)
    return (words, token) if token and token != form.cleaned_data["confirmed"] else None


def _save(request: PartnerRequest, organization: Organization, form: PolicyForm) -> HttpResponse:
    try:
        edit_policy(
            organization=organization,
            values=form.values(),
            revision=form.cleaned_data["revision"],
            actor=request.user,
            now=timezone.now(),
        )
    except PolicyChangedMeanwhile as problem:
        conflict = Conflict.of(problem.entry)
        form = _form(request, organization, _with_groups(request.POST))
        return _answer(request, organization, form, conflict=conflict, status=422)
    if not request.htmx:
        return answer_saved(request, organization, "organizations:settings_services", _SAVED)
    organization = organization_of(request, organization.uuid)
    return _answer(request, organization, _form(request, organization), said=_SAVED)


def _answer(
    request: PartnerRequest,
    organization: Organization,
    form: PolicyForm,
    *,
    said: str = "",
    status: int = 200,
    conflict: Conflict | None = None,
    **extra: object,
) -> HttpResponse:
    context = page_context(request, organization, form, _unread(request, form)) | extra
    # Whoever has read what somebody else saved may save over it; until then the page keeps the number it began with.
    is_new = conflict is not None or not form.is_bound
    context |= {"conflict": conflict, "revision": form.policy.revision if is_new else form["revision"].value()}
    return answer_form(
        request,
        organization,
        context,
        section="Services",
        page="organizations/settings_services.html",
        fragment="organizations/_policy_form.html",
        said=said,
        status=status,
    )
