from django.apps import AppConfig


class TeamsConfig(AppConfig):
    """Teams and chats."""

    name = "simulators.microsoft365.teams"
    label = "teams"
