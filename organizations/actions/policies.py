"""Changing what is backed up of an organization: services, user filter, newcomers."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts import audit
from accounts.models import User
from organizations.actions.filters import apply_filter
from organizations.actions.group_members import request_members
from organizations.actions.revisions import ChangedMeanwhile, newest_edit
from organizations.models import Group, Organization, Policy

AUTOMATIONS = ("auto_users", "auto_sites", "auto_teams")
SKIPS = ("skip_external", "skip_shared_mailboxes", "skip_disabled")
SWITCHES = (*Policy.KINDS, *SKIPS, *AUTOMATIONS)
_FILTERS = frozenset({*SKIPS, "skip_groups", "skip_patterns"})
# What people call each setting, on the page and in the audit log.
NAMES = {
    "mail": "Outlook mail",
    "calendar": "Calendar",
    "contacts": "Contacts",
    "onedrive": "OneDrive",
    "sharepoint": "SharePoint",
    "teams": "Teams",
    "backup_every": "Backup",
    "skip_external": "Skip external users",
    "skip_shared_mailboxes": "Skip shared mailboxes",
    "skip_disabled": "Skip disabled users",
    "skip_groups": "Skipped groups",
    "skip_patterns": "Skipped addresses",
    "auto_users": "New users",
    "auto_sites": "New SharePoint sites",
    "auto_teams": "New Teams",
}


class PolicyChangedMeanwhile(ChangedMeanwhile):
    """Somebody changed what is backed up after the page was opened."""


@transaction.atomic
def edit_policy(
    *, organization: Organization, values: dict[str, Any], revision: int, actor: User, now: datetime
) -> list[str]:
    """Change what is backed up and return the names of the settings that changed; none for the same values again.

    ``values`` holds any of the policy's fields: switches as booleans, ``backup_every`` as one of the intervals,
    ``skip_groups`` as rows with their connection, ``skip_patterns`` as lower-case text. The filter is applied in the
    same transaction. Raises `PolicyChangedMeanwhile` when ``revision`` is not the stored one and something would
    change.
    """
    policy = Policy.objects.select_for_update().get(organization=organization)
    groups = list(policy.skip_groups.order_by("name", "pk"))
    changed = [name for name in NAMES if name in values and _differs(policy, groups, name, values[name])]
    if not changed:
        return []
    if policy.revision != revision:
        raise PolicyChangedMeanwhile(newest_edit(organization, "policy.edited"))
    # Locked before the audit log is: whoever counts items and then writes to the log locks in the same order.
    Organization.objects.select_for_update().get(pk=organization.pk)
    details = {NAMES[name]: [_in_words(policy, groups, name), _words_of(name, values[name])] for name in changed}
    _write(policy, {name: values[name] for name in changed}, now)
    audit.record(
        "policy.edited",
        partner_id=organization.partner_id,
        organization_id=organization.pk,
        actor=actor,
        target=organization,
        at=now,
        details=details,
    )
    if "skip_groups" in changed:
        request_members(values["skip_groups"], now=now)
    if _FILTERS.intersection(changed):
        apply_filter(organization=organization, actor=actor, now=now)
    return changed


def stopped_kinds(policy: Policy, values: dict[str, Any]) -> list[str]:
    """Return the kinds that ``policy`` reads and ``values`` would not read any more."""
    return [kind for kind in Policy.KINDS if getattr(policy, kind) and not values[kind]]


def _differs(policy: Policy, groups: list[Group], name: str, new: Any) -> bool:
    if name == "skip_groups":
        return {group.pk for group in groups} != {group.pk for group in new}
    if name == "skip_patterns":
        return sorted(policy.skip_patterns) != sorted(new)
    return getattr(policy, name) != new


def _write(policy: Policy, values: dict[str, Any], now: datetime) -> None:
    if "skip_groups" in values:
        policy.skip_groups.set(values["skip_groups"])
    for name, value in values.items():
        if name != "skip_groups":
            setattr(policy, name, value)
        if name in AUTOMATIONS:
            setattr(policy, f"{name}_since", now if value else None)
    policy.revision += 1
    policy.save()


def _in_words(policy: Policy, groups: list[Group], name: str) -> str | list[str]:
    return _words_of(name, groups if name == "skip_groups" else getattr(policy, name))


def _words_of(name: str, value: bool | int | Iterable) -> str | list[str]:
    if name in ("skip_groups", "skip_patterns"):
        return [str(one) for one in value]
    if name == "backup_every":
        return Policy.Interval(value).label
    return "on" if value else "off"
