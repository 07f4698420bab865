"""Backing a simulated tenant up in a test, and comparing what is kept with what is really there."""

import json

from django.db.models.functions import Now

from backups.actions.runs import start_run
from backups.engine.backup_item import backup_item
from backups.engine.notes import RECORD, read_note
from backups.models import Container, Run
from backups.vault import lookups
from backups.vault.configured import configured_root, configured_store
from backups.vault.reading import Reader
from backups.vault.vault import open_vault
from jobs import claims
from jobs.models import Job
from organizations.models import Item

KINDS = ("begin_run", "end_run", "discover", "backup_item")


def protect(connection, *names):
    """Protect the items with these names or addresses, or everything there is."""
    items = Item.objects.filter(connection=connection, presence="PRESENT")
    if names:
        items = items.filter(address__in=names) | items.filter(name__in=names)
    return items.update(is_chosen=True, chosen_by="PERSON", skipped_as="")


def work_off(clock, *, at_most=500):
    """Do every job that a backup asks for, at once, whatever it waits for; return how many were done."""
    for done in range(at_most):
        job = Job.objects.filter(kind__in=KINDS, state=Job.State.QUEUED).order_by("not_before", "pk").first()
        if job is None:
            return done
        Job.objects.filter(pk=job.pk).update(not_before=Now())
        if job.kind == "backup_item":
            # As a worker does it, but with a clock that moves by what somebody sleeps.
            backup_item(job.subject_id, claims.claim(job.pk), clock=clock, sleep=clock.sleep)
        else:
            claims.run(job.pk)
    raise AssertionError("The work never ends.")


def back_up(connection, clock, *, item=None):
    """Back a connection up to the end and return the run."""
    run = start_run(connection=connection, item=item, trigger=Run.Trigger.PERSON, actor="Ada", now=clock())
    work_off(clock)
    return Run.objects.get(pk=run.pk)


def vault_of(connection):
    return open_vault(connection.organization.uuid, store=configured_store(), root=configured_root())


def kept(connection, container: Container, commit: int | None = None) -> dict:
    """Return {object id: (note, record, {part: bytes})} of a container as restore point ``commit`` sees it."""
    vault = vault_of(connection)
    reader = Reader(vault.keys, vault.store, lookups.CatalogueIndex(vault.organization))
    found: dict[str, list] = {}
    for row in lookups.objects_of(vault.organization, container.account, commit):
        name, _, object_id = row.external_id.partition("/")
        if name == "feed":
            continue
        entry = found.setdefault(object_id, [None, None, {}])
        content = reader.read(row.version)
        if name == RECORD:
            entry[0], entry[1] = read_note(row.version.meta), json.loads(content)
        else:
            entry[2][name] = content
    return {one: tuple(entry) for one, entry in found.items()}
