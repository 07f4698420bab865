"""Beginning a backup by hand, and calling one off."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import PartnerRequest, organization_page
from accounts.roles import Can
from backups.actions.runs import RunProblem, cancel_run, start_run
from backups.forms.runs import RunStartForm
from backups.models import Run
from backups.views.runs import connection_of, run_of
from organizations.models import Item
from organizations.views.inside import organization_of, render_inside


@organization_page(Can.MANAGE_BACKUP_SETTINGS)
@require_POST
def run_start(request: PartnerRequest, organization_uuid: UUID) -> HttpResponse:
    """Begin a backup of everything that is protected, or of one account of it."""
    organization = organization_of(request, organization_uuid)
    items = Item.objects.visible_to(request.membership).filter(organization=organization)
    form = RunStartForm(request.POST, items=items)
    if not form.is_valid():
        messages.error(request, "This account is not one of this client. Nothing was started; open Accounts again.")
        return redirect("backups:run_list", organization.uuid)
    connection = connection_of(request, organization)
    if connection is None:
        messages.error(request, "No service is connected, so there is nothing to back up. Connect it first.")
        return redirect("backups:run_list", organization.uuid)
    try:
        run = start_run(
            connection=connection,
            item=form.cleaned_data["item"],
            trigger=Run.Trigger.PERSON,
            actor=request.user,
            now=timezone.now(),
        )
    except RunProblem as problem:
        messages.error(request, str(problem))
        return redirect("backups:run_list", organization.uuid)
    return redirect("backups:run_detail", organization.uuid, run.uuid)


@organization_page(Can.MANAGE_BACKUP_SETTINGS)
def run_cancel(request: PartnerRequest, organization_uuid: UUID, run_uuid: UUID) -> HttpResponse:
    """Ask once more before a backup is called off; what it saved so far stays."""
    organization = organization_of(request, organization_uuid)
    run = run_of(request, organization, run_uuid)
    if request.method == "POST":
        try:
            cancel_run(run=run, actor=request.user, now=timezone.now())
        except RunProblem as problem:
            messages.info(request, str(problem))
        return redirect("backups:run_detail", organization.uuid, run.uuid)
    context = {"run": run, "organization": organization}
    if request.htmx:
        return render(request, "backups/_run_cancel.html", context)
    return render_inside(request, "backups/run_cancel.html", organization, context, tab="Backups")
