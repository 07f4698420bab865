"""Names of files that are safe wherever they are unpacked."""

import re
import unicodedata

from backups.content.plain import BIDI, whole_characters

LONGEST_NAME = 150
_LONGEST_ENDING = 24
_NOT_IN_NAMES = re.compile(r'[\\/:*?"<>|]')
_UNSEEN = frozenset(f"{BIDI}\u200b\u200e\u200f\u2028\u2029\u061c\ufeff")
# Windows opens a device for these, whatever ending they have.
_DEVICES = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])", re.IGNORECASE)


def safe_name(name: str, *, used: set[str] | None = None) -> str:
    """Return a name of one file that Windows, macOS and Linux all take, as close to ``name`` as may be.

    It has no path in it, is no name of a device, at most 150 bytes long as UTF-8 and never empty; its ending stays.
    With ``used`` it differs from every name given out with the same set, also where case does not count.
    """
    name = _cleaned(name)
    if used is None:
        return name
    if _key(name) in used:
        name = _numbered(name, used)
    used.add(_key(name))
    return name


def _cleaned(name: str) -> str:
    # A few thousand characters tell as much as all of them, and what follows is slow with millions.
    name = unicodedata.normalize("NFC", whole_characters(name[:1_000] + name[-1_000:] if len(name) > 2_000 else name))
    name = _NOT_IN_NAMES.sub("_", "".join(filter(_is_seen, name)))
    if name.startswith(".."):
        name = name.lstrip(".")
    name = name.strip().rstrip(". ")
    if not name.strip("._ "):
        name = "unnamed"
    if _DEVICES.fullmatch(name.partition(".")[0].rstrip()):
        name = f"_{name}"
    return _shortened(name, "")


def _is_seen(character: str) -> bool:
    return character not in _UNSEEN and unicodedata.category(character) not in ("Cc", "Cs")


def _shortened(name: str, addition: str) -> str:
    """Return the name with ``addition`` before its ending, shortened before both where it would be too long."""
    stem, dot, ending = name.rpartition(".")
    ending = dot + ending
    if not stem or len(ending.encode()) > _LONGEST_ENDING or " " in ending:
        stem, ending = name, ""
    room = LONGEST_NAME - len((addition + ending).encode())
    stem = stem.encode()[:room].decode(errors="ignore").rstrip(". ") if len(stem.encode()) > room else stem
    return f"{stem}{addition}{ending}"


def _numbered(name: str, used: set[str]) -> str:
    def numbered(number: int) -> str:
        return _shortened(name, f" ({number})")

    # A thousand mails of one subject: numbers are doubled until one is free, then halved to the first that is.
    taken, free = 1, 2
    while _key(numbered(free)) in used:
        taken, free = free, 2 * free
    while free - taken > 1:
        middle = (taken + free) // 2
        taken, free = (middle, free) if _key(numbered(middle)) in used else (taken, middle)
    return numbered(free)


def _key(name: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
