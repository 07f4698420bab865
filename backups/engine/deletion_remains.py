"""What the database knows of data that is deleted, besides the vault: it goes along, and backups can begin anew.

Gone are previews, exports, plans of restores, the list of objects of restores, failures, folders with their cursors,
restore points; the search index goes with the vault by keys of the database's own. Reports, that there were exports,
and the audit log stay: they are the account of what was done, and hold no content but, in the audit log, the titles of
what somebody looked at or took out. Reports go when their year is over.
"""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.db.models import Q, Sum

from backups.engine import export_endings, restore_endings
from backups.models import (
    Container,
    Export,
    ExportPart,
    ExportVolume,
    Failure,
    Preview,
    Restore,
    RestoreContainer,
    RestoreObject,
    RestorePlace,
    Snapshot,
)
from organizations.models import Item, Organization
from organizations.models.organization import BackupStatus

_GONE = "What was backed up was deleted."
_UNNAMED = "Deleted since"


def stop_using(containers: Collection[int], *, now: datetime) -> None:
    """End whatever reads the data of ``containers`` (primary keys), and forget what was read of it."""
    Preview.objects.filter(container__in=containers).delete()
    # First, or the mail that one of them failed would say its title.
    _forget_titles(containers)
    for export in Export.objects.filter(parts__container__in=containers).distinct():
        export_endings.withdraw(export, _GONE, now=now)
    concerned = Restore.objects.filter(
        pk__in=RestoreContainer.objects.filter(container__in=containers).values("restore")
    )
    for restore in concerned.filter(ended_at=None).exclude(started_at=None):
        restore_endings.stop(restore, _GONE, now=now)
    concerned.filter(started_at=None).delete()


def _forget_titles(containers: Collection[int]) -> None:
    """Let exports of single objects and folders not be called by what they were."""
    chosen = ExportPart.objects.filter(container__in=containers).exclude(chosen=[], feed_key="")
    named = Export.objects.filter(pk__in=chosen.values("export"))
    ExportVolume.objects.filter(export__in=named).update(name=_UNNAMED)
    named.update(what=_UNNAMED)


@transaction.atomic
def forget(containers: Collection[int]) -> None:
    """Forget all that is known of the data of ``containers``, so that a later backup begins from nothing."""
    for container in Container.objects.select_for_update().filter(pk__in=containers).order_by("pk"):
        Failure.objects.filter(container=container).delete()
        container.feeds.all().delete()
        container.status, container.problem = Container.Status.NEVER, ""
        container.last_good_at = container.completed_at = None
        container.objects_kept = container.bytes_kept = 0
        container.save()
    RestoreObject.objects.filter(part__container__in=containers).delete()
    # What is open at the target still has to be closed.
    RestorePlace.objects.filter(part__container__in=containers, is_open=False).delete()
    for item in Item.objects.filter(containers__in=containers).distinct():
        _note_nothing_kept(item, containers)


def _note_nothing_kept(item: Item, containers: Collection[int]) -> None:
    if item.containers.exclude(pk__in=containers).filter(~Q(status=Container.Status.NEVER)).exists():
        return
    Snapshot.objects.filter(item=item).delete()
    Item.objects.filter(pk=item.pk).update(backup_status=BackupStatus.NONE, last_good_at=None, stored_bytes=0)


def note_left(organization: Organization) -> None:
    """Write what is left of a client's data into its own row, from which the board is read."""
    kept = Container.objects.filter(organization=organization).aggregate(sum=Sum("bytes_kept"))["sum"] or 0
    values = {"stored_bytes": max(kept, 0)}
    if not Item.objects.protected().filter(organization=organization).exists():
        values |= {"backup_status": BackupStatus.NONE, "backup_note": ""}
    if not kept:
        values["last_good_at"] = None
    Organization.objects.filter(pk=organization.pk).update(**values)
