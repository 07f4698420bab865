from django.apps import AppConfig


class BackupsConfig(AppConfig):
    name = "backups"

    def ready(self) -> None:
        # Whoever asks for a job needs to know its kind, not only the worker; the tick needs to know what is due.
        from backups import schedule, tasks  # noqa: F401
