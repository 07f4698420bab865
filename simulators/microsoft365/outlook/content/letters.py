"""A message in the eyes of its reader: what its recipe makes of it, with what somebody set since."""

from datetime import datetime
from functools import cached_property

from simulators.microsoft365.outlook.content import corpora, mime
from simulators.microsoft365.outlook.content.mails import HTML, TEXT, Address, Mail
from simulators.microsoft365.outlook.content.parts import FILE, Part
from simulators.microsoft365.outlook.content.recipes import REAL, mail_of
from simulators.microsoft365.outlook.models import Item

# What a message weighs besides its texts and attachments.
_OVERHEAD = 2048
_PREVIEW = 255


class Letter:
    """One message."""

    def __init__(self, item: Item) -> None:
        self.item = item

    @cached_property
    def mail(self) -> Mail:
        """The message without its flags."""
        mail = mail_of(self.item) if self.item.recipe else _blank(self.item)
        mail.parts = with_stored(self.item, mail.parts)
        return _with_values(mail, self.item.values)

    @cached_property
    def parts(self) -> list[Part]:
        """The attachments; a sealed message has one, which is the sealed text."""
        if not self.mail.sealed:
            return self.mail.parts
        item, sealed = self.item, mime.sealed_bytes(self.item.id)
        kind = "application/pkcs7-mime"
        return [Part(item.id, FILE, "smime.p7m", kind, len(sealed), item.at, make=lambda: sealed)]

    @property
    def size(self) -> int:
        """About how many bytes it takes in the store."""
        return _OVERHEAD + len(self.mail.body.encode()) + sum(part.size for part in self.parts)

    @property
    def preview(self) -> str:
        """The beginning of the text, without its dress."""
        text = self.mail.body[: _PREVIEW * 8]
        if self.mail.body_type == HTML:
            text = _undressed(text)
        return " ".join(text.split())[:_PREVIEW]

    def mime(self) -> bytes:
        """The message as RFC 822."""
        if self.item.mime is not None:
            return bytes(self.item.mime)
        if self.item.recipe == REAL and not self.item.values:
            return corpora.mails()[self.item.facts["corpus"]]
        return mime.rendered(self.mail, (self.item.id, self.item.edition))


def with_stored(item: Item, derived: list[Part]) -> list[Part]:
    """Return the attachments an item was born with, and those somebody added, without those somebody removed."""
    gone = set(item.facts.get("gone_parts", []))
    return [part for part in (*derived, *map(_stored_part, item.attachments.all())) if str(part.id) not in gone]


def _stored_part(row) -> Part:
    content = bytes(row.content)
    return Part(
        id=row.id,
        kind=row.kind,
        name=row.name,
        content_type=row.content_type,
        size=len(content),
        at=row.added_at,
        make=lambda: content,
        is_inline=row.is_inline,
        content_id=row.content_id,
        inner=row.inner,
    )


def _blank(item: Item) -> Mail:
    owner = (item.mailbox.owner_name, item.mailbox.owner_address)
    return Mail("", owner, [], [], "", TEXT, item.at, f"<{item.id.hex}@{owner[1].rpartition('@')[2]}>", item.id.hex)


def _with_values(mail: Mail, values: dict) -> Mail:
    for name, field in (("subject", "subject"), ("importance", "importance"), ("internetMessageId", "message_id")):
        if name in values:
            setattr(mail, field, values[name] or "")
    for name, field in (
        ("toRecipients", "to"),
        ("ccRecipients", "cc"),
        ("bccRecipients", "bcc"),
        ("replyTo", "reply_to"),
    ):
        if name in values:
            setattr(mail, field, [_person(one) for one in values[name] or []])
    if values.get("from"):
        mail.sender = _person(values["from"])
    if values.get("body"):
        mail.body = values["body"].get("content") or ""
        mail.body_type = str(values["body"].get("contentType") or TEXT).lower()
    if values.get("sentDateTime"):
        mail.sent_at = datetime.fromisoformat(values["sentDateTime"])
    if "internetMessageHeaders" in values:
        mail.headers = [(one["name"], one["value"]) for one in values["internetMessageHeaders"] or []]
    return mail


def _person(recipient: dict) -> Address:
    address = (recipient or {}).get("emailAddress") or {}
    return address.get("name") or "", address.get("address") or ""


def _undressed(html: str) -> str:
    text, inside = [], False
    for letter in html.partition("<body>")[2] or html:
        if letter in "<>":
            inside = letter == "<"
            text.append(" ")
        elif not inside:
            text.append(letter)
    return "".join(text)
