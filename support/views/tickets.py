"""A new ticket, and one with everything that was said on it."""

from functools import partial
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from accounts.access import PartnerRequest, check, partner_page, takes_up_to
from accounts.forms.fields import is_shared_mailbox
from accounts.models import Membership
from accounts.roles import Can
from organizations.models import Organization
from organizations.models.organization import OrganizationQuerySet
from organizations.views.figure_words import moment_words, since_words
from support.actions.messages import add_comment
from support.actions.notices import people_on
from support.actions.tickets import create_ticket
from support.forms.tickets import MessageForm, TicketForm, WatcherForm
from support.kinds import REQUEST_BYTES_AT_MOST
from support.models import Attachment, Message, Ticket
from support.views.ticket_rows import post_row, ticket_row

POSTS_A_PAGE = 100
_SUGGESTED = 200


@takes_up_to(REQUEST_BYTES_AT_MOST)
@partner_page(Can.WRITE_TICKETS)
def ticket_create(request: PartnerRequest) -> HttpResponse:
    """Ask support something."""
    clients = clients_of(request)
    posted = (request.POST, _files(request)) if request.method == "POST" else (None, None)
    form = TicketForm(*posted, clients=clients)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        ticket = create_ticket(
            membership=request.membership,
            subject=values["subject"],
            topic=values["topic"],
            priority=values["priority"],
            organization=values["client"],
            body=values["body"],
            files=values["files"],
            submission=values["submission"],
            now=timezone.now(),
        )
        messages.success(request, f"Support has your question. It is case #{ticket.number}.")
        return redirect(ticket)
    context = {
        "form": form,
        "suggested": clients.order_by("name").values_list("name", flat=True)[:_SUGGESTED],
        "may_name_clients": request.membership.may(Can.SEE_ORGANIZATION),
        "is_shared_address": is_shared_mailbox(request.user.email),
        "phone": settings.SUPPORT_PHONE,
    }
    return render(request, "support/ticket_create.html", context, status=422 if form.errors else 200)


@takes_up_to(REQUEST_BYTES_AT_MOST)
@partner_page(Can.SEE_TICKETS)
def ticket_detail(request: PartnerRequest, ticket_uuid: UUID) -> HttpResponse:
    """Show what was said on a ticket, and take a comment."""
    ticket = ticket_of(request, ticket_uuid)
    form = MessageForm()
    if request.method == "POST":
        check(request.membership, Can.WRITE_TICKETS)
        form = MessageForm(request.POST, _files(request))
        if form.is_valid():
            add_comment(
                ticket=ticket,
                membership=request.membership,
                body=form.cleaned_data["body"],
                files=form.cleaned_data["files"],
                submission=form.cleaned_data["submission"],
                now=timezone.now(),
            )
            messages.success(request, "Your comment is sent.")
            return redirect(f"{ticket.get_absolute_url()}#last")
    return ticket_page(request, ticket, form=form)


def ticket_page(
    request: PartnerRequest, ticket: Ticket, *, form: MessageForm | None = None, watcher_form: WatcherForm | None = None
) -> HttpResponse:
    """Return the page of a ticket, with forms that hold what was typed into them."""
    now, membership = timezone.now(), request.membership
    said = Message.objects.visible_to(membership).filter(ticket=ticket).in_order()
    pages = Paginator(said.prefetch_related("attachments"), POSTS_A_PAGE)
    page = pages.get_page(request.GET.get("page") or pages.num_pages)
    people = list(people_on(ticket))
    form, watcher_form = form or MessageForm(), watcher_form or WatcherForm(colleagues=colleagues_of(request, ticket))
    context = {
        "ticket": ticket,
        "row": ticket_row(ticket, now=now),
        "posted": moment_words(ticket.created_at, now),
        "posts": [post_row(message, now=now, file_url=partial(_file_url, ticket)) for message in page],
        "page_obj": page,
        "people": [
            {"member": one, "asked": one.user_id == ticket.requester_id, "is_you": one.user_id == request.user.pk}
            for one in people
        ],
        "others": len([one for one in people if one.user_id != request.user.pk]),
        "form": form,
        "watcher_form": watcher_form,
        "may_close": ticket.may_be_closed_by(membership, may_close_all=membership.may(Can.CLOSE_ALL_TICKETS)),
        "first_answer": since_words(ticket.created_at, ticket.first_answered_at) if ticket.first_answered_at else "",
        "is_shared_address": is_shared_mailbox(request.user.email),
    }
    has_errors = form.errors or watcher_form.errors
    return render(request, "support/ticket_detail.html", context, status=422 if has_errors else 200)


def ticket_of(request: PartnerRequest, ticket_uuid: UUID) -> Ticket:
    """Return one ticket of the company, or answer 404 like for one that never was."""
    found = Ticket.objects.visible_to(request.membership).select_related("partner", "organization", "assignee")
    return get_object_or_404(found, uuid=ticket_uuid)


def colleagues_of(request: PartnerRequest, ticket: Ticket) -> QuerySet[Membership]:
    """Return the people of the company who are not on the ticket yet."""
    staff = Membership.objects.visible_to(request.membership).of_staff().usable().select_related("user")
    return staff.exclude(pk__in=people_on(ticket).values("pk")).order_by("list_name", "id")


def _file_url(ticket: Ticket, attachment: Attachment) -> str:
    return reverse("support:attachment_download", args=[ticket.uuid, attachment.uuid])


def clients_of(request: PartnerRequest) -> OrganizationQuerySet:
    """Return the clients a ticket may be about: those the person may see."""
    if not request.membership.may(Can.SEE_ORGANIZATION):
        return Organization.objects.none()
    return Organization.objects.visible_to(request.membership)


def _files(request: PartnerRequest) -> dict[str, list]:
    return {"files": request.FILES.getlist("files")}
