"""Moments as Graph writes them."""

from datetime import datetime


def written(moment: datetime | None) -> str | None:
    """Return a moment as ``2026-11-22T12:00:00Z``, or None."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None
