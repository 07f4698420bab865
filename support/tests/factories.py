"""Making the tickets, files and contacts that tests talk about."""

import io
from uuid import uuid4

from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import make_user
from notifications.models import OutgoingEmail
from support.actions.messages import answer_ticket
from support.actions.tickets import create_ticket
from support.files import checked, keep
from support.models import Attachment, Contact, Message, Ticket
from support.models.ticket import Priority, State, Topic

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 40


def make_ticket(membership, subject: str = "Graph answers 403", *, at=None, **values) -> Ticket:
    values.setdefault("topic", Topic.CLOUD_BACKUP)
    values.setdefault("priority", Priority.NORMAL)
    values.setdefault("organization", None)
    values.setdefault("body", "Every mailbox fails since Sunday.")
    values.setdefault("files", [])
    values.setdefault("submission", uuid4())
    return create_ticket(membership=membership, subject=subject, now=at or timezone.now(), **values)


def make_staff(first_name: str = "Leo", last_name: str = "Hart") -> User:
    return make_user(first_name, last_name, is_staff=True, is_superuser=True)


def answer(ticket: Ticket, staff: User, body: str = "We look into it.", *, state=State.WAITING_FOR_PARTNER, at=None):
    return answer_ticket(
        ticket=ticket, actor=staff, body=body, files=[], state=state, submission=uuid4(), now=at or timezone.now()
    )


def make_answered_ticket(membership) -> Ticket:
    """Make a ticket with a file, an answer in all the Markdown there is, and a state of its own."""
    ticket = make_ticket(membership, files=[checked("picture.png", len(PNG), io.BytesIO(PNG))])
    answer(
        ticket,
        make_staff(),
        "Thanks. *Please* look at:\n\n- `one`\n- **two**\n\n> quoted\n\n| a | b |\n|---|---|\n| 1 | 2 |",
    )
    return ticket


def make_attachment(message: Message, name: str = "picture.png", content: bytes = PNG) -> Attachment:
    keep([checked(name, len(content), io.BytesIO(content))], message, [])
    return message.attachments.latest("id")


def make_contact(function: str = Contact.Function.SUPPORT, **fields) -> Contact:
    fields.setdefault("name", "Leo Hart")
    fields.setdefault("email", "leo@portico.example")
    return Contact.objects.create(function=function, **fields)


def ticket_fields(**changes) -> dict:
    """Return what a browser sends to create a ticket."""
    values = {"subject": "Graph answers 403", "topic": "CLOUD_BACKUP", "priority": "HIGH", "client": "",
              "body": "Since Sunday.", "submission": str(uuid4())}  # fmt: skip
    return values | changes


def at_desk(ticket):
    """Return the address of a ticket for staff."""
    return reverse("admin:support_ticket_change", args=[ticket.pk])


def mailed(kind):
    """Return whom mails of a kind went to."""
    return sorted(OutgoingEmail.objects.filter(kind=kind).values_list("to", flat=True))
