from django.apps import AppConfig


class NewsConfig(AppConfig):
    name = "news"

    def ready(self) -> None:
        # Whoever asks for a job needs to know its kind, not only the worker.
        from news import schedule, tasks  # noqa: F401
