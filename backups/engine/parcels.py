"""Parcels: bytes on their way from a worker, who may open vaults, to one person, whom the web process serves.

A parcel is cut into parts, each sealed with AES-256-GCM under a random key of this parcel, and bound to the parcel, to
its place and to whether it is the last one: a part that is altered, swapped or missing is never handed out. The parts
lie beside the vaults, below ``parcels/<organization>/<parcel>/``, where no vault looks; every attempt to write
something is a parcel of its own, so that two workers never write under one name.

    WRITING ──> READY ──> ENDED ──> gone
       └──────────────────┘
"""

import hashlib
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from struct import Struct

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from backups.models import Parcel, VaultOrganization
from backups.vault.configured import configured_store
from backups.vault.errors import Damaged, NotInStore
from backups.vault.layout import PARCELS
from backups.vault.stores.base import CutShort, Store
from jobs.claims import Claim
from jobs.requests import request_job
from organizations.models import Organization

PART_BYTES = 8 << 20
KIND = "clear_parcels"
# A writer tells that it lives at each part; who has been silent for so long is dead.
ABANDONED_AFTER = timedelta(hours=1)
# Parcels that one job clears away; the next minute asks for the next.
_BATCH = 200
_TAG_BYTES = 16
_NONCE = Struct(">IQ")
_PLACE = Struct(">Q?")


class ParcelEnded(Exception):
    """The parcel was ended, or is out of date; nothing of it can be read or written any more."""


class ParcelDamaged(Damaged):
    """A part in the store is not what was put there; nothing of it was handed out."""


class ParcelWriter:
    """What `write_parcel` hands out: takes bytes, keeps at most two parts of them in memory.

    While one part is sealed and put by a thread, the next one is filled.
    """

    def __init__(self, parcel: Parcel, store: Store, clock: Callable[[], datetime]) -> None:
        self.parcel, self.store, self.clock = parcel, store, clock
        self._box = AESGCM(parcel.key)
        self._held = bytearray()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="parcel")
        self._under_way: Future | None = None
        self._digest = hashlib.sha256()

    def write(self, data: bytes) -> int:
        """Take ``data`` and return its length. Raises `ParcelEnded` and what the store raises."""
        self._held += data
        self._digest.update(data)
        self.parcel.size += len(data)
        # What comes last has to be sealed as the last, so a full part waits for one more byte.
        while len(self._held) > self.parcel.part_size:
            self._put(self.parcel.part_size, is_last=False)
        return len(data)

    def close(self) -> None:
        """Put the last part and declare the parcel whole. Raises `ParcelEnded`."""
        self._put(len(self._held), is_last=True)
        self._settle()
        self.parcel.sha256 = self._digest.hexdigest()
        self.parcel.state = Parcel.State.READY
        self._note(state=Parcel.State.READY, sha256=self.parcel.sha256)

    def stop(self) -> None:
        """Return once nothing is put any more."""
        self._thread.shutdown()

    def _put(self, length: int, *, is_last: bool) -> None:
        # Only then is the part before out of memory.
        self._settle()
        with memoryview(self._held) as held:
            plain = bytes(held[:length])
        del self._held[:length]
        self._under_way = self._thread.submit(self._put_sealed, self.parcel.parts, plain, is_last)
        self.parcel.parts += 1

    def _put_sealed(self, number: int, plain: bytes, is_last: bool) -> str:
        sealed = self._box.encrypt(_nonce(number), plain, _bound_to(self.parcel, number, is_last=is_last))
        name = _part_name(self.parcel, number)
        self.store.put_if_absent(name, sealed)
        return name

    def _settle(self) -> None:
        """Wait for the part that is under way, and write down that it is there."""
        under_way, self._under_way = self._under_way, None
        if under_way is None:
            return
        name = under_way.result()
        try:
            self._note()
        except ParcelEnded:
            # Whoever clears up may have been here already.
            self.store.delete(name)
            raise

    def _note(self, **values) -> None:
        """Write down how far it is, unless somebody ended the parcel meanwhile."""
        open_row = Parcel.objects.filter(pk=self.parcel.pk, state=Parcel.State.WRITING)
        values |= {"size": self.parcel.size, "parts": self.parcel.parts, "written_at": self.clock()}
        if not open_row.update(**values):
            raise ParcelEnded(f"{self.parcel} was ended while it was written, and nothing was kept. Ask for it again.")


