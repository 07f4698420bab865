"""When a Summary Digest is due, and which were due that nothing came of yet."""

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from organizations.models import DigestSetting

_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)
# From the 31st of one month over a month's end to the 31st of the next, with a day to spare at both ends.
_DAYS_AHEAD = 64
_TIMES = ("frequency", "weekday", "month_day", "hour", "time_zone")


@dataclass(frozen=True)
class DueDigest:
    """One digest that was due: ``day`` is the local date it is of, in the zone of the settings of then."""

    at: datetime
    day: date
    recipients: tuple[str, ...]


def next_digest_at(setting: DigestSetting, after: datetime) -> datetime:
    """Return the first moment later than ``after`` at which ``setting`` sends a digest, in UTC.

    The wall clock of the setting's zone decides. Where the clock jumps over the hour, it is the first minute after
    the jump; where the hour comes twice, the first time. Day 31 is the last day of a shorter month.
    """
    return _next(setting, after)[0]


def _next(setting: DigestSetting, after: datetime) -> tuple[datetime, date]:
    """Return the moment and the date whose digest it is: a clock that jumps over midnight may bring the next date."""
    zone = ZoneInfo(setting.time_zone)
    start = after.astimezone(zone).date() - timedelta(days=1)
    for ahead in range(_DAYS_AHEAD):
        day = start + timedelta(days=ahead)
        if _is_due_on(setting, day) and (moment := _first_moment(day, setting.hour, zone)) > after:
            return moment, day
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


def is_any_due(setting: DigestSetting, now: datetime) -> bool:
    """Return whether `digests_due` finds any, without looking for all of them."""
    return bool(setting.owed) or (_is_sending(setting) and next_digest_at(setting, _since(setting, now)) <= now)


def digests_due(setting: DigestSetting, now: datetime) -> list[DueDigest]:
    """Return every digest that is due at ``now`` and not settled, also of before an edit; oldest first."""
    found = []
    for span in setting.owed:
        then, since, until = _read(span)
        found += _between(then, since, until)
    if _is_sending(setting):
        found += _between(setting, _since(setting, now), now)
    return found


def settle(setting: DigestSetting, until: datetime) -> None:
    """Keep that every digest due up to ``until`` has its row; what is owed no more is forgotten."""
    left = []
    for span in setting.owed:
        then, since, end = _read(span)
        since = max(since, until)
        if next_digest_at(then, since) <= end:
            left.append(span | {"since": since.isoformat()})
    setting.owed = left
    setting.settled_until = max(setting.settled_until or until, until)
    setting.save(update_fields=["owed", "settled_until"])


def owe(setting: DigestSetting, now: datetime) -> None:
    """Note on ``setting``, which is about to become another and is saved with that, what was due as it was.

    Whatever it becomes asks for nothing that was due before.
    """
    since = _since(setting, now)
    if _is_sending(setting) and next_digest_at(setting, since) <= now:
        times = {name: getattr(setting, name) for name in _TIMES}
        span = {"since": since.isoformat(), "until": now.isoformat(), "recipients": setting.recipients}
        setting.owed = [*setting.owed, times | span]
    setting.settled_until = now


def _read(span: dict) -> tuple[DigestSetting, datetime, datetime]:
    """Return the settings of then, and since and until when what was due by them is owed."""
    then = DigestSetting(**{name: span[name] for name in _TIMES}, recipients=span["recipients"])
    return then, datetime.fromisoformat(span["since"]), datetime.fromisoformat(span["until"])


def _is_sending(setting: DigestSetting) -> bool:
    return setting.is_on and bool(setting.recipients)


def _since(setting: DigestSetting, now: datetime) -> datetime:
    return setting.settled_until or now - _DAY


def _between(setting: DigestSetting, since: datetime, until: datetime) -> Iterator[DueDigest]:
    recipients = tuple(sorted({address.lower() for address in setting.recipients}))
    moment, day = _next(setting, since)
    while moment <= until:
        yield DueDigest(moment, day, recipients)
        moment, day = _next(setting, moment)
