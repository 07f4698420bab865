"""Exporting what a test backed up: asking for it, letting a worker do it, and unpacking what comes."""

import csv
import io
import json
import zipfile

from django.db.models.functions import Now
from django.utils import timezone

from backups.actions.exports import Wanted, start_export
from backups.engine.export import export_objects
from backups.engine.parcels import read_parcel
from backups.models import Container, Export
from jobs import claims
from jobs.models import Job


def ask(organization, actor, *, kinds=None, item=None, now=None, what="Everything", wanted=None, **options):
    """Start an export of the containers of some kinds, of one item or of all."""
    containers = Container.objects.filter(organization=organization).order_by("item", "kind")
    if kinds:
        containers = containers.filter(kind__in=kinds)
    if item:
        containers = containers.filter(item=item)
    wanted = wanted or [Wanted(one) for one in containers.exclude(status=Container.Status.NOT_AVAILABLE)]
    return start_export(
        organization=organization, wanted=wanted, what=what, actor=actor, now=now or timezone.now(), **options
    )


def job_of(export):
    return Job.objects.filter(kind="export", subject_id=export.pk).latest("pk")


def work(export, *, at_most=50, **options):
    """Do the job of an export, slice after slice, to its end; return (the export, how many slices it took)."""
    for slices in range(at_most):
        job = job_of(export)
        if job.state != Job.State.QUEUED:
            export.refresh_from_db()
            return export, slices
        Job.objects.filter(pk=job.pk).update(not_before=Now())
        claim = claims.claim(job.pk)
        export_objects(export.pk, claim, **options)
        if not claim.has_ended:
            claim.finish()
    raise AssertionError("The export never ends.")


def volumes_of(export):
    """Return the bytes of each volume by its name, as the person who asked gets them."""
    volumes = export.volumes.select_related("parcel__organization").order_by("number")
    return {one.name: b"".join(read_parcel(one.parcel)) for one in volumes}


def unpacked(export):
    """Return ({path: bytes}, lines of the manifests) of an export, all volumes together; each is a sound ZIP."""
    files, lines = {}, []
    for content in volumes_of(export).values():
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            assert archive.testzip() is None
            names = archive.namelist()
            assert len(names) == len(set(names))
            own = [json.loads(line) for line in archive.read("manifest.jsonl").splitlines()]
            table = list(csv.DictReader(io.StringIO(archive.read("manifest.csv").decode("utf-8-sig"))))
            assert len(table) == len(own)
            lines += own
            for name in names:
                if name not in ("manifest.csv", "manifest.jsonl", "README.txt"):
                    assert name not in files
                    files[name] = archive.read(name)
    assert Export.objects.filter(pk=export.pk).exists()
    return files, lines
