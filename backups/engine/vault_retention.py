"""Every vault with a rule forgets once a day what is older than the rule keeps; the collector frees the bytes later.

Never removed are what is current, what is on legal hold, and points in time that restores and exports are reading.
Where much is missing at the source nothing is removed at all until a person has looked: an emptied tenant must not
empty its backup.
"""

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Q

from backups.engine.kept_figures import KeptFigures, TookTooLong, kept_by_account, total_of
from backups.engine.retained_points import forget_points, points_over
from backups.engine.vault_turns import request_turns
from backups.models import (
    Container,
    DiscoveryFeed,
    Export,
    ExportPart,
    Failure,
    Restore,
    RestoreContainer,
    VaultCommit,
    VaultOrganization,
)
from backups.vault.catalogue import patient
from backups.vault.configured import configured_root, configured_store
from backups.vault.retention import KeepDays, Point, retain
from backups.vault.vault import open_vault
from jobs.claims import Claim
from organizations.actions import schedule_log
from organizations.actions.retention_mails import tell_frozen
from organizations.models import Item, LegalHold, Organization, RetentionRule
from organizations.models.retention_rule import rule_words

log = logging.getLogger(__name__)

KIND = "retain_vault"
# A quarter of a day away from the same vault's check and collection.
_SHIFT = 6 * 60
# More than this share of a client's items gone within a month is no ordinary leaving; a handful never counts.
MOST_GONE, HANDFUL, LOOKS_BACK = 0.2, 3, timedelta(days=30)
_COUNTS_FOR = 60
# A restore that stopped before its end can be gone on with for so long; later it says of each object what is gone.
GOES_ON = timedelta(days=7)
_NOT_ENDED = (Export.State.DRAFT, Export.State.QUEUED, Export.State.RUNNING)


@dataclass(frozen=True)
class KeepFor:
    """Keeps every moment of the last ``days``, and points that are being read."""

    days: int
    held: frozenset[str] = frozenset()
    in_use: frozenset[int] = field(default=frozenset())

    def kept(self, points: Sequence[Point], now: datetime) -> Collection[int]:
        return set(KeepDays(self.days).kept(points, now)) | self.in_use

    def held_accounts(self) -> Collection[str]:
        return self.held


def request_due_retention(now: datetime) -> int:
    """Ask for today's removal of every vault with a rule whose minute has come, and return how many were asked for."""
    has_rule = Q(retention_rule__days__isnull=False) | Q(retention_rule__next_at__lte=now)
    return request_turns(KIND, now, shift=_SHIFT, among=has_rule & Q(retention_rule__frozen_at=None))


def retain_one(organization_id: int, claim: Claim, *, now: datetime) -> None:
    """Apply the rule of a client to its vault; running it twice removes nothing more."""
    rule = _rule_to_apply(organization_id, now)
    if rule is None or rule.days is None or rule.frozen_at is not None:
        return
    organization = rule.organization
    if not VaultOrganization.objects.filter(organization=organization.uuid, erased_at=None).exists():
        return
    holds = LegalHold.objects.open().filter(organization=organization)
    if holds.of_everything().exists():
        log.info("Vault of %s: a legal hold keeps everything.", organization.uuid)
        return
    policy = KeepFor(rule.days, held_accounts(organization), _in_use(organization, now))
    vault = open_vault(organization.uuid, store=configured_store(), root=configured_root())
    figures = _figures_of(organization, rule.days, policy, now)
    points = _points_over(rule, policy, now)

    def may_remove() -> bool:
        if not _may_forget(rule, policy, points, claim, now):
            return False
        # In the transaction that removes: nothing goes of which the log does not know.
        _note_removed(rule, figures, now)
        return True

    if not retain(vault, policy, now=now, holds=may_remove):
        with transaction.atomic(), connection.cursor() as cursor:
            patient(cursor)
            _may_forget(rule, policy, points, claim, now)


def over_by(organization: Organization, days: int, now: datetime) -> int:
    """Return the commit such that what ended with it or earlier is older than ``days``; 0 where nothing is."""
    older = VaultCommit.objects.filter(organization=organization.uuid, made_at__lte=now - timedelta(days=days))
    return older.order_by("-number").values_list("number", flat=True).first() or 0


def would_go(organization: Organization, days: int, now: datetime, *, seconds: int) -> dict[str, KeptFigures]:
    """Return {account: figures} of what a rule would remove today; nothing where a hold keeps everything.

    Raises `TookTooLong`.
    """
    if LegalHold.objects.open().of_everything().filter(organization=organization).exists():
        return {}
    commit = over_by(organization, days, now)
    if not commit:
        return {}
    held = held_accounts(organization)
    return kept_by_account(organization.uuid, without=held, over_by=commit, seconds=seconds)


def held_accounts(organization: Organization) -> frozenset[str]:
    """Return the vault's accounts of items on legal hold."""
    holds = LegalHold.objects.open().filter(organization=organization).exclude(item=None)
    return frozenset(Container.objects.filter(item__in=holds.values("item")).values_list("account", flat=True))


