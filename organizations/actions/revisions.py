"""Two people who save the same settings: the second is told about the first instead of undoing it unseen."""

from accounts.models import AuditEntry
from organizations.models import Organization


class ChangedMeanwhile(Exception):
    """Somebody saved after the page was opened; nothing of the later save was written.

    ``entry`` is the audit entry of the newest such change: who, what, when. None if the log does not know it.
    """

    def __init__(self, entry: AuditEntry | None) -> None:
        super().__init__("Somebody else saved these settings while the page was open. Nothing of yours was saved.")
        self.entry = entry


def newest_edit(organization: Organization, action: str) -> AuditEntry | None:
    """Return the newest entry of ``action`` about ``organization``."""
    entries = AuditEntry.objects.filter(chain__partner=organization.partner_id, organization_id=organization.pk)
    return entries.filter(action=action).newest_first().first()
