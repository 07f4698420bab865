"""Mails as people read them: from RFC 822 bytes of any quality to a subject, people, a text and attachments."""

import html as entities
import mimetypes
import re
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import unquote

from backups.content.charsets import decoded, is_known
from backups.content.mime import MimePart, MimeReader
from backups.content.pages import LONGEST_HTML, LONGEST_TEXT, text_of_html
from backups.content.plain import one_line, plain, without_bidi

_CLOSED = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
_CID = re.compile(r"""cid:([^\s"'<>)]{1,400})""", re.IGNORECASE)
_NAMES = {"text/calendar": "invitation.ics", "message/delivery-status": "delivery-status.txt"}


@dataclass(frozen=True, slots=True)
class MailAttachment:
    """A file of a mail. ``is_inline``: the text shows it, so it need not be listed beside it. ``size`` in bytes."""

    name: str
    media_type: str
    size: int
    content_id: str
    is_inline: bool
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail. People are ``Name <address>``; ``html`` is as it was sent, never to be shown without `pages.safe_html`.

    ``text`` is the plain text, made from the HTML where the mail has none. ``problems`` says what could not be read.
    """

    subject: str = ""
    sender: str = ""
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    date: datetime | None = None
    html: str | None = field(default=None, repr=False)
    text: str = field(default="", repr=False)
    attachments: tuple[MailAttachment, ...] = ()
    problems: tuple[str, ...] = ()


def read_mail(mime: bytes) -> Mail:
    """Return the mail in ``mime``. Never raises: what is broken is read as far as it goes, and told in ``problems``."""
    reader = MimeReader(mime)
    root = reader.read()
    headers, date = root.headers, root.headers.moment("date")
    if date is None and headers.raw("date"):
        reader.problems["The date of this mail cannot be read."] = None
    body = _Body(reader.problems)
    html, text = body.read(root)
    return Mail(
        subject=headers.text("subject"),
        sender=next(iter(headers.people("from") or headers.people("sender")), ""),
        to=headers.people("to"),
        cc=headers.people("cc"),
        bcc=headers.people("bcc"),
        date=date,
        html=html,
        text=text,
        attachments=tuple(_attachments(body.files, html or "")),
        problems=tuple(reader.problems),
    )


@dataclass(slots=True)
class _Piece:
    """A piece of the text, in one form or in both."""

    text: str | None = None
    html: str | None = None


class _Body:
    """Sorts the parts of a mail into what is its text and what is attached."""

    def __init__(self, problems: dict[str, None]) -> None:
        self.problems, self.files = problems, []

    def read(self, root: MimePart) -> tuple[str | None, str]:
        """Return the text as HTML, where there is any, and as plain text."""
        pieces = self._pieces(root)
        html = None
        if any(piece.html for piece in pieces):
            html = "\n".join(_as_html(piece) if piece.html is None else piece.html for piece in pieces)
        text = "\n".join(filter(None, map(self._as_text, pieces)))
        if len(text) > LONGEST_TEXT or html and len(html) > LONGEST_HTML:
            self.problems["This mail is very long; only the beginning of its text is shown."] = None
        return html, plain(text, LONGEST_TEXT)

    def _pieces(self, part: MimePart) -> list[_Piece]:
        if part.media_type == "multipart/alternative":
            return self._alternative(part)
        if part.media_type == "multipart/related":
            return self._related(part)
        if part.below:
            if part.media_type == "multipart/encrypted":
                self.problems["This mail is encrypted; only its recipients can read it."] = None
            return [piece for one in part.below for piece in self._pieces(one)]
        if part.media_type in ("text/plain", "text/html") and not _is_file(part):
            text = self._decoded(part)
            return [_Piece(html=text) if part.media_type == "text/html" else _Piece(text=text)]
        if part.media_type in _CLOSED:
            self.problems["This mail is signed or encrypted as a whole; its text is in the attachment."] = None
        self.files.append(part)
        return []

    def _alternative(self, part: MimePart) -> list[_Piece]:
        forms = [self._pieces(one) for one in part.below]
        plain_forms = [form for form in forms if form and all(piece.html is None for piece in form)]
        html_forms = [form for form in forms if any(piece.html for piece in form)]
        text = "\n".join(piece.text or "" for piece in plain_forms[0]) if plain_forms else None
        if not html_forms:
            return [_Piece(text=text)] if plain_forms else []
        # The last form is the best one.
        html = "\n".join(_as_html(piece) if piece.html is None else piece.html for piece in html_forms[-1])
        return [_Piece(text=text if text and text.strip() else None, html=html)]

    def _related(self, part: MimePart) -> list[_Piece]:
        start = part.headers.parameter("content-type", "start")
        root = next((one for one in part.below if start and one.headers.raw("content-id") == start), part.below[0])
        pieces = self._pieces(root)
        for one in part.below:
            if one is not root:
                # Texts that are shown by the first one are no texts of their own.
                self.files += [one] if not one.below else []
                pieces += self._pieces(one) if one.below else []
        return pieces

    def _as_text(self, piece: _Piece) -> str:
        return text_of_html(piece.html or "") if piece.text is None else piece.text

    def _decoded(self, part: MimePart) -> str:
        charset = part.headers.parameter("content-type", "charset")
        text, is_whole = decoded(part.content, charset)
        if charset and not is_known(charset):
            self.problems[f"The charset “{one_line(charset, 40)}” is not known; the text was read by a guess."] = None
        elif not is_whole:
            self.problems["Some characters of the text could not be read."] = None
        return plain(text)


def _is_file(part: MimePart) -> bool:
    return part.headers.value("content-disposition") == "attachment" or bool(_given_name(part))


def _given_name(part: MimePart) -> str:
    headers = part.headers
    given = headers.parameter("content-disposition", "filename") or headers.parameter("content-type", "name")
    return one_line(without_bidi(re.split(r"[\\/]", given)[-1]), 255)


def _attachments(files: list[MimePart], html: str) -> list[MailAttachment]:
    shown = {unquote(found) for found in _CID.findall(html)} if files else set()
    return [_attachment(part, number, shown) for number, part in enumerate(files, 1)]


def _attachment(part: MimePart, number: int, shown: set[str]) -> MailAttachment:
    content, content_id = part.content, one_line(part.headers.raw("content-id"), 400).strip("<> ")
    return MailAttachment(
        name=_given_name(part) or _made_name(part, content, number),
        media_type=part.media_type,
        size=len(content),
        content_id=content_id,
        is_inline=bool(content_id) and content_id in shown,
        content=content,
    )


def _made_name(part: MimePart, content: bytes, number: int) -> str:
    if part.media_type == "message/rfc822":
        headers, _ = MimeReader(content[: 256 << 10]).headers()
        subject = one_line(without_bidi(headers.text("subject", 200)), 200)
        return f"{subject or 'Attached mail'}.eml"
    named = _NAMES.get(part.media_type)
    return named or f"attachment-{number}{mimetypes.guess_extension(part.media_type) or '.bin'}"


def _as_html(piece: _Piece) -> str:
    return f"<pre>{entities.escape(piece.text or '', quote=False)}</pre>"
