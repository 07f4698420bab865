"""What SharePoint does to files of Office that come into its libraries: it writes properties into them.

Such a file is another one by length and hash. Its parts tell whether it is the same but for the properties. Microsoft's
pages do not speak of it; developers met it: the issue "Session uploaded file size reported by MS Graph does not equal
local file size" of OneDrive's documentation.
"""

import zipfile
from collections.abc import Iterable, Iterator
from tempfile import SpooledTemporaryFile
from typing import IO

from backups.connectors.contract import Readable

# The forms of Office that are archives of parts.
_ENDINGS = (".docx", ".docm", ".dotx", ".xlsx", ".xlsm", ".xltx", ".pptx", ".pptm", ".potx", ".ppsx")
_PROPERTIES = ("customxml/", "docprops/", "[content_types].xml", "[trash]/")
_LINKS = ".rels"
_IN_MEMORY, _PIECE = 8 << 20, 1 << 20
# More than this is not unpacked for a comparison.
_LARGEST, _LARGEST_UNPACKED = 256 << 20, 1 << 30


def is_office_file(name: str, size: int) -> bool:
    """Return whether SharePoint may write properties into a file, in a form that can be compared."""
    return name.lower().endswith(_ENDINGS) and size <= _LARGEST


def same_but_for_properties(kept: Iterable[bytes], live: Readable) -> bool:
    """Return whether two files of Office have the same parts, those of properties left out."""
    with SpooledTemporaryFile(_IN_MEMORY) as one, SpooledTemporaryFile(_IN_MEMORY) as other:
        for piece in kept:
            one.write(piece)
        for piece in _pieces(live):
            other.write(piece)
        mine, theirs = _parts(one), _parts(other)
        return mine is not None and mine == theirs


def _pieces(live: Readable) -> Iterator[bytes]:
    while piece := live.read(_PIECE):
        yield piece


def _parts(file: IO[bytes]) -> dict[str, tuple[int, int]] | None:
    """Return length and checksum of each part, every one of them read; None for what is no whole archive."""
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
            if sum(one.file_size for one in entries) > _LARGEST_UNPACKED or archive.testzip() is not None:
                return None
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, ValueError, OSError, EOFError):
        # Damaged, sealed with a password, or packed in a way nobody here knows.
        return None
    named = ((one.filename.lower(), one) for one in entries)
    return {name: (one.file_size, one.CRC) for name, one in named if not _is_property(name)}


def _is_property(name: str) -> bool:
    return name.startswith(_PROPERTIES) or name.endswith(_LINKS)
