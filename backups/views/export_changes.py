"""Asking for an export, and calling one off."""

from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from accounts.access import PartnerRequest, organization_page
from accounts.confirming import recently_confirmed
from accounts.roles import Can
from backups.actions.exports import ExportProblem, cancel_export, start_export
from backups.forms.exports import ExportForm
from backups.forms.references import uuid_in
from backups.models import Container, Snapshot
from backups.views.export_drafts import start_draft
from backups.views.exports import containers_of, exports_of
from backups.views.run_rows import bytes_words
from organizations.models import Item, Organization
from organizations.views.figure_words import counted
from organizations.views.inside import organization_of, render_inside

# Accounts that one search for them shows, and points in time that one account offers.
_FOUND, _POINTS = 20, 100


@organization_page(Can.EXPORT_DATA)
@recently_confirmed
def export_start(request: PartnerRequest, organization_uuid: UUID) -> HttpResponse:
    """Choose what to export: of the accounts named by ``item``, or the selection named by ``draft``."""
    organization = organization_of(request, organization_uuid)
    if "draft" in request.GET:
        return start_draft(request, organization)
    items = list(_items_in(request, organization))
    if not items:
        return _choose_account(request, organization)
    containers = list(containers_of(request, organization).filter(item__in=items).select_related("item"))
    points = Snapshot.objects.none()
    if len(items) == 1:
        mine = Snapshot.objects.visible_to(request.membership).filter(item=items[0]).order_by("-taken_at", "-id")
        points = Snapshot.objects.filter(pk__in=list(mine.values_list("pk", flat=True)[:_POINTS])).order_by("-taken_at")
    form = ExportForm(request.POST or None, containers=containers, snapshots=points)
    if request.method == "POST" and form.is_valid():
        snapshot = form.cleaned_data["snapshot"]
        try:
            export = start_export(
                organization=organization,
                wanted=form.wanted(),
                what=_words(form.chosen(), items),
                as_of=snapshot.taken_at if snapshot else None,
                mail_format=form.cleaned_data["mail_format"],
                actor=request.user,
                now=timezone.now(),
            )
        except ExportProblem as problem:
            messages.error(request, str(problem))
        else:
            return redirect("backups:export_detail", organization.uuid, export.uuid)
    context = {
        "form": form,
        "items": items,
        "kinds": _kinds(form, containers),
        "has_mail": any(one.kind == Container.Kind.MAIL for one in containers),
    }
    status = 422 if form.is_bound and not form.is_valid() else 200
    return render_inside(request, "backups/export_start.html", organization, context, tab="Exports", status=status)


@organization_page(Can.EXPORT_DATA)
def export_cancel(request: PartnerRequest, organization_uuid: UUID, export_uuid: UUID) -> HttpResponse:
    """Ask once more before an export is called off; nothing of it can be fetched then."""
    organization = organization_of(request, organization_uuid)
    export = get_object_or_404(exports_of(request, organization), uuid=export_uuid)
    if request.method == "POST":
        try:
            cancel_export(export=export, actor=request.user, now=timezone.now())
        except ExportProblem as problem:
            messages.info(request, str(problem))
        return redirect("backups:export_detail", organization.uuid, export.uuid)
    context = {"export": export, "organization": organization}
    if request.htmx:
        return render(request, "backups/_export_cancel.html", context)
    return render_inside(request, "backups/export_cancel.html", organization, context, tab="Exports")


def _choose_account(request: PartnerRequest, organization: Organization) -> HttpResponse:
    words = request.GET.get("q", "")[:100]
    kept = containers_of(request, organization).filter(objects_kept__gt=0)
    items = Item.objects.visible_to(request.membership).filter(organization=organization, containers__in=kept)
    found = items.matching(words).distinct().order_by("list_name", "pk")[: _FOUND + 1]
    context = {"words": words, "found": list(found)[:_FOUND], "is_more": len(found) > _FOUND}
    return render_inside(request, "backups/export_choose.html", organization, context, tab="Exports")


def _items_in(request: PartnerRequest, organization: Organization) -> QuerySet[Item]:
    wanted = [uuid for text in request.GET.getlist("item")[:_FOUND] if (uuid := uuid_in(text))]
    mine = Item.objects.visible_to(request.membership).filter(organization=organization, uuid__in=wanted)
    return mine.order_by("list_name", "pk")


def _kinds(form: ExportForm, containers: list[Container]) -> list[tuple]:
    """Return (choice of the form, how much it is) of each kind there is."""
    found = []
    for choice in form["kinds"]:
        some = [one for one in containers if one.kind == choice.data["value"]]
        amount = f"{counted(sum(one.objects_kept for one in some), 'object')}, "
        found.append((choice, amount + bytes_words(sum(one.bytes_kept for one in some))))
    return found


def _words(chosen: list[Container], items: list[Item]) -> str:
    kinds = ", ".join(dict.fromkeys(one.get_kind_display() for one in chosen))
    return f"{kinds} of {items[0]}" if len(items) == 1 else f"{kinds} of {counted(len(items), 'account')}"
