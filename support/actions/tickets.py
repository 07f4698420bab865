"""Opening tickets, and what is changed about them: state, priority, who handles them. What is said is in `messages`."""

from datetime import datetime
from uuid import UUID, uuid5

from django.db import IntegrityError, transaction

from accounts import audit
from accounts.models import Membership, User
from organizations.models import Organization
from support.actions import notices
from support.files import NewFile, keep, kept_only_together
from support.models import Message, Ticket
from support.models.ticket import Priority, State


def create_ticket(
    *,
    membership: Membership,
    subject: str,
    topic: str,
    priority: str,
    organization: Organization | None,
    body: str,
    files: list[NewFile],
    submission: UUID,
    now: datetime,
) -> Ticket:
    """Open a ticket and tell support. The same form of the same person sent again with the same text returns the ticket
    it made.
    """
    ticket = Ticket(
        partner_id=membership.partner_id,
        organization=organization,
        subject=subject,
        topic=topic,
        priority=priority,
        requester=membership.user,
        requester_name=membership.user.full_name,
        requester_role=membership.role,
        created_at=now,
        last_word_at=now,
        submission=submission,
    )
    with kept_only_together() as stored, transaction.atomic():
        made = _insert_once(ticket, body)
        if made:
            return made
        _open(ticket, body, files, stored, now)
    return ticket


def _insert_once(ticket: Ticket, body: str) -> Ticket | None:
    """Insert the ticket, or return the one that the same form made of the same words."""
    try:
        with transaction.atomic():
            ticket.save(force_insert=True)
    except IntegrityError:
        # The database decides, not an earlier question, so two clicks cannot both win.
        made = Ticket.objects.filter(requester=ticket.requester, submission=ticket.submission).first()
        if made is None:
            raise
        if made.subject == ticket.subject and made.messages.in_order().values_list("body", flat=True)[0] == body:
            return made
        # The form of other words, sent again with these: what somebody wrote is kept, and once.
        ticket.submission = uuid5(ticket.submission, f"{ticket.subject} {body}")
        return _insert_once(ticket, body)
    return None


def _open(ticket: Ticket, body: str, files: list[NewFile], stored: list[str], now: datetime) -> None:
    message = ticket.messages.create(
        kind=Message.Kind.COMMENT,
        author=ticket.requester,
        author_name=ticket.requester_name,
        author_role=ticket.requester_role,
        body=body,
        created_at=now,
    )
    keep(files, message, stored)
    record("ticket.created", ticket, ticket.requester, now, {"files": len(files)} if files else {})
    notices.tell_created(ticket, message)


@transaction.atomic
def set_state(*, ticket: Ticket, state: str, actor: User, now: datetime) -> Ticket:
    """Change the state without a word, and mail those on the ticket. The present state changes nothing."""
    ticket = locked(ticket)
    if ticket.state == state:
        return ticket
    ticket.enter(state, at=now)
    ticket.last_word_at = now
    ticket.save(update_fields=["state", "ended_at", "last_word_at"])
    event = note_event(ticket, f"{actor.full_name} set this to “{ticket.get_state_display()}”.", now)
    record("ticket.state_changed", ticket, actor, now, {"state": ticket.get_state_display()})
    notices.tell_state(ticket, event, actor=actor)
    return ticket


def close_ticket(*, ticket: Ticket, actor: User, now: datetime) -> Ticket:
    """Close a ticket for its partner; a comment opens it again."""
    return set_state(ticket=ticket, state=State.CLOSED, actor=actor, now=now)


@transaction.atomic
def set_priority(*, ticket: Ticket, priority: str, actor: User, now: datetime) -> None:
    """Change how urgent it is. The present priority changes nothing."""
    ticket = locked(ticket)
    if ticket.priority == priority:
        return
    ticket.priority = priority
    ticket.save(update_fields=["priority"])
    note_event(ticket, f"{actor.full_name} set the priority to “{Priority(priority).label}”.", now)
    record("ticket.priority_changed", ticket, actor, now, {"priority": Priority(priority).label})


@transaction.atomic
def assign_ticket(*, ticket: Ticket, assignee: User | None, actor: User, now: datetime) -> None:
    """Say who of the staff handles it, or, with None, nobody yet."""
    ticket = locked(ticket)
    if ticket.assignee_id == (assignee.pk if assignee else None):
        return
    ticket.assignee = assignee
    ticket.save(update_fields=["assignee"])
    person = assignee.full_name if assignee else "nobody"
    note_event(ticket, f"{person} handles this now." if assignee else "Nobody in particular handles this now.", now)
    record("ticket.assigned", ticket, actor, now, {"person": person})


def locked(ticket: Ticket) -> Ticket:
    """Return the ticket as it is now, locked until the transaction ends: what happens to one ticket happens in turn."""
    rows = Ticket.objects.select_for_update(of=("self",)).select_related("partner", "organization", "assignee")
    return rows.get(pk=ticket.pk)


def note_event(ticket: Ticket, sentence: str, now: datetime) -> Message:
    """Write into the thread what happened."""
    return ticket.messages.create(kind=Message.Kind.EVENT, body=sentence, created_at=now)


def record(action: str, ticket: Ticket, actor: User, now: datetime, details: dict) -> None:
    """Note in the partner's audit log what was done to a ticket.

    Never under the client it is about: the client's own people read that log, and this is not theirs to read.
    """
    audit.record(
        action,
        partner_id=ticket.partner_id,
        actor=actor,
        target=ticket,
        at=now,
        details=details,
    )
