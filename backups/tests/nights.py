"""How much a long test of `manage.py soak` does: the counts of a night, or the part of them that was asked for."""

import os

PART = float(os.environ.get("PORTICO_SOAK_PART", "1"))


def of_a_night(count: int) -> int:
    """Return ``count``, or the part of it that ``--part`` asks for, at least one."""
    return max(1, round(count * PART))
