"""`manage.py prepare`: the database in its newest shape, the simulator's apps, and the demo, in one process."""

import os
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

from portal.demo_tenants import register_apps


class Command(BaseCommand):
    help = "Migrates the database and furnishes the demo (not with --no-demo)."

    def add_arguments(self, parser) -> None:
        parser.add_argument("--no-demo", action="store_true")

    def handle(self, *, no_demo: bool, **options) -> None:
        call_command("migrate", verbosity=0)
        if settings.SIMULATOR_URL and os.environ.get("SIMULATOR_APPS"):
            # At every start, since the address people are sent back to may have changed.
            register_apps(Path(os.environ["SIMULATOR_APPS"]))
        if not no_demo:
            call_command("demo", stdout=self.stdout)
