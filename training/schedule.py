"""What `training` does by the clock."""

from django.utils import timezone

from jobs.registry import each_minute
from training.actions.reminders import request_due_reminders


@each_minute
def remind_who_is_due() -> None:
    """Ask for the reminders of certificates that end soon."""
    request_due_reminders(timezone.now())
