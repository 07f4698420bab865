"""Creating, changing and deleting alert rules, and following them by the clock."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from accounts import audit
from accounts.models import Partner, User
from backups.engine import alert_findings
from backups.models import Failure
from jobs.alone import each_alone
from organizations.actions.incident_notices import tell_after_mutes
from organizations.actions.incidents import drop_incidents
from organizations.actions.rule_alerts import end_rule_incident, open_rule_incident, tell_opened
from organizations.actions.source_alerts import end_abandoned_incidents
from organizations.models import AlertRule, Incident

RULES_AT_MOST = 50
FIELDS = ("name", "is_on", "covers_all", "what", "hours", "reasons", "at_least", "addresses")
MANY = ("organizations", "members", "endpoints")
# What makes another question of a rule: incidents that answer the old one end.
_QUESTION = frozenset({"is_on", "covers_all", "what", "hours", "reasons", "at_least", "organizations"})
_AT_ONCE = 100


class RuleProblem(Exception):
    """It was not done; the message says why, for the person who asked."""


class RuleNameTaken(RuleProblem):
    """Another rule of the partner has this name."""


@transaction.atomic
def create_alert_rule(*, partner: Partner, values: dict[str, Any], actor: User, now: datetime) -> AlertRule:
    """Create a rule. ``values`` holds `FIELDS`, and of `MANY` lists of rows the door has scoped.

    Raises `RuleNameTaken`, and `RuleProblem` for one too many.
    """
    Partner.objects.select_for_update().get(pk=partner.pk)
    if AlertRule.objects.filter(partner=partner).count() >= RULES_AT_MOST:
        raise RuleProblem(f"A company has at most {RULES_AT_MOST} alert rules. Delete one that nobody needs.")
    rule = AlertRule(partner=partner, created_at=now, **{name: values[name] for name in FIELDS})
    _save(rule)
    for name in MANY:
        getattr(rule, name).set(values[name])
    _record("alert_rule.created", rule, actor, now)
    return rule


@transaction.atomic
def edit_alert_rule(
    *, rule: AlertRule, revision: int | None, values: dict[str, Any], actor: User, now: datetime
) -> AlertRule:
    """Change a rule. Where it asks something else from now on, or is switched off, its open incidents end and nobody
    is told that they were over.

    Raises `RuleNameTaken`, and `RuleProblem` where it was deleted, or changed after ``revision`` was shown.
    """
    rule = AlertRule.objects.select_for_update().filter(pk=rule.pk).first()
    if rule is None:
        raise RuleProblem("This alert rule was deleted meanwhile. Nothing was saved.")
    if rule.revision != revision:
        raise RuleProblem(
            "Somebody else changed this alert rule while the page was open. Nothing of yours was saved: open it again"
            " to see what they chose."
        )
    before = _in_words(rule)
    changed = {name for name in FIELDS if getattr(rule, name) != values[name]}
    for name in changed:
        setattr(rule, name, values[name])
    rule.revision += 1
    _save(rule)
    for name in MANY:
        rows = getattr(rule, name)
        if set(rows.values_list("pk", flat=True)) != {one.pk for one in values[name]}:
            changed.add(name)
            rows.set(values[name])
    if changed:
        if changed & _QUESTION:
            drop_incidents(rule, now=now)
        after = _in_words(rule)
        _record(
            "alert_rule.edited", rule, actor, now, **{name: [before[name], after[name]] for name in sorted(changed)}
        )
    return rule


@transaction.atomic
def delete_alert_rule(*, rule: AlertRule, actor: User, now: datetime) -> None:
    """Delete a rule; its open incidents end, and nobody is told that they were over. Deleting it again does nothing."""
    rule = AlertRule.objects.select_for_update().filter(pk=rule.pk).first()
    if rule is None:
        return
    drop_incidents(rule, now=now)
    _record("alert_rule.deleted", rule, actor, now)
    rule.delete()


def follow_rules(now: datetime) -> tuple[int, int]:
    """Open the incidents that alert rules ask for, end those that are over; return how many of both.

    A fixed number of questions as long as nothing begins or ends; at most a hundred of each a minute do.
    """
    end_abandoned_incidents(now)
    opened = each_alone(
        alert_findings.beginning(now, most=_AT_ONCE),
        lambda one: open_rule_incident(
            rule_id=one.rule_id, organization_id=one.organization_id, since=one.since, found=one.number, now=now
        ),
    )
    new = [one for one in opened if one is not None]
    ended = each_alone(
        alert_findings.ending(now, most=_AT_ONCE),
        lambda one: end_rule_incident(incident_id=one[0], has_recovered=one[1], now=now),
    )
    told = each_alone(new, lambda incident: tell_opened(incident, now=now))
    # One that could not be told is found again the next minute, instead of being open in silence.
    Incident.objects.filter(pk__in=[one.pk for one in new]).exclude(pk__in=told).delete()
    tell_after_mutes(now)
    return len(told), sum(ended)


def _save(rule: AlertRule) -> None:
    try:
        with transaction.atomic():
            rule.save()
    except IntegrityError as problem:
        if "organizations_alert_rule_names_are_unique" not in str(problem):
            raise
        raise RuleNameTaken(f"There is an alert rule called {rule.name} already.") from problem


def _in_words(rule: AlertRule) -> dict[str, str]:
    labels = dict(Failure.Reason.choices)
    words = {name: str(getattr(rule, name)) for name in ("name", "hours", "at_least")}
    words |= {"is_on": "on" if rule.is_on else "off", "covers_all": "all" if rule.covers_all else "chosen"}
    words |= {"what": rule.get_what_display(), "addresses": ", ".join(rule.addresses)}
    words["reasons"] = ", ".join(labels[one] for one in rule.reasons) or "any"
    for name in MANY:
        names = [str(one) for one in getattr(rule, name).all()[:6]]
        words[name] = ", ".join(names[:5]) + (" and more" if len(names) > 5 else "")
    return words


def _record(action: str, rule: AlertRule, actor: User, now: datetime, **details: Any) -> None:
    audit.record(action, partner_id=rule.partner_id, actor=actor, target=rule, at=now, details=details)
