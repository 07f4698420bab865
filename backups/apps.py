from django.apps import AppConfig


class BackupsConfig(AppConfig):
    name = "backups"

    def ready(self) -> None:
        # Whoever asks for a job needs to know its kind, not only the worker.
        from backups import tasks  # noqa: F401
