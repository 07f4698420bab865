from django.apps import AppConfig


class DrivesConfig(AppConfig):
    """Files, lists and pages."""

    name = "simulators.microsoft365.drives"
    label = "drives"
