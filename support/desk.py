"""The staff's side of one ticket as a page of Django admin: the whole thread, and what is done about it."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from organizations.views.figure_words import moment_words, since_words
from support.actions.messages import add_note, answer_ticket
from support.actions.notices import people_on
from support.actions.tickets import assign_ticket, set_priority, set_state
from support.forms.desk import AnswerForm, HandlingForm
from support.models import Attachment, Ticket
from support.views.ticket_rows import post_row
from support.views.tickets import POSTS_A_PAGE


def ticket_desk(request: HttpRequest, ticket: Ticket, *, admin_context: dict, may_change: bool) -> HttpResponse:
    """Show a ticket to staff, and do what one of the page's forms asks for. The door has looked who may see it;
    PermissionDenied is raised where somebody who may not change it sends a form.
    """
    answer = AnswerForm()
    handling = HandlingForm(initial=_handled(ticket))
    if request.method == "POST" and not may_change:
        raise PermissionDenied("Your account may read tickets, and neither answer nor change them.")
    if request.method == "POST":
        # A button is named for what it does; its value is what it says.
        match next((verb for verb in ("insert", "take", "handle") if verb in request.POST), "send"):
            case "insert":
                answer = AnswerForm(request.POST).with_canned()
            case "take":
                assign_ticket(ticket=ticket, assignee=request.user, actor=request.user, now=timezone.now())
                return redirect(request.path)
            case "handle":
                handling = HandlingForm(request.POST)
                if handling.is_valid():
                    _handle(request, ticket, handling)
                    return redirect(request.path)
            case _:
                answer = AnswerForm(request.POST, {"files": request.FILES.getlist("files")})
                if answer.is_valid():
                    _say(request, ticket, answer)
                    return redirect(request.path)
    forms = {"answer": answer, "handling": handling, "may_change": may_change}
    context = {**admin_context, **_facts(request, ticket), **forms}
    status = 422 if answer.errors or handling.errors else 200
    return TemplateResponse(request, "admin/support/ticket_desk.html", context, status=status)


def _facts(request: HttpRequest, ticket: Ticket) -> dict:
    now = timezone.now()
    pages = Paginator(ticket.messages.in_order().prefetch_related("attachments"), POSTS_A_PAGE)
    page = pages.get_page(request.GET.get("page") or pages.num_pages)
    place = ticket.partner.memberships.of_staff().filter(user_id=ticket.requester_id).first()
    return {
        "ticket": ticket,
        "title": f"Case #{ticket.number}: {ticket.subject}",
        "posts": [post_row(message, now=now, file_url=_file_url) for message in page],
        "page_obj": page,
        "people": list(people_on(ticket)),
        # The role may have changed since, and the person may have left.
        "present_role": place.get_role_display() if place else "",
        "asked": moment_words(ticket.created_at, now),
        "first_answer": since_words(ticket.created_at, ticket.first_answered_at) if ticket.first_answered_at else "",
        "waited": since_words(ticket.created_at, now),
        "resolution": since_words(ticket.created_at, ticket.ended_at) if ticket.ended_at else "",
    }


def _file_url(attachment: Attachment) -> str:
    return reverse("admin:support_ticket_file", args=[attachment.uuid])


def _handled(ticket: Ticket) -> dict:
    return {"assignee": ticket.assignee_id, "priority": ticket.priority, "state": ticket.state}


def _handle(request: HttpRequest, ticket: Ticket, form: HandlingForm) -> None:
    values, changed, now = form.cleaned_data, form.changed_data, timezone.now()
    if "assignee" in changed:
        assign_ticket(ticket=ticket, assignee=values["assignee"], actor=request.user, now=now)
    if "priority" in changed:
        set_priority(ticket=ticket, priority=values["priority"], actor=request.user, now=now)
    if "state" in changed:
        set_state(ticket=ticket, state=values["state"], actor=request.user, now=now)
    messages.success(request, f"Case #{ticket.number} is changed.")


def _say(request: HttpRequest, ticket: Ticket, form: AnswerForm) -> None:
    values = form.cleaned_data
    said = {
        "ticket": ticket,
        "actor": request.user,
        "body": values["body"],
        "files": values["files"],
        "submission": values["submission"],
        "now": timezone.now(),
    }
    if values["kind"] == "NOTE":
        add_note(**said)
        messages.success(request, "The note is kept. Only staff sees it.")
    else:
        answer_ticket(**said, state=values["state"])
        messages.success(request, "The answer is sent.")
