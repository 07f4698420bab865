"""A client that gets a Summary Digest every morning at seven, and how each one ended."""

from datetime import UTC, datetime, timedelta

import pytest

from backups.models import Digest
from notifications.models import OutgoingEmail
from organizations.models import DigestSetting

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# Eight o'clock in Berlin on the day the clocks change; the digest is due at seven.
MORNING = datetime(2026, 3, 29, 6, 0, tzinfo=UTC)


@pytest.fixture
def setting(acme):
    found = DigestSetting.objects.get(organization=acme)
    found.is_on, found.recipients, found.hour, found.time_zone = True, ["it@acme.example"], 7, "Europe/Berlin"
    found.settled_until = MORNING - DAY
    found.save()
    return found


def digests():
    """Return how each digest stands, by date and recipient."""
    rows = Digest.objects.select_related("email").order_by("local_date", "recipient")
    return [(one.local_date.isoformat(), one.recipient.partition("@")[0], one.state.value) for one in rows]


def mails(kind="summary_digest"):
    return OutgoingEmail.objects.filter(kind=kind).order_by("pk")
