"""Attaching files and mails to a message or an event that was put back.

Follows Microsoft's pages "Add attachment", "attachment: createUploadSession" and "Attach large files to Outlook
messages or events".
"""

import base64
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from backups.connectors.base import CannotBeRestored, NotThere, Obstacle, OutcomeUnclear, UnexpectedAnswer
from backups.connectors.microsoft365.exchange import quoted
from backups.connectors.microsoft365.restore_mailbox import Mailbox, entries
from backups.connectors.restoring import Less

# Below this one call takes it; above, an upload in ranges does, up to what Exchange takes at all.
LARGEST_DIRECT, LARGEST = 3_000_000, 150 << 20
# Ranges of Outlook hold up to 4 MB.
_AT_ONCE = 3840 << 10
_TRIES = 3
_FILE = "#microsoft.graph.fileAttachment"
_ITEM = "#microsoft.graph.itemAttachment"


@dataclass(frozen=True)
class Attached:
    """A file to attach; ``pieces`` yields its bytes each time it is called. ``item`` is the mail it holds as Graph
    writes one, where it can be attached as that.
    """

    name: str
    content_type: str
    size: int
    pieces: Callable[[], Iterator[bytes]]
    content_id: str = ""
    is_inline: bool = False
    item: dict[str, Any] | None = None

    @property
    def names(self) -> tuple[str, str]:
        """The names it may have once it is attached: an attached mail is named without an ending."""
        return self.name, self.name.removesuffix(".eml")

    def as_json(self) -> dict[str, Any]:
        """Return it with all its bytes as Graph takes it in one call."""
        facts = {"name": self.name, "contentType": self.content_type, "isInline": self.is_inline}
        if self.content_id:
            facts["contentId"] = self.content_id
        return {"@odata.type": _FILE, "contentBytes": base64.b64encode(b"".join(self.pieces())).decode()} | facts


def attach(
    mailbox: Mailbox, path: str, wanted: Iterable[Attached], *, anew: bool, damaged: tuple[type[Exception], ...] = ()
) -> set[Less]:
    """Attach everything to the object at ``path`` and return what it has to do without.

    With ``anew`` some of it may be there already, from a try that broke off. ``damaged`` is what the bytes of one raise
    that cannot be read: the others come back without it. Raises what `Mailbox.post` raises, apart from what is said of
    a single attachment.
    """
    there = Counter() if anew is False else _names(mailbox, path)
    less = set()
    for one in wanted:
        if known := next((name for name in one.names if there[name]), None):
            there[known] -= 1
            continue
        try:
            _attach(mailbox, path, one)
        except CannotBeRestored as problem:
            if problem.obstacle not in (Obstacle.REFUSED, Obstacle.TOO_LARGE):
                raise
            less.add(Less.ATTACHMENTS)
        except damaged:
            less.add(Less.ATTACHMENTS)
    return less


def _attach(mailbox: Mailbox, path: str, one: Attached) -> None:
    if one.item is not None:
        try:
            mailbox.post(f"{path}/attachments", {"@odata.type": _ITEM, "name": one.names[1], "item": one.item})
            return
        except CannotBeRestored as problem:
            if problem.obstacle != Obstacle.REFUSED:
                raise
            # As a file it is taken, and loses nothing.
    if one.size < LARGEST_DIRECT:
        mailbox.post(f"{path}/attachments", one.as_json())
    elif one.size > LARGEST:
        raise CannotBeRestored("Exchange takes no attachment as large.", obstacle=Obstacle.TOO_LARGE)
    else:
        _upload(mailbox, path, one)


def _upload(mailbox: Mailbox, path: str, one: Attached) -> None:
    item = {"attachmentType": "file", "name": one.name, "size": one.size, "contentType": one.content_type}
    item |= {"isInline": one.is_inline} | ({"contentId": one.content_id} if one.content_id else {})
    before = _names(mailbox, path)[one.name]
    for number in range(_TRIES):
        link = mailbox.post(f"{path}/attachments/createUploadSession", {"AttachmentItem": item}).get("uploadUrl")
        if not isinstance(link, str):
            raise UnexpectedAnswer("Microsoft opened an upload and did not say where.")
        try:
            mailbox.upload(link, one.pieces(), one.size, at_once=_AT_ONCE)
            return
        except (NotThere, OutcomeUnclear, UnexpectedAnswer):
            # The answer to the last range may be lost although it arrived: then the upload is over and done.
            if _names(mailbox, path)[one.name] > before:
                return
            if number + 1 == _TRIES:
                raise


def _names(mailbox: Mailbox, path: str) -> Counter[str]:
    return Counter(str(one.get("name")) for one in entries(mailbox, f"{path}/attachments?$select=id,name&$top=100"))


def message_path(object_id: str) -> str:
    """Return the path of a message."""
    return f"messages/{quoted(object_id)}"


def event_path(object_id: str) -> str:
    """Return the path of an event."""
    return f"events/{quoted(object_id)}"
