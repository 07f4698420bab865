"""Vaults for tests: fixed organizations, keys, and a source that remembers what it handed out."""

import hashlib
import io
from datetime import UTC, datetime
from uuid import UUID

from backups.vault import ids, lookups
from backups.vault.keys import OrganizationKeys, new_keys
from backups.vault.lookups import CatalogueIndex
from backups.vault.reading import Reader
from backups.vault.root_keys import HeldRootKeys
from backups.vault.stores.local import LocalStore
from backups.vault.vault import Vault, create_vault
from backups.vault.writer import Writer

ACME = UUID("ac3e0000-0000-4000-8000-000000000001")
BOLT = UUID("b0170000-0000-4000-8000-000000000002")
ROOT = HeldRootKeys([hashlib.sha256(b"a root key for tests").digest()])
NOW = datetime(2026, 10, 25, 11, 0, tzinfo=UTC)
EVAS_MAIL = "mail/eva"


def fixed_bytes(word: str, length: int) -> bytes:
    """Return bytes that look random and are the same in every run."""
    return hashlib.shake_256(word.encode()).digest(length)


def acme_keys() -> OrganizationKeys:
    return new_keys(ACME, ROOT)[0]


def bolt_keys() -> OrganizationKeys:
    return new_keys(BOLT, ROOT)[0]


def make_vault(folder, organization=ACME) -> Vault:
    """Return a fresh vault of an organization in a folder."""
    return create_vault(organization, store=LocalStore(folder, create=not folder.exists()), root=ROOT, now=NOW)


def reader_of(vault: Vault) -> Reader:
    return Reader(vault.keys, vault.store, CatalogueIndex(vault.organization))


def version_of(vault: Vault, account: str, external_id: str, at: int | None = None):
    """Return the version a restore point sees, or None."""
    return lookups.version_at(vault.organization, ids.object_id(vault.keys.object_key, account, external_id), at)


def read(vault: Vault, account: str, external_id: str, at: int | None = None) -> bytes | None:
    """Return the content a restore point sees, or None."""
    version = version_of(vault, account, external_id, at)
    return version and reader_of(vault).read(version)


def contents_of(vault: Vault, account: str, at: int | None = None) -> dict[str, bytes]:
    """Return everything of an account that a restore point sees."""
    reader = reader_of(vault)
    return {row.external_id: reader.read(row.version) for row in lookups.objects_of(vault.organization, account, at)}


def back_up(vault: Vault, account: str, contents: dict[str, bytes], **options) -> int:
    """Put every content and return the number of the newest commit."""
    with Writer(vault, **options) as writer:
        for external_id, content in contents.items():
            writer.put(account, external_id, content)
    return lookups.head(vault.organization)[0]


def mail_with(*attachments: bytes, subject: str = "Offer", ending: bytes = b"\r\n", width: int = 76) -> bytes:
    """Return a mail as a mail program writes it, with base64 attachments."""
    lines = [b"From: eva@acme.example", b"Subject: " + subject.encode(), b"MIME-Version: 1.0",
             b'Content-Type: multipart/mixed; boundary="border"', b"", b"--border", b"Content-Type: text/plain", b"",
             b"Dear Ida, please find it attached. " * 20]  # fmt: skip
    for attachment in attachments:
        lines += [b"--border", b"Content-Type: application/pdf", b"Content-Transfer-Encoding: base64", b""]
        lines.append(encoded(attachment, ending=ending, width=width))
    return ending.join([*lines, b"--border--", b""])


def encoded(content: bytes, *, ending: bytes = b"\r\n", width: int = 76) -> bytes:
    """Return content in base64 lines, by the standard library and not by ours."""
    import base64

    flat = base64.b64encode(content)
    return ending.join(flat[at : at + width] for at in range(0, len(flat), width))


class Sparse:
    """A stream of any length that takes no memory: zeroes with a counter every 64 KiB."""

    def __init__(self, length: int) -> None:
        self.length, self.at = length, 0

    def read(self, length: int) -> bytes:
        begin = self.at & 0xFFFF
        length = min(length, self.length - self.at, (1 << 16) - begin)
        block = (self.at - begin).to_bytes(8, "big") + bytes((1 << 16) - 8)
        self.at += length
        return block[begin : begin + length]

    def sha256(self) -> bytes:
        """Return the hash of the whole, read anew."""
        again, digest = Sparse(self.length), hashlib.sha256()
        while piece := again.read(1 << 20):
            digest.update(piece)
        return digest.digest()


def dripping(content: bytes) -> io.RawIOBase:
    """Return a stream that hands out a few bytes at a time, as a network does."""

    class Dripping(io.RawIOBase):
        at = 0

        def read(self, length: int = -1) -> bytes:
            piece = content[self.at : self.at + min(length, 70_001)]
            self.at += len(piece)
            return piece

    return Dripping()
