from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        # Whoever asks for a job needs to know its kind, not only the worker.
        from accounts import schedule, sign_ins, tasks  # noqa: F401

        sign_ins.connect()
