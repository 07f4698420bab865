from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "portal"

    def ready(self) -> None:
        # The web server rings the bell too, so it needs the same Celery app as the worker.
        from portal import celery, tasks  # noqa: F401
