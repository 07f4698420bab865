"""Putting mail back: every message in its folder, with its dates, as read as it was, a draft as a draft.

Microsoft's lossless import is not used: it takes only streams that it has exported itself, and what is kept is the mail
and what Graph tells of it. A second copy of a message needs no other name: a folder holds several of the same.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import SpooledTemporaryFile
from typing import Any, ClassVar

from backups.connectors.base import CannotBeRestored, Obstacle
from backups.connectors.contract import Feed, Kind
from backups.connectors.microsoft365.exchange import WIDTH, quoted
from backups.connectors.microsoft365.graph import Graph
from backups.connectors.microsoft365.mail_fields import MIME
from backups.connectors.microsoft365.mail_folders import SEARCH_FOLDER
from backups.connectors.microsoft365.message_restored import (
    is_long,
    item_of,
    long_text_name,
    message_body,
    with_headers,
    without_extras,
)
from backups.connectors.microsoft365.mime_reading import Letter, Part, read_letter
from backups.connectors.microsoft365.records import digest
from backups.connectors.microsoft365.restore_attachments import LARGEST_DIRECT, Attached, attach, message_path
from backups.connectors.microsoft365.restore_folders import Folders, Step, Way, chain_of, named, step_of
from backups.connectors.microsoft365.restore_mailbox import Mailbox, entries
from backups.connectors.microsoft365.restore_objects import Kept, ObjectRestorer
from backups.connectors.restoring import Assignment, Less, Mark, Room, Saved, There

_ROOT, _BIN, _RECOVERABLE = "msgfolderroot", "deleteditems", "recoverableitems"
_INSTEAD = {"outbox": "drafts"}
_CONTENT = (
    "subject", "sentDateTime", "receivedDateTime", "from", "toRecipients", "ccRecipients", "bccRecipients",
    "importance", "hasAttachments",
)  # fmt: skip
_SELECT = f"$select=id,internetMessageId,isDraft,{','.join(_CONTENT)}&$top=500"
_IN_MEMORY = 4 << 20
# Within one request, with its own attachments.
_LARGEST_ITEM = LARGEST_DIRECT * 3 // 4


class MailRestorer(ObjectRestorer):
    """Puts mail back through Graph."""

    kind: ClassVar[Kind] = Kind.MAIL
    width: ClassVar[int] = WIDTH
    newest_first: ClassVar[bool] = True
    may_lack: ClassVar[tuple[Less, ...]] = (
        Less.HEADERS, Less.CLOUD_LINKS, Less.ATTACHMENTS, Less.TEXT, Less.INVITATION, Less.SETTINGS, Less.DRAFT,
    )  # fmt: skip
    cost: ClassVar[float] = 2

    def __init__(self, graph: Graph) -> None:
        super().__init__(graph)
        self._folders = Folders("mailFolders", _ROOT, ways_of, "includeHiddenFolders=true&")

    def check(self, assignment: Assignment) -> Room:
        """Make sure that there is a mailbox."""
        return self._mailbox(assignment).room("mailFolders/inbox?$select=id")

    def turn(self, feed: Feed, facts: dict[str, Any]) -> int:
        """Leave out what lies in search folders, which show mail of other folders, and what can be recovered."""
        return -1 if feed.type == SEARCH_FOLDER or _is_recoverable(feed) else 0

    def mark(self, assignment: Assignment, saved: Saved) -> Mark:
        """Return the message's own id, which every copy of it has."""
        return _mark(saved.record, "kept")

    def marks_there(self, assignment: Assignment, feed: Feed) -> dict[str, There]:
        """Return the messages of the folder, and of its copy."""
        mailbox, found = self._mailbox(assignment), {}
        for folder in self._folders.standing(mailbox, assignment, feed):
            for entry in entries(mailbox, f"mailFolders/{quoted(folder)}/messages?{_SELECT}"):
                mark = _mark(entry, "there")
                found.setdefault(mark.name, There(entry["id"], mark.content))
        found.pop("", None)
        return found

    def _listing(self, mailbox: Mailbox, assignment: Assignment, feed: Feed) -> str | None:
        folder = self._folders.known_place_of(mailbox, assignment, feed)
        return f"mailFolders/{quoted(folder)}/messages" if folder else None

    def _path(self, object_id: str) -> str:
        return message_path(object_id)

    def _body(self, assignment: Assignment, kept: Kept) -> tuple[dict[str, Any], set[Less]]:
        record, letter = kept.saved.record, kept.letter
        body, less = message_body(record, letter)
        body, lost = with_headers(body, letter.headers)
        return body, less | lost | _lost_links(record, letter)

    def _has_more(self, kept: Kept) -> bool:
        return bool(kept.letter.parts) or is_long(kept.letter)

    def _make(
        self, mailbox: Mailbox, assignment: Assignment, kept: Kept, body: dict[str, Any], key: str
    ) -> tuple[dict[str, Any], set[Less]]:
        less: set[Less] = set()
        try:
            made = self._folders.put_into(mailbox, assignment, kept.saved.feed, "messages", body)
        except CannotBeRestored as problem:
            if problem.obstacle != Obstacle.REFUSED:
                raise
            # It may be its headers that are refused, and a message without them is worth more than none.
            made = self._folders.put_into(mailbox, assignment, kept.saved.feed, "messages", without_extras(body))
            less.add(Less.HEADERS)
        if made.get("isDraft") is True and kept.saved.record.get("isDraft") is not True:
            less.add(Less.DRAFT)
        return made, less

    def _rest(self, mailbox: Mailbox, assignment: Assignment, kept: Kept, object_id: str, *, anew: bool) -> set[Less]:
        return attach(mailbox, message_path(object_id), _attached(kept.letter), anew=anew)

    @contextmanager
    def _opened(self, saved: Saved) -> Iterator[Kept]:
        with SpooledTemporaryFile(_IN_MEMORY) as file:
            for piece in saved.stream(MIME):
                file.write(piece)
            yield Kept(saved, read_letter(file))


