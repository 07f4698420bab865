"""Settings, Notifications: the Summary Digest."""

from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import PartnerRequest, check, organization_page
from accounts.roles import Can
from organizations.actions.digest_settings import (
    NAMES,
    DigestChangedMeanwhile,
    NobodyReceivesIt,
    edit_digest,
    words_of,
)
from organizations.actions.digests_due import next_digest_at
from organizations.forms.digest_settings import DigestForm, address_of
from organizations.models import DigestSetting, Organization
from organizations.views.inside import organization_of
from organizations.views.settings_forms import Conflict, Toggle, answer_form, answer_saved

_SAVED = "The notifications are saved."


@organization_page(Can.SEE_ORGANIZATION)
def settings_notifications(request: PartnerRequest, organization_uuid: UUID) -> HttpResponse:
    """Show how a client's Summary Digest is sent, and let it be changed. Adding and removing a recipient only
    changes the form; nothing happens until Save.
    """
    organization = organization_of(request, organization_uuid)
    if request.method != "POST":
        return _answer(request, organization, _form(request, organization))
    check(request.membership, Can.MANAGE_BACKUP_SETTINGS)
    if "remove_recipient" in request.POST:
        return _answer(request, organization, _form(request, organization, _without(request.POST)))
    if "add_recipient" in request.POST:
        return _add(request, organization)
    form = _form(request, organization, request.POST)
    if not form.is_valid():
        return _answer(request, organization, form, status=422)
    return _save(request, organization, form)


def answer_test(
    request: PartnerRequest, organization: Organization, *, sent_to: str = "", refused: str = ""
) -> HttpResponse:
    """Show the page with what was typed, and how a test went that the floor above was asked for: to whom it was
    ``sent_to``, or in words why it was ``refused``.
    """
    form = _form(request, organization, request.POST)
    return _answer(request, organization, form, sent_to=sent_to, refused=refused, status=422 if refused else 200)


@organization_page(Can.MANAGE_BACKUP_SETTINGS)
@require_POST
def digest_next(request: PartnerRequest, organization_uuid: UUID) -> HttpResponse:
    """Say when the next digest would be sent with the times as they stand in the form."""
    organization = organization_of(request, organization_uuid)
    form = _form(request, organization, request.POST)
    return render(request, "organizations/_digest_next.html", _next(form))


def _form(request: PartnerRequest, organization: Organization, data: QueryDict | None = None) -> DigestForm:
    settings = DigestSetting.objects.visible_to(request.membership)
    return DigestForm(data, setting=get_object_or_404(settings, organization=organization))


def _without(data: QueryDict) -> QueryDict:
    data = data.copy()
    data.setlist("recipients", [one for one in data.getlist("recipients") if one != data["remove_recipient"]])
    return data


def _add(request: PartnerRequest, organization: Organization) -> HttpResponse:
    """Move the typed address among the recipients, or say what is wrong with it and keep it where it was typed."""
    form = _form(request, organization, request.POST)
    if "new_recipient" in form.errors:
        return _answer(request, organization, form, status=422)
    if form.cleaned_data["new_recipient"]:
        data = request.POST.copy()
        data.appendlist("recipients", address_of(form.cleaned_data["new_recipient"]))
        data["new_recipient"] = ""
        form = _form(request, organization, data)
    return _answer(request, organization, form)


def _save(request: PartnerRequest, organization: Organization, form: DigestForm) -> HttpResponse:
    try:
        edit_digest(
            organization=organization,
            values=form.values(),
            revision=form.cleaned_data["revision"],
            actor=request.user,
            now=timezone.now(),
        )
    except NobodyReceivesIt as problem:
        form.add_error("new_recipient", str(problem))
        return _answer(request, organization, form, status=422)
    except DigestChangedMeanwhile as problem:
        form = _form(request, organization, request.POST)
        return _answer(request, organization, form, conflict=Conflict.of(problem.entry), status=422)
    if not request.htmx:
        return answer_saved(request, organization, "organizations:settings_notifications", _SAVED)
    return _answer(request, organization, _form(request, organization), said=_SAVED)


def _answer(
    request: PartnerRequest,
    organization: Organization,
    form: DigestForm,
    *,
    conflict: Conflict | None = None,
    refused: str = "",
    sent_to: str = "",
    said: str = "",
    status: int = 200,
) -> HttpResponse:
    setting, toggle, differing = form.setting, _toggle(form), _differing(form)
    # Whoever has read what somebody else saved may save over it; until then the page keeps the number it began with.
    is_new = conflict is not None or not form.is_bound
    context = {
        "form": form,
        "setting": setting,
        "saved": {name: words_of(name, getattr(setting, name)) for name in NAMES},
        "revision": setting.revision if is_new else form["revision"].value(),
        "conflict": conflict,
        "refused": refused,
        "sent_to": sent_to,
        "may_save": request.membership.may(Can.MANAGE_BACKUP_SETTINGS),
        "toggle": toggle,
        "recipients": form.chosen_recipients(),
        "differing": differing,
        "unsaved": [toggle.change if name == "is_on" else NAMES[name].lower() for name in differing],
    } | _next(form)
    return answer_form(
        request,
        organization,
        context,
        section="Notifications",
        page="organizations/settings_notifications.html",
        fragment="organizations/_digest_form.html",
        said=said,
        status=status,
    )


def _toggle(form: DigestForm) -> Toggle:
    return Toggle(
        name="is_on",
        label="Send the Summary Digest",
        note="Each one that was due is listed below with how it ended and what it said.",
        icon="mail",
        effect="Nobody receives it any more."
        if form.setting.is_on
        else "The recipients below receive it at the times below.",
        is_on=form.is_digest_on(),
        was_on=form.setting.is_on,
        short=NAMES["is_on"],
    )


def _differing(form: DigestForm) -> list[str]:
    """Return the names of the settings that stand in the form otherwise than they are saved."""
    if not form.is_bound:
        return []
    setting = form.setting
    names = ["is_on"] if form.is_digest_on() != setting.is_on else []
    if sorted(form.chosen_recipients()) != sorted(setting.recipients):
        names.append("recipients")
    others = ("frequency", "weekday", "month_day", "hour", "time_zone", "content")
    return names + [name for name in others if form[name].value() != str(getattr(setting, name))]


def _next(form: DigestForm) -> dict:
    schedule = form.schedule()
    if schedule is None:
        return {"next_at": None, "zone": ""}
    next_at = next_digest_at(schedule, timezone.now())
    return {
        "next_at": next_at,
        "there": next_at.astimezone(ZoneInfo(schedule.time_zone)).replace(tzinfo=None),
        "zone": schedule.time_zone,
        "is_elsewhere": timezone.localtime(next_at).replace(tzinfo=None)
        != next_at.astimezone(ZoneInfo(schedule.time_zone)).replace(tzinfo=None),
        "is_on": form.is_digest_on(),
    }
