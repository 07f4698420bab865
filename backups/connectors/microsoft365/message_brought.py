"""A saved message as it is brought into a channel again.

Follows Microsoft's page "Import third-party platform messages to Teams": mentions, reactions and cards cannot be
brought in, a message has at most 28 KB of text, and who wrote it has to be somebody of the tenant.
"""

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape
from typing import Any, NamedTuple

from backups.connectors.microsoft365.message_words import (
    attachments_of,
    author_of,
    body_of,
    card_texts,
    event_of,
    html_of,
    initiator_of,
    is_card,
    is_event,
    part_of_picture,
    pictures_in,
    plainly_tagged,
    with_pictures,
    without_attachments,
    words_of,
)
from backups.connectors.microsoft365.picture_kinds import ending_of, kind_of
from backups.connectors.microsoft365.records import digest, text_in
from backups.connectors.restoring import Less, Saved

LONGEST_TEXT = 24 << 10
# A request has at most 4 MB, a third of it lost to the letters that bytes are written in.
_MOST_PICTURES = 2 << 20
_SHOWN_OF_LONG = 1_000
_DELETED = "<p><em>This message was deleted.</em></p>"


class Person(NamedTuple):
    """Somebody of the tenant in whose name a message is brought in."""

    id: str
    name: str


@dataclass
class Brought:
    """One message on its way: what goes to Microsoft but for its date and author, and what it came back without."""

    subject: str | None
    importance: str
    content: str
    is_html: bool
    hosted: list[dict[str, str]] = field(default_factory=list)
    attachments: list[dict[str, Any]] = field(default_factory=list)
    less: set[Less] = field(default_factory=set)

    def body(self, author: Person, moment: str, *, written_by: str = "") -> dict[str, Any]:
        """Return the body of the call; ``written_by`` is who really wrote it, where that is somebody else."""
        content, is_html = self.content, self.is_html
        if written_by:
            content = content if is_html else escape(content).replace("\n", "<br>")
            content, is_html = f"<p><strong>{escape(written_by)}:</strong></p>{content}", True
        user = {"id": author.id, "displayName": author.name, "userIdentityType": "aadUser"}
        body = {
            "createdDateTime": moment,
            "from": {"user": user},
            "body": {"contentType": "html" if is_html else "text", "content": content},
            "importance": self.importance,
        }
        optional = {"subject": self.subject, "hostedContents": self.hosted, "attachments": self.attachments}
        return body | {name: value for name, value in optional.items() if value}


def brought(
    saved: Saved, record: dict[str, Any], beside: Callable[[str, bytes], str], names: dict[str, str]
) -> Brought:
    """Return a post or a reply of ``saved`` as it is brought in.

    ``beside`` puts a file of a name into the files of the channel and returns its address: what a message cannot hold
    lies there. ``names`` are people's by their ids. Raises what ``beside`` raises.
    """
    if is_event(record):
        return Brought(None, "normal", f"<p><em>{escape(event_of(record, names))}</em></p>", True)
    subject = text_in(record.get("subject")) or None
    if record.get("deletedDateTime"):
        return Brought(None, "normal", _DELETED, True)
    importance = record.get("importance") if record.get("importance") in ("high", "urgent") else "normal"
    made = Brought(subject, importance, *body_of(record))
    made.less |= {less for less, name in _NEVER if record.get(name)}
    _attach(made, record)
    if made.is_html:
        made.content = plainly_tagged(made.content)
        _show_pictures(made, saved, beside)
    if len(made.content.encode("utf-8", "replace")) > LONGEST_TEXT:
        shorten(made, record, beside)
    made.content = made.content if made.content.strip() else "<p>&nbsp;</p>"
    return made


def shorten(made: Brought, record: dict[str, Any], beside: Callable[[str, bytes], str]) -> None:
    """Leave the beginning of a text that is too long, with the whole of it as a file."""
    page = f'<!doctype html><html><head><meta charset="utf-8"></head><body>{html_of(record)}</body></html>'
    address = beside(f"Message {text_in(record.get('id'))}.html", page.encode("utf-8", "replace"))
    beginning = escape(words_of(record)[:_SHOWN_OF_LONG])
    made.content = f'<p>{beginning} …</p><p><a href="{escape(address)}">The whole message</a></p>'
    made.is_html, made.hosted = True, []
    made.less.add(Less.TEXT)


def author_to_be(record: dict[str, Any], names: dict[str, str]) -> tuple[Person | None, str]:
    """Return in whose name a message can be brought in, None for nobody of the tenant, and who wrote it."""
    if is_event(record):
        user, name = initiator_of(record)
        return (Person(user, name or names.get(user, "")) if user else None), "Teams"
    user, name = author_of(record)
    name = name or names.get(user, "")
    return (Person(user, name) if user else None), name or "Unknown"


_NEVER = ((Less.REACTIONS, "reactions"), (Less.MENTIONS, "mentions"))


def _attach(made: Brought, record: dict[str, Any]) -> None:
    """Keep files that are links; what stands on cards goes into the text."""
    cards, files = [], []
    for one in attachments_of(record):
        if is_card(one):
            cards.append("<br>".join(map(escape, card_texts(one))))
        elif one.get("contentType") == "reference" and isinstance(one.get("contentUrl"), str):
            names = ("id", "contentType", "contentUrl", "name")
            files.append({name: one[name] for name in names if isinstance(one.get(name), str)})
        else:
            made.less.add(Less.ATTACHMENTS)
    made.attachments = files
    if made.is_html:
        made.content = without_attachments(made.content, frozenset(str(one.get("id")) for one in files))
    if cards:
        made.less.add(Less.CARDS)
        made.content = (made.content if made.is_html else escape(made.content)) + "".join(
            f"<p>{one}</p>" for one in cards
        )
        made.is_html = True


def _show_pictures(made: Brought, saved: Saved, beside: Callable[[str, bytes], str]) -> None:
    """Give the pictures along, and those that are too large as files."""
    room, shown = _MOST_PICTURES, {}
    for hosted in pictures_in(made.content):
        part = part_of_picture(hosted)
        content = _read(saved, part)
        kind = kind_of(content)
        if not content:
            made.less.add(Less.ATTACHMENTS)
            shown[hosted] = "<em>A picture that was not kept</em>"
        elif kind and len(content) <= room:
            room -= len(content)
            number = str(len(made.hosted) + 1)
            encoded = base64.b64encode(content).decode()
            given = {"contentBytes": encoded, "contentType": f"image/{kind}", "@microsoft.graph.temporaryId": number}
            made.hosted.append(given)
            shown[hosted] = f'<img src="../hostedContents/{number}/$value" alt="image">'
        else:
            address = beside(f"Picture {digest([saved.id, part])[:12]}{ending_of(content)}", content)
            shown[hosted] = f'<a href="{escape(address)}">Picture</a>'
    made.content = with_pictures(made.content, lambda hosted: shown[hosted])


def _read(saved: Saved, part: str) -> bytes:
    if part not in saved.parts:
        return b""
    try:
        return saved.read(part)
    except saved.damaged:
        return b""
