"""How a deletion ends before anything is destroyed, who is told of each step, and the step that nobody asked for."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from accounts import audit
from accounts.models import User
from backups.engine.deletion_checks import contradiction, in_doubt
from backups.models import Deletion
from backups.models.deletion import WARNED_BEFORE
from notifications import deletion_emails
from organizations.actions.administrators import tell_administrators
from organizations.models import Organization

_AT_ONCE = 100
# So much earlier than it has to be, that a tick that comes late moves no end.
_AHEAD = timedelta(hours=1)
_NAMES_TOLD = 50
State = Deletion.State


def locked(deletion: Deletion) -> Deletion:
    """Return a deletion as it is now, locked until the end of the transaction, and its client with it."""
    # The client first: who takes over a whole client has it, and the log, before the deletions that wait there.
    Organization.objects.select_for_update().get(pk=deletion.organization_id)
    found = Deletion.objects.select_for_update(of=("self",))
    return found.select_related("organization__partner", "requester", "authorizer").get(pk=deletion.pk)


def end(
    row: Deletion, state: str, *, actor: User | str, because: str, now: datetime, action: str = "deletion.cancelled"
) -> None:
    """End a deletion that is locked, as declined or cancelled, and tell all Administrators."""
    row.state, row.ended_at, row.ended_by, row.ended_because = state, now, _name(actor), because[:500]
    row.save(update_fields=["state", "ended_at", "ended_by", "ended_because"])
    row.items.update(is_open=False)
    record(action, row, actor, now, reason=row.ended_because)
    tell(deletion_emails.deletion_ended, row, how=row.get_state_display().lower(), by=row.ended_by, because=because)


def end_contradicted(now: datetime) -> int:
    """Call off deletions that must not go on, and return how many: nobody decides that but the facts."""
    return sum(_end_contradicted(one, now) for one in list(in_doubt().order_by("pk")[:_AT_ONCE]))


@transaction.atomic
def _end_contradicted(deletion: Deletion, now: datetime) -> bool:
    row = locked(deletion)
    if not row.is_stoppable or not (reason := contradiction(row)):
        return False
    end(row, State.CANCELLED, actor="Schedule", because=f"{reason} Nothing was deleted; ask again.", now=now)
    return True


def warn_of_ends(now: datetime) -> int:
    """Tell all Administrators of deletions whose hold is over in three days, or within the hour before that, each once;
    return of how many.

    Where the clock stood still the hold lasts longer: nobody has less than three days to answer.
    """
    near = Deletion.objects.filter(state=State.AUTHORIZED, warned_at=None, due_at__lte=now + WARNED_BEFORE + _AHEAD)
    return sum(_warn(one, now) for one in list(near.order_by("pk")[:_AT_ONCE]))


@transaction.atomic
def _warn(deletion: Deletion, now: datetime) -> bool:
    row = locked(deletion)
    if row.state != State.AUTHORIZED or row.warned_at is not None:
        return False
    row.warned_at = now
    if row.due_at < now + WARNED_BEFORE:
        row.due_at = now + WARNED_BEFORE
        record("deletion.postponed", row, "Schedule", now, until=in_words(row.due_at))
    row.save(update_fields=["warned_at", "due_at"])
    tell(deletion_emails.deletion_near, row, due_at=row.due_at, authorized_by=row.authorized_by)
    return True


@transaction.atomic
def note_stuck(deletion: Deletion, because: str, now: datetime) -> None:
    """Write down that some of a deletion cannot be erased, and tell all Administrators, once."""
    row = locked(deletion)
    if row.state != State.EXECUTING or row.stuck_because:
        return
    row.stuck_because = because[:500]
    row.save(update_fields=["stuck_because"])
    record("deletion.stuck", row, "Schedule", now, reason=row.stuck_because)
    tell(deletion_emails.deletion_stuck, row, because=row.stuck_because)


def in_words(at: datetime) -> str:
    """Return a moment for the log."""
    return f"{at:%-d %B %Y, %H:%M} UTC"


def record(action: str, row: Deletion, actor: User | str, now: datetime, **details: str | int) -> None:
    """Write an entry about a deletion into the client's log, in the caller's transaction."""
    names = list(row.items.by_name().values_list("name", flat=True)[:_NAMES_TOLD])
    audit.record(
        action,
        partner_id=row.organization.partner_id,
        organization_id=row.organization_id,
        actor=actor,
        target=row.organization,
        at=now,
        # In one string: a list of two would read like an old and a new value.
        details={"what": row.what, **({"names": "; ".join(names)} if names else {}), **details},
    )


def tell(mail: Callable, row: Deletion, **facts) -> None:
    """Send ``mail``, a function of `notifications.deletion_emails`, to every Administrator of the partner, once."""
    organization = row.organization
    url = settings.BASE_URL + reverse("backups:deletion_detail", args=[organization.uuid, row.uuid])
    tell_administrators(
        mail, organization, f"{row.pk}", what=row.what, requested_by=row.requested_by, reason=row.reason,
        deletion_url=url, **facts,
    )  # fmt: skip


def _name(actor: User | str) -> str:
    return (actor.full_name or actor.email)[:200] if isinstance(actor, User) else actor