@transaction.atomic
def _rule_to_apply(organization_id: int, now: datetime) -> RetentionRule | None:
    """Return the rule after its stricter period has begun, and after it was frozen where that is due."""
    # Whoever places a hold or begins a deletion waits here.
    organization = (
        Organization.objects.select_for_update(of=("self",)).select_related("partner").get(pk=organization_id)
    )
    rule = RetentionRule.objects.select_for_update().filter(organization=organization).first()
    if rule is None:
        return None
    rule.organization = organization
    if rule.frozen_at is None and (reason := _missing_too_much(organization, rule, now)):
        rule.frozen_at, rule.frozen_because = now, reason[:300]
        rule.save(update_fields=["frozen_at", "frozen_because"])
        schedule_log.note("retention.frozen", organization, {"reason": rule.frozen_because}, at=now)
        tell_frozen(rule)
    elif rule.is_due(now):
        rule.days, rule.next_days, rule.next_at = rule.next_days, None, None
        rule.save(update_fields=["days", "next_days", "next_at"])
    return rule


def _missing_too_much(organization: Organization, rule: RetentionRule, now: datetime) -> str:
    """Return in a sentence what is missing at the source so suddenly that a person has to look, or ""."""
    since = max(now - LOOKS_BACK, rule.resumed_at or now - LOOKS_BACK)
    items = Item.objects.filter(organization=organization)
    gone = items.exclude(presence=Item.Presence.PRESENT).filter(gone_at__gt=since).count()
    known = gone + items.filter(presence=Item.Presence.PRESENT).count()
    if gone > max(HANDFUL, known * MOST_GONE) or (gone == known and gone > 0):
        return f"{gone:,} of {known:,} accounts, sites and teams went missing at the source."
    doubted = DiscoveryFeed.objects.filter(connection__organization=organization, doubted_at__isnull=False)
    shrunk = Failure.objects.open().filter(organization=organization, reason=Failure.Reason.SHRUNK)
    if rule.resumed_at is not None:
        # Somebody has looked at what was doubted before.
        doubted = doubted.filter(doubted_at__gt=rule.resumed_at)
        shrunk = shrunk.filter(first_seen_at__gt=rule.resumed_at)
    if (feed := doubted.order_by("pk").first()) is not None:
        return feed.doubt
    found = shrunk.select_related("container__item").order_by("pk").first()
    if found is not None:
        return f"{found.container} suddenly lists far fewer objects at the source."
    return ""


def _in_use(organization: Organization, now: datetime) -> frozenset[int]:
    """Return the points in time that restores and exports under way, or just planned, are reading."""
    goes_on = Q(ended_at__gt=now - GOES_ON, started_at__isnull=False) & ~Q(state=Restore.State.DONE)
    restores = Restore.objects.filter(Q(ended_at=None) | goes_on, organization=organization)
    exports = Export.objects.filter(organization=organization, state__in=_NOT_ENDED)
    parts = ExportPart.objects.filter(export__in=exports)
    points = {*restores.values_list("commit", flat=True), *parts.values_list("commit", flat=True)}
    selections = RestoreContainer.objects.filter(restore__in=restores).values_list("selection", flat=True)
    # Of objects that were chosen one by one they read the states that began then, however old.
    for chosen in [*parts.values_list("chosen", flat=True), *(one.get("objects", []) for one in selections)]:
        points |= {begun for _, begun in chosen}
    return frozenset(points)


def _figures_of(organization: Organization, days: int, policy: KeepFor, now: datetime) -> KeptFigures | None:
    """Return what is about to go, for the log; None where counting takes longer than it is worth, or where points that
    are being read keep some of it.
    """
    if any(point < over_by(organization, days, now) for point in policy.in_use):
        return None
    try:
        return total_of(would_go(organization, days, now, seconds=_COUNTS_FOR))
    except TookTooLong:
        return None


def _points_over(rule: RetentionRule, policy: KeepFor, now: datetime) -> list[int]:
    """Return the restore points before what is kept, by their primary keys."""
    held = LegalHold.objects.open().filter(organization=rule.organization).exclude(item=None).values("item")
    before = over_by(rule.organization, rule.days, now)
    return points_over(rule.organization, before, without=held, in_use=policy.in_use)


def _note_removed(rule: RetentionRule, figures: KeptFigures | None, now: datetime) -> None:
    """Write down what was removed; ``figures`` is None where it was not counted."""
    organization = rule.organization
    counted = figures or KeptFigures()
    RetentionRule.objects.filter(pk=rule.pk).update(
        purged_at=now, purged_versions=counted.versions, purged_bytes=counted.bytes
    )
    words = {"versions": f"{counted.versions:,}", "bytes": f"{counted.bytes:,}"} if figures else {}
    details = {"rule": rule_words(rule.days).lower(), **(words or {"versions": "uncounted", "bytes": "uncounted"})}
    schedule_log.note("retention.purged", organization, details, at=now)


def _may_forget(rule: RetentionRule, policy: KeepFor, points: list[int], claim: Claim, now: datetime) -> bool:
    """Forget the restore points with what they show; return whether that is still right, and still ours to do.

    Asked inside the transaction that forgets.
    """
    # Whoever places a hold, or begins a restore or an export, waits here, or is found; so does who changes the rule.
    organization = Organization.objects.select_for_update().get(pk=rule.organization_id)
    today = RetentionRule.objects.select_for_update().get(pk=rule.pk)
    if (today.days, today.frozen_at) != (policy.days, None) or not claim.is_ours():
        return False
    if LegalHold.objects.open().of_everything().filter(organization=organization).exists():
        return False
    if not (held_accounts(organization) <= policy.held and _in_use(organization, now) <= policy.in_use):
        return False
    forget_points(points)
    return True
