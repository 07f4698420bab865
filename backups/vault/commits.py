"""Commits: what one transaction of the vault added, signed and chained to the commit before.

    "PVC1"  epoch that signed (4)  sealed( signature (64)  JSON )

The name holds number and SHA-256 of the content. The JSON is what `Commit` says, ids as hex. Two writers may put a
commit of the same number; the catalogue accepts one of them and the other, to which no later commit is chained, counts
for nothing.
"""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from struct import Struct
from uuid import UUID

from backups.vault import sealing
from backups.vault.errors import CommitDamaged, RolledBack, Swapped
from backups.vault.keys import OrganizationKeys
from backups.vault.layout import commit_name

MAGIC = b"PVC1"
BEGINNING = bytes(32)
_HEAD = Struct(">4sI")
_SIGNATURE_BYTES = 64


@dataclass(frozen=True)
class CommitPack:
    """A pack that came with a commit: its id, the SHA-256 that is its name, size, and the slip that holds its key."""

    pack_id: bytes
    digest: bytes
    size: int
    slip: bytes


@dataclass(frozen=True)
class Commit:
    """One step of an organization's history.

    ``kind`` is what wrote it: "backup", "collect", "erase", "retain", "rotate". ``manifests`` are ids of blobs, to be
    applied in this order. ``dropped`` are packs that nothing refers to any more, ``replaced`` says which manifest (or
    slip) stands for an older one, also for those that earlier commits name. ``extra`` is JSON for kinds that need more.
    """

    organization: UUID
    number: int
    previous: bytes
    made_at: datetime
    kind: str = "backup"
    packs: tuple[CommitPack, ...] = ()
    manifests: tuple[bytes, ...] = ()
    dropped: tuple[bytes, ...] = ()
    replaced: dict[bytes, bytes] = field(default_factory=dict)
    tombstones: tuple[bytes, ...] = ()
    counts: dict[str, int] = field(default_factory=dict)
    extra: dict = field(default_factory=dict)


@dataclass(frozen=True)
class SealedCommit:
    """A commit as it goes into the store."""

    commit: Commit
    digest: bytes
    content: bytes = field(repr=False)

    @property
    def name(self) -> str:
        return commit_name(self.commit.organization, self.commit.number, self.digest)


def seal_commit(keys: OrganizationKeys, commit: Commit) -> SealedCommit:
    """Return the commit signed and sealed."""
    body = json.dumps(_as_json(commit), separators=(",", ":"), sort_keys=True).encode()
    head = _HEAD.pack(MAGIC, keys.epoch)
    signature = keys.sign(_signed(keys.organization, head, body))
    content = head + sealing.seal(keys.commit_key, signature + body, _binding(keys.organization, head))
    return SealedCommit(commit, hashlib.sha256(content).digest(), content)


def open_commit(keys: OrganizationKeys, content: bytes, *, name: str) -> SealedCommit:
    """Return the commit in an object, its signature verified and its name compared.

    Raises `CommitDamaged`, or `Swapped` for a good commit under another one's name. That it is the next in the chain
    is for `follow` to say.
    """
    try:
        opened = _open(keys, content)
    except CommitDamaged as problem:
        raise CommitDamaged(
            f"Commit {name} is damaged: {problem} What the catalogue knows stays readable; a rebuild needs another copy"
            " of this object.",
            name=name,
        ) from problem
    if opened.name != name:
        raise Swapped(
            f"{name} holds commit {opened.commit.number}, not the one its name says. Nothing of it was used.", name=name
        )
    return opened


def follow(before: SealedCommit | None, after: SealedCommit) -> None:
    """Raise `RolledBack` unless ``after`` is chained to ``before`` (None: it must be the first)."""
    digest, number = (before.digest, before.commit.number) if before else (BEGINNING, 0)
    if after.commit.previous != digest or after.commit.number != number + 1:
        raise RolledBack(
            f"Commit {after.commit.number} does not follow commit {number}: a commit between them is missing or was put"
            " back to an older state. Content of commits up to there is safe; restore the missing objects.",
            name=after.name,
        )


def _open(keys: OrganizationKeys, content: bytes) -> SealedCommit:
    head = content[: _HEAD.size]
    if len(head) < _HEAD.size or not head.startswith(MAGIC):
        raise CommitDamaged("It does not begin like a commit.")
    plain = sealing.unseal(keys.commit_key, content[_HEAD.size :], _binding(keys.organization, head))
    if plain is None:
        raise CommitDamaged("It does not open; it was altered, cut, or belongs to another organization.")
    body = plain[_SIGNATURE_BYTES:]
    keys.verify(_HEAD.unpack(head)[1], plain[:_SIGNATURE_BYTES], _signed(keys.organization, head, body))
    try:
        commit = _from_json(keys.organization, json.loads(body))
    except (ValueError, KeyError, TypeError) as problem:
        raise CommitDamaged(f"It is signed, but not written as this release reads it: {problem}.") from problem
    return SealedCommit(commit, hashlib.sha256(content).digest(), content)


def _as_json(commit: Commit) -> dict:
    return {
        "number": commit.number,
        "previous": commit.previous.hex(),
        "made_at": commit.made_at.astimezone(UTC).isoformat(),
        "kind": commit.kind,
        "packs": [[pack.pack_id.hex(), pack.digest.hex(), pack.size, pack.slip.hex()] for pack in commit.packs],
        "manifests": [one.hex() for one in commit.manifests],
        "dropped": [one.hex() for one in commit.dropped],
        "replaced": {old.hex(): new.hex() for old, new in commit.replaced.items()},
        "tombstones": [one.hex() for one in commit.tombstones],
        "counts": commit.counts,
        "extra": commit.extra,
    }


def _from_json(organization: UUID, body: dict) -> Commit:
    unhex = bytes.fromhex
    return Commit(
        organization=organization,
        number=int(body["number"]),
        previous=unhex(body["previous"]),
        made_at=datetime.fromisoformat(body["made_at"]),
        kind=str(body["kind"]),
        packs=tuple(
            CommitPack(unhex(pack_id), unhex(digest), int(size), unhex(slip))
            for pack_id, digest, size, slip in body["packs"]
        ),
        manifests=tuple(unhex(one) for one in body["manifests"]),
        dropped=tuple(unhex(one) for one in body["dropped"]),
        replaced={unhex(old): unhex(new) for old, new in body["replaced"].items()},
        tombstones=tuple(unhex(one) for one in body["tombstones"]),
        counts=dict(body["counts"]),
        extra=dict(body["extra"]),
    )


def _signed(organization: UUID, head: bytes, body: bytes) -> bytes:
    return _binding(organization, head) + body


def _binding(organization: UUID, head: bytes) -> bytes:
    return sealing.binding(organization, "commit") + head
