"""A made-up company's mails and files, the same at every run, written to a folder once; and what changes day by day.

What makes it like the real thing: sizes with a long tail; trace headers that are half noise; HTML beside the text; 40 %
of mails quote an earlier one; 30 % are copies in another mailbox, half of them byte for byte and half below other trace
headers; attachments come half from a pool everybody sends around; 12 % of files are slight edits of another. Words are
of a language of its own, so that no dictionary has learned them.
"""

import json
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from random import Random

from portal.benchmarks.vault_texts import Texts

SEED = 1
_RING, _EDITABLE = 1_500, 120
_NOISE_FIELDS = (
    ("ARC-Seal: i=1; a=rsa-sha256; d=mail.example; b=", 256),
    ("DKIM-Signature: v=1; d=corp.example; b=", 256),
    ("X-Antispam-Message-Info: ", 700),
)


@dataclass(frozen=True)
class Size:
    """How much is made."""

    mails: int
    files: int
    people: int


SIZES = {"full": Size(50_000, 5_000, 40), "small": Size(5_000, 500, 8)}


@dataclass(frozen=True)
class Change:
    """One line of a feed: an object and where its content lies, ``path`` None when it was deleted."""

    account: str
    external_id: str
    path: str | None
    note: str


class VaultSet:
    """The set in ``folder``. ``data`` is what tools that read files back up; feeds say the same as a source would."""

    def __init__(self, folder: Path, size: Size) -> None:
        self.folder, self.data, self.size = folder, folder / "data", size
        self.chance = Random(SEED)  # noqa: S311 (the same set at every run)
        self.texts = Texts(self.chance)
        self.people = [f"person{number:03}" for number in range(size.people)]
        pool = max(60, size.mails // 20)
        self._pool = [self.texts.document(self._length(40_000, 1.3, most=8_000_000)) for _ in range(pool)]
        self._popular = [*accumulate(1 / (rank + 10) ** 0.8 for rank in range(pool))]
        self._logo = self.chance.randbytes(9_000)
        self._ring: list[tuple[bytes, list[str], bytes]] = []
        self._editable: list[tuple[str, bytes]] = []
        # Everything that stands: (account, id) and its path.
        self._standing: dict[tuple[str, str], str] = {}
        self._made = 0

    def write(self) -> Path:
        """Write the first day and return its feed."""
        changes = [self._new_mail() for _ in range(self.size.mails)] + [
            self._new_file() for _ in range(self.size.files)
        ]
        return self._feed("day1", changes)

    def next_day(self, name: str) -> Path:
        """Change the set as a day does and return the feed: 1 % new, 0.2 % changed, moved or marked, 0.1 % deleted."""
        # Chosen first: one object changes once a day.
        chosen = self.chance.sample(sorted(self._standing), (self.size.mails + self.size.files) * 3 // 1_000)
        changes = [self._new_mail() for _ in range(self.size.mails // 100)]
        changes += [self._new_file() for _ in range(self.size.files // 100)]
        for nth, (account, external_id) in enumerate(chosen):
            if nth % 3 == 0:
                changes.append(self._delete(account, external_id))
            elif nth % 6 == 1 and account.startswith("mail"):
                changes.append(self._mark(account, external_id))
            else:
                changes.append(self._edit(account, external_id))
        return self._feed(name, changes)

    @property
    def bytes_standing(self) -> int:
        """Return how many bytes the set has now."""
        return sum((self.data / path).stat().st_size for path in self._standing.values())

    def contents(self) -> Iterator[tuple[str, str, Path]]:
        """Yield (account, id, path) of everything that stands."""
        for (account, external_id), path in self._standing.items():
            yield account, external_id, self.data / path

    def _new_mail(self) -> Change:
        person = self.chance.choice(self.people)
        kind = self.chance.random()
        if self._ring and kind < 0.3:
            trace, _, core = self.chance.choice(self._ring)
            if kind >= 0.15:
                trace = self._trace(person)
        else:
            trace, (core, paragraphs) = self._trace(person), self._core()
            self._ring.append((trace, paragraphs, core))
            if len(self._ring) > _RING:
                self._ring.pop(self.chance.randrange(300))
        self._made += 1
        external_id = f"{1_700_000_000 + self._made * 37}.M{self._made:06}"
        return self._put(f"mail/{person}", external_id, f"mail/{person}/{external_id}:2,", trace + core)

    def _new_file(self) -> Change:
        if self._editable and self.chance.random() < 0.12:
            ending, content = self.chance.choice(self._editable)
            content = self.texts.edited(content)
        else:
            ending, content = self.texts.document(self._length(50_000, 1.5, most=32_000_000))
            self._editable.append((ending, content))
            if len(self._editable) > _EDITABLE:
                self._editable.pop(0)
        self._made += 1
        person, name = self.chance.choice(self.people), f"document{self._made:06}.{ending}"
        folder = "/".join(self.texts.words(self.chance.randrange(1, 4)))
        return self._put(f"drive/{person}", name, f"drive/{person}/{folder}/{name}", content)

    def _put(self, account: str, external_id: str, path: str, content: bytes) -> Change:
        place = self.data / path
        place.parent.mkdir(parents=True, exist_ok=True)
        # A new file each time: tools that read files notice a change by it.
        place.unlink(missing_ok=True)
        place.write_bytes(content)
        self._standing[account, external_id] = path
        return Change(account, external_id, path, _note(path))

    def _delete(self, account: str, external_id: str) -> Change:
        (self.data / self._standing.pop((account, external_id))).unlink()
        return Change(account, external_id, None, "")

    def _mark(self, account: str, external_id: str) -> Change:
        old = self._standing[account, external_id]
        new = old.partition(":2,")[0] + ":2,FRS"
        (self.data / old).rename(self.data / new)
        self._standing[account, external_id] = new
        return Change(account, external_id, new, _note(new))

    def _edit(self, account: str, external_id: str) -> Change:
        path = self._standing[account, external_id]
        content = (self.data / path).read_bytes()
        is_mail = account.startswith("mail")
        changed = b"X-Category: important\r\n" + content if is_mail else self.texts.edited(content)
        return self._put(account, external_id, path, changed)

    def _length(self, middle: int, spread: float, *, most: int) -> int:
        return int(min(most, max(600, middle * self.chance.lognormvariate(0, spread))))

    def _trace(self, person: str) -> bytes:
        chance, number = self.chance, self.chance.randrange
        lines = [
            f"Received: from mx{number(99)}.mail.example (10.{number(255)}.{number(255)}.{number(255)}) by"
            f" srv{number(999)}.prod.mail.example with SMTPS id {number(1 << 40)};\r\n\tMon, {1 + number(28)} Nov 2025"
            f" {number(24):02}:{number(60):02}:{number(60):02} +0000"
            for _ in range(4)
        ]
        for name, length in _NOISE_FIELDS:
            noise = b64encode(chance.randbytes(length)).decode()
            lines.append(name + "\r\n\t".join(noise[at : at + 72] for at in range(0, len(noise), 72)))
        lines.append(f"Delivered-To: {person}@corp.example\r\nX-OriginatorOrg: corp.example")
        return "\r\n".join([*lines, ""]).encode()

    def _core(self) -> tuple[bytes, list[str]]:
        chance = self.chance
        paragraphs = self.texts.paragraphs(int(min(20_000, max(8, 130 * chance.lognormvariate(0, 1)))))
        quoted = chance.choice(self._ring)[1] if self._ring and chance.random() < 0.4 else []
        every = [*paragraphs, f"From: {chance.choice(self.people)}", *quoted][:400]
        border = f"_{chance.getrandbits(60):015x}_"
        attached = [("logo.png", self._logo)] if chance.random() < 0.25 else []
        if chance.random() < 0.18:
            attached += [self._attachment() for _ in range(1 + (chance.random() < 0.2))]
        return self.texts.mail(self.people, border, every, attached), paragraphs[:12]

    def _attachment(self) -> tuple[str, bytes]:
        if self.chance.random() < 0.5:
            number = self.chance.choices(range(len(self._pool)), cum_weights=self._popular)[0]
            ending, content = self._pool[number]
        else:
            number = self._made
            ending, content = self.texts.document(self._length(40_000, 1.3, most=8_000_000))
        return f"file{number}.{ending}", content

    def _feed(self, name: str, changes: list[Change]) -> Path:
        """Write changes as a source tells them, an account after the other."""
        feed = self.folder / f"{name}.jsonl"
        lines = [
            json.dumps([one.account, one.external_id, one.path, one.note]) for one in sorted(changes, key=_account)
        ]
        feed.write_text("\n".join(lines))
        return feed


def read_feed(feed: Path, *, share: int = 0, shares: int = 1) -> Iterator[Change]:
    """Yield the changes of a feed, of every so many-th account where several workers share them."""
    accounts: dict[str, int] = {}
    with feed.open() as lines:
        for line in lines:
            change = Change(*json.loads(line))
            if accounts.setdefault(change.account, len(accounts)) % shares == share:
                yield change


def _account(change: Change) -> str:
    return change.account


def _note(path: str) -> str:
    folder, _, name = path.rpartition("/")
    return json.dumps({"folder": folder, "flags": name.partition(":2,")[2]})
