"""What an erasure proves: what was destroyed and when, in counts, ids and hashes, without any content or name.

It is kept in the commit that erased, or for a whole organization in an object of its own, and so outlives the database.
"""

import hashlib
from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from backups.vault import layout
from backups.vault.commits import open_commit
from backups.vault.copying import byte_array
from backups.vault.vault import Vault


@dataclass(frozen=True)
class Certificate:
    """One erasure. ``what`` is "objects", "account" or "organization"; ``commit`` is 0 when there was nothing to erase.

    ``packs_sha256`` is the hash of the sorted names of the packs whose keys were destroyed; ``tombstones`` are keyed
    hashes by which the erased is recognised again. ``lost_blobs`` were damaged and belonged to others.
    """

    organization: UUID
    what: str
    erased_at: datetime
    commit: int = 0
    objects: int = 0
    versions: int = 0
    manifests: int = 0
    packs: int = 0
    packs_bytes: int = 0
    packs_sha256: str = ""
    carried_over_bytes: int = 0
    lost_blobs: int = 0
    tombstones: tuple[str, ...] = ()

    def as_json(self) -> dict:
        return {**asdict(self), "organization": str(self.organization), "erased_at": self.erased_at.isoformat()}


def certificate_from(written: dict) -> Certificate:
    """Return what `Certificate.as_json` wrote."""
    return Certificate(
        **{
            **written,
            "organization": UUID(written["organization"]),
            "erased_at": datetime.fromisoformat(written["erased_at"]),
            "tombstones": tuple(written["tombstones"]),
        }
    )


def hash_of_names(digests: Collection[bytes]) -> str:
    """Return the hash over the sorted names of packs."""
    return hashlib.sha256(b"".join(sorted(digests))).hexdigest()


def certificates(vault: Vault) -> list[Certificate]:
    """Return the certificates of all erasures that counted, the oldest first."""
    return [_of_commit(vault, number, digest) for number, digest in _erasures(vault.organization)]


def certificate_of(vault: Vault, tombstones: Collection[bytes]) -> Certificate | None:
    """Return the certificate of the newest erasure that left all of ``tombstones``, or None."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), max(commit) FROM backups_vaulttombstone"
            " WHERE organization = %s AND digest = ANY(%s::bytea[])",
            [vault.organization, byte_array(tombstones)],
        )
        found, number = cursor.fetchone()
    if found < len(set(tombstones)):
        return None
    erasures = dict(_erasures(vault.organization))
    return _of_commit(vault, number, erasures[number]) if number in erasures else None


def _erasures(organization: UUID) -> list[tuple[int, bytes]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT number, digest FROM backups_vaultcommit WHERE organization = %s AND kind = 'erase' ORDER BY number",
            [organization],
        )
        return [(number, bytes(digest)) for number, digest in cursor.fetchall()]


def _of_commit(vault: Vault, number: int, digest: bytes) -> Certificate:
    name = layout.commit_name(vault.organization, number, digest)
    extra = open_commit(vault.keys, vault.store.get(name), name=name).commit.extra
    return certificate_from({**extra["certificate"], "commit": number})
