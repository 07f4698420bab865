"""Budgets that run out and fill again. None of them is safe for threads; the meter holds one lock."""

import math


class TokenBucket:
    """Fills steadily: ``capacity`` units in ``seconds``."""

    def __init__(self, capacity: float, seconds: float, now: float) -> None:
        self.capacity, self.seconds = capacity, seconds
        self.level, self.filled_at = capacity, now

    def wait_for(self, units: float, now: float) -> float:
        """Return the seconds until ``units`` are there; 0 when they are."""
        self._fill(now)
        # A call that costs more than the whole bucket passes when the bucket is full.
        missing = min(units, self.capacity) - self.level
        return missing / self.capacity * self.seconds if missing > 1e-9 else 0.0

    def take(self, units: float) -> None:
        """Take ``units`` out."""
        self.level -= units

    @property
    def used(self) -> float:
        """The share that is used: 1 when nothing is left."""
        return 1 - self.level / self.capacity

    def _fill(self, now: float) -> None:
        gained = max(0.0, now - self.filled_at) / self.seconds * self.capacity
        self.level, self.filled_at = min(self.capacity, self.level + gained), now


class Window:
    """Holds ``capacity`` units for each whole period of ``seconds``, and all of them again in the next."""

    def __init__(self, capacity: float, seconds: float, now: float) -> None:
        self.capacity, self.seconds = capacity, seconds
        self.spent, self.began_at = 0.0, self._beginning(now)

    def wait_for(self, units: float, now: float) -> float:
        """Return the seconds until ``units`` are there; 0 when they are."""
        if self._beginning(now) != self.began_at:
            self.spent, self.began_at = 0.0, self._beginning(now)
        if self.spent and self.spent + units > self.capacity:
            return self.reset_in(now)
        return 0.0

    def take(self, units: float) -> None:
        """Spend ``units``."""
        self.spent += units

    @property
    def used(self) -> float:
        """The share that is spent."""
        return self.spent / self.capacity

    @property
    def remaining(self) -> int:
        """The units that are left."""
        return max(0, math.floor(self.capacity - self.spent))

    def reset_in(self, now: float) -> float:
        """Return the seconds until the next period."""
        return self.began_at + self.seconds - now

    def _beginning(self, now: float) -> float:
        return now // self.seconds * self.seconds
