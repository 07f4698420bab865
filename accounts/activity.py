"""Audit entries as pages show them: filtered, a page at a time, by day. The partner's page and a client's share it."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from accounts.models import AuditEntry, Membership
from accounts.models.audit_entry import AuditEntryQuerySet
from accounts.roles import Role
from accounts.sentences import actions_of, changes, icon, sentence

PAGE_SIZE = 50


@dataclass(frozen=True)
class Row:
    """What the table prints of one entry."""

    at: datetime
    icon: str
    actor: str
    sentence: str
    changes: list[str]
    reason: str
    address: str
    number: int
    hash: str


@dataclass(frozen=True)
class Activity:
    """One page of entries by local day, newest first, and the number from which older ones go on, if there are any."""

    days: list[tuple[date, list[Row]]]
    older_than: int | None


def read_activity(entries: AuditEntryQuerySet, *, wanted: dict[str, Any], before: str, viewer: Membership) -> Activity:
    """Return the newest of ``entries`` that fit ``wanted`` (cleaned values of `ActivityFilter`), in one query.

    ``before`` is what the address says about where to go on; anything that is no number starts at the newest.
    """
    entries = _filtered(entries, wanted)
    if before.isdecimal() and len(before) < 19:
        entries = entries.filter(number__lt=int(before))
    found = list(entries.newest_first()[: PAGE_SIZE + 1])
    shown = found[:PAGE_SIZE]
    return Activity(
        days=_by_day([_as_row(entry, viewer) for entry in shown]),
        older_than=shown[-1].number if len(found) > PAGE_SIZE else None,
    )


def _filtered(entries: AuditEntryQuerySet, wanted: dict[str, Any]) -> AuditEntryQuerySet:
    if person := wanted.get("person"):
        entries = entries.filter(actor_id=person.pk)
    if prefixes := actions_of(wanted.get("subject", "")):
        fits = Q()
        for prefix in prefixes:
            fits |= Q(action__startswith=prefix)
        entries = entries.filter(fits)
    zone = timezone.get_current_timezone()
    if since := wanted.get("since"):
        entries = entries.filter(at__gte=datetime.combine(since, time.min, zone))
    if until := wanted.get("until"):
        entries = entries.filter(at__lt=datetime.combine(until + timedelta(days=1), time.min, zone))
    return entries


def _as_row(entry: AuditEntry, viewer: Membership) -> Row:
    return Row(
        at=timezone.localtime(entry.at),
        icon=icon(entry),
        actor=entry.actor,
        sentence=sentence(entry),
        changes=changes(entry),
        reason=entry.details.get("reason", ""),
        address=(entry.address or "") if _may_see_address(entry, viewer) else "",
        number=entry.number,
        hash=entry.hash,
    )


def _may_see_address(entry: AuditEntry, viewer: Membership) -> bool:
    """Return whether the viewer may know where an entry came from.

    A client's people see where their colleagues work, never where the partner's people do; an entry without a role,
    such as a failed sign-in, may be anybody's.
    """
    return viewer.sees_every_organization or entry.actor_role == Role.ORGANIZATION_USER


def _by_day(rows: list[Row]) -> list[tuple[date, list[Row]]]:
    days: list[tuple[date, list[Row]]] = []
    for row in rows:
        if not days or days[-1][0] != row.at.date():
            days.append((row.at.date(), []))
        days[-1][1].append(row)
    return days
