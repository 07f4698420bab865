"""What bounds us: pauses that a provider asked for, and budgets that we keep so that it need not ask."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol


class Pauses(Protocol):
    """Where scopes are told to wait, shared by every process."""

    def until(self, scope: str) -> datetime | None:
        """Return the moment before which nothing of ``scope`` may be asked, or None."""

    def note(self, scope: str, not_before: datetime) -> None:
        """Remember a pause; a shorter one never shortens a longer one."""


@dataclass
class PausesHere:
    """Pauses of this process alone, for tests and single commands."""

    moments: dict[str, datetime] = field(default_factory=dict)

    def until(self, scope: str) -> datetime | None:
        return self.moments.get(scope)

    def note(self, scope: str, not_before: datetime) -> None:
        self.moments[scope] = max(not_before, self.moments.get(scope, not_before))


class Budgets(Protocol):
    """What is left of a provider's allowances, shared by every process."""

    def take(self, scope: str, units: float) -> timedelta:
        """Take ``units`` of the allowance of ``scope``; return zero, or how long until they are there: then nothing
        was taken.
        """

    def refused(self, scope: str) -> None:
        """Draw less from now on: the provider refused a call of ``scope`` although we thought there was room."""


class Unlimited:
    """No budget: for providers whose allowances nobody knows, and for tests."""

    def take(self, scope: str, units: float) -> timedelta:
        return timedelta()

    def refused(self, scope: str) -> None:
        """Nothing to draw less from."""


@dataclass(frozen=True)
class Allowance:
    """What a provider allows of one scope: ``units`` in ``seconds``, ``burst`` of them at once, and ``a_day``."""

    units: float
    seconds: float
    burst: float
    a_day: float | None = None
