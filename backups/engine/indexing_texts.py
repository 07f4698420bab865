"""The texts of a saved object, by field: out of its record, its mail, its document, and what is attached."""

import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from backups.content.child import ReaderDidNotStart
from backups.content.documents import text_of_document
from backups.content.mails import read_mail
from backups.content.records import words_of
from backups.engine.indexing_changes import UNREADABLE
from backups.engine.notes import Note
from backups.vault.lookups import VersionRow
from backups.vault.reading import Reader

log = logging.getLogger(__name__)

_MIME, _CONTENT, _ATTACHED = "mime", "content", ("attachment:", "file:")
# Larger ones are found by name only.
LARGEST = 50 << 20
LONGEST_BODY = 1_000_000
_MOST_ATTACHMENTS = 50
UNREADABLE_STATE, TOO_LARGE = "UNREADABLE", "TOO_LARGE"
# Of a document, what is no trouble: it was read, or has no text by nature, as a picture has none.
_FINE = ("DONE", "NOT_A_DOCUMENT")


@dataclass
class Texts:
    """What is searched of one object. ``state`` says why something of it could not be read, "" where all was."""

    subject: list[str] = field(default_factory=list)
    people: list[str] = field(default_factory=list)
    sender: list[str] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    file_names: list[str] = field(default_factory=list)
    body: list[str] = field(default_factory=list)
    has_attachments: bool = False
    state: str = ""
    _length: int = 0

    def forget_body(self) -> None:
        """Begin the body anew."""
        self.body, self._length = [], 0

    def add_body(self, text: str) -> None:
        """Add a text, as far as there is room."""
        text = text[: LONGEST_BODY - self._length]
        if text:
            self._length += len(text)
            self.body.append(text)

    def note_state(self, state: str) -> None:
        """Remember the first trouble."""
        if state not in _FINE:
            self.state = self.state or state


def is_read(part: str) -> bool:
    """Return whether the bytes of a part are read for their words."""
    return part in (_MIME, _CONTENT) or part.startswith(_ATTACHED)


def texts_of(
    kind: str, note: Note, version: VersionRow, parts: Mapping[str, VersionRow | None], reader: Reader
) -> Texts:
    """Return the texts of an object, of which ``parts`` are those to be read; nothing of it raises but the store."""
    texts = Texts()
    facts = note.facts
    texts.subject = _listed(facts.get("name"))
    texts.sender, texts.recipients = _listed(facts.get("from")), _listed(facts.get("to"))
    try:
        record = json.loads(reader.read(version))
        _add_record(texts, kind, record, facts)
    except UNREADABLE:
        texts.note_state(UNREADABLE_STATE)
    except Exception:  # the boundary: no record, however odd, keeps what comes after it from being found
        log.exception("A record of %s could not be cut into words.", kind)
        texts.note_state(UNREADABLE_STATE)
    texts.people = texts.people or texts.sender + texts.recipients + _listed(facts.get("addresses"))
    for name, part in parts.items():
        _add_part(texts, name, part, str(facts.get("name") or ""), reader)
    return texts


def _add_record(texts: Texts, kind: str, record: dict, facts: dict) -> None:
    found = words_of(kind, record, facts)
    # A title is made up where there is no name, and nobody looks for one of those.
    texts.people, texts.file_names = _listed(found.people), _listed(found.file_names)
    for text in _listed(found.body):
        texts.add_body(text)


def _add_part(texts: Texts, name: str, part: VersionRow | None, object_name: str, reader: Reader) -> None:
    if part is None:
        return
    if part.size > LARGEST:
        texts.note_state(TOO_LARGE)
        return
    try:
        content = reader.read(part)
        if name == _MIME:
            _add_mail(texts, content)
        else:
            _add_document(texts, content, object_name if name == _CONTENT else "")
    except UNREADABLE:
        texts.note_state(UNREADABLE_STATE)
    except ReaderDidNotStart:
        # The machine's fault and no document's: it is read later.
        raise
    except Exception:  # the boundary: no content, however odd, keeps what comes after it from being found
        log.exception("A %s of %s bytes could not be cut into words.", name.partition(":")[0], part.size)
        texts.note_state(UNREADABLE_STATE)


def _add_mail(texts: Texts, mime: bytes) -> None:
    mail = read_mail(mime)
    # The provider's preview of the text is in the record too.
    texts.forget_body()
    texts.add_body(mail.text)
    for number, attachment in enumerate(mail.attachments):
        if attachment.name:
            texts.file_names.append(attachment.name)
        texts.has_attachments |= not attachment.is_inline
        if number < _MOST_ATTACHMENTS and not attachment.is_inline:
            _add_document(texts, attachment.content, attachment.name, attachment.media_type)


def _add_document(texts: Texts, content: bytes, name: str, media_type: str = "") -> None:
    extracted = text_of_document(content, name=name, media_type=media_type)
    texts.note_state(extracted.state)
    texts.add_body(extracted.text)


def _listed(value: str | Iterable[str] | None) -> list[str]:
    if isinstance(value, str):
        return [value] if value else []
    return [one for one in value or () if isinstance(one, str) and one]
