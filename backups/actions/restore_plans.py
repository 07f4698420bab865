"""Plans of restores that somebody changes before starting: the one before is given up."""

from django.db import transaction

from backups.models import Restore


@transaction.atomic
def drop_plan(restore: Restore) -> bool:
    """Forget a plan that was never started, with everything that was counted for it; return whether it was one."""
    found = Restore.objects.select_for_update().filter(pk=restore.pk).first()
    if found is None or not found.is_plan:
        return False
    found.delete()
    return True
