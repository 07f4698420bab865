"""Who is mailed about a ticket, and what."""

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse

from accounts.models import Membership, User
from notifications import support_emails
from support.models import Message, Ticket
from support.models.message import LONGEST_TEXT
from support.reply_addresses import reply_address


def people_on(ticket: Ticket) -> QuerySet[Membership]:
    """Return who is mailed about a ticket: whoever asked and those who watch, as long as they work there. Who left and
    was invited again watches nothing of before.
    """
    places = Membership.objects.filter(partner_id=ticket.partner_id).of_staff().usable().select_related("user")
    since_joined = ticket.watchers.filter(user=OuterRef("user_id"), added_at__gte=OuterRef("joined_at"))
    return places.filter(Q(user_id=ticket.requester_id) | Exists(since_joined))


def support_staff() -> QuerySet[User]:
    """Return who of the platform's staff may answer tickets today."""
    return ModelBackend().with_perm("support.change_ticket").filter(is_staff=True)


def tell_created(ticket: Ticket, message: Message) -> None:
    """Confirm a new ticket, and tell the platform's staff."""
    for member in people_on(ticket):
        support_emails.ticket_created(
            **_case(ticket, member, key=f"ticket-message:{message.pk}:{member.user_id}"),
            topic=ticket.get_topic_display(),
            priority=ticket.get_priority_display(),
            author=message.author_name,
            **_words(message),
        )
    _tell_staff(ticket, message, is_new=True)


def tell_said(ticket: Ticket, message: Message) -> None:
    """Bring a comment or an answer to everybody on the ticket but its author; a comment goes to the staff too."""
    for member in people_on(ticket).exclude(user_id=message.author_id):
        support_emails.ticket_commented(
            **_case(ticket, member, key=f"ticket-message:{message.pk}:{member.user_id}"),
            author=message.author_name,
            role=message.role,
            state=ticket.get_state_display(),
            **_words(message),
        )
    if message.kind == Message.Kind.COMMENT:
        _tell_staff(ticket, message, is_new=False)


def tell_state(ticket: Ticket, event: Message, *, actor: User) -> None:
    """Tell everybody on the ticket but whoever did it that the state changed without a word, and the staff where it was
    one of the partner's people.
    """
    for member in people_on(ticket).exclude(user_id=actor.pk):
        support_emails.ticket_state_changed(
            **_case(ticket, member, key=f"ticket-message:{event.pk}:{member.user_id}"),
            author=actor.full_name,
            state=ticket.get_state_display(),
            is_ended=ticket.is_ended,
        )
    if not actor.is_staff:
        _tell_staff_of_state(ticket, event, actor)


def _tell_staff(ticket: Ticket, message: Message, *, is_new: bool) -> None:
    _mail_staff(ticket, message, author=message.author_name, role=message.role, is_new=is_new, **_words(message))


def _tell_staff_of_state(ticket: Ticket, event: Message, actor: User) -> None:
    place = ticket.partner.memberships.of_staff().filter(user=actor).first()
    role, state = place.get_role_display() if place else "", ticket.get_state_display()
    _mail_staff(ticket, event, author=actor.full_name, role=role, is_new=False, state=state, said="", files=[])


def _mail_staff(ticket: Ticket, message: Message, **words) -> None:
    """Mail whoever handles the ticket, or, where nobody of today's staff does, the addresses of all staff."""
    assignee = support_staff().filter(pk=ticket.assignee_id).first()
    for address in [assignee.email] if assignee else settings.PLATFORM_STAFF_EMAILS:
        support_emails.ticket_needs_support(
            to=address,
            number=ticket.number,
            case_id=str(ticket.uuid),
            subject=ticket.subject,
            partner=ticket.partner.name,
            organization=ticket.organization.name if ticket.organization else "",
            priority=ticket.get_priority_display(),
            desk_url=settings.BASE_URL + reverse("admin:support_ticket_change", args=[ticket.pk]),
            key=f"ticket-message:{message.pk}:{address}",
            **words,
        )


def _case(ticket: Ticket, member: Membership, *, key: str) -> dict:
    return {
        "to": member.user.email,
        "name": member.user.full_name,
        "number": ticket.number,
        "case_id": str(ticket.uuid),
        "subject": ticket.subject,
        "ticket_url": settings.BASE_URL + ticket.get_absolute_url(),
        "reply_to": reply_address(ticket_id=ticket.pk, user_id=member.user_id),
        "time_zone": member.user.time_zone or ticket.partner.time_zone,
        "key": key,
    }


def _words(message: Message) -> dict:
    return {
        "said": message.body[:LONGEST_TEXT],
        "files": list(message.attachments.order_by("id").values_list("name", flat=True)),
    }
