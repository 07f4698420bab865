"""Plans of restores that somebody changes before starting: the one before is given up."""

from datetime import datetime

from django.db import transaction

from backups.models import Restore, RestoreContainer


@transaction.atomic
def drop_plan(restore: Restore, *, now: datetime) -> bool:
    """Give up a plan that was never started; return whether it was one. Nothing was written, so nothing is logged.

    Whoever counts it stops at the next step; its rows are deleted with all plans that nobody started.
    """
    found = Restore.objects.select_for_update().filter(pk=restore.pk).first()
    if found is None or not found.is_plan:
        return False
    found.state, found.cancel_asked_at, found.ended_at = Restore.State.CANCELLED, now, now
    found.save(update_fields=["state", "cancel_asked_at", "ended_at"])
    RestoreContainer.objects.filter(restore=found).update(state=RestoreContainer.State.CANCELLED, ended_at=now)
    return True
