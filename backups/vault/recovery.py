"""The recovery sheet: an organization's keys sealed to a passphrase, as lines a person can print and type in again.

    "PVR1"  iterations (4)  memory in KiB (4)  lanes (1)  salt (16)  then for each epoch: length (2)  record

A record is an ordinary key record (see `keys`); its root key is the Argon2id hash of the passphrase. On paper every
line carries its number, forty characters of base32 in groups of four, and a checksum, so that a slip of the pen is told
by its line. Whoever has sheet and passphrase can read everything, so the two are kept in different places.
"""

import base64
import hashlib
import os
import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import date
from struct import Struct
from typing import NamedTuple
from uuid import UUID

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from backups.vault import sealing
from backups.vault.errors import KeyMissing, KeyProblem, Swapped, WrongKey
from backups.vault.keys import OrganizationKeys, open_keys, record_epoch, wrap_again
from backups.vault.root_keys import HeldRootKeys, RootKeys

MAGIC = b"PVR1"
SHORTEST_PASSPHRASE = 15
_HEAD = Struct(">4sIIB16s")
_LENGTH = Struct(">H")
_LINE_BYTES = 25
_CHECK_CHARACTERS = 4
_LINE = re.compile(r"\s*(\d{1,3})[.:)]?\s+([A-Za-z0-9 -]+)")
# What people read for the letters of base32, which has no such digits.
_MISREAD = str.maketrans("018", "OIB", " -")


class Cost(NamedTuple):
    """How dear one guess of the passphrase is; the second choice of RFC 9106, section 4."""

    iterations: int = 3
    memory_kib: int = 64 << 10
    lanes: int = 4


_MOST = Cost(iterations=100, memory_kib=1 << 20, lanes=64)


def write_sheet(
    organization: UUID,
    records: Iterable[bytes],
    root: RootKeys,
    passphrase: str,
    *,
    made_on: date,
    cost: Cost | None = None,
) -> str:
    """Return the sheet of an organization, ready to print. ``records`` are the key records of all epochs kept.

    Raises `KeyProblem` for a passphrase below 15 characters, and what `keys.open_keys` raises.
    """
    if len(_normal(passphrase)) < SHORTEST_PASSPHRASE:
        raise KeyProblem(
            f"A passphrase needs {SHORTEST_PASSPHRASE} characters or more. No sheet was made; choose a longer one."
        )
    cost, salt = cost or Cost(), os.urandom(16)
    sealed_to = _BothKeys(root, _key_of(passphrase, salt, cost))
    again = [wrap_again(organization, record, sealed_to) for record in records]
    body = _HEAD.pack(MAGIC, *cost, salt) + b"".join(_LENGTH.pack(len(record)) + record for record in again)
    epochs = sorted(record_epoch(record)[0] for record in again)
    return "\n".join([*_heading(organization, epochs, made_on), "", *_lines(body), ""])


def records_on_sheet(text: str, passphrase: str, root: RootKeys) -> tuple[UUID, list[bytes]]:
    """Return the organization of a sheet and its key records, wrapped by ``root`` from now on.

    Raises `KeyProblem` naming the line that is mistyped or missing, and `WrongKey` for another passphrase.
    """
    body = _body_on(text)
    cost, salt, records = _parts(body)
    organization = UUID(bytes=records[0][4:20])
    sealed_to = _BothKeys(root, _key_of(passphrase, salt, cost), wraps_with_root=True)
    try:
        return organization, [wrap_again(organization, record, sealed_to) for record in records]
    except (KeyMissing, WrongKey, Swapped) as problem:
        raise WrongKey(
            "The passphrase does not open this sheet. Nothing was changed; type it as it was chosen, spaces and"
            " capitals included, or take another sheet.",
            key="passphrase",
        ) from problem


def keys_on_sheet(text: str, passphrase: str, *, organization: UUID) -> OrganizationKeys:
    """Return the keys on a sheet, for reading without any root key.

    Raises like `records_on_sheet`, and `Swapped` for a sheet of another organization.
    """
    passing = HeldRootKeys([sealing.new_key()])
    _, records = records_on_sheet(text, passphrase, passing)
    return open_keys(organization, records, passing)


