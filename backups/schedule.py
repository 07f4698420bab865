"""What `backups` does by the clock."""

from django.utils import timezone

from backups.engine.due_looks import end_abandoned_looks, request_due_looks
from jobs.registry import each_minute


@each_minute
def keep_looking() -> None:
    """Ask for looks that are due, and end those that nobody goes on with."""
    now = timezone.now()
    end_abandoned_looks(now)
    request_due_looks(now)
