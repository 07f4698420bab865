"""Budgets of providers in the database, where every worker draws from them.

An allowance is a bucket that fills steadily, at a little less than the provider allows, so that whatever window the
provider counts in holds less than its limit. Half of it is kept for restores while there are any, and lent to backups
while there are none. A worker draws about a second's worth at once and uses it up without asking again.
"""

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import transaction

from backups.connectors.limits import Allowance
from backups.models import ProviderBudget

# Of the allowance; what a burst adds within one of the provider's windows has to fit as well.
STEADY = 0.94
DAY_FOR_BACKUPS, DAY_FOR_ALL = 0.93, 0.98
# Backups leave half to restores until the last one is so long ago.
RESTORING_FOR = timedelta(minutes=2)
_LEAST_SHARE, _SHRINKS_TO, _GROWS_A_MINUTE = 0.25, 0.8, 0.05
_A_DAY, _A_MINUTE, _IN_HAND_FOR = timedelta(days=1), timedelta(minutes=1), timedelta(seconds=1)


@dataclass
class _Hand:
    """What this process has drawn and not used, and until when it may."""

    units: float = 0
    until: datetime = datetime.min.replace(tzinfo=UTC)


class SharedBudgets:
    """The `Budgets` of `backups.connectors.limits`, shared by all processes. Safe for threads.

    ``allowance_of(scope)`` says what the provider allows, or None for no limit.
    """

    def __init__(
        self,
        allowance_of: Callable[[str], Allowance | None],
        *,
        restores: bool = False,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.allowance_of, self.restores, self.clock = allowance_of, restores, clock
        self._hands: dict[str, _Hand] = {}
        self._lock = threading.Lock()

    def take(self, scope: str, units: float) -> timedelta:
        """Take ``units`` and return zero, or take nothing and return how long until they are there."""
        allowance = self.allowance_of(scope)
        if allowance is None or units <= 0:
            return timedelta()
        with self._lock:
            hand = self._hands.setdefault(scope, _Hand())
            if self.clock() > hand.until:
                hand.units = 0
            if hand.units < units:
                drawn, wait = self._draw(scope, allowance, units - hand.units)
                if wait:
                    return wait
                hand.units, hand.until = hand.units + drawn, self.clock() + _IN_HAND_FOR
            hand.units -= units
            return timedelta()

    def refused(self, scope: str) -> None:
        """Draw less from now on."""
        allowance = self.allowance_of(scope)
        if allowance is None:
            return
        with self._lock, transaction.atomic():
            row = self._row(scope, allowance)
            self._fill(row, allowance)
            row.share = max(_LEAST_SHARE, row.share * _SHRINKS_TO)
            row.level = row.backup_level = 0
            row.save()
            self._hands.pop(scope, None)

    def _draw(self, scope: str, allowance: Allowance, units: float) -> tuple[float, timedelta]:
        """Return (units drawn, zero), or (0, how long to wait)."""
        with transaction.atomic():
            row = self._row(scope, allowance)
            self._fill(row, allowance)
            rate = self._rate(row, allowance)
            left_today = self._left_today(row, allowance)
            wait = self._wait(row, allowance, units, rate) if units <= left_today else self._tomorrow(row)
            drawn = 0.0
            if not wait:
                drawn = max(units, min(self._level(row), rate, left_today))
                self._book(row, drawn)
            row.save()
        return drawn, wait

    def _wait(self, row: ProviderBudget, allowance: Allowance, units: float, rate: float) -> timedelta:
        level = self._level(row)
        # A call that costs more than the whole bucket passes when the bucket is full.
        if level >= min(units, allowance.burst):
            return timedelta()
        # Whoever waits, waits for a few calls together: that is one question to the database instead of many.
        missing = min(max(units, rate / 2), allowance.burst) - level
        slower = not self.restores and row.backup_level < row.level and self._is_restoring(row)
        return timedelta(seconds=max(0.01, missing / (rate / 2 if slower else rate)))

    def _left_today(self, row: ProviderBudget, allowance: Allowance) -> float:
        if allowance.a_day is None:
            return math.inf
        return allowance.a_day * (DAY_FOR_ALL if self.restores else DAY_FOR_BACKUPS) - row.day_used

    def _tomorrow(self, row: ProviderBudget) -> timedelta:
        return row.day_began_at + _A_DAY - self.clock()

    def _level(self, row: ProviderBudget) -> float:
        return row.level if self.restores else min(row.level, row.backup_level)

    def _book(self, row: ProviderBudget, units: float) -> None:
        row.level -= units
        if self.restores:
            row.restored_at = self.clock()
        else:
            row.backup_level -= units
        row.minute_used += units
        row.day_used += units

    def _fill(self, row: ProviderBudget, allowance: Allowance) -> None:
        now = self.clock()
        seconds = max(0.0, (now - row.filled_at).total_seconds())
        row.share = min(1.0, row.share + _GROWS_A_MINUTE * seconds / 60)
        gained = seconds * self._rate(row, allowance)
        row.level = min(allowance.burst, row.level + gained)
        row.backup_level = min(allowance.burst, row.backup_level + (gained / 2 if self._is_restoring(row) else gained))
        row.filled_at = max(now, row.filled_at)
        if now - row.minute_began_at >= _A_MINUTE:
            row.minute_began_at, row.minute_used = now, 0
        if now - row.day_began_at >= _A_DAY:
            row.day_began_at, row.day_used = now, 0

    def _rate(self, row: ProviderBudget, allowance: Allowance) -> float:
        return allowance.units / allowance.seconds * STEADY * row.share

    def _is_restoring(self, row: ProviderBudget) -> bool:
        return row.restored_at is not None and self.clock() - row.restored_at < RESTORING_FOR

    def _row(self, scope: str, allowance: Allowance) -> ProviderBudget:
        """Return the row of a scope, locked; made full when it is the first time."""
        name, now = scope[:300], self.clock()
        begin = {"level": allowance.burst, "backup_level": allowance.burst, "filled_at": now}
        begin |= {"minute_began_at": now, "day_began_at": now}
        ProviderBudget.objects.bulk_create([ProviderBudget(scope=name, **begin)], ignore_conflicts=True)
        return ProviderBudget.objects.select_for_update().get(scope=name)
