"""`manage.py relay`: the loop beside the scheduler that makes lost rings harmless."""

import logging
import signal
import threading
import time

from django.core.management.base import BaseCommand
from django.db import DatabaseError, connection

from jobs.relay import relay, sweep

log = logging.getLogger("jobs.relay")

RELAY_EVERY_SECONDS = 5
SWEEP_EVERY_SECONDS = 15


class Command(BaseCommand):
    help = "Rings for jobs nobody heard of (every 5 s) and frees jobs whose worker died (every 15 s)."

    def handle(self, **options) -> None:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        swept_at = 0.0
        while not stop.is_set():
            try:
                relay()
                if time.monotonic() - swept_at >= SWEEP_EVERY_SECONDS:
                    queued, given_up = sweep()
                    swept_at = time.monotonic()
                    if queued or given_up:
                        log.warning("Freed after their worker died: %s queued again, %s given up.", queued, given_up)
            except DatabaseError as problem:
                log.warning("The database does not answer: %s. Trying again.", str(problem).strip())
                connection.close()
            stop.wait(RELAY_EVERY_SECONDS)
