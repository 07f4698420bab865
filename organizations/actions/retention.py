"""Changing for how long older versions of a client are kept: looser at once, stricter after a week."""

from datetime import datetime, timedelta

from django.db import transaction

from accounts import audit
from accounts.models import User
from organizations.actions.retention_mails import tell_tightened
from organizations.actions.revisions import ChangedMeanwhile, newest_edit
from organizations.models import Organization, RetentionRule
from organizations.models.retention_rule import period_words

# So long everybody has to find out before the first thing is removed by a stricter rule.
DELAY = timedelta(days=7)
EDITED = "retention.edited"


class RuleChangedMeanwhile(ChangedMeanwhile):
    """Somebody changed the rule after the page was opened."""


class NothingWaits(Exception):
    """There is no change that could be taken back, or it is applied already."""


class NotFrozen(Exception):
    """Nothing is stopped that could be let go on."""


def is_stricter(days: int | None, than: int | None) -> bool:
    """Return whether a period keeps less than another one; None is for ever."""
    return days is not None and (than is None or days < than)


def rule_of(organization: Organization) -> RetentionRule:
    """Return the rule of a client as it is stored, or one that is not stored and keeps everything for ever."""
    found = RetentionRule.objects.filter(organization=organization).first()
    return found or RetentionRule(organization=organization)


@transaction.atomic
def edit_retention(
    *, organization: Organization, days: int | None, revision: int, actor: User, now: datetime
) -> RetentionRule:
    """Keep older versions for ``days``, None for ever, and return the rule.

    What keeps more is applied at once. What keeps less is applied in a week; a stricter change that waits already and
    is at least as strict keeps its moment. Raises `RuleChangedMeanwhile` when ``revision`` is not the stored one and
    something would change.
    """
    rule = _locked(organization, actor, now)
    wanted = rule.next_days if rule.next_at else rule.days
    if days == wanted:
        return rule
    if rule.revision != revision:
        raise RuleChangedMeanwhile(newest_edit(organization, EDITED))
    if rule.is_due(now):
        rule.days = rule.next_days
        rule.next_days = rule.next_at = None
    if is_stricter(days, rule.days):
        is_announced = rule.next_at is not None and not is_stricter(days, rule.next_days)
        rule.next_days, rule.next_at = days, rule.next_at if is_announced else now + DELAY
    else:
        rule.days, rule.next_days, rule.next_at = days, None, None
    _save(rule, actor, now)
    when = f"from {rule.next_at:%-d %B %Y} on" if rule.next_at else "at once"
    _record(EDITED, organization, actor, now, kept=[period_words(wanted), period_words(days)], when=when)
    if rule.next_at:
        tell_tightened(rule)
    return rule


@transaction.atomic
def take_back(*, organization: Organization, actor: User, now: datetime) -> RetentionRule:
    """Forget a stricter rule that is not applied yet. Raises `NothingWaits`."""
    rule = _locked(organization, actor, now)
    if rule.next_at is None or rule.is_due(now):
        raise NothingWaits("There is no change that could be taken back any more. Nothing was changed.")
    kept = [period_words(rule.next_days), period_words(rule.days)]
    rule.next_days = rule.next_at = None
    _save(rule, actor, now)
    _record("retention.taken_back", organization, actor, now, kept=kept)
    return rule


@transaction.atomic
def resume(*, organization: Organization, actor: User, now: datetime) -> RetentionRule:
    """Let a rule go on that was stopped because much went missing at the source. Raises `NotFrozen`."""
    rule = _locked(organization, actor, now)
    if rule.frozen_at is None:
        raise NotFrozen("Nothing is stopped. Nothing was changed.")
    rule.frozen_at, rule.frozen_because, rule.resumed_at = None, "", now
    rule.save(update_fields=["frozen_at", "frozen_because", "resumed_at"])
    _record("retention.resumed", organization, actor, now)
    return rule


def _locked(organization: Organization, actor: User, now: datetime) -> RetentionRule:
    RetentionRule.objects.get_or_create(organization=organization, defaults={"set_by": _name(actor), "set_at": now})
    found = RetentionRule.objects.select_for_update(of=("self",)).select_related("organization__partner")
    return found.get(organization=organization)


def _save(rule: RetentionRule, actor: User, now: datetime) -> None:
    rule.set_by, rule.set_at, rule.revision = _name(actor), now, rule.revision + 1
    rule.save()


def _name(actor: User) -> str:
    return (actor.full_name or actor.email)[:200]


def _record(action: str, organization: Organization, actor: User, now: datetime, **details) -> None:
    audit.record(
        action,
        partner_id=organization.partner_id,
        organization_id=organization.pk,
        actor=actor,
        target=organization,
        at=now,
        details=details,
    )
