"""A contact as a vCard of version 4.0 (RFC 6350), with its photo."""

import base64
import re
from collections.abc import Iterator
from typing import Any

_CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")
_OCTETS = 75
_UNKNOWN_YEARS = ("0001-", "1604-")
# (property of the record, TYPE)
_PHONES = (("businessPhones", "work,voice"), ("homePhones", "home,voice"), ("mobilePhone", "cell"))
_ADDRESSES = (("businessAddress", "work"), ("homeAddress", "home"), ("otherAddress", "other"))
_RELATED = (("spouseName", "spouse"), ("children", "child"), ("manager", "x-manager"), ("assistantName", "x-assistant"))
_PHOTOS = {b"\x89PNG": "image/png", b"GIF8": "image/gif", b"RIFF": "image/webp"}


def contact_as_vcf(record: dict[str, Any], *, uid: str, photo: bytes = b"") -> bytes:
    """Return a contact as a vCard; ``uid`` names it for ever, so that importing it twice makes one contact."""
    lines = ["BEGIN:VCARD", "VERSION:4.0", f"UID:{_text(uid)}", *_lines(record)]
    if photo:
        kind = next((name for begins, name in _PHOTOS.items() if photo.startswith(begins)), "image/jpeg")
        lines.append(f"PHOTO:data:{kind};base64,{base64.b64encode(photo).decode()}")
    return b"".join(_folded(line) for line in [*lines, "END:VCARD"])


def _lines(record: dict[str, Any]) -> Iterator[str]:
    yield f"FN:{_text(_full_name(record))}"
    names = [record.get(name) for name in ("surname", "givenName", "middleName", "title", "generation")]
    if any(names):
        yield "N:" + ";".join(map(_text, names))
    yield from _simple(record)
    yield from _ways(record)
    yield from _addresses(record)
    for name, relation in _RELATED:
        for person in filter(None, _list(record.get(name))):
            yield f"RELATED;TYPE={relation};VALUE=text:{_text(person)}"
    if categories := [_text(one) for one in _list(record.get("categories")) if one]:
        yield "CATEGORIES:" + ",".join(categories)


def _ways(record: dict[str, Any]) -> Iterator[str]:
    if record.get("companyName") or record.get("department"):
        yield f"ORG:{_text(record.get('companyName'))};{_text(record.get('department'))}".rstrip(";")
    for one in _list(record.get("emailAddresses")):
        if isinstance(one, dict) and one.get("address"):
            yield f"EMAIL:{_text(one['address'])}"
    for name, kind in _PHONES:
        for number in filter(None, _list(record.get(name))):
            # A number of the source may be written in any way, so it stays a text.
            yield f'TEL;TYPE="{kind}":{_text(number)}'
    for one in filter(None, _list(record.get("imAddresses"))):
        yield f"IMPP:{_text(one)}"


def _simple(record: dict[str, Any]) -> Iterator[str]:
    named = {
        "NICKNAME": "nickName", "TITLE": "jobTitle", "ROLE": "profession", "NOTE": "personalNotes",
        "URL": "businessHomePage", "X-OFFICE": "officeLocation",
    }  # fmt: skip
    for name, key in named.items():
        if record.get(key):
            yield f"{name}:{_text(record[key])}"
    birthday = record.get("birthday")
    if isinstance(birthday, str) and re.match(r"\d{4}-\d\d-\d\d", birthday):
        day = birthday[:10].replace("-", "")
        # A birthday without a year has one of these in it.
        yield f"BDAY:--{day[4:]}" if birthday.startswith(_UNKNOWN_YEARS) else f"BDAY:{day}"
    changed = record.get("lastModifiedDateTime")
    if isinstance(changed, str) and re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", changed):
        yield f"REV:{re.sub('[-:]', '', changed[:19])}Z"


def _addresses(record: dict[str, Any]) -> Iterator[str]:
    for name, kind in _ADDRESSES:
        given = record.get(name)
        if not isinstance(given, dict):
            continue
        parts = [given.get(key) for key in ("street", "city", "state", "postalCode", "countryOrRegion")]
        if any(parts):
            of_kind = "" if kind == "other" else f";TYPE={kind}"
            yield f"ADR{of_kind}:;;" + ";".join(map(_text, parts))


def _full_name(record: dict[str, Any]) -> str:
    spoken = " ".join(filter(None, (record.get("givenName"), record.get("surname"))))
    mails = [one.get("address") for one in _list(record.get("emailAddresses")) if isinstance(one, dict)]
    names = [record.get("displayName"), spoken, record.get("fileAs"), record.get("companyName"), *mails]
    return next((name for name in names if isinstance(name, str) and name.strip()), "Unnamed contact")


def _list(value: Any) -> list:
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def _text(value: Any) -> str:
    """Return a value as it stands in a property: nothing in it ends the line or the value."""
    plain = _CONTROLS.sub(" ", str(value or "").replace("\r\n", "\n").replace("\r", "\n"))
    return plain.replace("\\", "\\\\").replace(",", "\\,").replace(";", "\\;").replace("\n", "\\n")


def _folded(line: str) -> bytes:
    """Return a line in pieces of at most 75 octets, none of which cuts a character."""
    octets, folded, room = line.encode("utf-8", "replace"), bytearray(), _OCTETS
    while len(octets) > room:
        cut = room
        while octets[cut] & 0xC0 == 0x80:
            cut -= 1
        folded += octets[:cut] + b"\r\n "
        octets, room = octets[cut:], _OCTETS - 1
    return bytes(folded + octets + b"\r\n")
