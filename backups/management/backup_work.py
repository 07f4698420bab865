"""Beginning a run from the command line, and helping with it until it ends.

Whatever of the run waits for a worker is done here; what a worker has taken is left to it. So the command works
beside the workers as well as without any.
"""

import time

from django.db.models import Q
from django.utils import timezone

from backups.actions.runs import RunAlreadyOpen, RunProblem, start_run
from backups.models import Run, RunItem
from backups.vault.progress import ProgressLine
from jobs import claims
from jobs.models import Job
from organizations.models import Connection, Item

ACTOR = "Command line"
_LOOK_AGAIN_SECONDS = 0.5
_WORDS = {Run.State.QUEUED: "waits", Run.State.LOOKING: "looking who is there", Run.State.RUNNING: "accounts"}


def ask_for_run(connection: Connection, item: Item | None) -> tuple[Run | None, str]:
    """Start a run, or take the one that is under way already; (None, why) where there can be none."""
    try:
        now = timezone.now()
        return start_run(connection=connection, item=item, trigger=Run.Trigger.OPERATOR, actor=ACTOR, now=now), ""
    except RunAlreadyOpen as problem:
        return Run.objects.open().filter(connection=connection, item=item).first(), str(problem)
    except RunProblem as problem:
        return None, str(problem)


def follow(run: Run, *, shows: bool) -> None:
    """Help with ``run`` until it has ended, and keep a line on the terminal up to date."""
    name = f"{run.connection.organization}, {run.item}" if run.item_id else str(run.connection.organization)
    with ProgressLine(shows=shows) as line:
        while True:
            run.refresh_from_db(fields=["state", "ended_at", "items_done", "items_total"])
            line.tell(f"{name}: {_WORDS.get(run.state, 'ending')}", run.items_done, run.items_total)
            if not run.is_open:
                return
            if not _do_one(run):
                time.sleep(_LOOK_AGAIN_SECONDS)


def _do_one(run: Run) -> bool:
    """Do one thing of the run whose time has come; return whether there was one."""
    now = timezone.now()
    parts = RunItem.objects.filter(run=run, ended_at=None).values("pk")
    is_of_run = (
        Q(kind__in=["begin_run", "end_run"], subject_id=run.pk)
        | Q(kind="backup_item", subject_id__in=parts)
        | Q(kind__in=["discover", "discover_shrunken"], subject_id=run.connection_id)
    )
    is_free = Q(state=Job.State.QUEUED, not_before__lte=now) | Q(state=Job.State.RUNNING, lease_until__lt=now)
    due = Job.objects.filter(is_of_run, is_free).order_by("not_before", "pk").values_list("pk", flat=True)
    return any(claims.run(pk) is not None for pk in due[:1])
