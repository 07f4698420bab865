"""`python -m portal.benchmarks.export_worker ID`: do one export as a worker does, and print what it took as JSON."""

import json
import sys
import time
from pathlib import Path

import django


def main(export_id: int) -> None:
    """Write the export to its end, slice after slice."""
    django.setup()
    from backups.engine.export import export_objects
    from backups.models import Export
    from jobs import claims
    from jobs.models import Job

    began = time.perf_counter()
    while (job := Job.objects.get(kind="export", subject_id=export_id)).state == Job.State.QUEUED:
        claim = claims.claim(job.pk)
        export_objects(export_id, claim)
    seconds = time.perf_counter() - began
    export = Export.objects.get(pk=export_id)
    if export.state != Export.State.DONE:
        raise SystemExit(f"The export ended as {export.state}: {export.problem}")
    print(json.dumps({"seconds": seconds, "peak_mb": _most_memory(), "volumes": export.volumes.count()}))


def _most_memory() -> float:
    """Return the most memory this process ever held, in MB; unlike the kernel's other count it begins with exec."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmHWM"))) / 1024


if __name__ == "__main__":
    main(int(sys.argv[1]))
