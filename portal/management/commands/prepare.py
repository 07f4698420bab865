"""`manage.py prepare`: the database in its newest shape, and the demo in it, in one process."""

from django.core.management import call_command
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Migrates the database and furnishes the demo (not with --no-demo)."

    def add_arguments(self, parser) -> None:
        parser.add_argument("--no-demo", action="store_true")

    def handle(self, *, no_demo: bool, **options) -> None:
        call_command("migrate", verbosity=0)
        if not no_demo:
            call_command("demo", stdout=self.stdout)
