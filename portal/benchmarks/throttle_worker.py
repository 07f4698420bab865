"""A worker of the benchmark: does every job there is and tells its largest size.

python -m portal.benchmarks.throttle_worker
"""

import json
import resource
import time

import django


def main() -> None:
    """Work until no job of a backup is open."""
    django.setup()
    from django.conf import settings
    from django.db.models.functions import Now

    from jobs import claims
    from jobs.models import Job

    settings.PROVIDER_BUDGETS = False
    open_jobs = Job.objects.filter(state__in=[Job.State.QUEUED, Job.State.RUNNING])
    while open_jobs.exists():
        due = open_jobs.filter(state=Job.State.QUEUED, not_before__lte=Now()).order_by("not_before", "pk")
        job = due.first()
        # A job that waits for the provider, or that the other worker holds: that is what is measured too.
        if job is None or claims.run(job.pk) is None:
            time.sleep(0.05)
    print(json.dumps({"megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))


if __name__ == "__main__":
    main()
