"""Asking for the members of groups that a filter names: nobody reads them before."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Q

from jobs.models import Job
from jobs.requests import request_job
from organizations.models import Group
from organizations.models.organization import READABLE

_KIND = "read_group_members"
# After a reading that came to nothing, the next one waits: a page that is open must not ask every few seconds.
_REST = timedelta(minutes=10)


@dataclass(frozen=True)
class Unread:
    """Groups whose members are not known: those being read now, and those that could not be."""

    reading: list[Group] = field(default_factory=list)
    failed: list[Group] = field(default_factory=list)


def request_members(groups: Iterable[Group], *, now: datetime) -> Unread:
    """Have the members of those ``groups`` read that never were, once each; return what is still unknown.

    Each group brings its connection along.
    """
    unread = unread_members(groups, now=now)
    for group in unread.reading:
        # The key lets a second request pass unheard while the first one is open.
        request_job(_KIND, subject_id=group.pk, key=f"{_KIND}:{group.pk}", at=now)
    return unread


def unread_members(groups: Iterable[Group], *, now: datetime) -> Unread:
    """Return which of ``groups`` nobody has read yet, without asking for it.

    Groups that are gone or of a connection that cannot be read count as failed, and so do those whose reading came
    to nothing lately.
    """
    waiting = [group for group in groups if group.members_read_at is None]
    if not waiting:
        return Unread()
    jobs = Job.objects.filter(kind=_KIND, subject_id__in=[group.pk for group in waiting])
    ended = Q(state__in=[Job.State.DONE, Job.State.QUARANTINED], finished_at__gt=now - _REST)
    open_ones = set(jobs.filter(finished_at=None).values_list("subject_id", flat=True))
    resting = set(jobs.filter(ended).values_list("subject_id", flat=True)) - open_ones
    unread = Unread()
    for group in waiting:
        is_there = group.connection.state in READABLE and not group.is_gone
        (unread.reading if is_there and group.pk not in resting else unread.failed).append(group)
    return unread
