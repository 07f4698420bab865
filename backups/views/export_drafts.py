"""Exports of objects that were chosen elsewhere: written down first, begun once the person has seen their number."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import PartnerRequest, organization_page
from accounts.confirming import was_recently_confirmed
from accounts.roles import Can
from backups.actions.exports import ExportProblem, confirm_export, draft_export
from backups.forms.exports import FormatForm, SelectionForm
from backups.forms.references import uuid_in
from backups.models import Container, Export
from backups.views.exports import containers_of
from backups.views.run_rows import bytes_words
from organizations.models import Organization
from organizations.views.figure_words import counted
from organizations.views.inside import organization_of, render_inside


@organization_page(Can.EXPORT_DATA)
@require_POST
def export_select(request: PartnerRequest, organization_uuid: UUID) -> HttpResponse:
    """Take objects that were chosen elsewhere, and go on to the page that says how much they are."""
    organization = organization_of(request, organization_uuid)
    draft = _drafted(request, organization, Export.Form.ZIP)
    if draft is None:
        return redirect("backups:export_list", organization.uuid)
    return redirect(_draft_address(organization, draft))


@organization_page(Can.EXPORT_DATA)
@require_POST
def object_download(request: PartnerRequest, organization_uuid: UUID) -> HttpResponse:
    """Begin to prepare one object as a file of its own; whoever signed in long ago is asked first."""
    organization = organization_of(request, organization_uuid)
    draft = _drafted(request, organization, Export.Form.FILE)
    if draft is None:
        return redirect("backups:export_list", organization.uuid)
    if not was_recently_confirmed(request):
        return redirect(_draft_address(organization, draft))
    try:
        confirm_export(export=draft, actor=request.user, now=timezone.now())
    except ExportProblem as problem:
        messages.error(request, str(problem))
        return redirect("backups:export_list", organization.uuid)
    return redirect("backups:export_detail", organization.uuid, draft.uuid)


def _drafted(request: PartnerRequest, organization: Organization, form: str) -> Export | None:
    """Write down which objects were sent, or say why not and return None."""
    # Whether one field holds them all or each has its own.
    sent = {"objects": " ".join(request.POST.getlist("objects")), "what": request.POST.get("what", "")}
    selection = SelectionForm(sent, containers=containers_of(request, organization))
    if not selection.is_valid():
        messages.error(request, " ".join(selection.errors.get("objects", ["Choose at least one object."])))
        return None
    wanted = selection.cleaned_data["objects"]
    count = sum(len(one.chosen) for one in wanted)
    if form == Export.Form.FILE and count != 1:
        messages.error(request, "Only one object is downloaded at a time. Export them to get them all in one archive.")
        return None
    what = selection.cleaned_data["what"] or counted(count, "object")
    try:
        return draft_export(
            organization=organization, wanted=wanted, what=what, form=form, actor=request.user, now=timezone.now()
        )
    except ExportProblem as problem:
        messages.error(request, str(problem))
        return None


def _draft_address(organization: Organization, draft: Export) -> str:
    return f"{reverse('backups:export_start', args=[organization.uuid])}?draft={draft.uuid}"


def start_draft(request: PartnerRequest, organization: Organization) -> HttpResponse:
    """Say how much a selection is, and begin its export."""
    own = Export.objects.visible_to(request.membership).filter(organization=organization, person=request.user)
    draft = get_object_or_404(own, uuid=uuid_in(request.GET["draft"]))
    if draft.state != Export.State.DRAFT:
        return redirect("backups:export_detail", organization.uuid, draft.uuid)
    form = FormatForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            confirm_export(
                export=draft, actor=request.user, now=timezone.now(), mail_format=form.cleaned_data["mail_format"]
            )
        except ExportProblem as problem:
            messages.error(request, str(problem))
        else:
            return redirect("backups:export_detail", organization.uuid, draft.uuid)
    context = {
        "form": form,
        "draft": draft,
        "amount": f"{counted(draft.objects_expected, 'object')}, {bytes_words(draft.bytes_expected)}",
        "has_mail": draft.form == Export.Form.ZIP and draft.parts.filter(container__kind=Container.Kind.MAIL).exists(),
    }
    return render_inside(request, "backups/export_start.html", organization, context, tab="Exports")
