"""How long a restore takes: reckoned from the provider's allowance before it begins, and from its own pace since.

Work is counted in seconds that it would take at the provider's allowance: so many for each object by its kind, and so
many for its bytes. What the clock shows for them is the pace.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from backups.connectors.contract import Kind
from backups.connectors.microsoft365.allowances import allowance_of
from backups.engine.budgets import STEADY
from backups.models import Restore
from organizations.models import Connection, Item

BYTES_A_SECOND = 8 << 20
_SCOPES = {Kind.ONEDRIVE: "sharepoint", Kind.SHAREPOINT: "sharepoint", Kind.TEAMS: "team"}
# A pace is noted this often and remembered for so long; one shorter than this says little.
NOTED_EVERY, REMEMBERED, ENOUGH = timedelta(seconds=15), timedelta(minutes=10), timedelta(minutes=1)


@dataclass(frozen=True)
class Ending:
    """When a restore ends, and in ``how`` where that comes from; the moments are None where nobody knows."""

    earliest: datetime | None
    likely: datetime | None
    latest: datetime | None
    how: str


def seconds_each(kind: str, cost: float, connection: Connection) -> float:
    """Return how long one object of a kind takes by the provider's allowance, besides its bytes."""
    scope = f"{connection.tenant_id} {_SCOPES.get(kind, 'mailbox')}"
    licences = connection.items.filter(kind=Item.Kind.USER, has_mail_plan=True).count()
    allowance = allowance_of(scope, licences=licences)
    return cost / (allowance.units / allowance.seconds * STEADY) if allowance else 0.0


def ending_of(restore: Restore, *, now: datetime) -> Ending:
    """Return when a restore that is planned or under way ends, in one query."""
    left, _ = _work(restore)
    if restore.state == Restore.State.PAUSED or restore.has_ended:
        return Ending(None, None, None, "")
    passed, done = _pace(restore)
    begins = max(filter(None, (now, restore.waits_until)))
    if passed < ENOUGH.total_seconds() or not done:
        spans = (left * 0.8, left, left * 2)
        how = "Reckoned from what the service allows; measured as soon as it runs."
    else:
        seconds = left * passed / done
        doubt = min(0.5, 0.05 + 30 / passed)
        spans = (seconds * (1 - doubt), seconds, seconds * (1 + doubt))
        how = f"Measured over the last {round(passed / 60) or 1} min of this restore."
    return Ending(*(begins + timedelta(seconds=span) for span in spans), how)


def noted(pace: list, *, done: float, now: datetime) -> list:
    """Return the pace with how much is done now, without what is too old to count."""
    moment = now.timestamp()
    if pace and moment - pace[-1][0] < NOTED_EVERY.total_seconds():
        return pace
    recent = [one for one in pace if moment - one[0] <= REMEMBERED.total_seconds()]
    return [*recent, [moment, done]]


def work_done(restore: Restore) -> float:
    """Return how much work is done, in seconds at the provider's allowance."""
    return _work(restore)[1]


def _work(restore: Restore) -> tuple[float, float]:
    """Return the seconds of work that are left and those that are done."""
    left = done = 0.0
    for part in restore.parts.all():
        settled = part.restored + part.failed
        left += part.left * part.seconds_each
        done += settled * part.seconds_each
        left += max(part.bytes_total - part.bytes_done, 0) / BYTES_A_SECOND if part.left else 0
        done += part.bytes_done / BYTES_A_SECOND
    return left, done


def _pace(restore: Restore) -> tuple[float, float]:
    """Return the seconds that were measured, and the seconds of work that were done in them."""
    if len(restore.pace) < 2:
        return 0.0, 0.0
    (began, before), (ended, after) = restore.pace[0], restore.pace[-1]
    return ended - began, after - before