def ways_of(assignment: Assignment, feed: Feed) -> list[Way]:
    """Return the way to a folder's place, from a folder that every mailbox has, and to its copy.

    What could be recovered goes to Deleted Items, as nobody can put it back where it was; what was about to be sent
    goes to the drafts, so that it is not.
    """
    chain = chain_of(assignment.tree, feed)
    from_top = tuple(step_of(one) for one in chain if _well_known(one) != _ROOT)
    start, below = _ROOT, chain
    for number, one in enumerate(chain):
        if well_known := _well_known(one):
            start, below = well_known, chain[number + 1 :]
    if start.startswith(_RECOVERABLE):
        start = _BIN
    start = _INSTEAD.get(start, start)
    ways = [Way(start, tuple(map(step_of, below)), otherwise=from_top if start != _ROOT else ())]
    if assignment.folder:
        ways.append(Way(_ROOT, (Step(named(assignment.folder)), *from_top)))
    return ways


def _mark(record: dict[str, Any], where: str) -> Mark:
    message_id = record.get("internetMessageId")
    facts = [record.get(name) for name in ("subject", "sentDateTime", "from")]
    name = message_id if isinstance(message_id, str) and message_id else digest(facts) if any(facts) else ""
    # What somebody writes on changes without any of this.
    is_draft = record.get("isDraft") is True
    return Mark(name, f"draft {where}" if is_draft else digest([record.get(name) or None for name in _CONTENT]))


def _well_known(feed: Feed) -> str:
    name = feed.record.get("wellKnownName")
    return name if isinstance(name, str) else ""


def _is_recoverable(feed: Feed) -> bool:
    return _well_known(feed).startswith(_RECOVERABLE)


def _lost_links(record: dict[str, Any], letter: Letter) -> set[Less]:
    # A mail names what is attached as a link to a file nowhere but here.
    has_files = any(not part.is_inline for part in letter.parts)
    return {Less.CLOUD_LINKS} if record.get("hasAttachments") is True and not has_files else set()


def _attached(letter: Letter) -> Iterator[Attached]:
    for part in letter.parts:
        yield _attached_part(part)
    if is_long(letter):
        text = (letter.text or "").encode()
        kind = f"text/{'html' if letter.text_type == 'html' else 'plain'}; charset=utf-8"
        yield Attached(long_text_name(letter), kind, len(text), lambda: iter((text,)))


def _attached_part(part: Part, *, depth: int = 0) -> Attached:
    item = None
    if part.is_mail and not depth and part.end - part.begin < _LARGEST_ITEM:
        inner = read_letter(part.file, part.begin, part.end)
        if not inner.sealed:
            item = item_of(inner, [_attached_part(one, depth=1) for one in inner.parts])
    size = sum(map(len, part.pieces()))
    return Attached(part.name, part.content_type, size, part.pieces, part.content_id, part.is_inline, item)
