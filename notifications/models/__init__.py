"""The tables of `notifications`, one file per noun."""

from notifications.models.email_preference import EmailPreference
from notifications.models.outgoing_email import OutgoingEmail

__all__ = ["EmailPreference", "OutgoingEmail"]
