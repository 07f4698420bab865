"""What a job asked the vault to do with one object, and what it turns into."""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from backups.vault import intake
from backups.vault.catalogue import Change
from backups.vault.errors import Unacceptable
from backups.vault.intake import Taken
from backups.vault.keys import OrganizationKeys
from backups.vault.lookups import VersionRow

# A batch costs three questions to the catalogue, so it should not be small.
BATCH_BYTES, BATCH_OBJECTS = 6 << 20, 500
# What UTF-8 or PostgreSQL's texts cannot hold.
_NOT_TEXT = re.compile("[\x00\ud800-\udfff]")
LONGEST_ACCOUNT, LONGEST_ID, LONGEST_META = 300, 4_000, 1 << 19


class Outcome(StrEnum):
    """What became of an object that was put or deleted."""

    NEW = "NEW"
    CHANGED = "CHANGED"
    # Same content under another note: moved to a folder, marked as read.
    NOTED = "NOTED"
    UNCHANGED = "UNCHANGED"
    DELETED = "DELETED"
    NEVER_STORED = "NEVER_STORED"


@dataclass(slots=True)
class Placed:
    """The answer to a put: the object's id, and what became of it as soon as that is known, at the latest after the
    next commit.
    """

    object_id: UUID
    outcome: Outcome | None = None


@dataclass(slots=True)
class Operation:
    """One put or deletion on its way through the writer."""

    object_id: UUID
    account: str
    external_id: str
    content: bytes | None
    meta: bytes
    is_deletion: bool = False
    placed: Placed = field(init=False)

    def __post_init__(self) -> None:
        self.placed = Placed(self.object_id)

    def decide(self, current: VersionRow | None, taken: Taken | None) -> tuple[Outcome, Change | None]:
        """Return what became of the object and how the next commit changes it; None leaves ``current`` standing."""
        if self.is_deletion:
            if current is None:
                return Outcome.NEVER_STORED, None
            return Outcome.DELETED, Change(self.account, self.external_id, None, has_current=True)
        if taken is None or self._is_same(current, taken.sha256):
            return Outcome.UNCHANGED, None
        outcome = Outcome.NEW
        if current is not None:
            outcome = Outcome.NOTED if current.sha256 == taken.sha256 else Outcome.CHANGED
        change = Change(
            self.account, self.external_id, taken.recipe, taken.sha256, taken.size, self.meta, current is not None
        )
        return outcome, change

    def take(self, keys: OrganizationKeys, current: VersionRow | None) -> Taken | None:
        """Return recipe and blobs of the content; None for a deletion and for what stands already."""
        if self.is_deletion:
            return None
        is_noted_alike = current is not None and current.meta == self.meta
        return intake.take(keys, self.content, current.sha256 if is_noted_alike else None)

    def _is_same(self, current: VersionRow | None, sha256: bytes) -> bool:
        return current is not None and current.sha256 == sha256 and current.meta == self.meta


def check_names(account: str, external_id: str, meta: bytes = b"") -> None:
    """Raise `Unacceptable` for names the catalogue cannot hold, and for a note that is none."""
    for what, text, longest in (("account", account, LONGEST_ACCOUNT), ("id", external_id, LONGEST_ID)):
        if not text or len(text) > longest or _NOT_TEXT.search(text):
            raise Unacceptable(
                f"An {what} must have 1 to {longest} characters that are text; this one begins {text[:40]!r}. Nothing"
                " of the object was stored; everything else was."
            )
    if len(meta) > LONGEST_META:
        raise Unacceptable(
            f"The note of {external_id[:80]!r} has {len(meta)} bytes, more than {LONGEST_META}. Nothing of the object"
            " was stored; everything else was."
        )


class Batch:
    """Operations that are looked up and computed together."""

    def __init__(self) -> None:
        self.operations: list[Operation] = []
        self.size = 0

    def add(self, operation: Operation) -> bool:
        """Take one more; return whether the batch is full."""
        self.operations.append(operation)
        self.size += len(operation.content or b"")
        return self.size >= BATCH_BYTES or len(self.operations) >= BATCH_OBJECTS


def take_all(keys: OrganizationKeys, batch: Batch, known: dict[UUID, VersionRow]) -> list[Taken | None]:
    """Return what `Operation.take` says of each, in order."""
    return [one.take(keys, known.get(one.object_id)) for one in batch.operations]
