"""Backing a simulated tenant up in a test, and comparing what is kept with what is really there."""

import hashlib
import json

from django.db.models.functions import Now

from backups.actions.runs import start_run
from backups.engine.backup_item import backup_item
from backups.engine.discovery import discover
from backups.engine.notes import RECORD, read_note
from backups.engine.runs import begin_run, end_run
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


def work_off(clock, *, at_most=500, **options):
    """Do every job that a backup asks for, at once, whatever it waits for; return how many were done.

    ``options`` are for `backup_item`. What was put off waits for something, and so comes after what was not.
    """
    for done in range(at_most):
        job = (
            Job.objects.filter(kind__in=KINDS, state=Job.State.QUEUED)
            .order_by("postponements", "not_before", "pk")
            .first()
        )
        if job is None:
            return done
        Job.objects.filter(pk=job.pk).update(not_before=Now())
        do(job, claims.claim(job.pk), clock, **options)
    raise AssertionError("The work never ends.")


def do(job, claim, clock, **options):
    """Do a job as a worker does it, but with a clock that moves by what somebody sleeps."""
    match job.kind:
        case "backup_item":
            backup_item(job.subject_id, claim, clock=clock, sleep=clock.sleep, **options)
        case "discover":
            discover(job.subject_id, claim, clock=clock, sleep=clock.sleep)
        case "begin_run":
            begin_run(job.subject_id, claim, now=clock())
        case "end_run":
            end_run(job.subject_id, claim, now=clock())
    if not claim.has_ended:
        claim.finish()


def back_up(connection, clock, *, item=None, **options):
    """Back a connection up to the end and return the run."""
    run = start_run(connection=connection, item=item, trigger=Run.Trigger.PERSON, actor="Ada", now=clock())
    work_off(clock, **options)
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


def mailboxes(source, tenant):
    """Return {user id: {message id: what Microsoft has of it}} of the protected mailboxes, as they really are."""
    found = {}
    for item in Item.objects.protected().filter(connection=tenant, kind="USER"):
        told = source.control(f"/tenants/{tenant.tenant_id}/manifest/outlook?user={item.remote_id}")
        found |= {box["user"]: {one["id"]: one for one in box["messages"]} for box in told["mailboxes"]}
    return found


def differences(source, tenant, commit=None, truth=None):
    """Return every way in which what is kept differs from what is, or was, there; nothing, one hopes."""
    found = []
    truth = truth or mailboxes(source, tenant)
    for container in Container.objects.filter(connection=tenant, kind="MAIL").exclude(
        status=Container.Status.NOT_AVAILABLE
    ):
        objects, expected = kept(tenant, container, commit), truth[container.item.remote_id]
        found += [("lacks", one) for one in expected.keys() - objects.keys() if "mime" in expected[one]]
        found += [("has too much", one) for one in objects.keys() - expected.keys()]
        for one in objects.keys() & expected.keys():
            note, _, parts = objects[one]
            if note.feed != expected[one]["folder_id"]:
                found.append(("lies in another folder", one))
            if "mime" in expected[one] and _sha256(parts.get("mime", b"")) != expected[one]["mime"]["sha256"]:
                found.append(("has other bytes", one))
    return found


def _sha256(content):
    return hashlib.sha256(content).hexdigest()
