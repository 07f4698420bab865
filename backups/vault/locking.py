"""Keeping what is in use under an object lock, in stores that have one: a lock is made longer before it runs out."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection

from backups.vault import layout
from backups.vault.errors import NotInStore, StoreLocked
from backups.vault.stores.base import LockingStore, Store

_NOTED_AT_ONCE = 100


def extend_locks(
    organization: UUID,
    store: Store,
    *,
    now: datetime,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> int:
    """Lock packs in use and commits anew whose lock has less than half its window left; return how many.

    Packs that were given up are left to run out. A pack that is missing from the store is for a check to tell.
    """
    window = store.lock_window
    if window is None:
        return 0
    packs = _packs(organization, now + window / 2)
    noted: list[tuple[UUID, datetime]] = []
    extended = 0
    for done, (pack_id, name) in enumerate(packs, 1):
        until = _extend(store, name, now + window)
        if until is not None:
            extended += 1
            noted.append((pack_id, until))
        if len(noted) >= _NOTED_AT_ONCE:
            _note(organization, noted)
            noted = []
        progress(done, len(packs))
    _note(organization, noted)
    for name in _commits(organization, now, window):
        extended += _extend_if_due(store, name, now, window)
    return extended


def _extend(store: LockingStore, name: str, until: datetime) -> datetime | None:
    try:
        store.extend_lock(name, until)
    except StoreLocked:
        # It is locked for longer already.
        return store.locked_until(name)
    except NotInStore:
        return None
    return until


def _extend_if_due(store: LockingStore, name: str, now: datetime, window: timedelta) -> bool:
    try:
        locked_until = store.locked_until(name)
    except NotInStore:
        return False
    if locked_until is not None and locked_until > now + window / 2:
        return False
    return _extend(store, name, now + window) is not None


def _packs(organization: UUID, until: datetime) -> list[tuple[UUID, str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, digest FROM backups_vaultpack WHERE organization = %s AND doomed_at IS NULL"
            " AND (lock_until IS NULL OR lock_until < %s) ORDER BY lock_until NULLS FIRST, id",
            [organization, until],
        )
        return [(one, layout.pack_name(organization, bytes(digest))) for one, digest in cursor.fetchall()]


def _commits(organization: UUID, now: datetime, window: timedelta) -> Iterator[str]:
    """Yield commits whose day it is. Their locks are not in the catalogue; each is asked for four times a window."""
    days = max(1, window.days // 4)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT number, digest FROM backups_vaultcommit WHERE organization = %s AND number %% %s = %s",
            [organization, days, now.toordinal() % days],
        )
        rows = cursor.fetchall()
    for number, digest in rows:
        yield layout.commit_name(organization, number, bytes(digest))


def _note(organization: UUID, noted: list[tuple[UUID, datetime]]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE backups_vaultpack SET lock_until = %s WHERE organization = %s AND id = %s",
            [(until, organization, one) for one, until in noted],
        )
