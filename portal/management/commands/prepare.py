"""`manage.py prepare`: the database in its newest shape, the shipped courses, and our apps at the simulator, in one
process.
"""

import os
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

from portal.demo_tenants import register_apps


class Command(BaseCommand):
    help = "Migrates, puts the shipped courses in, and registers our apps where a simulator stands in for Microsoft."

    def handle(self, **options) -> None:
        call_command("migrate", verbosity=0)
        call_command("put_in_courses", verbosity=0)
        if settings.SIMULATOR_URL and os.environ.get("SIMULATOR_APPS"):
            # At every start, since the address people are sent back to may have changed.
            file = Path(os.environ["SIMULATOR_APPS"])
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            register_apps(file)
