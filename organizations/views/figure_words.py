"""How figures and moments are said: short, in the person's time zone, at most three significant digits."""

from datetime import datetime

from django.utils import timezone

# Views say it beside the others; it lives below them, since invoices say it too.
from organizations.counted_words import counted as counted

_MINUTES_A_DAY = 24 * 60


def since_words(moment: datetime | None, now: datetime) -> str:
    """Return how long ago ``moment`` was: "52 m", "9 h 10 m", "41 h", "3 d 4 h", or "Never"."""
    if moment is None:
        return "Never"
    # Between two moments of one zone Python would subtract what their clocks show, an hour off when those change.
    minutes = max(int((now.timestamp() - moment.timestamp()) // 60), 0)
    hours = minutes // 60
    if minutes < 60:
        return f"{minutes} m"
    if minutes < _MINUTES_A_DAY:
        return f"{hours} h {minutes % 60:02} m" if minutes % 60 else f"{hours} h"
    if minutes < 3 * _MINUTES_A_DAY:
        return f"{hours} h"
    return f"{hours // 24} d {hours % 24} h" if hours % 24 else f"{hours // 24} d"


def moment_words(moment: datetime | None, now: datetime) -> str:
    """Return ``moment`` as people say it: "today 06:12", "yesterday 06:12", "15 Nov 16:09", "15 Nov 2025"."""
    if moment is None:
        return ""
    local, today = timezone.localtime(moment), timezone.localdate(now)
    days = (today - local.date()).days
    if days in (0, 1):
        return f"{'today' if days == 0 else 'yesterday'} {local:%H:%M}"
    day = f"{local.day} {local:%b}"
    return f"{day} {local:%H:%M}" if local.year == today.year else f"{day} {local.year}"


def size_words(size: int) -> str:
    """Return bytes in GB or TB: "0 GB", "0.3 GB", "412 GB", "1.94 TB"."""
    amount, unit = (size / 10**12, "TB") if size >= 999.5 * 10**9 else (size / 10**9, "GB")
    if amount == 0 or amount >= 99.95:
        return f"{amount:,.0f} {unit}"
    if unit == "GB":
        return f"{amount:.1f} GB" if amount >= 0.1 else "under 0.1 GB"
    return f"{amount:.2f} TB" if amount < 9.995 else f"{amount:.1f} TB"


def percent(part: int, whole: int) -> int:
    """Return how much of ``whole`` is ``part``, rounded down: 100 means all of it."""
    return part * 100 // whole if whole else 0
