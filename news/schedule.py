"""What `news` does by the clock."""

from django.utils import timezone

from jobs.registry import each_minute
from news.actions.mailings import request_due_mailings


@each_minute
def mail_what_is_due() -> None:
    """Ask for the mails of news whose time has come."""
    request_due_mailings(timezone.now())
