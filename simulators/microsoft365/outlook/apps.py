from django.apps import AppConfig


class OutlookConfig(AppConfig):
    """Mailboxes, calendars and contacts."""

    name = "simulators.microsoft365.outlook"
    label = "outlook"
