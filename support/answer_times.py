"""How quickly partners are answered: medians for each week in which tickets were asked."""

from datetime import datetime, timedelta

from organizations.views.figure_words import since_words
from support.models import Ticket

WEEKS = 12


def weeks_of_answers(now: datetime) -> list[dict]:
    """Return the last weeks, newest first: its Monday, how many were asked, answered and settled, and the medians in
    words. A week in which nothing was asked is left out; weeks begin in the present time zone.
    """
    return [
        {**week, "first_answer": _words(week["first_answer"], now), "resolution": _words(week["resolution"], now)}
        for week in Ticket.objects.answers_by_week(since=now - timedelta(weeks=WEEKS))
    ]


def _words(duration: timedelta | None, now: datetime) -> str:
    return "–" if duration is None else since_words(now - duration, now)
