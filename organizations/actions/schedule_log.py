"""Writing into a client's log what the clock did to it, without anybody having asked."""

from datetime import datetime
from typing import Any

from accounts import audit
from organizations.models import Organization


def note(action: str, organization: Organization, details: dict[str, Any], *, at: datetime) -> None:
    """Write an entry by the schedule about ``organization``, in the caller's transaction."""
    audit.record(
        action,
        partner_id=organization.partner_id,
        organization_id=organization.pk,
        actor="Schedule",
        target=organization,
        at=at,
        details=details,
    )
