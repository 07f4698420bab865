"""What people say on a ticket: comments of the partner's people, answers and internal notes of the platform's staff."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID, uuid5

from django.db import transaction

from accounts import audit
from accounts.models import Membership, User
from support.actions import notices
from support.actions.tickets import locked, note_event, record
from support.actions.watchers import join
from support.files import NewFile, keep, kept_only_together
from support.models import Message, Ticket
from support.models.ticket import State


def add_comment(
    *,
    ticket: Ticket,
    membership: Membership,
    body: str,
    files: list[NewFile],
    submission: UUID,
    now: datetime,
    is_by_mail: bool = False,
    stored: list[str] | None = None,
) -> Message:
    """Add what one of the partner's people says. It opens a ticket again that had ended, and support is told. Whoever
    speaks is on the ticket from then on.

    The same form of the same person sent again with the same text returns the message it made. A caller whose
    transaction is longer gives the list of its `kept_only_together` as ``stored``.
    """
    message = Message(
        kind=Message.Kind.COMMENT, author_role=membership.role, body=body, submission=submission, is_by_mail=is_by_mail
    )

    def consequences(ticket: Ticket) -> None:
        if ticket.is_ended:
            note_event(ticket, f"{membership.user.full_name} opened this again.", now)
        if ticket.state != State.OPEN:
            ticket.enter(State.WAITING_FOR_SUPPORT, at=now)
        join(ticket, membership.user, now)
        record("ticket.commented", ticket, membership.user, now, {"how": " by mail" if is_by_mail else ""})

    return _say(ticket, message, membership.user, files, now, consequences, stored)


def answer_ticket(
    *, ticket: Ticket, actor: User, body: str, files: list[NewFile], state: str, submission: UUID, now: datetime
) -> Message:
    """Answer as staff and say how the ticket stands afterwards; everybody on it is mailed.

    The same form of the same person sent again with the same text returns the message it made.
    """
    message = Message(kind=Message.Kind.ANSWER, body=body, submission=submission)

    def consequences(ticket: Ticket) -> None:
        ticket.first_answered_at = ticket.first_answered_at or now
        ticket.assignee = ticket.assignee or actor
        if ticket.state != state:
            ticket.enter(state, at=now)
            if ticket.is_ended:
                note_event(ticket, f"{actor.full_name} set this to “{ticket.get_state_display()}”.", now)
        record("ticket.answered", ticket, actor, now, {"state": ticket.get_state_display()})

    return _say(ticket, message, actor, files, now, consequences)


def add_note(
    *, ticket: Ticket, actor: User, body: str, files: list[NewFile], submission: UUID, now: datetime
) -> Message:
    """Write a note that only the platform's staff ever sees; nobody is mailed."""
    message = Message(kind=Message.Kind.NOTE, body=body, submission=submission)

    def consequences(ticket: Ticket) -> None:
        # In the platform's own log: the partner reads the other one.
        audit.record("ticket.noted", partner_id=None, actor=actor, target=ticket, at=now)

    return _say(ticket, message, actor, files, now, consequences)


def _say(
    ticket: Ticket,
    message: Message,
    author: User,
    files: list[NewFile],
    now: datetime,
    consequences: Callable[[Ticket], None],
    stored: list[str] | None = None,
) -> Message:
    with kept_only_together(stored) as stored, transaction.atomic():
        ticket = locked(ticket)
        made = Message.objects.filter(author=author, submission=message.submission).first()
        if made and (made.ticket_id, made.kind, made.body) != (ticket.pk, message.kind, message.body):
            # The form of another text, sent again with this one: what somebody wrote is kept, and once.
            message.submission = uuid5(message.submission, f"{ticket.pk} {message.kind} {message.body}")
            made = Message.objects.filter(author=author, submission=message.submission).first()
        if made:
            return made
        message.ticket, message.author, message.author_name = ticket, author, author.full_name
        message.created_at = now
        message.save(force_insert=True)
        keep(files, message, stored)
        consequences(ticket)
        if message.kind != Message.Kind.NOTE:
            ticket.last_word_at = now
            ticket.save(update_fields=["state", "ended_at", "first_answered_at", "assignee", "last_word_at"])
            notices.tell_said(ticket, message)
    return message
