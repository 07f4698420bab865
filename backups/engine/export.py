"""Writing an export: a job in slices, a volume after the other.

A volume that is whole is a row and stays; one that is not is thrown away and written again. Its row, the place where
the next one begins and the lease are settled in one transaction, so whoever takes over after a kill goes on from there
and nothing is in two volumes or in none.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from backups.content.names import safe_name
from backups.engine import export_endings
from backups.engine.export_filling import ODD, ODD_RECORD, ONE_OBJECT, Filler, account_folders
from backups.engine.export_plan import Place, Step, steps_of
from backups.engine.export_single import single_file
from backups.engine.export_volume import MOST_BYTES, MOST_ENTRIES, Volume
from backups.engine.export_words import readme
from backups.engine.parcels import end_parcel, write_parcel
from backups.models import Export, ExportVolume, Parcel
from backups.vault.configured import configured_root, configured_store
from backups.vault.vault import Vault, open_vault
from jobs.claims import Claim, LeaseLost

SLICE = timedelta(minutes=4)
MAX_ATTEMPTS = 4
# A volume nobody takes over, and one of an export that is not finished.
_UNCLAIMED, _MEANWHILE = timedelta(hours=2), timedelta(days=30)
_LOOK_EVERY_SECONDS = 1.0
_NO_LONGER = "Whoever asked for it may not export data of this client any more. Nothing can be fetched."


class Cancelled(Exception):
    """Somebody called the export off, or its end was written while it was prepared."""


class NoLongerAllowed(Exception):
    """The person who asked has lost the right to."""


@dataclass(frozen=True)
class Limits:
    """When a volume is full: by its bytes, by what is in it, or because it took so long that a kill would hurt."""

    bytes: int = MOST_BYTES
    entries: int = MOST_ENTRIES
    seconds: float = 180


def export_objects(
    export_id: int,
    claim: Claim,
    *,
    clock: Callable[[], datetime] = timezone.now,
    slice_lasts: timedelta = SLICE,
    limits: Limits = Limits(),
) -> None:
    """Write an export, or as many volumes of it as a slice allows. Raises `LeaseLost`, and what concerns all of it."""
    export = _begin(export_id, clock())
    if export is None:
        return
    ends_at = clock() + slice_lasts
    work = _Work(export, claim, clock, limits)
    try:
        work.check()
        vault = open_vault(export.organization.uuid, store=configured_store(), root=configured_root())
        if export.form == Export.Form.FILE:
            work.write_file(vault)
        else:
            steps = _Steps(steps_of(export, vault, work.place))
            while work.write_volume(steps):
                if clock() >= ends_at:
                    claim.try_again(after=timedelta(), because="")
                    return
    except Cancelled:
        export_endings.cancel(export, now=clock(), claim=claim)
    except NoLongerAllowed:
        export_endings.fail(export, _NO_LONGER, now=clock(), claim=claim)
    except _CannotBeWritten as problem:
        export_endings.fail(export, str(problem), now=clock(), claim=claim)
    else:
        export_endings.complete(export, claim, now=clock())


class _CannotBeWritten(Exception):
    """The one object that was asked for cannot be given out."""


class _Steps:
    """The objects to come, one of which can be put back."""

    def __init__(self, steps: Iterator[Step]) -> None:
        self._steps, self._next = steps, None
        self.take()

    @property
    def next(self) -> Step | None:
        """Return the next object without taking it."""
        return self._next

    def take(self) -> Step | None:
        """Return the next object, and go on to the one after it."""
        taken, self._next = self._next, next(self._steps, None)
        return taken


class _Work:
    """One slice of an export."""

    def __init__(self, export: Export, claim: Claim, clock: Callable[[], datetime], limits: Limits) -> None:
        self.export, self.claim, self.clock, self.limits = export, claim, clock, limits
        self.place = Place(**export.place) if export.place else Place()
        self.folders = account_folders(export)
        self._looked_at = float("-inf")

    def check(self) -> None:
        """Raise `Cancelled` or `NoLongerAllowed`; asks the database once a second."""
        if time.monotonic() - self._looked_at < _LOOK_EVERY_SECONDS:
            return
        self._looked_at = time.monotonic()
        if not Export.objects.open().filter(pk=self.export.pk, cancel_asked_at=None).exists():
            raise Cancelled
        if not export_endings.may_still(self.export):
            raise NoLongerAllowed

    def write_volume(self, steps: _Steps) -> bool:
        """Write the next volume and return whether there is more to come."""
        number = self.export.volumes.count() + 1
        if steps.next is None and number > 1:
            # A worker before this one came as far, and no further.
            return False
        name = safe_name(f"{self.export.organization.name} {self.export.requested_at:%Y-%m-%d}"[:100])
        with (
            self._parcel(f"{name} {number}.zip", "application/zip") as parcel,
            Volume(parcel) as volume,
            Filler(self.export, volume, self.folders) as filler,
        ):
            place = self.place
            while steps.next is not None and not self._is_full(volume, steps.next):
                self.check()
                step = steps.take()
                filler.take(step, self._piece(step))
                place = replace(step.place, piece=self._piece(step))
            filler.finish()
            volume.close(readme(self.export, number), at=self.export.requested_at)
        is_more = steps.next is not None
        self._keep(parcel.parcel, number, place, volume.objects_done, volume.objects_failed)
        return is_more

    def write_file(self, vault: Vault) -> None:
        """Write the one object that was asked for as a file of its own."""
        step = next(steps_of(self.export, vault, Place()), None)
        if step is None or step.saved is None:
            raise _CannotBeWritten("It is not in the backup any more. Nothing can be fetched.")
        try:
            file = single_file(self.export, step)
            with self._parcel(file.path[-1], "application/octet-stream") as parcel:
                for piece in file.pieces():
                    parcel.write(piece)
        except ONE_OBJECT as problem:
            raise _CannotBeWritten(str(problem)) from problem
        except ODD_RECORD as problem:
            raise _CannotBeWritten(ODD) from problem
        self._keep(parcel.parcel, 1, step.place, 1, 0)

    def _parcel(self, name: str, media_type: str):
        return write_parcel(
            organization=self.export.organization,
            person=self.export.person,
            name=name,
            media_type=media_type,
            expires_at=self.clock() + _UNCLAIMED,
            clock=self.clock,
        )

    def _is_full(self, volume: Volume, step: Step) -> bool:
        if not volume.objects_done and not volume.objects_failed:
            return False
        limits, size = self.limits, step.saved.note.whole_size if step.saved else 0
        is_full = volume.is_full(most_bytes=limits.bytes, most_entries=limits.entries, seconds=limits.seconds)
        return is_full or volume.size + size > limits.bytes

    def _piece(self, step: Step) -> int:
        """Return which piece of the file that a feed's objects share this object belongs to: each volume begins one."""
        is_begun = bool(self.place.after) and (step.place.part, step.feed) == (self.place.part, self.place.feed)
        return self.place.piece + 1 if is_begun else 0

    def _keep(self, parcel: Parcel, number: int, place: Place, done: int, failed: int) -> None:
        now, export = self.clock(), self.export
        try:
            with transaction.atomic():
                # What it reads may have been deleted for good meanwhile, and what it wrote before taken back.
                if not Export.objects.open().select_for_update().filter(pk=export.pk).exists():
                    raise Cancelled
                # Whoever lost the lease must not count; the renewal holds the job's row until this is settled.
                self.claim.renew()
                Parcel.objects.filter(pk=parcel.pk).update(expires_at=now + _MEANWHILE)
                ExportVolume.objects.create(
                    export=export, number=number, parcel=parcel, name=parcel.name, size=parcel.size,
                    objects_done=done, objects_failed=failed, made_at=now,
                )  # fmt: skip
                export.place = place.as_json()
                export.objects_done += done
                export.objects_failed += failed
                export.bytes_done += parcel.size
                export.save(update_fields=["place", "objects_done", "objects_failed", "bytes_done"])
        except (Cancelled, LeaseLost):
            end_parcel(parcel)
            raise
        self.place = place


@transaction.atomic
def _begin(export_id: int, now: datetime) -> Export | None:
    """Return the export to write, or None where it ended meanwhile."""
    found = Export.objects.select_for_update(of=("self",)).select_related("organization__partner", "person")
    export = found.get(pk=export_id)
    if not export.is_open:
        return None
    export.state, export.started_at = Export.State.RUNNING, export.started_at or now
    export.save(update_fields=["state", "started_at"])
    return export
