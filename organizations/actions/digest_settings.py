"""Changing how the Summary Digest is sent, and what people call its settings."""

import calendar
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts import audit
from accounts.models import User
from organizations.actions.digests_due import owe
from organizations.actions.revisions import ChangedMeanwhile, newest_edit
from organizations.models import DigestSetting, Organization

# What people call each setting, on the page and in the audit log.
NAMES = {
    "is_on": "Summary Digest",
    "recipients": "Recipients",
    "frequency": "How often",
    "weekday": "Day of the week",
    "month_day": "Day of the month",
    "hour": "Hour",
    "time_zone": "Time zone",
    "content": "When to send",
}


class DigestChangedMeanwhile(ChangedMeanwhile):
    """Somebody changed the digest's settings after the page was opened."""


class NobodyReceivesIt(Exception):
    """The digest cannot be switched on without a recipient."""


@transaction.atomic
def edit_digest(
    *, organization: Organization, values: dict[str, Any], revision: int, actor: User, now: datetime
) -> list[str]:
    """Change the digest's settings and return the names of those that changed; none for the same values again.

    ``values`` holds any of the setting's fields. Raises `NobodyReceivesIt`, and `DigestChangedMeanwhile` when
    ``revision`` is not the stored one and something would change.
    """
    setting = DigestSetting.objects.select_for_update().get(organization=organization)
    changed = [name for name in NAMES if name in values and _differs(getattr(setting, name), values[name])]
    if not changed:
        return []
    if setting.revision != revision:
        raise DigestChangedMeanwhile(newest_edit(organization, "digest.edited"))
    owe(setting, now)
    details = {}
    for name in changed:
        details[NAMES[name]] = [words_of(name, getattr(setting, name)), words_of(name, values[name])]
        setattr(setting, name, values[name])
    if setting.is_on and not setting.recipients:
        raise NobodyReceivesIt("Add at least one recipient before you switch the Summary Digest on.")
    setting.revision += 1
    setting.save()
    audit.record(
        "digest.edited",
        partner_id=organization.partner_id,
        organization_id=organization.pk,
        actor=actor,
        target=organization,
        at=now,
        details=details,
    )
    return changed


def often_words(setting: DigestSetting) -> str:
    """Return how often and when ``setting`` sends, as "every Monday at 07:00"."""
    match setting.frequency:
        case DigestSetting.Frequency.WEEKLY:
            often = f"every {words_of('weekday', setting.weekday)}"
        case DigestSetting.Frequency.MONTHLY:
            often = f"every month on day {setting.month_day}"
        case _:
            often = "every day"
    return f"{often} at {words_of('hour', setting.hour)}"


def words_of(name: str, value: Any) -> str | list[str]:
    """Return a value of the setting ``name`` as people read it."""
    return _WORDS.get(name, str)(value)


def _differs(old: Any, new: Any) -> bool:
    return sorted(old) != sorted(new) if isinstance(new, list) else old != new


_WORDS: dict[str, Callable[[Any], str | list[str]]] = {
    "is_on": lambda value: "on" if value else "off",
    "recipients": list,
    "frequency": lambda value: DigestSetting.Frequency(value).label,
    "weekday": lambda value: calendar.day_name[value],
    "hour": lambda value: f"{value:02}:00",
    "content": lambda value: DigestSetting.Content(value).label,
}
