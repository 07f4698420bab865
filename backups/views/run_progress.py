"""How far a run is, when it will end, and how we know."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Sum
from django.utils import timezone

from backups.connectors.microsoft365.allowances import allowance_of
from backups.models import ProviderBudget, Run, RunContainer
from backups.views.run_rows import bytes_words, span_words

_FIGURES = ("added", "changed", "removed", "unchanged", "failed", "bytes_read", "requests")
# Fewer accounts than this say too little about the others.
_ENOUGH = 3


@dataclass(frozen=True)
class Reckoning:
    """When a run will end: ``ends`` as a clock's time or "", and in ``how`` where that comes from."""

    ends: str
    how: str


@dataclass(frozen=True)
class Quota:
    """How much of an allowance is used."""

    label: str
    percent: int
    shade: str


def figures_of(run: Run) -> dict[str, int]:
    """Return what was counted so far, in one query; an open run's own columns are written at its end only."""
    parts = RunContainer.objects.filter(run_item__run=run)
    found = parts.aggregate(**{name: Sum(name) for name in _FIGURES})
    return {name: value or 0 for name, value in found.items()}


def progress_of(run: Run, *, now: datetime) -> dict:
    """Return what the progress of a run shows."""
    figures = figures_of(run)
    done, total = run.items_done, run.items_total
    seconds = max(((run.ended_at or now) - run.started_at).total_seconds(), 1) if run.started_at else 1
    seen = figures["added"] + figures["changed"] + figures["unchanged"] + figures["removed"]
    return {
        "figures": figures,
        "read": bytes_words(figures["bytes_read"]),
        "percent": done * 100 // total if total else 0,
        "pace": f"{seen * 60 / seconds:,.0f} objects a minute" if seen else "",
        "reckoning": reckon(run, now=now, previous=_previous(run)) if run.is_open else None,
        "took": span_words(run.ended_at - run.started_at) if run.ended_at and run.started_at else "",
    }


def reckon(run: Run, *, now: datetime, previous: timedelta | None) -> Reckoning:
    """Return when an open run will end, by the accounts it has done, or by how long the one before took.

    ``previous`` is how long the newest whole run of the same sort took.
    """
    if run.started_at is None:
        return Reckoning("", "It starts as soon as a worker is free.")
    passed, done, total = now - run.started_at, run.items_done, run.items_total
    if done >= _ENOUGH or (done and done * 2 >= total):
        left = passed / done * (total - done)
        accounts = f"{done:,} of {total:,} accounts took {span_words(passed)}"
        return Reckoning(_clock(now + left), f"Reckoned from this run: {accounts}.")
    if previous is not None and previous > passed:
        return Reckoning(_clock(run.started_at + previous), f"The last one took {span_words(previous)}.")
    return Reckoning("", "Not known yet: the first accounts are being read.")


def quota_of(run: Run, *, now: datetime) -> list[Quota]:
    """Return how much of the tenant's SharePoint allowance is used; mailboxes have allowances of their own."""
    scope = f"{run.connection.tenant_id} sharepoint"
    row = ProviderBudget.objects.filter(scope=scope).first()
    if row is None:
        return []
    people = run.connection.items.filter(kind="USER", has_mail_plan=True).count()
    allowance = allowance_of(scope, licences=people)
    minute = row.minute_used if now - row.minute_began_at < timedelta(minutes=1) else 0
    today = row.day_used if now - row.day_began_at < timedelta(days=1) else 0
    return [_quota("This minute", minute, allowance.units), _quota("Today", today, allowance.a_day)]


def _quota(label: str, used: float, allowed: float) -> Quota:
    share = min(round(used * 100 / allowed), 100)
    return Quota(label, share, "meter-low" if share >= 90 else "meter-mid" if share >= 70 else "")


def _previous(run: Run) -> timedelta | None:
    before = Run.objects.filter(connection=run.connection_id, item=run.item_id, requested_at__lt=run.requested_at)
    whole = before.filter(state__in=[Run.State.SUCCESS, Run.State.PARTIAL]).exclude(started_at=None)
    one = whole.newest_first().first()
    return one.ended_at - one.started_at if one else None


def _clock(moment: datetime) -> str:
    local, today = timezone.localtime(moment), timezone.localdate()
    return f"{local:%H:%M}" if local.date() == today else f"{local.day} {local:%b}, {local:%H:%M}"
