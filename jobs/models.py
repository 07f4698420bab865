"""What is to be done, by when, and who holds it."""

from django.db import models
from django.db.models import F, Q


class Job(models.Model):
    """A piece of work, from the moment it is asked for until it is done or given up.

    ``fence`` grows at every claim: whoever holds an older number may not commit anything any more.
    """

    class State(models.TextChoices):
        QUEUED = "QUEUED", "Queued"
        RUNNING = "RUNNING", "Running"
        DONE = "DONE", "Done"
        QUARANTINED = "QUARANTINED", "Given up"

    kind = models.CharField(max_length=60)
    subject_id = models.BigIntegerField()
    queue = models.CharField(max_length=20)
    # While open, at most one job has the same key.
    key = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=11, choices=State.choices, default=State.QUEUED)
    requested_at = models.DateTimeField()
    not_before = models.DateTimeField()
    rung_at = models.DateTimeField(null=True)
    rings = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    fence = models.PositiveIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    max_attempts = models.PositiveSmallIntegerField(default=3)
    # How often the work itself asked to be tried later; that is no failure.
    postponements = models.PositiveIntegerField(default=0)
    failure = models.CharField(max_length=500, blank=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state="RUNNING", lease_until__isnull=False) | (~Q(state="RUNNING") & Q(lease_until=None)),
                name="jobs_only_running_jobs_hold_a_lease",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["DONE", "QUARANTINED"], finished_at__isnull=False)
                | (Q(state__in=["QUEUED", "RUNNING"]) & Q(finished_at=None)),
                name="jobs_ended_jobs_say_when",
            ),
            models.UniqueConstraint(
                fields=["key"],
                condition=~Q(key="") & Q(state__in=["QUEUED", "RUNNING"]),
                name="jobs_one_open_job_per_key",
            ),
        ]
        indexes = [
            models.Index(F("not_before"), name="jobs_queued_by_time", condition=Q(state="QUEUED")),
            models.Index(F("lease_until"), name="jobs_running_by_lease", condition=Q(state="RUNNING")),
            models.Index(F("finished_at"), name="jobs_ended_by_time", condition=Q(state="DONE")),
            models.Index("kind", "subject_id", name="jobs_given_up", condition=Q(state="QUARANTINED")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_id}"


class Canary(models.Model):
    """One row a minute, written by the worker: as long as it is fresh, work really happens."""

    seen_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"Alive at {self.seen_at:%H:%M:%S}"
