"""Changing how the Summary Digest is sent, when the next one is due, and a test to oneself."""

import calendar
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from accounts import audit
from accounts.models import AuditEntry, User
from notifications import emails
from organizations.actions.revisions import ChangedMeanwhile, newest_edit
from organizations.models import DigestSetting, Organization
from organizations.models.organization import BackupStatus

TESTS_AN_HOUR = 5
# Two presses of the same button are one wish.
_ONE_PRESS = timedelta(seconds=10)
_MINUTE = timedelta(minutes=1)
# From the 31st of one month over a month's end to the 31st of the next, with a day to spare at both ends.
_DAYS_AHEAD = 64
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


class TooManyTests(Exception):
    """The person sent as many tests as an hour allows; ``next_at`` is when the next one may go."""

    def __init__(self, next_at: datetime) -> None:
        super().__init__(f"{TESTS_AN_HOUR} tests within an hour are enough.")
        self.next_at = next_at


def next_digest_at(setting: DigestSetting, after: datetime) -> datetime:
    """Return the first moment later than ``after`` at which ``setting`` sends a digest, in UTC.

    The wall clock of the setting's zone decides. Where the clock jumps over the hour, it is the first minute after
    the jump; where the hour comes twice, the first time. Day 31 is the last day of a shorter month.
    """
    zone = ZoneInfo(setting.time_zone)
    start = after.astimezone(zone).date() - timedelta(days=1)
    for ahead in range(_DAYS_AHEAD):
        day = start + timedelta(days=ahead)
        if _is_due_on(setting, day) and (moment := _first_moment(day, setting.hour, zone)) > after:
            return moment
    raise AssertionError("Every setting is due once in two months.")


def _is_due_on(setting: DigestSetting, day: date) -> bool:
    match setting.frequency:
        case DigestSetting.Frequency.WEEKLY:
            return day.weekday() == setting.weekday
        case DigestSetting.Frequency.MONTHLY:
            return day.day == min(setting.month_day, calendar.monthrange(day.year, day.month)[1])
    return True


def _first_moment(day: date, hour: int, zone: ZoneInfo) -> datetime:
    wall = datetime.combine(day, time(hour))
    moment = wall.replace(tzinfo=zone).astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == wall:
        return moment
    # Skipped: Python counts on from before the jump (PEP 495), which may land some minutes behind it.
    offset = moment.astimezone(zone).utcoffset()
    while (moment - _MINUTE).astimezone(zone).utcoffset() == offset:
        moment -= _MINUTE
    return moment


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


@transaction.atomic
def send_test(*, organization: Organization, person: User, time_zone: str, now: datetime) -> None:
    """Mail ``person``, and nobody else, a test of the organization's digest; a second press right after sends none.

    Raises `TooManyTests` after the fifth within an hour.
    """
    # The lock makes two presses at once count each other.
    setting = DigestSetting.objects.select_for_update().get(organization=organization)
    sent = AuditEntry.objects.filter(
        chain__partner=organization.partner_id, organization_id=organization.pk, actor_id=person.pk,
        action="digest.test_sent", at__gt=now - timedelta(hours=1), at__lte=now,
    )  # fmt: skip
    moments = list(sent.newest_first().values_list("at", flat=True)[:TESTS_AN_HOUR])
    if moments and now - moments[0] < _ONE_PRESS:
        return
    if len(moments) == TESTS_AN_HOUR:
        raise TooManyTests(moments[-1] + timedelta(hours=1))
    audit.record(
        "digest.test_sent",
        partner_id=organization.partner_id,
        organization_id=organization.pk,
        actor=person,
        target=organization,
        at=now,
        details={"email": person.email},
    )
    has_report = organization.backup_status != BackupStatus.NONE
    emails.digest_test(
        to=person.email,
        name=person.first_name,
        organization=organization.name,
        partner=organization.partner.name,
        status=organization.get_backup_status_display() if has_report else "",
        note=organization.backup_note,
        next_at=next_digest_at(setting, now) if setting.is_on else None,
        settings_url=settings.BASE_URL + reverse("organizations:settings_notifications", args=[organization.uuid]),
        time_zone=time_zone,
    )


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
