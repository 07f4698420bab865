"""The tables of `notifications`, one file per noun."""

from notifications.models.alert_opt_out import AlertOptOut
from notifications.models.email_preference import EmailPreference
from notifications.models.outgoing_email import OutgoingEmail
from notifications.models.webhook import WebhookDelivery, WebhookEndpoint, WebhookEvent

__all__ = ["AlertOptOut", "EmailPreference", "OutgoingEmail", "WebhookDelivery", "WebhookEndpoint", "WebhookEvent"]
