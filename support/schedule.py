"""What `support` does by the clock."""

from django.utils import timezone

from jobs.registry import each_minute
from support.actions.replies import clear_received_mails


@each_minute
def keep_no_old_mails() -> None:
    """Forget mails that came in long ago."""
    clear_received_mails(timezone.now())
