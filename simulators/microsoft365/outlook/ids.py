"""Ids in the two forms Exchange has. Both tell capital from small letters; only one survives a move.

The ordinary form holds the place an item lies at, so it is another one after each move; the immutable form does not.
Folders have the ordinary form alone, and theirs is constant.
"""

import base64
import binascii
from dataclasses import dataclass
from enum import IntEnum
from uuid import UUID

_ORDINARY_HEAD = b"\x00\x03\x24\x00"
_IMMUTABLE_HEAD = base64.urlsafe_b64decode("AAkALgAAAAAAHYQDEapmEc2byACqAC-EWg0A")
_PROVIDER = bytes.fromhex("00460000000000") + bytes.fromhex("c2728a6db6db4f8fb09d9c92ad1bcc1c") + b"\x07\x00"
_PART = b"\x01\x12\x00\x10\x00"
_LENGTH, _IMMUTABLE_LENGTH = 89, 51


class Sort(IntEnum):
    """What an id is of."""

    FOLDER = 1
    MESSAGE = 2
    EVENT = 3
    CONTACT = 4


class MalformedId(ValueError):
    """This is no id."""


@dataclass(frozen=True)
class Reference:
    """What an id says. ``mailbox`` and ``place`` are None in an immutable one; ``part`` is an attachment's."""

    sort: Sort
    thing: UUID
    place: int | None = None
    mailbox: UUID | None = None
    part: UUID | None = None


def written_id(
    sort: Sort, mailbox: UUID, thing: UUID, place: int = 0, *, immutable: bool = False, part: UUID | None = None
) -> str:
    """Return the id of a thing in a mailbox, or with ``part`` that of an attachment or an occurrence of it."""
    if immutable:
        raw = _IMMUTABLE_HEAD + thing.bytes + bytes([sort]) + mailbox.bytes[:7]
    else:
        where = bytes([sort]) + place.to_bytes(4) + bytes(2)
        raw = _ORDINARY_HEAD + str(mailbox).encode() + _PROVIDER + where + thing.bytes + b"\x00"
    if part:
        raw += _PART + part.bytes
    return base64.urlsafe_b64encode(raw).decode()


def read_id(word: str) -> Reference:
    """Return what an id says, in whichever form it is. Raises `MalformedId`."""
    try:
        raw = base64.b64decode(word, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as problem:
        raise MalformedId(word) from problem
    if base64.urlsafe_b64encode(raw).decode() != word:
        raise MalformedId(word)
    immutable = raw.startswith(_IMMUTABLE_HEAD)
    length = _IMMUTABLE_LENGTH if immutable else _LENGTH
    whole, tail = raw[:length], raw[length:]
    part = UUID(bytes=tail[len(_PART) :]) if len(tail) == len(_PART) + 16 and tail.startswith(_PART) else None
    if len(whole) < length or (tail and part is None):
        raise MalformedId(word)
    found = _immutable(whole, part) if immutable else _ordinary(whole, part)
    if found is None:
        raise MalformedId(word)
    return found


def case_twin(thing: UUID) -> UUID | None:
    """Return a thing whose ids differ from those of ``thing`` in the case of one letter alone."""
    # In both forms the bytes of the thing begin where a group of four letters begins.
    word = base64.urlsafe_b64encode(thing.bytes[:15]).decode()
    for index, letter in enumerate(word):
        if letter.isalpha():
            other = word[:index] + letter.swapcase() + word[index + 1 :]
            return UUID(bytes=base64.urlsafe_b64decode(other) + thing.bytes[15:])
    return None


def _immutable(raw: bytes, part: UUID | None) -> Reference | None:
    sort = raw[43]
    return Reference(Sort(sort), UUID(bytes=raw[27:43]), part=part) if sort in set(Sort) else None


def _ordinary(raw: bytes, part: UUID | None) -> Reference | None:
    head, provider = raw[:4], raw[40:65]
    if head != _ORDINARY_HEAD or provider != _PROVIDER or raw[65] not in set(Sort):
        return None
    try:
        mailbox = UUID(raw[4:40].decode())
    except ValueError:
        return None
    return Reference(Sort(raw[65]), UUID(bytes=raw[72:88]), int.from_bytes(raw[66:70]), mailbox, part)
