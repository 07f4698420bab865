from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "billing"

    def ready(self) -> None:
        # Whoever asks for a job needs to know its kind, not only the worker.
        from billing import schedule, tasks  # noqa: F401
