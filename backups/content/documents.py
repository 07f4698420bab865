"""The text of files: documents of many programs, and everything that is text anyway.

A document is opened only in the bounded process (`child`); what is text is decoded here. Which readers, and why, is in
docs/decisions/0010-text-of-documents.md.
"""

import contextlib
import io
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

from backups.content.charsets import decoded
from backups.content.child import MEMORY, SECONDS, ask_child
from backups.content.document_kinds import MAIL, PAGE, TEXT, kind_of
from backups.content.mails import read_mail
from backups.content.pages import text_of_html
from backups.content.plain import plain

LARGEST = 100 << 20
LONGEST_TEXT = 1_000_000
# Enough for the longest text in any charset, and for what stands in a page besides its text.
_TEXT_READ = 8 << 20

State = Literal["DONE", "NOT_A_DOCUMENT", "TOO_LARGE", "ENCRYPTED", "DAMAGED", "TOO_SLOW", "TOO_MUCH_MEMORY"]


@dataclass(frozen=True, slots=True)
class Extracted:
    """The text of a file, or why there is none. ``is_cut`` says that only the beginning is there."""

    text: str
    state: State
    is_cut: bool = False


def text_of_document(
    path_or_bytes: Path | str | bytes, *, name: str, media_type: str = "", seconds: int = SECONDS, memory: int = MEMORY
) -> Extracted:
    """Return the text of a file that is called ``name``, 1,000,000 characters at most.

    What the file begins with counts more than its name and ``media_type``. ``seconds`` of the processor and ``memory``
    in bytes are what one document may take. Bad files end as a state; only a path that cannot be read raises `OSError`.
    """
    with _opened(path_or_bytes) as (file, size):
        beginning = file.read(_TEXT_READ)
        kind = kind_of(beginning, name, media_type)
        if not kind:
            return Extracted("", "NOT_A_DOCUMENT")
        if kind in (TEXT, PAGE, MAIL):
            return _text(kind, beginning, is_cut=size > len(beginning))
        if size > LARGEST:
            return Extracted("", "TOO_LARGE")
        content = beginning + file.read()
    question = {"task": "text", "format": kind, "limit": LONGEST_TEXT}
    answer = ask_child(question, content, seconds=seconds, memory=memory)
    return Extracted(answer.text[:LONGEST_TEXT], answer.state, is_cut=len(answer.text) > LONGEST_TEXT)


def _text(kind: str, content: bytes, *, is_cut: bool) -> Extracted:
    if kind == MAIL:
        mail = read_mail(content)
        text = "\n".join(filter(None, (mail.subject, mail.sender, mail.text)))
    else:
        text, _ = decoded(content)
        text = text_of_html(text) if kind == PAGE else plain(text, LONGEST_TEXT + 1)
    return Extracted(text[:LONGEST_TEXT], "DONE", is_cut=is_cut or len(text) > LONGEST_TEXT)


@contextlib.contextmanager
def _opened(path_or_bytes: Path | str | bytes):
    file: BinaryIO
    if isinstance(path_or_bytes, (bytes, bytearray, memoryview)):
        with io.BytesIO(path_or_bytes) as file:
            yield file, len(path_or_bytes)
        return
    with open(path_or_bytes, "rb") as file:
        yield file, Path(path_or_bytes).stat().st_size
