"""Real mails, calendars and contacts, where the environment's SIMULATOR_CORPORA names a folder that has them.

Their addresses are those of real people, so every domain becomes one below `.example`.
"""

import os
import re
import tarfile
from functools import cache
from pathlib import Path

_TOP_LEVELS = (
    "com|net|org|edu|gov|mil|info|biz|ie|uk|de|fr|nl|au|ca|ch|at|se|no|it|es|jp|cn|ru|pl|br|cz|dk|fi|be|us|nu|cx|tv|"
    "to|ws|cc|il|in|kr|tw|hk|za|nz|mx|ar|id|my|sg|th|tr|ua|gr|hu|pt|ro|sk|si|hr|lt|lv|ee|is|lu"
)
_DOMAIN = re.compile(rf"\b((?:[a-z0-9-]+\.)+)(?:{_TOP_LEVELS})\b".encode(), re.IGNORECASE)
# Behind an at sign everything is a domain.
_ADDRESSED = re.compile(rb"(?<=@)((?:[a-z0-9_-]+\.)+)[a-z0-9_-]+", re.IGNORECASE)
_UNFOLDED = re.compile(r"\r?\n[ \t]")
_EVENT_TEXTS = {"SUMMARY": "subject", "DESCRIPTION": "description", "LOCATION": "location"}


@cache
def mails() -> tuple[bytes, ...]:
    """Return the real mails in the order of their names; none where there are none."""
    return tuple(_without_real_domains(content) for content in _folder("mail"))


@cache
def events() -> tuple[dict[str, str], ...]:
    """Return subject, description and location of real events."""
    found = []
    for content in _folder("calendars"):
        lines = _lines(content, "VEVENT")
        texts = {name: lines[key][0] for key, name in _EVENT_TEXTS.items() if lines.get(key)}
        if texts.get("subject"):
            found.append(texts)
    return tuple(found)


@cache
def contacts() -> tuple[dict, ...]:
    """Return real contacts as properties of Graph."""
    found = []
    for content in _folder("contacts"):
        lines = _lines(content, "VCARD")
        name = (lines.get("FN") or [""])[0]
        surname, _, given = (lines.get("N") or [";"])[0].partition(";")
        card = {
            "displayName": name,
            "surname": surname,
            "givenName": given.partition(";")[0],
            "fileAs": name,
            "emailAddresses": [{"name": name, "address": address} for address in lines.get("EMAIL", [])[:3]],
            "businessPhones": lines.get("TEL", [])[:2],
            "companyName": (lines.get("ORG") or [""])[0].partition(";")[0],
            "personalNotes": (lines.get("NOTE") or [""])[0],
        }
        found.append(card)
    return tuple(found)


def _folder(name: str) -> list[bytes]:
    archive = Path(os.environ.get("SIMULATOR_CORPORA") or "/nowhere") / "corpora.tar.xz"
    if not archive.is_file():
        return []
    found = {}
    with tarfile.open(archive) as opened:
        for member in opened:
            if member.isfile() and f"/{name}/" in f"/{member.name}":
                found[member.name] = opened.extractfile(member).read()
    return [found[key] for key in sorted(found)]


def _without_real_domains(content: bytes) -> bytes:
    # The same name always becomes the same one, so that what refers to each other still does.
    for pattern in (_DOMAIN, _ADDRESSED):
        content = pattern.sub(_example, content)
    return content


def _example(match: re.Match) -> bytes:
    return match.group(1)[:-1].replace(b".", b"-") + b".example"


def _lines(content: bytes, component: str) -> dict[str, list[str]]:
    """Return the values of the first component of a kind, by the names of its lines."""
    text = _UNFOLDED.sub("", _without_real_domains(content).decode("utf-8", "replace")).replace("\0", "\ufffd")
    inside, found = False, {}
    for line in text.splitlines():
        head, colon, value = line.partition(":")
        name = head.partition(";")[0].rpartition(".")[2].upper()
        if name in ("BEGIN", "END") and value.strip().upper() == component:
            if name == "END" and inside:
                return found
            inside = True
        elif inside and colon:
            plain = value.replace("\\n", "\n").replace("\\,", ",").replace("\\;", ";").replace("\\\\", "\\")
            found.setdefault(name, []).append(plain.strip())
    return found
