"""The keys of one organization: masters by epoch, and what is derived from its unchanging identity.

    root key --wraps--> record of an epoch = master + identity + public keys of all epochs
    master   --HKDF-->  wraps the random keys of packs; signs commits
    identity --HKDF-->  names of blobs and objects, tombstones, chunk borders, the seal of commits

A new epoch changes the master and keeps the identity, because another name for every blob would end deduplication
against all that is already there.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from struct import Struct
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from backups.vault import sealing
from backups.vault.errors import CommitDamaged, KeyMissing, KeyRetired, Swapped, WrongKey
from backups.vault.root_keys import RootKeys

MAGIC = b"PVK1"
_HEAD = Struct(">4s16sI8s")
_PUBLIC = Struct(">I32s")


@dataclass(frozen=True)
class WrappedKey:
    """A pack's key as it is stored: wrapped by the master of ``epoch``."""

    epoch: int
    wrapped: bytes


@dataclass
class OrganizationKeys:
    """Everything this process may know of one organization's keys. Never log or pickle it."""

    organization: UUID
    epoch: int
    identity: bytes = field(repr=False)
    masters: dict[int, bytes] = field(repr=False)
    public_keys: dict[int, bytes] = field(repr=False)

    @cached_property
    def id_key(self) -> bytes:
        return self._of_identity("blob id")

    @cached_property
    def object_key(self) -> bytes:
        return self._of_identity("object id")

    @cached_property
    def tombstone_key(self) -> bytes:
        return self._of_identity("tombstone")

    @cached_property
    def commit_key(self) -> bytes:
        return self._of_identity("commit")

    @cached_property
    def chunk_seed(self) -> int:
        # The chunker takes 63 bits.
        return int.from_bytes(self._of_identity("chunk border")[:8], "big") >> 1

    def wrap_pack_key(self, pack_id: bytes, key: bytes) -> WrappedKey:
        """Return a pack's key wrapped by the newest master and bound to the pack."""
        wrapping = _derive(self.masters[self.epoch], "pack key")
        return WrappedKey(self.epoch, sealing.seal(wrapping, key, self._pack_binding(pack_id)))

    def unwrap_pack_key(self, pack_id: bytes, held: WrappedKey) -> bytes:
        """Return the key of a pack. Raises `KeyRetired`, `KeyMissing` or `WrongKey`."""
        wrapping = _derive(self._master(held.epoch), "pack key")
        key = sealing.unseal(wrapping, held.wrapped, self._pack_binding(pack_id))
        if key is None:
            raise WrongKey(
                f"The wrapped key of pack {pack_id.hex()} does not open. Other packs are not affected; take the key"
                " from the slip in the store, or the content from another copy.",
                key=pack_id.hex(),
            )
        return key

    def sign(self, message: bytes) -> bytes:
        """Return the Ed25519 signature of the newest epoch."""
        return _signer(self.masters[self.epoch]).sign(message)

    def verify(self, epoch: int, signature: bytes, message: bytes) -> None:
        """Raise `CommitDamaged` unless ``message`` was signed by that epoch of this organization."""
        public = self.public_keys.get(epoch)
        if public is None:
            raise CommitDamaged(f"Signed by epoch {epoch}, which this organization never had.")
        try:
            Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
        except InvalidSignature as problem:
            raise CommitDamaged("The signature is wrong: somebody else wrote or altered it.") from problem

    def _master(self, epoch: int) -> bytes:
        master = self.masters.get(epoch)
        if master is None:
            kind = KeyRetired if epoch in self.public_keys and epoch < self.epoch else KeyMissing
            raise kind(
                f"The master key of epoch {epoch} is not held. Content under other epochs is not affected; open the"
                " vault with all its key records.",
                key=f"epoch {epoch}",
            )
        return master

    def _of_identity(self, purpose: str) -> bytes:
        return _derive(self.identity, purpose)

    def _pack_binding(self, pack_id: bytes) -> bytes:
        return sealing.binding(self.organization, "pack key") + pack_id


