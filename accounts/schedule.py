"""What `accounts` does by the clock."""

from django.utils import timezone

from accounts.actions.chains import request_due_verifications
from accounts.actions.webhooks import tell_switched_off
from jobs.registry import each_minute


@each_minute
def keep_proving() -> None:
    """Ask for the audit logs whose proof is too old."""
    request_due_verifications(timezone.now())


@each_minute
def keep_telling_of_webhooks() -> None:
    """Tell Administrators of webhooks that were switched off by themselves."""
    tell_switched_off(timezone.now())
