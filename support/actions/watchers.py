"""Adding colleagues to a ticket, who are mailed from then on."""

from datetime import datetime

from django.db import transaction

from accounts.models import Membership, User
from support.actions.notices import people_on
from support.actions.tickets import locked, note_event, record
from support.models import Ticket

WATCHERS_AT_MOST = 20


class TooManyWatchers(Exception):
    """As many people as may be are mailed already."""


@transaction.atomic
def add_watcher(*, ticket: Ticket, member: Membership, actor: User, now: datetime) -> None:
    """Have a colleague mailed about the ticket. Whoever is on it already stays on it. Raises `TooManyWatchers`."""
    ticket = locked(ticket)
    watching = _who_watch(ticket)
    if member.user_id == ticket.requester_id or member.user_id in watching:
        return
    if len(watching) >= WATCHERS_AT_MOST:
        raise TooManyWatchers(f"{WATCHERS_AT_MOST} colleagues are on this ticket. Remove one before you add another.")
    ticket.watchers.create(user=member.user, added_at=now)
    is_self = member.user_id == actor.pk
    note_event(ticket, f"{actor.full_name} {'joined' if is_self else f'added {member.user.full_name}'}.", now)
    record("ticket.watcher_added", ticket, actor, now, {"person": member.user.full_name})


def join(ticket: Ticket, user: User, now: datetime) -> None:
    """Put somebody who speaks on the locked ticket on it, unless as many as may be are on it already."""
    watching = _who_watch(ticket)
    if user.pk != ticket.requester_id and user.pk not in watching and len(watching) < WATCHERS_AT_MOST:
        ticket.watchers.create(user=user, added_at=now)


@transaction.atomic
def remove_watcher(*, ticket: Ticket, user: User, actor: User, now: datetime) -> None:
    """Have somebody mailed no longer. Whoever is not on the ticket stays off it."""
    ticket = locked(ticket)
    gone, _ = ticket.watchers.filter(user=user).delete()
    if gone:
        is_self = user.pk == actor.pk
        note_event(ticket, f"{actor.full_name} {'left' if is_self else f'took {user.full_name} off'}.", now)
        record("ticket.watcher_removed", ticket, actor, now, {"person": user.full_name})


def _who_watch(ticket: Ticket) -> set[int]:
    """Return the ids of those who watch the locked ticket, and drop the rows of those who left since."""
    ticket.watchers.exclude(user__in=people_on(ticket).values("user")).delete()
    return set(ticket.watchers.values_list("user", flat=True))
