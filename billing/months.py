"""Months as invoices are made for them."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Self


@dataclass(frozen=True)
class Month:
    """A calendar month, known by its first day."""

    first: date

    @classmethod
    def holding(cls, day: date) -> Self:
        """Return the month a day belongs to."""
        return cls(day.replace(day=1))

    @property
    def last(self) -> date:
        return self.after.first - timedelta(days=1)

    @property
    def days(self) -> int:
        return self.last.day

    @property
    def before(self) -> "Month":
        return Month.holding(self.first - timedelta(days=1))

    @property
    def after(self) -> "Month":
        return Month.holding(self.first + timedelta(days=31))

    def __str__(self) -> str:
        return f"{self.first:%B %Y}"


def day_words(day: date, today: date) -> str:
    """Return a day as lists show it: "30 Nov", with its year where that is another one than today's."""
    return f"{day.day} {day:%b}" if day.year == today.year else f"{day.day} {day:%b %Y}"
