"""Saving what a feed says about items: who is new, changed, back, or gone.

Nothing here erases anything: what left the source keeps its row, its name, what was chosen and what was saved.
"""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F
from django.db.models.functions import Coalesce

from backups.connectors.microsoft365.found import DELETED, Removed
from backups.engine.look import Look
from backups.models import DiscoveryFeed
from organizations.actions import schedule_log
from organizations.models import Connection, Item

log = logging.getLogger(__name__)

# So long a deleted thing can be brought back at the source (page "Restore or remove a recently deleted user").
BIN = timedelta(days=30)
_NAMES_KEPT = 50
_P = Item.Presence
_LIMITS = {"name": 256, "address": 500}
_WRITTEN = (
    "name", "address", "list_name", "is_external", "is_enabled", "has_mail_plan", "mailbox", "presence", "gone_at",
    "seen_in_round",
)  # fmt: skip


@dataclass
class _Page:
    """The items of one page, sorted by what happened to them."""

    look: Look
    row: DiscoveryFeed
    kind: str
    now: datetime
    new: list[Item] = field(default_factory=list)
    changed: list[Item] = field(default_factory=list)
    same: list[Item] = field(default_factory=list)
    returned: list[Item] = field(default_factory=list)

    def take(self, remote_id: str, item: Item | None, facts: dict[str, Any]) -> None:
        if item is None:
            self._take_new(remote_id, facts)
            return
        facts = {**facts, "presence": _P.PRESENT, "gone_at": None}
        if item.presence != _P.PRESENT:
            self.returned.append(item)
        differs = any(getattr(item, name) != value for name, value in facts.items())
        for name, value in facts.items():
            setattr(item, name, value)
        item.list_name, item.seen_in_round = _list_name(item), self.row.round
        (self.changed if differs else self.same).append(item)

    def _take_new(self, remote_id: str, facts: dict[str, Any]) -> None:
        if not facts.get("name") and not facts.get("address"):
            log.warning("Microsoft 365 listed a %s without name and address; it was left out.", self.kind.lower())
            return
        connection = self.look.connection
        item = Item(
            organization_id=connection.organization_id,
            connection=connection,
            kind=self.kind,
            remote_id=remote_id,
            first_seen_at=self.now,
            # What the first listing finds was there before us.
            is_new=self.row.listed_at is not None,
            seen_in_round=self.row.round,
            **facts,
        )
        item.list_name = _list_name(item)
        self.new.append(item)


def save_found(look: Look, row: DiscoveryFeed, kind: str, found: Mapping[str, dict[str, Any]], now: datetime) -> None:
    """Save what a page found, by the provider's id: values of `Item`'s fields, without those nothing was said of."""
    known = {item.remote_id: item for item in _items(look, kind).filter(remote_id__in=list(found))}
    page = _Page(look, row, kind, now)
    for remote_id, facts in found.items():
        page.take(remote_id, known.get(remote_id), _fitting(facts))
    Item.objects.bulk_create(page.new)
    Item.objects.bulk_update(page.changed, _WRITTEN, batch_size=250)
    Item.objects.filter(pk__in=[item.pk for item in page.same]).update(seen_in_round=row.round)
    seen = len(page.new) + len(page.changed) + len(page.same)
    Connection.objects.filter(pk=look.connection.pk).update(discovery_seen=F("discovery_seen") + seen)
    if page.returned:
        _record(look, "item.returned", page.returned[:_NAMES_KEPT], len(page.returned), now)


def save_removed(look: Look, kind: str, removed: Iterable[Removed], now: datetime) -> None:
    """Note that items left the source. What nobody knew is no news, and who was gone before stays gone."""
    reasons = {one.remote_id: one.reason for one in removed}
    leaving: dict[str, list[int]] = {_P.DELETED: [], _P.GONE: []}
    for item in _items(look, kind).filter(remote_id__in=list(reasons)):
        presence = _P.GONE if reasons[item.remote_id] == DELETED else _P.DELETED
        if item.presence == _P.PRESENT or (item.presence == _P.DELETED and presence == _P.GONE):
            leaving[presence].append(item.pk)
    for presence, ids in leaving.items():
        _leave(look, Item.objects.filter(pk__in=ids), presence, now)


def missing(look: Look, kind: str, round_number: int) -> tuple[int, int]:
    """Return how many items that were there a listing has not seen, and how many were there before it."""
    present = _items(look, kind).filter(presence=_P.PRESENT)
    unseen = present.filter(seen_in_round__lt=round_number).count()
    seen = present.filter(seen_in_round__gte=round_number, first_seen_at__lt=look.started_at).count()
    return unseen, unseen + seen


def mark_unseen(look: Look, kind: str, round_number: int, now: datetime) -> None:
    """Note that what a complete listing has not seen is gone, and so is what left the provider's bin meanwhile."""
    unseen = _items(look, kind).filter(seen_in_round__lt=round_number)
    _leave(look, unseen.filter(presence=_P.DELETED, gone_at__lte=now - BIN), _P.GONE, now)
    _leave(look, unseen.filter(presence=_P.PRESENT), _P.GONE, now)


def _leave(look: Look, items, presence: str, now: datetime) -> None:
    first = list(items.order_by("list_name", "pk")[:_NAMES_KEPT])
    # The moment something left is the first one, also where it first lay in the bin.
    count = items.update(presence=presence, gone_at=Coalesce(F("gone_at"), now)) if first else 0
    if count:
        _record(look, "item.gone", first, count, now, state=Item.Presence(presence).label)


def _items(look: Look, kind: str):
    return Item.objects.filter(connection=look.connection, kind=kind)


def _fitting(facts: dict[str, Any]) -> dict[str, Any]:
    """Return the facts that something was said of, as long as their columns."""
    said = {name: value for name, value in facts.items() if value is not None}
    return {name: value[: _LIMITS[name]] if name in _LIMITS else value for name, value in said.items()}


def _list_name(item: Item) -> str:
    return (item.name or item.address).casefold()[:256]


def _record(look: Look, action: str, first: list[Item], count: int, now: datetime, **details: str) -> None:
    organization = look.connection.organization
    schedule_log.note(
        action, organization, {"count": count, "names": "; ".join(str(item) for item in first), **details}, at=now
    )