@contextmanager
def write_parcel(
    *,
    organization: Organization,
    person: User,
    name: str,
    media_type: str,
    expires_at: datetime,
    clock: Callable[[], datetime] = timezone.now,
    store: Store | None = None,
    part_size: int = PART_BYTES,
) -> Iterator[ParcelWriter]:
    """Open a parcel for ``person``; take its bytes by ``.write``. It is whole when the block ends without an error.

    The row is ``writer.parcel``. After an error, and after a kill, nobody can fetch it and `end_parcels` clears it
    away. Only one process at a time writes a parcel, outside a transaction. Raises `StoreMisconfigured` where the
    installation names no store, and what the store raises.
    """
    store = store or configured_store()
    parcel = Parcel(
        organization=organization, person=person, name=name[:400], media_type=media_type, part_size=part_size,
        created_at=clock(), written_at=clock(), expires_at=expires_at,
    )  # fmt: skip
    parcel.key = AESGCM.generate_key(256)
    parcel.save()
    writer = ParcelWriter(parcel, store, clock)
    try:
        yield writer
        writer.close()
    except BaseException:
        # The key goes at once; the parts at the next minute, so none may come later.
        writer.stop()
        _destroy_keys(Parcel.objects.filter(pk=parcel.pk))
        raise
    finally:
        writer.stop()


def read_parcel(
    parcel: Parcel, begin: int = 0, length: int | None = None, *, store: Store | None = None
) -> Iterator[bytes]:
    """Yield the ``length`` bytes from ``begin`` on, all the rest for None, in pieces of at most a part.

    Each piece was verified. Needs no key of a vault. Raises `ParcelEnded`, `ParcelDamaged` and `StoreProblem`; whoever
    is allowed to fetch, and until when, is the caller's business.
    """
    if parcel.state != Parcel.State.READY:
        raise ParcelEnded(f"{parcel} is not there any more. Ask for it again.")
    end = parcel.size if length is None else min(parcel.size, begin + length)
    store, box = store or configured_store(), AESGCM(parcel.key)
    for number in range(begin // parcel.part_size, parcel.parts):
        at = number * parcel.part_size
        if at >= end:
            return
        plain = _opened(parcel, number, store, box)
        yield plain[max(begin - at, 0) : end - at]


def end_parcel(parcel: Parcel) -> None:
    """Destroy the key of a parcel at once; its parts are deleted within minutes. Ending it twice changes nothing."""
    _destroy_keys(Parcel.objects.filter(pk=parcel.pk))


def end_parcels(now: datetime) -> int:
    """Destroy the keys of all parcels that are out of date, abandoned, or of clients that were erased.

    Return how many ended parcels there are; a job clears away what lies of them in the store.
    """
    erased = VaultOrganization.objects.exclude(erased_at=None).values("organization")
    _destroy_keys(
        Parcel.objects.filter(
            Q(expires_at__lte=now)
            | Q(state=Parcel.State.WRITING, written_at__lte=now - ABANDONED_AFTER)
            | Q(person=None)
            | Q(organization__uuid__in=erased)
        )
    )
    ended = Parcel.objects.filter(state=Parcel.State.ENDED).count()
    if ended:
        request_job(KIND, subject_id=0, at=now, key=KIND)
    return ended


def clear_parcels(claim: Claim, *, store: Store | None = None) -> None:
    """Delete what lies in the store of ended parcels, and then their rows; doing it twice deletes nothing more."""
    store = store or configured_store()
    for parcel in (
        Parcel.objects.filter(state=Parcel.State.ENDED).select_related("organization").order_by("pk")[:_BATCH]
    ):
        for entry in store.list(_folder(parcel)):
            store.delete(entry.name)
        claim.renew()
        parcel.delete()


def _destroy_keys(parcels) -> None:
    parcels.exclude(state=Parcel.State.ENDED).update(state=Parcel.State.ENDED, sealed_key="")


def _opened(parcel: Parcel, number: int, store: Store, box: AESGCM) -> bytes:
    is_last = number == parcel.parts - 1
    length = parcel.size - number * parcel.part_size if is_last else parcel.part_size
    name = _part_name(parcel, number)
    try:
        sealed = store.get_range(name, 0, length + _TAG_BYTES)
        return box.decrypt(_nonce(number), sealed, _bound_to(parcel, number, is_last=is_last))
    except (InvalidTag, NotInStore, CutShort) as problem:
        raise ParcelDamaged(
            f"Part {number + 1} of {parcel} is damaged in the store. Nothing of it was handed out; ask for it again.",
            name=name,
        ) from problem


def _folder(parcel: Parcel) -> str:
    return f"{PARCELS}/{parcel.organization.uuid}/{parcel.uuid}"


def _part_name(parcel: Parcel, number: int) -> str:
    return f"{_folder(parcel)}/{number:06d}"


def _nonce(number: int) -> bytes:
    # The key seals nothing but the parts of one parcel, each once.
    return _NONCE.pack(0, number)


def _bound_to(parcel: Parcel, number: int, *, is_last: bool) -> bytes:
    return b"portico parcel 1 " + parcel.uuid.bytes + _PLACE.pack(number, is_last)
