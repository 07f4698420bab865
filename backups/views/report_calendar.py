"""A year of days, each in the colour of its last report, and one month of it as links. A day is one of the viewer."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from organizations.models.organization import BackupStatus

# Exactly one year back, today included.
DAYS = 365
_DAY = timedelta(days=1)
# The drawing: a column a week, a row a weekday, below a line for the months.
_LEFT, _TOP, _STEP = 24, 14, 12.6
_LABELS = dict(BackupStatus.choices)
# What repeats the colour as a shape, beside the place of the day: SVG path data.
_MARKS = {
    BackupStatus.PARTIAL: ((3.2, 7.4, 7.4, 3.2),),
    BackupStatus.FAILED: ((3.2, 3.2, 7.4, 7.4), (7.4, 3.2, 3.2, 7.4)),
    BackupStatus.IN_PROGRESS: ((5.3, 5.3, 5.31, 5.3),),
    BackupStatus.ONBOARDING: ((5.3, 7.4, 5.3, 3.2),),
}
_LEGEND = (
    BackupStatus.SUCCESS, BackupStatus.PARTIAL, BackupStatus.FAILED, BackupStatus.IN_PROGRESS,
    BackupStatus.ONBOARDING, BackupStatus.NONE,
)  # fmt: skip


@dataclass(frozen=True)
class Day:
    """One day of the month: a link where there is a report."""

    number: int
    iso: str
    status: str
    label: str
    is_picked: bool
    is_today: bool


def first_day(today: date) -> date:
    """Return the oldest day that is shown."""
    return today - (DAYS - 1) * _DAY


def year_drawing(statuses: Mapping[date, str], *, today: date, picked: date) -> SafeString:
    """Draw the year that ends ``today``; a day with a report leads to it on the same page."""
    begin = first_day(today)
    codes = tuple(statuses.get(begin + number * _DAY, BackupStatus.NONE) for number in range(DAYS))
    return _drawn(codes, today, picked)


def month_drawing(statuses: Mapping[date, str], *, month: date, today: date, picked: date) -> SafeString:
    """Draw the month that begins with ``month`` as a table of links, Monday first."""
    days = (shifted(month, 1) - month).days
    codes = tuple(statuses.get(month + number * _DAY, BackupStatus.NONE) for number in range(days))
    return _drawn_month(codes, month, today, picked)


@lru_cache(maxsize=256)
def _drawn_month(codes: tuple[str, ...], month: date, today: date, picked: date) -> SafeString:
    days: list[Day | None] = [None] * month.weekday()
    for number, code in enumerate(codes):
        one = month + number * _DAY
        days.append(Day(one.day, one.isoformat(), str(code).lower(), _LABELS[code], one == picked, one == today))
    days += [None] * (-len(days) % 7)
    weeks = [days[at : at + 7] for at in range(0, len(days), 7)]
    return render_to_string("backups/_report_month.html", {"weeks": weeks})


@lru_cache(maxsize=1)
def legend() -> list[tuple[str, str, SafeString | str]]:
    """Return (class, word, mark) of each status that a day may have."""
    return [(status.value.lower(), status.label, _mark(status, 0.7, 0.7)) for status in _LEGEND]


def shifted(month: date, by: int) -> date:
    """Return the first day of the month ``by`` months later."""
    months = month.year * 12 + month.month - 1 + by
    return date(months // 12, months % 12 + 1, 1)


def in_words(day: date) -> str:
    """Return "Monday 16 November 2026"."""
    return f"{day:%A} {day.day} {day:%B %Y}"


@lru_cache(maxsize=256)
def _drawn(codes: tuple[str, ...], today: date, picked: date) -> SafeString:
    """Draw one code a day; the same year is drawn once and kept."""
    begin = first_day(today)
    monday = begin - begin.weekday() * _DAY
    days = [begin + number * _DAY for number in range(DAYS)]
    drawn = [_day(one, code, monday, today, picked) for one, code in zip(days, codes, strict=True)]
    months = [(f"{_x(one, monday):.1f}", f"{one:%b}") for one in days if one.day == 1]
    weekdays = [(f"{_TOP + row * _STEP + 8.5:.1f}", name) for row, name in ((0, "Mon"), (2, "Wed"), (4, "Fri"))]
    words = f"Backup status of every day from {in_words(begin)} to {in_words(today)}."
    return format_html(
        '<svg class="heat-map-chart" viewBox="0 0 693 104" role="group" aria-label="{} The month below lists the same'
        ' days as links.">{}{}<g aria-hidden="true">{}</g></svg>',
        words,
        format_html_join("", '<text x="{}" y="8" aria-hidden="true">{}</text>', months),
        format_html_join("", '<text x="0" y="{}" aria-hidden="true">{}</text>', weekdays),
        format_html_join("", "{}", ((one,) for one in drawn)),
    )


def _day(one: date, code: str, monday: date, today: date, picked: date) -> SafeString:
    x, y = _x(one, monday), _TOP + one.weekday() * _STEP
    title = f"{in_words(one)}{', today' if one == today else ''}: {_LABELS[code]}"
    inset = 0.5 if code == BackupStatus.NONE else 0
    shape = format_html(
        '<title>{}</title><rect class="day day-{}" x="{}" y="{}" width="{}" height="{}"></rect>{}{}{}',
        title, str(code).lower(), f"{x + inset:.1f}", f"{y + inset:.1f}", 10.6 - 2 * inset, 10.6 - 2 * inset,
        _mark(code, x, y),
        _ring("day-today", x, y) if one == today else "",
        _ring("day-picked", x, y) if one == picked else "",
    )  # fmt: skip
    if code == BackupStatus.NONE:
        return format_html("<g>{}</g>", shape)
    return format_html('<a href="?day={}" tabindex="-1">{}</a>', one.isoformat(), shape)


def _mark(code: str, x: float, y: float) -> SafeString | str:
    lines = _MARKS.get(BackupStatus(code))
    if lines is None:
        return ""
    path = "".join(f"M{x + a:.1f} {y + b:.1f} {x + c:.2f} {y + d:.1f}" for a, b, c, d in lines)
    shade = " day-partial-mark" if code == BackupStatus.PARTIAL else ""
    return format_html('<path class="day-mark{}" d="{}"></path>', shade, path)


def _ring(css: str, x: float, y: float) -> SafeString:
    return format_html(
        '<rect class="{}" x="{}" y="{}" width="13.8" height="13.8"></rect>', css, f"{x - 1.6:.1f}", f"{y - 1.6:.1f}"
    )


def _x(one: date, monday: date) -> float:
    return _LEFT + (one - monday).days // 7 * _STEP
