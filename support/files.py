"""The bytes of attachments: kept in Django's storage (``VAR_DIR/media`` unless set otherwise), which no address serves,
under names that say nothing of what people called the file.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO
from uuid import uuid4

from django.core.files.base import File
from django.core.files.storage import default_storage

from backups.content.names import safe_name
from support.kinds import check_file
from support.models import Attachment, Message

_PIECE = 256 * 1024


@dataclass(frozen=True)
class NewFile:
    """A file that was checked and may be kept."""

    name: str
    size: int
    content: BinaryIO


def checked(name: str, size: int, content: BinaryIO) -> NewFile:
    """Return the file under a safe name. Raises `kinds.FileRefused`, also for one whose type or size is not taken."""
    name = safe_name(name)
    check_file(name, size, content)
    return NewFile(name, size, content)


@contextmanager
def kept_only_together(stored: list[str] | None = None) -> Iterator[list[str]]:
    """Give out a list for `keep`; what it wrote is deleted again where the block, or its transaction, fails.

    Open it outside the outermost transaction: one inside does not see that one fail. Inside, give the list of the block
    outside as ``stored``; then that one deletes what this one does not.
    """
    stored = [] if stored is None else stored
    try:
        yield stored
    except BaseException:  # whatever it was: it goes on to the caller, and no file stays without a row
        for name in stored:
            default_storage.delete(name)
        raise


def keep(files: list[NewFile], message: Message, stored: list[str]) -> None:
    """Write the files of a message, noting in ``stored`` under which names."""
    for file in files:
        unique = uuid4().hex
        stored.append(default_storage.save(f"tickets/{unique[:2]}/{unique}", File(file.content)))
        message.attachments.create(name=file.name, size=file.size, stored_as=stored[-1])


def pieces_of(attachment: Attachment) -> Iterator[bytes]:
    """Yield what is in the file, 256 KB at a time. Raises FileNotFoundError at once where the storage has lost it."""
    file = default_storage.open(attachment.stored_as, "rb")

    def pieces() -> Iterator[bytes]:
        with file:
            while piece := file.read(_PIECE):
                yield piece

    return pieces()
