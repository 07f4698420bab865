"""Fourteen days in a word's width: a small chart the server draws, with a sentence for whoever cannot see it."""

from datetime import date
from functools import lru_cache

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from organizations.models.organization import BackupStatus

DAYS = 14
_NONE = "-"
_STATUS_OF = {status.value[0]: status for status in BackupStatus if status != BackupStatus.NONE}
# Height repeats what the colour says: (top, height) of a drawing 20 high.
_SHAPES = {
    BackupStatus.SUCCESS: (2, 18), BackupStatus.IN_PROGRESS: (2, 18), BackupStatus.PARTIAL: (8, 12),
    BackupStatus.ONBOARDING: (8, 12), BackupStatus.FAILED: (14, 6), BackupStatus.NONE: (18, 2),
}  # fmt: skip


def day_line(days: str, until: date | None, today: date) -> SafeString:
    """Draw the fourteen days that end ``today``, from the letters of `Organization.days` that end at ``until``.

    A day nothing is known about, before or after them, is a day without a report.
    """
    if not days or until is None:
        return _drawn(_NONE * DAYS)
    late = (today - until).days
    letters = days.rjust(DAYS, _NONE)
    if late >= 0:
        return _drawn((letters + _NONE * min(late, DAYS))[-DAYS:])
    # The viewer's day is still yesterday where the last letter was written.
    return _drawn(letters[:late].rjust(DAYS, _NONE))


@lru_cache(maxsize=4096)
def _drawn(letters: str) -> SafeString:
    """Draw one letter a day; the same fortnight is drawn once and kept."""
    statuses = [_STATUS_OF.get(letter, BackupStatus.NONE) for letter in letters]
    bars = format_html_join(
        "",
        '<rect class="day-{}" x="{}" y="{}" width="5" height="{}" rx="1"/>',
        ((status.value.lower(), f"{place * 6.8:.4g}", *_SHAPES[status]) for place, status in enumerate(statuses)),
    )
    words = ", ".join(f"{statuses.count(status)} {status.label.lower()}" for status in dict.fromkeys(statuses))
    return format_html(
        '<svg class="sparkline" viewBox="0 0 94 20" role="img" aria-label="Last {} days: {}">{}</svg>',
        DAYS,
        words,
        bars,
    )
