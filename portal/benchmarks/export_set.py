"""What the benchmark of exports hands out: a film, documents and mails, made of a few blocks over and over."""

import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.utils import timezone

# Equal blocks are kept once by the vault.
_BLOCK = 32 << 20
_PIECE = 1 << 20
_WORDS = 4_000


@dataclass(frozen=True)
class Set:
    """How much there is of each. Mails are about ``mail_bytes`` long, and one of ``mail_texts`` different ones."""

    film_bytes: int
    documents: int
    document_bytes: int
    mails: int
    mail_texts: int
    mail_bytes: int

    @property
    def bytes(self) -> int:
        """All bytes that are handed out."""
        return self.film_bytes + self.documents * self.document_bytes + self.mails * self.mail_bytes

    @property
    def distinct_bytes(self) -> int:
        """The bytes that the vault has to keep."""
        return _BLOCK + self.mail_texts * self.mail_bytes

    @property
    def objects(self) -> int:
        """How many objects there are."""
        return 1 + self.documents + self.mails

    def furnish(self) -> int:
        """Make a client with all of it in its vault, and an export of everything; return the export's id."""
        from accounts.models import Membership, Partner, User
        from accounts.roles import Product, Role
        from backups.actions.exports import Wanted, start_export
        from organizations.actions.organizations import create_organization

        now = timezone.now()
        partner = Partner.objects.create(name="Bench")
        ada = User.objects.create_user("ada@bench.example", "-", first_name="Ada", last_name="Bench")
        Membership.objects.create(
            user=ada, partner=partner, role=Role.ADMINISTRATOR, products=[Product.CLOUD_BACKUP], joined_at=now
        )
        organization = create_organization(partner=partner, values={"name": "Bench"}, actor=ada, now=now)
        containers = list(self._containers(organization, now))
        export = start_export(
            organization=organization, wanted=[Wanted(one) for one in containers], what="Everything", actor=ada, now=now
        )
        return export.pk

    def write_files(self, folder: Path) -> list[tuple[str, Iterator[bytes]]]:
        """Write the blocks and mails into files; return (name, pieces read from a file) of every object."""
        folder.mkdir()
        (folder / "block").write_bytes(_block())
        for number, text in enumerate(self._texts()):
            (folder / f"{number}.eml").write_bytes(text)
        found = [("Film.mp4", _read_over(folder / "block", self.film_bytes))]
        found += [
            (f"Document {number}.pdf", _read_over(folder / "block", self.document_bytes))
            for number in range(self.documents)
        ]
        found += [
            (f"{number}.eml", _read_once(folder / f"{number % self.mail_texts}.eml")) for number in range(self.mails)
        ]
        return found

    def _containers(self, organization, now) -> Iterator:
        from backups.engine.vaults import vault_of
        from backups.models import Container, ContainerFeed
        from backups.vault.writer import Writer
        from organizations.models import Connection, Item

        tenant = Connection.objects.create(
            organization=organization, tenant_id="bench", tenant_name="Bench", domains=["bench.example"],
            connected_at=now, connected_by="Ada",
        )  # fmt: skip
        item = Item.objects.create(
            organization=organization, connection=tenant, remote_id="eva", name="Eva", address="eva@bench.example",
            kind=Item.Kind.USER, first_seen_at=now,
        )  # fmt: skip
        vault = vault_of(organization, now=now)
        for kind, put in (("MAIL", self._put_mails), ("ONEDRIVE", self._put_files)):
            container = Container.objects.create(
                organization=organization, connection=tenant, item=item, kind=kind, account=f"eva/{kind}"
            )
            ContainerFeed.objects.create(
                container=container, key="f", name="Inbox", type="folder" if kind == "MAIL" else "drive"
            )
            with Writer(vault) as writer:
                put(writer, container.account)
            yield container

    def _put_mails(self, writer, account: str) -> None:
        texts = list(self._texts())
        for number in range(self.mails):
            text = texts[number % self.mail_texts]
            writer.put(account, f"mime/m{number}", text)
            _put_record(writer, account, f"m{number}", f"Offer {number}", "mime", len(text))

    def _put_files(self, writer, account: str) -> None:
        sizes = [("Film.mp4", self.film_bytes)]
        sizes += [(f"Document {number}.pdf", self.document_bytes) for number in range(self.documents)]
        for number, (name, size) in enumerate(sizes):
            writer.put(account, f"content/f{number}", _Over(size))
            _put_record(writer, account, f"f{number}", name, "content", size)

    def _texts(self) -> Iterator[bytes]:
        chance = random.Random(7)  # noqa: S311 - words, not secrets
        words = ["".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=chance.randint(2, 11))) for _ in range(_WORDS)]
        for number in range(self.mail_texts):
            head = f"From: eva@bench.example\r\nSubject: Offer {number}\r\n\r\n".encode()
            body = " ".join(chance.choices(words, k=self.mail_bytes // 5)).encode()
            yield (head + body)[: self.mail_bytes]


def large_set() -> Set:
    """Return ten gigabytes, five of them one film."""
    return Set(5 * 10**9, 60, 50 * 10**6, 40_000, 400, 50_000)


def small_set() -> Set:
    """Return forty megabytes."""
    return Set(20 * 10**6, 5, 2 * 10**6, 200, 20, 50_000)


class _Over:
    """A stream of ``size`` bytes: the block over and over."""

    def __init__(self, size: int) -> None:
        self._left, self._pieces = size, itertools.cycle(_pieces_of(_block()))

    def read(self, length: int) -> bytes:
        piece = next(self._pieces)[: min(length, self._left)] if self._left else b""
        self._left -= len(piece)
        return piece


def _put_record(writer, account: str, object_id: str, name: str, part: str, size: int) -> None:
    from backups.engine.notes import Note, canonical

    record = canonical({"id": object_id})
    facts = {"name": name, "modified_at": "2026-10-25T10:00:00Z"}
    note = Note("t", "f", "", {part: ("t", size)}, len(record), facts)
    writer.put(account, f"record/{object_id}", record, note.as_bytes())


def _block() -> bytes:
    return random.Random(11).randbytes(_BLOCK)  # noqa: S311 - bytes that cannot be packed


def _pieces_of(block: bytes) -> Iterator[bytes]:
    for at in range(0, len(block), _PIECE):
        yield block[at : at + _PIECE]


def _read_over(path: Path, size: int) -> Iterator[bytes]:
    while size:
        with path.open("rb") as file:
            while size and (piece := file.read(min(_PIECE, size))):
                size -= len(piece)
                yield piece


def _read_once(path: Path) -> Iterator[bytes]:
    yield path.read_bytes()
