"""A ring in the hand of a worker, as its main process sees it; follows Celery's page "Custom request classes"."""

import logging

from celery.worker.request import Request
from django.db import DatabaseError, connection

from jobs import claims

log = logging.getLogger(__name__)


class Ring(Request):
    """The request to do one job."""

    def cancel(self, pool, signal=None, **options) -> None:
        """End the work half-way, as a worker does that stops or lost its broker, and give the job back.

        Otherwise nobody would go on before the lease has run out. Children that are forked later must not inherit a
        connection to the database.
        """
        super().cancel(pool, signal, **options)
        try:
            claims.give_back(self.kwargs["job_id"])
        except DatabaseError as problem:
            log.warning("Job %s could not be given back and waits for its lease: %s", self.kwargs["job_id"], problem)
        finally:
            connection.close()
