"""What `billing` does by the clock."""

from django.utils import timezone

from billing.actions.monthly import request_due_bills
from billing.actions.notices import tell_overdue
from billing.actions.seats import request_due_counts
from billing.actions.stripe_events import forget_old_events
from jobs.registry import each_minute


@each_minute
def keep_counting_seats() -> None:
    """Ask for the count of every partner that has a client nobody counted today."""
    request_due_counts(timezone.now())


@each_minute
def keep_billing() -> None:
    """Ask for the invoices of the month that is over."""
    request_due_bills(timezone.now())


@each_minute
def tell_what_is_overdue() -> None:
    """Mail about invoices that nobody paid in time."""
    tell_overdue(timezone.now())


@each_minute
def forget_events() -> None:
    """Forget the events of Stripe's that are too old to come again."""
    forget_old_events(timezone.now())
