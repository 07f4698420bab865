"""Choosing what to restore, from when, to whom and where; counted against what is live before anybody starts."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import PartnerRequest, organization_page
from accounts.confirming import recently_confirmed, was_recently_confirmed
from accounts.htmx import wants_part
from accounts.roles import Can
from backups.actions.restore_plans import drop_plan
from backups.actions.restore_refusals import RestoreProblem
from backups.actions.restores import Chosen, plan_restore, start_restore
from backups.engine.restore_rights import consent_problem
from backups.forms.references import uuid_in
from backups.forms.restores import OTHER, RestoreForm, chosen_objects, references_in
from backups.models import Container, Restore, Snapshot
from backups.views.restore_figures import forecast_of
from backups.views.restores import restore_of, where_it_is
from organizations.models import Item, Organization
from organizations.views.figure_words import counted, moment_words
from organizations.views.inside import organization_of, render_inside

_NOUNS = {"MAIL": "message", "CALENDAR": "event", "CONTACTS": "contact", "ONEDRIVE": "file", "SHAREPOINT": "object",
          "TEAMS": "object"}  # fmt: skip


@organization_page(Can.RESTORE_DATA)
def restore_plan(request: PartnerRequest, organization_uuid: UUID) -> HttpResponse:
    """Show the dialog, or count what it says; a page of its own without scripts."""
    organization = organization_of(request, organization_uuid)
    given = request.POST if request.method == "POST" else request.GET
    groups = _groups(request, organization, given)
    if not groups:
        return _shown(request, organization, {"nothing": True})
    if len(groups) > 1:
        return _shown(request, organization, {"groups": _group_rows(groups)})
    source, fixed = next(iter(groups.items()))
    is_sent = request.method == "POST" and "conflict" in request.POST
    form = _form(request, organization, source, fixed, request.POST if is_sent else None)
    if not is_sent:
        return _shown(request, organization, _context(form, given))
    return _count(request, organization, form, given)


@organization_page(Can.RESTORE_DATA)
def restore_forecast(request: PartnerRequest, organization_uuid: UUID, restore_uuid: UUID) -> HttpResponse:
    """Show how far the counting of a plan is, and what came of it."""
    organization = organization_of(request, organization_uuid)
    restore = restore_of(request, organization, restore_uuid)
    if not request.htmx:
        return redirect("backups:restore_detail", organization.uuid, restore.uuid)
    return render(request, "backups/_restore_forecast.html", _forecast(request, organization, restore))


@organization_page(Can.RESTORE_DATA)
@require_POST
def restore_start(request: PartnerRequest, organization_uuid: UUID, restore_uuid: UUID) -> HttpResponse:
    """Begin a restore that was counted; whoever signed in long ago is asked first where it could do harm."""
    organization = organization_of(request, organization_uuid)
    restore = restore_of(request, organization, restore_uuid)
    if restore.asks_who_it_is and not was_recently_confirmed(request):
        answer = redirect("backups:restore_confirm", organization.uuid, restore.uuid)
    else:
        try:
            start_restore(restore=restore, actor=request.user, now=timezone.now())
        except RestoreProblem as problem:
            messages.error(request, str(problem))
        answer = redirect(where_it_is(restore))
    if request.htmx:
        answer = HttpResponse(headers={"HX-Redirect": answer.url})
    return answer


@organization_page(Can.RESTORE_DATA)
@recently_confirmed
def restore_confirm(request: PartnerRequest, organization_uuid: UUID, restore_uuid: UUID) -> HttpResponse:
    """Lead whoever confirmed that it is them back to the plan, which was kept."""
    organization = organization_of(request, organization_uuid)
    restore = restore_of(request, organization, restore_uuid)
    messages.info(request, "Thank you. Nothing was begun yet: look at the plan once more and start it.")
    return redirect("backups:restore_detail", organization.uuid, restore.uuid)


def _count(request: PartnerRequest, organization: Organization, form: RestoreForm, given) -> HttpResponse:
    if not form.is_valid():
        context = _context(form, given)
        if wants_part(request):
            return render(request, "backups/_restore_forecast.html", {"organization": organization, "form": form})
        return _shown(request, organization, context, status=422)
    try:
        restore = plan_restore(
            source=form.source,
            chosen=form.chosen,
            actor=request.user,
            now=timezone.now(),
            target=form.target,
            snapshot=form.cleaned_data["point"],
            wishes=form.wishes,
        )
    except RestoreProblem as problem:
        context = {"organization": organization, "problem": str(problem)}
        if wants_part(request):
            return render(request, "backups/_restore_forecast.html", context)
        return _shown(request, organization, _context(form, given) | context, status=422)
    finally:
        # Not earlier: between the two no rule may let go what both are to read.
        _drop_the_one_before(request, organization)
    if wants_part(request):
        return render(request, "backups/_restore_forecast.html", _forecast(request, organization, restore))
    return redirect("backups:restore_detail", organization.uuid, restore.uuid)


def _drop_the_one_before(request: PartnerRequest, organization: Organization) -> None:
    before = request.POST.get("before", "")
    try:
        mine = Restore.objects.visible_to(request.membership).filter(organization=organization, uuid=UUID(before))
    except ValueError:
        return
    if (restore := mine.filter(person=request.user).first()) is not None:
        drop_plan(restore, now=timezone.now())


def _groups(request: PartnerRequest, organization: Organization, given) -> dict[Item, list[Chosen]]:
    """Return what is chosen by whose it is; an empty list of choices stands for kinds that the form asks for."""
    containers = _containers(request, organization)
    if references := references_in(given):
        return chosen_objects(references, containers)
    if given.get("container"):
        container = get_object_or_404(containers, uuid=uuid_in(given["container"]))
        folder, feed = given.get("folder", ""), given.get("feed", "")
        chosen = Chosen(container, folders=(folder,)) if folder else Chosen(container, feeds=(feed,) if feed else ())
        return {container.item: [chosen]}
    if given.get("item"):
        items = Item.objects.visible_to(request.membership).filter(organization=organization)
        item = get_object_or_404(items.select_related("connection"), uuid=uuid_in(given["item"]))
        return {item: []} if containers.filter(item=item).exists() else {}
    return {}


def _containers(request: PartnerRequest, organization: Organization):
    mine = Container.objects.visible_to(request.membership).filter(organization=organization)
    return mine.select_related("item__connection")


def _form(request, organization: Organization, source: Item, fixed: list[Chosen], data) -> RestoreForm:
    return RestoreForm(
        data,
        source=source,
        fixed=fixed,
        containers=_containers(request, organization).filter(item=source).in_order(),
        items=Item.objects.visible_to(request.membership).filter(organization=organization, presence="PRESENT"),
        snapshots=Snapshot.objects.visible_to(request.membership).filter(item=source),
    )


def _context(form: RestoreForm, given) -> dict[str, Any]:
    now, source = timezone.now(), form.source
    local = timezone.localtime(now)
    kinds = [one.container.kind for one in form.fixed] or [one.kind for one in form.containers]
    has_objects = any(one.objects for one in form.fixed)
    is_gone = source.presence != Item.Presence.PRESENT
    return {
        "form": form,
        "source": source,
        "is_gone": is_gone,
        "to": form.data.get("to") or (OTHER if is_gone else "same"),
        "fixed_words": _fixed_words(form.fixed),
        "references": given.getlist("objects"),
        "asked": [(name, given[name]) for name in ("item", "container", "feed", "folder") if given.get(name)],
        "kinds": [
            (str(one.uuid), one.get_kind_display(), counted(one.objects_kept, _NOUNS[one.kind]),
             not form.is_bound or str(one.uuid) in form.data.getlist("kinds"))
            for one in form.containers if one.objects_kept
        ],
        "points": [] if has_objects else [
            (str(one.uuid), moment_words(one.taken_at, now), counted(one.failures, "failure") if one.failures else "")
            for one in form.points
        ],
        "point": form.data.get("point") or given.get("point", ""),
        "folder": form.data.get("folder") or f"Restored {local.day} {local:%b %Y}",
        "has_files": bool({"ONEDRIVE", "SHAREPOINT"} & set(kinds)),
        "has_teams": "TEAMS" in kinds,
        "problem": consent_problem(source.connection, []),
    }  # fmt: skip


def _fixed_words(fixed: list[Chosen]) -> str:
    objects = sum(len(one.objects) for one in fixed)
    if objects:
        return counted(objects, "chosen object")
    if not fixed:
        return ""
    kind = fixed[0].container.get_kind_display()
    return f"One folder of {kind} with everything below it" if fixed[0].feeds or fixed[0].folders else kind


def _group_rows(groups: dict[Item, list[Chosen]]) -> list[dict[str, Any]]:
    return [
        {
            "name": str(item),
            "words": counted(sum(len(one.objects) for one in chosen), "object"),
            "objects": [f"{one.container.uuid}:{uuid}:{commit}" for one in chosen for uuid, commit in one.objects],
        }
        for item, chosen in groups.items()
    ]


def _forecast(request: PartnerRequest, organization: Organization, restore: Restore) -> dict[str, Any]:
    forecast = forecast_of(restore, request.user, now=timezone.now())
    return {"organization": organization, "restore": restore, "forecast": forecast}


def _shown(request: PartnerRequest, organization: Organization, context: dict, status: int = 200) -> HttpResponse:
    context = {"organization": organization} | context
    if wants_part(request):
        return render(request, "backups/_restore_plan.html", context, status=status)
    return render_inside(request, "backups/restore_plan.html", organization, context, tab="Restores", status=status)
