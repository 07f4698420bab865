"""Audit entries as pages show them: filtered, a page at a time, by day. The partner's page and a client's share it."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils import timezone
from django.utils.timesince import timesince

from accounts.models import AuditChain, AuditEntry, Membership
from accounts.models.audit_entry import AuditEntryQuerySet
from accounts.roles import Role
from accounts.sentences import actions_of, changes, icon, sentence

PAGE_SIZE = 50
_JUST_NOW = timedelta(minutes=1)


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
class Proof:
    """Whether the chain of entries held when it was last computed anew, None where it never was; in words."""

    is_intact: bool | None
    words: str


@dataclass(frozen=True)
class Activity:
    """One page of entries by local day, newest first, and the number from which older ones go on, if there are any."""

    days: list[tuple[date, list[Row]]]
    older_than: int | None


def read_activity(entries: AuditEntryQuerySet, *, wanted: dict[str, Any], before: str, viewer: Membership) -> Activity:
    """Return the newest of ``entries`` that fit ``wanted`` (cleaned values of `ActivityFilter`).

    ``before`` is what the address says about where to go on; what is no number of an entry starts at the newest.
    """
    last = entries.filter(number=int(before)).first() if before.isdecimal() and len(before) < 19 else None
    if last is not None:
        entries = entries.older_than(last)
    found = _newest(entries, wanted, PAGE_SIZE + 1)
    shown = found[:PAGE_SIZE]
    return Activity(
        days=_by_day([_as_row(entry, viewer) for entry in shown]),
        older_than=shown[-1].number if len(found) > PAGE_SIZE else None,
    )


def _newest(entries: AuditEntryQuerySet, wanted: dict[str, Any], count: int) -> list[AuditEntry]:
    actions = actions_of(wanted.get("subject", ""))
    clients, is_narrow = wanted.get("client") or (), wanted.get("person") is not None
    if not actions or is_narrow or len(clients) > 1:
        return list(fitting(entries, wanted).newest_first()[:count])
    # An index leads to each action of one log.
    return list(fitting(entries, wanted | {"subject": ""}).newest_of(actions, count))


def proof_for(viewer: Membership, *, now: datetime) -> Proof:
    """Return what is known of the chain of the viewer's partner. How long it is, only the partner's people learn."""
    chain = AuditChain.objects.filter(partner=viewer.partner_id).first()
    if chain is None or chain.verified_at is None:
        return Proof(None, "Not verified yet; that is done by itself within the hour.")
    is_new = now - chain.verified_at < _JUST_NOW
    ago = "just now" if is_new else f"{timesince(chain.verified_at, now, depth=1)} ago"
    if chain.verified_problem:
        words = f"This log does not hold. {chain.verified_problem} Verified {ago}. Tell support at once."
        return Proof(False, words)
    length = f"{chain.verified_length:,} entries, " if viewer.sees_every_organization else ""
    return Proof(True, f"Intact, {length}verified {ago}.")


def fitting(entries: AuditEntryQuerySet, wanted: dict[str, Any]) -> AuditEntryQuerySet:
    """Return those of ``entries`` that fit the cleaned values of `ActivityFilter`; days are those of the viewer."""
    if clients := wanted.get("client"):
        entries = entries.filter(organization_id__in=clients)
    if person := wanted.get("person"):
        entries = entries.filter(actor_id=person.pk)
    if actions := actions_of(wanted.get("subject", "")):
        entries = entries.filter(action__in=actions)
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
        address=(entry.address or "") if may_see_address(entry, viewer) else "",
        number=entry.number,
        hash=entry.hash,
    )


def may_see_address(entry: AuditEntry, viewer: Membership) -> bool:
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
