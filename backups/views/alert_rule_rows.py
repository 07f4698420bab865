"""Alert rules as the page lists them: plain values."""

from dataclasses import dataclass

from backups.models import Failure
from organizations.actions.rule_alerts import hours_words
from organizations.models import AlertRule
from organizations.views.figure_words import counted

_REASONS = dict(Failure.Reason.choices)


@dataclass(frozen=True)
class RuleRow:
    """One rule in the list."""

    uuid: str
    name: str
    is_on: bool
    what: str
    reasons: str
    clients: str
    told: list[str]
    open_incidents: int


def rule_row(rule: AlertRule) -> RuleRow:
    """Return the row of a rule that was read with its members, endpoints, ``clients`` and ``open_incidents``."""
    what = rule.get_what_display()
    if rule.hours:
        what = f"{what} for more than {hours_words(rule.hours)}"
    if rule.at_least > 1:
        what = f"{what}, at least {counted(rule.at_least, 'object')}"
    people = [one.user.full_name for one in rule.members.all()]
    return RuleRow(
        uuid=str(rule.uuid),
        name=rule.name,
        is_on=rule.is_on,
        what=what,
        reasons=", ".join(_REASONS.get(one, one) for one in rule.reasons),
        clients="All clients" if rule.covers_all else counted(rule.clients, "client"),
        told=[*people, *rule.addresses, *(one.name for one in rule.endpoints.all())],
        open_incidents=rule.open_incidents,
    )
