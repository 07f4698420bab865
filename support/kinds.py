"""Which files a ticket takes: by their ending and by what is in them; both have to fit."""

import io
import zipfile
from collections.abc import Callable
from typing import BinaryIO

_MEGABYTE = 1024 * 1024
BYTES_AT_MOST = 25 * _MEGABYTE
FILES_AT_MOST = 5
# Of one form: five files of the largest size would be more than anybody sends on purpose.
ALL_BYTES_AT_MOST = 50 * _MEGABYTE
# With the text and a little over, so that whoever takes a file too many is told so in the form.
REQUEST_BYTES_AT_MOST = 60 * _MEGABYTE
# Text is looked at as far as this; a program does not hide its zeros for so long.
_LOOKED_AT = 64 * 1024
# Where a ZIP's last record may begin, with its comment (APPNOTE.TXT, section 4.3.16).
_LONGEST_END = 22 + 65_535
# What stands right before it where the directory's true length is elsewhere (section 4.3.15, the ZIP64 locator).
_LOCATOR = 20
_HELP = "Pictures, PDF, text, CSV, JSON, Word, Excel, PowerPoint, mails (EML) and ZIP are taken."


class FileRefused(Exception):
    """The file is not taken; the message says which one and why."""


def _begins_with(*marks: bytes) -> Callable[[BinaryIO], bool]:
    return lambda file: file.read(16).startswith(marks)


def _is_webp(file: BinaryIO) -> bool:
    head = file.read(12)
    return head.startswith(b"RIFF") and head.endswith(b"WEBP")


def _is_text(file: BinaryIO) -> bool:
    head = file.read(_LOOKED_AT)
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    return b"\x00" not in head and not head.startswith((b"MZ", b"\x7fELF", b"%PDF-"))


def _has_short_directory(file: BinaryIO) -> bool:
    """Return whether a ZIP says that its directory is short: one of 25 MB takes two seconds to read. ZIP64, which no
    document of 25 MB needs, would let it say so elsewhere.
    """
    end = file.seek(0, io.SEEK_END)
    file.seek(max(0, end - _LONGEST_END - _LOCATOR))
    before, _, record = file.read().rpartition(b"PK\x05\x06")
    if before[-_LOCATOR:].startswith(b"PK\x06\x07"):
        return False
    return len(record) >= 16 and int.from_bytes(record[8:12], "little") <= _MEGABYTE


def _is_office(folder: str) -> Callable[[BinaryIO], bool]:
    def looks(file: BinaryIO) -> bool:
        if not _has_short_directory(file):
            return False
        try:
            with zipfile.ZipFile(file) as parts:
                names = parts.namelist()
        except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
            return False
        # A document with macros has another ending; under this one it is not what it says.
        return (
            "[Content_Types].xml" in names
            and any(name.startswith(folder) for name in names)
            and not any(name.endswith("vbaProject.bin") for name in names)
        )

    return looks


_CHECKS: dict[str, Callable[[BinaryIO], bool]] = {
    "png": _begins_with(b"\x89PNG\r\n\x1a\n"),
    "jpg": _begins_with(b"\xff\xd8\xff"),
    "jpeg": _begins_with(b"\xff\xd8\xff"),
    "gif": _begins_with(b"GIF87a", b"GIF89a"),
    "webp": _is_webp,
    "pdf": _begins_with(b"%PDF-"),
    "zip": _begins_with(b"PK\x03\x04"),
    "docx": _is_office("word/"),
    "xlsx": _is_office("xl/"),
    "pptx": _is_office("ppt/"),
    **dict.fromkeys(("txt", "log", "csv", "json", "eml", "md", "ics"), _is_text),
}
ACCEPT = ",".join(f".{ending}" for ending in _CHECKS)


def check_file(name: str, size: int, file: BinaryIO) -> None:
    """Raise `FileRefused` unless a ticket takes the file. ``name`` is a safe one; ``file`` is left at its beginning."""
    if size == 0:
        raise FileRefused(f"{name} is empty: it has 0 bytes.")
    if size > BYTES_AT_MOST:
        raise FileRefused(f"{name} is larger than {BYTES_AT_MOST // _MEGABYTE} MB. Send a smaller part of it.")
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    check = _CHECKS.get(ending)
    if check is None:
        kind = f"Files that end in .{ending}" if ending else "Files without an ending"
        raise FileRefused(f"{name} is not taken. {kind} are refused. {_HELP}")
    file.seek(0)
    fits = check(file)
    file.seek(0)
    if not fits:
        raise FileRefused(f"{name} is not taken: what is in it is not what its ending .{ending} says.")


def check_all(sizes: list[int]) -> None:
    """Raise `FileRefused` where there are too many files, or too much in all of them."""
    if len(sizes) > FILES_AT_MOST:
        raise FileRefused(f"These are {len(sizes)} files; {FILES_AT_MOST} at most are taken with one message.")
    if sum(sizes) > ALL_BYTES_AT_MOST:
        raise FileRefused(f"These files are larger than {ALL_BYTES_AT_MOST // _MEGABYTE} MB together.")
