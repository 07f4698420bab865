"""Clients with alert rules, time passing over them, and the mails that come of it."""

from datetime import timedelta

from backups.actions.alert_rules import edit_alert_rule, follow_rules
from notifications.models import OutgoingEmail
from organizations.models import Organization
from organizations.permissions import BACKUP
from organizations.tests.factories import make_connection, make_item

HOUR = timedelta(hours=1)


def protect(organization, good_at, *, connected_at=None):
    tenant = make_connection(organization, connected_at=connected_at or good_at, roles=[one.name for one in BACKUP])
    make_item(tenant, "Eva Lindholm", is_chosen=True, decided_at=good_at)
    Organization.objects.filter(pk=organization.pk).update(users_protected=1, last_good_at=good_at)
    return tenant


def values(**changes):
    return {
        "name": "Twelve hours", "is_on": True, "covers_all": True, "what": "OVERDUE", "hours": 12, "reasons": [],
        "at_least": 1, "addresses": [], "organizations": [], "members": [], "endpoints": [],
    } | changes  # fmt: skip


def edit(rule, cast, now, **changes):
    rule.refresh_from_db()
    given = {name: getattr(rule, name) for name in values() if name not in ("organizations", "members", "endpoints")}
    given |= {name: list(getattr(rule, name).all()) for name in ("organizations", "members", "endpoints")}
    edit_alert_rule(rule=rule, revision=rule.revision, values=given | changes, actor=cast["ada"].user, now=now)


def good(organization, at):
    Organization.objects.filter(pk=organization.pk).update(last_good_at=at)


def mails(kind="incident_open"):
    return list(OutgoingEmail.objects.filter(kind=kind).order_by("pk").values_list("to", flat=True))


def follow(begin, *hours):
    for hour in hours:
        follow_rules(begin + hour * HOUR)
