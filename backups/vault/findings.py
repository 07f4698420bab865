"""What a check found: a named error, the objects it touches by name, and what stays readable."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from uuid import UUID

from django.db import connection

from backups.vault.copying import byte_array, uuid_array
from backups.vault.errors import VaultError
from backups.vault.ids import ID_BYTES
from backups.vault.lookups import CatalogueIndex
from backups.vault.reading import Reader
from backups.vault.recipe import WHOLE, read_recipe
from backups.vault.vault import Vault

_PAGE = 5_000
# How most recipes begin; it saves the time of reading them.
_ONE_BLOB = bytes((WHOLE, 1))
# More names than anybody reads; their number is told besides.
NAMED = 1_000


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong. ``objects`` are (account, id) of what cannot be read; ``total`` counts all of them."""

    problem: VaultError
    objects: list[tuple[str, str]] = field(default_factory=list)
    total: int = 0
    # Accounts whose manifests are damaged: they can be read, but not be rebuilt from the store.
    accounts: list[str] = field(default_factory=list)

    def as_json(self) -> dict:
        return {
            "error": type(self.problem).__name__,
            "message": str(self.problem),
            "name": getattr(self.problem, "name", "") or getattr(self.problem, "key", ""),
            "objects": [list(one) for one in self.objects],
            "objects_total": self.total,
            "accounts_not_rebuildable": self.accounts,
            "readable": self.readable,
        }

    @property
    def readable(self) -> str:
        """Say what can be read in spite of it."""
        if self.total:
            return "All other objects, and versions of these that need nothing of it, stay readable."
        if self.accounts:
            return "Every object stays readable; only a rebuild of the catalogue would miss these accounts' objects."
        return "Every object stays readable."


Trouble = tuple[VaultError, Collection[bytes]]


class Affected:
    """Finds the objects that need damaged content. One pass over the versions answers for any number of problems."""

    def __init__(self, vault: Vault) -> None:
        self.vault = vault

    def findings(self, troubles: Iterable[Trouble]) -> Iterator[Finding]:
        """Yield the finding for each (problem, ids of the blobs it makes unreadable), in order."""
        listed = list(troubles)
        concerned: dict[bytes, list[int]] = {}
        for place, (_, blobs) in enumerate(listed):
            for blob_id in blobs:
                concerned.setdefault(blob_id, []).append(place)
        objects = self._objects_with(concerned, len(listed))
        for (problem, blobs), touched in zip(listed, objects, strict=True):
            yield Finding(problem, self._names(touched), len(touched), self._accounts(blobs))

    def blobs_of_pack(self, pack_id: bytes) -> set[bytes]:
        """Return the ids of all blobs that the catalogue finds in a pack."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT id FROM backups_vaultblob WHERE organization = %s AND pack = %s",
                [self.vault.organization, UUID(bytes=pack_id)],
            )
            return {bytes(row[0]) for row in cursor.fetchall()}

    def _objects_with(self, concerned: dict[bytes, list[int]], troubles: int) -> list[list[bytes]]:
        """Return for each trouble the objects with a version that needs one of its blobs."""
        objects: list[dict[bytes, None]] = [{} for _ in range(troubles)]
        if concerned:
            reader = Reader(self.vault.keys, self.vault.store, CatalogueIndex(self.vault.organization))
            for one, written in recipes(self.vault.organization):
                for place in _places(reader, written, concerned):
                    objects[place][one] = None
        return [list(touched) for touched in objects]

    def _names(self, objects: list[bytes]) -> list[tuple[str, str]]:
        if not objects:
            return []
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT account, external_id FROM backups_vaultobject"
                " WHERE organization = %s AND id = ANY(%s::uuid[]) ORDER BY account, external_id LIMIT %s",
                [self.vault.organization, uuid_array(objects), NAMED],
            )
            return cursor.fetchall()

    def _accounts(self, damaged: Collection[bytes]) -> list[str]:
        if not damaged:
            return []
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT DISTINCT account FROM backups_vaultmanifest WHERE organization = %s AND blob = ANY(%s::bytea[])"
                " ORDER BY account",
                [self.vault.organization, byte_array(damaged)],
            )
            return [row[0] for row in cursor.fetchall()]


def recipes(organization: UUID) -> Iterator[tuple[bytes, bytes]]:
    """Yield (object id, recipe) of every version, a page in memory at a time."""
    after, before = UUID(int=0), 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT uuid_send(object), to_commit, recipe FROM backups_vaultversion"
                " WHERE organization = %s AND (object, to_commit) > (%s, %s) ORDER BY object, to_commit LIMIT %s",
                [organization, after, before, _PAGE],
            )
            rows = cursor.fetchall()
        yield from [(bytes(one), bytes(recipe)) for one, _, recipe in rows]
        if len(rows) < _PAGE:
            return
        after, before = UUID(bytes=bytes(rows[-1][0])), rows[-1][1]


def needed_by(reader: Reader, written: bytes) -> Iterator[bytes]:
    """Yield the ids of all blobs that a version needs, its stored recipe's included.

    Raises what reading a stored recipe raises.
    """
    if written.startswith(_ONE_BLOB):
        yield written[2 : 2 + ID_BYTES]
        return
    recipe = read_recipe(written)
    yield from [ref.blob_id for ref in recipe.references()]
    if recipe.is_stored:
        inner = read_recipe(b"".join(reader.blobs(recipe.blobs)))
        yield from [ref.blob_id for ref in inner.references()]


def _places(reader: Reader, written: bytes, concerned: dict[bytes, list[int]]) -> Iterator[int]:
    """Yield which troubles concern a version."""
    try:
        for blob_id in needed_by(reader, written):
            yield from concerned.get(blob_id, ())
    except VaultError:
        # Its stored recipe cannot be read. The blobs that hold it were told of before.
        return
