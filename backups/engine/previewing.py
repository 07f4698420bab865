"""Reading one saved object for a page: as plain data, with nothing in it that a browser would run or load.

A sheet has ``title``, ``kind``, ``place``, ``fields`` [[label, value]], ``text``, ``page`` (safe HTML or ""),
``blocked`` (remote pictures left out), ``attachments`` [{name, type, size}], ``pictures`` [{name, src}], ``notes``
(what could not be shown, in words) and ``changes`` [{label, before, after}] where two states are compared.
"""

from datetime import datetime
from typing import Any

from backups.content import differences, documents, mails, pages, pictures, records
from backups.engine.export_saved import Saved, Shelf
from backups.engine.vaults import vault_of
from backups.models import Preview
from backups.vault.errors import VaultError
from jobs.claims import Claim

# More of a document is for downloading it; its bytes are read into the memory of a worker.
READ_BYTES = 50 << 20
# Of the texts on a page.
MOST_LETTERS = 200_000
_PICTURE_BYTES = 8 << 20
_CONTENT, _MIME, _PHOTO = "content", "mime", "photo"


def render(preview_id: int, claim: Claim, *, now: datetime) -> None:
    """Read what a preview asks for and put it into its row; what cannot be read is said there."""
    preview = Preview.objects.select_related("container", "organization").filter(pk=preview_id).first()
    if preview is None or preview.state != Preview.State.WAITING:
        claim.finish()
        return
    try:
        preview.sheet = _sheet_of(preview, now)
        preview.state = Preview.State.READY
    except _Gone:
        preview.state, preview.problem = Preview.State.FAILED, "This is not kept any more: it was erased meanwhile."
    except VaultError as problem:
        preview.state, preview.problem = Preview.State.FAILED, f"It could not be read: {problem}"[:300]
    preview.save(update_fields=["sealed_sheet", "state", "problem"])
    claim.finish()


class _Gone(LookupError):
    pass


def _sheet_of(preview: Preview, now: datetime) -> dict[str, Any]:
    vault = vault_of(preview.organization, now=now)
    shelf = Shelf(vault, preview.container, preview.from_commit)
    shown = _Shown(preview.container.kind, _saved(shelf, preview, preview.from_commit))
    sheet = shown.sheet()
    sheet["place"] = " / ".join([*shelf.feed_path(shown.saved.note.feed), *shelf.folders_above(shown.saved)])
    if preview.compared_with is not None:
        older = _Shown(preview.container.kind, _saved(shelf, preview, preview.compared_with))
        changes = differences.changes_between(older.described(), shown.described())
        sheet["changes"] = [{"label": one.label, "before": one.before, "after": one.after} for one in changes]
    return sheet


def _saved(shelf: Shelf, preview: Preview, commit: int) -> Saved:
    found = shelf.saved([preview.object], commit).get(preview.object)
    if found is None or found.version.from_commit != commit:
        raise _Gone
    return found


class _Shown:
    """One saved state, as a page shows it."""

    def __init__(self, kind: str, saved: Saved) -> None:
        self.kind, self.saved = kind, saved
        self.record = saved.record()
        self.notes: list[str] = []
        self._mail: mails.Mail | None = None

    def described(self) -> records.Described:
        """Return it in fields and text; of a message what its MIME says."""
        described = records.described(self.kind, self.record, self.saved.note.facts)
        mail = self._read_mail()
        return described if mail is None else described._replace(html=mail.html, text=mail.text)

    def sheet(self) -> dict[str, Any]:
        described, mail = self.described(), self._read_mail()
        inline = {} if mail is None else _inline_pictures(mail)
        page = pages.safe_html(described.html, inline=inline) if described.html else None
        if page is not None and page.is_cut:
            self.notes.append("Only the beginning is shown: the text is very long. Download it to see all of it.")
        text = described.text
        drawn = []
        if _CONTENT in self.saved.parts:
            text, drawn = self._file(text)
        elif _PHOTO in self.saved.parts:
            drawn = self._picture(_PHOTO, "Photo")
        if len(text) > MOST_LETTERS:
            text = text[:MOST_LETTERS]
            self.notes.append("Only the beginning is shown. Download it to see all of it.")
        return {
            "title": described.title,
            "kind": self.kind,
            "fields": [list(one) for one in described.fields],
            "text": text,
            "page": page.html if page else "",
            "blocked": page.blocked if page else 0,
            "attachments": _attachments(mail, self.saved),
            "pictures": drawn,
            "notes": [*(mail.problems if mail else ()), *self.notes],
        }

    def _read_mail(self) -> mails.Mail | None:
        if self._mail is None and _MIME in self.saved.parts:
            self._mail = mails.read_mail(self.saved.read(_MIME))
        return self._mail

    def _file(self, text: str) -> tuple[str, list[dict[str, str]]]:
        """Return the text of a file, and its picture where it is one."""
        name, size = self.saved.name, self.saved.parts[_CONTENT].size
        if size > READ_BYTES:
            self.notes.append("This file is too large to be shown here. Download it.")
            return text, []
        if pictures.is_picture(name):
            return text, self._picture(_CONTENT, name)
        content = self.saved.read(_CONTENT)
        read = documents.text_of_document(content, name=name, media_type="")
        if why := _WHY.get(read.state):
            self.notes.append(why)
        return read.text or text, []

    def _picture(self, part: str, name: str) -> list[dict[str, str]]:
        if self.saved.parts[part].size > READ_BYTES:
            self.notes.append("This picture is too large to be shown here. Download it.")
            return []
        drawn = pictures.drawn_again(self.saved.read(part))
        if drawn is None:
            self.notes.append("This picture cannot be shown: it is damaged or of a kind we do not know. Download it.")
            return []
        return [{"name": name, "src": drawn}]


_WHY = {
    "NOT_A_DOCUMENT": "Files of this kind cannot be shown here. Download it.",
    "TOO_LARGE": "This file is too large to be shown here. Download it.",
    "ENCRYPTED": "This file is protected by a password of its own. Download it.",
    "DAMAGED": "This file cannot be read as what its name says. It is kept as it was; download it.",
    "TOO_SLOW": "Reading this file took too long and was given up. Download it.",
    "TOO_MUCH_MEMORY": "Reading this file took too much memory and was given up. Download it.",
}


def _inline_pictures(mail: mails.Mail) -> dict[str, str]:
    """Return the pictures inside a message, drawn again, by their content ids; as many as a page can bear."""
    found, left = {}, _PICTURE_BYTES
    for one in mail.attachments:
        if not one.content_id or not one.media_type.startswith("image/") or one.size > left:
            continue
        if drawn := pictures.drawn_again(one.content):
            found[one.content_id] = drawn
            left -= len(drawn)
    return found


def _attachments(mail: mails.Mail | None, saved: Saved) -> list[dict[str, Any]]:
    if mail is not None:
        return [
            {"name": one.name, "type": one.media_type, "size": one.size}
            for one in mail.attachments
            if not one.is_inline
        ]
    hidden = {_CONTENT, _MIME, _PHOTO}
    return [
        {"name": name, "type": "", "size": part.size}
        for name, part in sorted(saved.parts.items())
        if name not in hidden
    ]
