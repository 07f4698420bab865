"""What people change about a ticket of their company besides speaking on it."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import PartnerRequest, partner_page
from accounts.roles import Can
from support.actions.tickets import close_ticket
from support.actions.watchers import TooManyWatchers, add_watcher, remove_watcher
from support.forms.tickets import WatcherForm
from support.views.tickets import colleagues_of, ticket_of, ticket_page


@partner_page(Can.WRITE_TICKETS)
@require_POST
def ticket_close(request: PartnerRequest, ticket_uuid: UUID) -> HttpResponse:
    """Close a ticket: one's own, or with the right any of the company."""
    ticket, membership = ticket_of(request, ticket_uuid), request.membership
    if not ticket.is_ended:
        if not ticket.may_be_closed_by(membership, may_close_all=membership.may(Can.CLOSE_ALL_TICKETS)):
            who = f"{ticket.requester_name}, who asked, or an Administrator of your company can."
            raise PermissionDenied(f"Your account may not {Can.CLOSE_ALL_TICKETS.value}. {who}")
        close_ticket(ticket=ticket, actor=request.user, now=timezone.now())
        messages.success(request, f"Case #{ticket.number} is closed. A comment opens it again.")
    return redirect(ticket)


@partner_page(Can.WRITE_TICKETS)
@require_POST
def watcher_add(request: PartnerRequest, ticket_uuid: UUID) -> HttpResponse:
    """Have a colleague mailed about the ticket too."""
    ticket = ticket_of(request, ticket_uuid)
    form = WatcherForm(request.POST, colleagues=colleagues_of(request, ticket))
    if not form.is_valid():
        return ticket_page(request, ticket, watcher_form=form)
    member = form.cleaned_data["member"]
    try:
        add_watcher(ticket=ticket, member=member, actor=request.user, now=timezone.now())
    except TooManyWatchers as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, f"{member.user.full_name} is mailed from now on.")
    return redirect(ticket)


@partner_page(Can.WRITE_TICKETS)
@require_POST
def watcher_remove(request: PartnerRequest, ticket_uuid: UUID, watcher_uuid: UUID) -> HttpResponse:
    """Have a colleague, or oneself, mailed no longer."""
    ticket = ticket_of(request, ticket_uuid)
    watcher = get_object_or_404(ticket.watchers.select_related("user"), user__uuid=watcher_uuid)
    remove_watcher(ticket=ticket, user=watcher.user, actor=request.user, now=timezone.now())
    messages.success(request, f"{watcher.user.full_name} is not mailed any more.")
    return redirect(ticket)
