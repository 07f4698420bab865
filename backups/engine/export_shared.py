"""Files that many objects share: the MBOX of a mail folder, the table of a list, the transcript of a channel.

Each is written object by object. Where a volume ends in the middle of one, the next volume goes on with the next piece
of it, under a name of its own.
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from urllib.parse import quote, unquote

from backups.content.mbox import mbox_message
from backups.content.names import safe_name
from backups.content.tables import Table
from backups.content.transcripts import channel_post, mail_thread, page_tail, transcript_head
from backups.engine.export_files import IN_HAND_BYTES, NotGivenOut, mark_of, moment_of
from backups.engine.export_saved import Saved, Shelf
from backups.models import Container, Export

_HOSTED, _FILE = "hosted:", "file:"


@dataclass
class Shared:
    """One file of many objects. ``written`` gives the bytes of the next one, and may add to ``beside``: files that
    are written once this one is closed, as (path below the container, object, part).
    """

    path: tuple[str, ...]
    head: bytes
    tail: bytes
    written: Callable[[Saved], Iterable[bytes]]
    beside: list[tuple[tuple[str, ...], Saved, str]] = field(default_factory=list)


def shared_file(export: Export, shelf: Shelf, feed: str, piece: int) -> Shared | None:
    """Return the file that the objects of a feed share, or None where each has files of its own."""
    kind, type_ = shelf.container.kind, shelf.feed(feed)["type"]
    above = _above(shelf, feed)
    if kind == Container.Kind.MAIL and export.mail_format == Export.MailFormat.MBOX:
        return Shared((*above[:-1], _piece(above[-1], "mbox", piece)), b"", b"", _mail)
    if type_ == "list":
        return _table(shelf, feed, above, piece)
    if type_ in ("channel", "conversations"):
        return _transcript(shelf, feed, above, piece, is_channel=type_ == "channel")
    return None


def mark_of_feed(feed: str) -> str:
    """Return eight characters that tell feeds of the same name apart."""
    return hashlib.sha256(feed.encode()).hexdigest()[:8]


def _above(shelf: Shelf, feed: str) -> tuple[str, ...]:
    *folders, last = shelf.safe_path(feed) or ("Root",)
    return (*folders, f"{last} [{mark_of_feed(feed)}]" if shelf.has_namesakes(feed) else last)


def _mail(saved: Saved) -> Iterable[bytes]:
    if "mime" not in saved.parts:
        raise NotGivenOut("Not given out: no bytes of this message could be saved.")
    if saved.parts["mime"].size > IN_HAND_BYTES:
        # Half a message would spoil the file for all the others, so a large one is read twice.
        for _ in saved.stream("mime"):
            pass
        pieces = saved.stream("mime")
    else:
        pieces = [saved.read("mime")]
    return mbox_message(pieces, sender=str(saved.note.facts.get("from") or ""), at=moment_of(saved))


def _table(shelf: Shelf, feed: str, above: tuple[str, ...], piece: int) -> Shared:
    columns = shelf.feed(feed)["record"].get("columns")
    table = Table(columns if isinstance(columns, list) else [])
    path = (*above[:-1], _piece(above[-1], "csv", piece))
    return Shared(path, table.head(), b"", lambda saved: [table.row(saved.record())])


def _transcript(shelf: Shelf, feed: str, above: tuple[str, ...], piece: int, *, is_channel: bool) -> Shared:
    folder = (*above[:-1], above[-1])
    title = f"{shelf.container.item} – {shelf.feed(feed)['name']}"
    shared = Shared(
        (*folder, _piece("Transcript", "html", piece)),
        transcript_head(title, "As it was backed up; times are in UTC."),
        page_tail(),
        lambda saved: [],
    )

    def written(saved: Saved) -> Iterable[bytes]:
        beside = [(part, _name_beside(saved, part)) for part in sorted(saved.parts)]
        record = saved.record()
        if is_channel:
            pictures = {
                unquote(part.removeprefix(_HOSTED)): f"Pictures/{quote(name)}"
                for part, name in beside
                if part.startswith(_HOSTED)
            }
            said = channel_post(record, pictures=pictures)
        else:
            said = mail_thread(record, files=[(f"Files/{quote(name)}", name) for _, name in beside])
        place = "Pictures" if is_channel else "Files"
        shared.beside += [((*folder, place, name), saved, part) for part, name in beside]
        return [said]

    shared.written = written
    return shared


def _name_beside(saved: Saved, part: str) -> str:
    """Return the name of a picture or an attachment: the one it has in its record, else a number of its own."""
    number = hashlib.sha256(part.encode()).hexdigest()[:8]
    if part.startswith(_HOSTED):
        return f"{mark_of(saved)}-{number}.png"
    wanted = unquote(part.removeprefix(_FILE))
    for post in saved.record().get("posts") or []:
        for one in post.get("attachments") or [] if isinstance(post, dict) else []:
            if isinstance(one, dict) and one.get("id") == wanted and one.get("name"):
                return safe_name(f"{mark_of(saved)}-{number} {one['name']}")
    return f"{mark_of(saved)}-{number}"


def _piece(stem: str, ending: str, piece: int) -> str:
    return f"{stem}.{ending}" if not piece else f"{stem} ({piece + 1}).{ending}"