class _BothKeys:
    """A root key on one side and a passphrase on the other: unwraps with either, wraps with the one that is asked."""

    def __init__(self, root: RootKeys, of_passphrase: bytes, *, wraps_with_root: bool = False) -> None:
        self._root, self._sheet = root, HeldRootKeys([of_passphrase])
        self._wraps = root if wraps_with_root else self._sheet
        self.name = self._wraps.name

    def wrap(self, plain: bytes, bound_to: bytes) -> bytes:
        return self._wraps.wrap(plain, bound_to)

    def unwrap(self, name: bytes, wrapped: bytes, bound_to: bytes) -> bytes:
        opens = self._sheet if self._wraps is self._root else self._root
        return opens.unwrap(name, wrapped, bound_to)


def _key_of(passphrase: str, salt: bytes, cost: Cost) -> bytes:
    kdf = Argon2id(
        salt=salt, length=sealing.KEY_BYTES, iterations=cost.iterations, lanes=cost.lanes, memory_cost=cost.memory_kib
    )
    return kdf.derive(_normal(passphrase).encode())


def _normal(passphrase: str) -> str:
    # Keyboards differ in how they write accents; people do not see the difference.
    return unicodedata.normalize("NFKC", passphrase).strip()


def _heading(organization: UUID, epochs: list[int], made_on: date) -> list[str]:
    word = "epoch" if len(epochs) == 1 else "epochs"
    return [
        "Portico vault, recovery sheet",
        f"Organization {organization}",
        f"Keys of {word} {', '.join(map(str, epochs))}, made {made_on:%Y-%m-%d}",
        "Keep it apart from its passphrase: with both, everything of this organization can be read.",
        "A sheet does not open what is written after the keys were rotated; print a new one then.",
    ]


def _lines(body: bytes) -> Iterator[str]:
    for number, at in enumerate(range(0, len(body), _LINE_BYTES), 1):
        characters = base64.b32encode(body[at : at + _LINE_BYTES]).decode().rstrip("=")
        groups = [characters[place : place + 4] for place in range(0, len(characters), 4)]
        yield f"{number:3}  {' '.join(groups)}  {_check(number, characters)}"


def _check(number: int, characters: str) -> str:
    digest = hashlib.sha256(f"portico vault sheet {number} {characters}".encode()).digest()
    return base64.b32encode(digest).decode()[:_CHECK_CHARACTERS]


def _body_on(text: str) -> bytes:
    """Return the bytes on a sheet; lines that do not begin with a number are remarks."""
    body = b""
    expected = 1
    for line in text.splitlines():
        found = _LINE.fullmatch(line)
        if not found:
            continue
        number, characters = int(found[1]), found[2].upper().translate(_MISREAD)
        if number != expected:
            raise _mistyped(f"Line {expected} is missing: line {number} stands in its place")
        body += _bytes_of(number, characters[:-_CHECK_CHARACTERS], characters[-_CHECK_CHARACTERS:])
        expected += 1
    return body


def _bytes_of(number: int, characters: str, check: str) -> bytes:
    if _check(number, characters) != check:
        raise _mistyped(f"Line {number} does not match its last four characters")
    return base64.b32decode(characters + "=" * (-len(characters) % 8))


def _parts(body: bytes) -> tuple[Cost, bytes, list[bytes]]:
    if len(body) < _HEAD.size or not body.startswith(MAGIC):
        raise _mistyped("This is not a recovery sheet, or its first line is missing")
    _, *numbers, salt = _HEAD.unpack_from(body)
    cost = Cost(*numbers)
    if not all(1 <= asked <= most for asked, most in zip(cost, _MOST, strict=True)):
        raise _mistyped("The sheet asks for more memory or time than any sheet of ours")
    records, at = [], _HEAD.size
    while at + _LENGTH.size <= len(body):
        (length,) = _LENGTH.unpack_from(body, at)
        at += _LENGTH.size + length
        records.append(body[at - length : at])
    if at != len(body) or not records:
        raise _mistyped("The end of the sheet is missing")
    for record in records:
        record_epoch(record)
    return cost, salt, records


def _mistyped(what: str) -> KeyProblem:
    return KeyProblem(f"{what}. Nothing was opened or changed; compare with the paper and try again.", key="sheet")
