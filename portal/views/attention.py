"""What needs a person, worst first: of all clients, of deletions and retention, of the company's own people."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Window
from django.urls import reverse
from django.utils import timezone

from accounts.models import Membership
from accounts.roles import Can, Role
from backups.actions.deletions import is_requester
from backups.models import Deletion
from organizations.models import Organization, RetentionRule
from organizations.models.board import PROMISE, Client, Health, Show, quietly_overdue, shown_on_board
from organizations.models.organization import BackupStatus, ConnectionState
from organizations.views.figure_words import counted, moment_words, since_words

# A list that nobody reads to its end hides what is at its end.
CLIENTS_SHOWN = 6
OTHERS_SHOWN = 3


@dataclass(frozen=True)
class Need:
    """One line of the list: what is wrong, and the step that helps."""

    icon: str
    shade: str
    title: str
    note: str
    url: str
    step: str


@dataclass(frozen=True)
class More:
    """What the list leaves out, and where it is."""

    words: str
    url: str


@dataclass(frozen=True)
class Needs:
    """The whole list, and where the rest is."""

    lines: list[Need]
    more: list[More]


def needs_of(membership: Membership, *, clients: Health | None, now: datetime) -> Needs:
    """Return what needs somebody with these rights; a fixed number of queries however many clients there are.

    ``clients`` says how the clients stand, None for whoever may not see them.
    """
    lines: list[Need] = []
    more: list[More] = []
    if clients is not None:
        _add_clients(membership, clients, now, lines, more)
    if membership.may(Can.MANAGE_MEMBERS):
        lines += _people(membership, now)
    return Needs(lines, more)


def _add_clients(membership: Membership, health: Health, now: datetime, lines: list[Need], more: list[More]) -> None:
    visible = Organization.objects.visible_to(membership)
    by_urgency = shown_on_board(visible, show=Show.ATTENTION, order="status", descending=False, now=now)
    found = [Client._make(values) for values in by_urgency[:CLIENTS_SHOWN]]
    overdue = [Client._make(values) for values in quietly_overdue(visible, now)[:OTHERS_SHOWN]]
    may_connect = membership.may(Can.CONNECT_SERVICE)
    lines += [_trouble(one, now, may_connect=may_connect) for one in found if one.urgency == 0]
    lines += _few(_waiting_deletions(membership, now), more, "deletion request", reverse("backups:deletion_board"))
    lines += [_trouble(one, now, may_connect=may_connect) for one in found if one.urgency > 0]
    lines += _few(_frozen_rules(membership), more, "stopped retention rule", reverse("backups:retention_board"))
    lines += [_overdue(one, now) for one in overdue]
    of_clients = [
        (health.attention - len(found), "in trouble", Show.ATTENTION),
        (health.quietly_overdue - len(overdue), "past 24 h", Show.OVERDUE),
    ]
    more[:0] = [_more_clients(number, words, show) for number, words, show in of_clients if number > 0]


def _more_clients(number: int, words: str, show: Show) -> More:
    return More(f"{counted(number, 'more client')} {words}", f"{reverse('organizations:board')}?show={show.value}")


def _few(found: Iterable[tuple[Need, int]], more: list[More], noun: str, url: str) -> list[Need]:
    """Return the lines of ``found``, which come with the number of all; those left out are noted in ``more``."""
    rows = list(found)
    left_out = rows[0][1] - len(rows) if rows else 0
    if left_out > 0:
        more.append(More(counted(left_out, f"more {noun}"), url))
    return [need for need, _ in rows]


def _trouble(client: Client, now: datetime, *, may_connect: bool) -> Need:
    place = f"{reverse('organizations:board')}{client.uuid}/"
    since = _since(client, now)
    note = f"{client.backup_note}. {since}" if client.backup_note else since
    step, url = ("Authorize again", f"{place}settings/connection/") if may_connect else ("Open", place)
    if client.connection_state == ConnectionState.ACCESS_LOST:
        return Need("failed", "failed-text", f"{client.name}: access was withdrawn", since, url, step)
    if client.backup_status == BackupStatus.FAILED:
        return Need("failed", "failed-text", f"{client.name}: the last backup failed", note, place, "Open")
    if client.connection_state == ConnectionState.NEEDS_CONSENT:
        return Need("partial", "partial-text", f"{client.name}: permissions are missing", note, url, step)
    return Need("partial", "partial-text", f"{client.name}: not everything was backed up", note, place, "Open")


def _overdue(client: Client, now: datetime) -> Need:
    place = f"{reverse('organizations:board')}{client.uuid}/"
    if client.last_good_at is None and not client.items_protected:
        title = f"{client.name}: nothing is protected yet"
        return Need("clock", "partial-text", title, "It is connected.", f"{place}accounts/", "Choose")
    if client.last_good_at is None:
        title = f"{client.name}: no good backup yet"
        return Need("clock", "partial-text", title, "What is protected was never saved whole.", place, "Open")
    title = f"{client.name}: no good backup for {since_words(client.last_good_at, now)}"
    note = f"The last one is of {moment_words(client.last_good_at, now)}."
    return Need("clock", "partial-text", title, note, place, "Open")


def _since(client: Client, now: datetime) -> str:
    if client.last_good_at is None:
        return "There is no good backup yet."
    if now - client.last_good_at <= PROMISE:
        return f"The last good backup is of {moment_words(client.last_good_at, now)}."
    return f"No good backup for {since_words(client.last_good_at, now)}."


def _waiting_deletions(membership: Membership, now: datetime) -> Iterable[tuple[Need, int]]:
    """Yield the deletions that wait for a second person, oldest first, each with the number of all."""
    waiting = Deletion.objects.visible_to(membership).filter(state=Deletion.State.REQUESTED)
    rows = waiting.select_related("organization", "requester").annotate(number=Window(Count("pk")))
    may_decide = membership.may(Can.AUTHORIZE_DELETION)
    for one in rows.order_by("requested_at", "id")[:OTHERS_SHOWN]:
        is_own = is_requester(one, membership.user)
        note = f"Asked for by {one.requested_by}, {moment_words(one.requested_at, now)}. A second person has to agree."
        url = reverse("backups:deletion_detail", args=[one.organization.uuid, one.uuid])
        step = "Decide" if may_decide and not is_own else "Look"
        title = f"{one.organization.name}: {one.what} to be deleted for good"
        yield Need("trash", "partial-text", title, note, url, step), one.number


def _frozen_rules(membership: Membership) -> Iterable[tuple[Need, int]]:
    """Yield the retention rules that are stopped, oldest first, each with the number of all."""
    frozen = RetentionRule.objects.visible_to(membership).filter(frozen_at__isnull=False)
    rows = frozen.select_related("organization").annotate(number=Window(Count("pk")))
    for one in rows.order_by("frozen_at", "id")[:OTHERS_SHOWN]:
        url = reverse("backups:retention", args=[one.organization.uuid])
        title = f"{one.organization.name}: older versions are not removed any more"
        yield Need("pause", "partial-text", title, one.frozen_because, url, "Look"), one.number


def _people(membership: Membership, now: datetime) -> Iterable[Need]:
    """Yield what an Administrator has to see to among the company's people."""
    people = Membership.objects.visible_to(membership).of_staff()
    list_url = reverse("accounts:member_list")
    if people.filter(role=Role.ADMINISTRATOR).usable().count() < 2:
        note = "Nobody could reset that person’s second factor."
        yield Need("partial", "partial-text", "There is only one Administrator", note, list_url, "Users")
    invited = people.filter(joined_at=None, invitation__revoked_at=None).select_related("invitation")
    expired = invited.filter(invitation__expires_at__lte=now).order_by("invitation__expires_at", "id")
    for member in expired[:OTHERS_SHOWN]:
        name = f"{member.invitation.first_name} {member.invitation.last_name}"
        note = f"The invitation expired {timezone.localtime(member.invitation.expires_at):%-d %B}."
        yield Need("user", "soft", f"{name} has not joined", note, member.get_absolute_url(), "Send again")
    asked = people.filter(billing_requested_at__isnull=False, billing_opened_at=None).select_related("user")
    for member in asked.order_by("billing_requested_at", "id")[:OTHERS_SHOWN]:
        title = f"Billing for {member.user.full_name} is asked for"
        yield Need("clock", "soft", title, "Customer service has not opened it yet.", member.get_absolute_url(), "Look")
    open_ones = invited.filter(invitation__expires_at__gt=now).count()
    if open_ones:
        title = f"{counted(open_ones, 'invitation')} not answered yet"
        yield Need("clock", "soft", title, "", f"{list_url}?show=INVITED", "Show")