def new_keys(organization: UUID, root: RootKeys) -> tuple[OrganizationKeys, bytes]:
    """Return the keys of a new organization and the record of its first epoch, to be stored before they are used."""
    return _epoch(organization, 1, sealing.new_key(), {}, {}, root)


def next_epoch(keys: OrganizationKeys, root: RootKeys) -> tuple[OrganizationKeys, bytes]:
    """Return keys with a fresh master on top, and its record, to be stored before the keys are used."""
    return _epoch(keys.organization, keys.epoch + 1, keys.identity, keys.masters, keys.public_keys, root)


def open_keys(organization: UUID, records: Iterable[bytes], root: RootKeys) -> OrganizationKeys:
    """Return the keys in the records of all epochs that are kept, in any order.

    Raises `KeyMissing` without records or without the root key, `WrongKey`, and `Swapped` for a record of another
    organization.
    """
    opened = sorted((_open_record(organization, record, root) for record in records), key=lambda one: one.epoch)
    if not opened:
        raise KeyMissing(
            f"There is no key record of organization {organization}. If it was erased, nothing can be read any more;"
            " if not, take the records from the keys/ folder of the store or from a copy of the database.",
            key=str(organization),
        )
    newest = opened[-1]
    for older in opened[:-1]:
        newest.masters.update(older.masters)
    return newest


def wrap_again(organization: UUID, record: bytes, root: RootKeys) -> bytes:
    """Return the record wrapped by the newest root key; nothing else changes."""
    keys = _open_record(organization, record, root)
    return _record(keys, root)


def record_epoch(record: bytes) -> tuple[int, bytes]:
    """Return the epoch of a record and the name of the root key that opens it. Raises `WrongKey` if it is no record."""
    if len(record) < _HEAD.size or not record.startswith(MAGIC):
        raise WrongKey("This is not a key record of a vault. Nothing was opened; take it from another copy.")
    _, _, epoch, root_name = _HEAD.unpack_from(record)
    return epoch, root_name


def _epoch(organization, epoch, identity, masters, public_keys, root) -> tuple[OrganizationKeys, bytes]:
    master = sealing.new_key()
    public = _signer(master).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    keys = OrganizationKeys(organization, epoch, identity, {**masters, epoch: master}, {**public_keys, epoch: public})
    return keys, _record(keys, root)


def _record(keys: OrganizationKeys, root: RootKeys) -> bytes:
    head = _HEAD.pack(MAGIC, keys.organization.bytes, keys.epoch, root.name)
    public = b"".join(_PUBLIC.pack(epoch, key) for epoch, key in sorted(keys.public_keys.items()))
    plain = keys.masters[keys.epoch] + keys.identity + public
    return head + root.wrap(plain, _record_binding(keys.organization, keys.epoch))


def _open_record(organization: UUID, record: bytes, root: RootKeys) -> OrganizationKeys:
    epoch, root_name = record_epoch(record)
    if record[4:20] != organization.bytes:
        raise Swapped(
            f"The key record belongs to organization {UUID(bytes=record[4:20])}, not to {organization}. Nothing was"
            " opened; somebody moved objects between organizations.",
            name=str(organization),
        )
    plain = root.unwrap(root_name, record[_HEAD.size :], _record_binding(organization, epoch))
    return OrganizationKeys(
        organization, epoch, plain[32:64], {epoch: plain[:32]}, dict(_PUBLIC.iter_unpack(plain[64:]))
    )


def _record_binding(organization: UUID, epoch: int) -> bytes:
    return sealing.binding(organization, "master") + epoch.to_bytes(4, "big")


def _signer(master: bytes) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(_derive(master, "signature"))


def _derive(secret: bytes, purpose: str) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=b"portico vault 1: " + purpose.encode()).derive(secret)
