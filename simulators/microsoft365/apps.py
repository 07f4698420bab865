from django.apps import AppConfig


class Microsoft365Config(AppConfig):
    """The one app of the simulators' site so far."""

    name = "simulators.microsoft365"
    label = "microsoft365"
