from django.apps import AppConfig


class TrainingConfig(AppConfig):
    name = "training"

    def ready(self) -> None:
        # Whoever asks for a job needs to know its kind, not only the worker.
        from training import schedule, tasks  # noqa: F401
