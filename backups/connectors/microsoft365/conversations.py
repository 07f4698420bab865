"""Conversations in the mailbox of a team's group: mails that were written to the team.

Follows Microsoft's pages "conversationThread resource type" and "post resource type". Posts cannot be changed, so a
conversation is another one when another post was delivered.
"""

import base64
import binascii
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from io import BytesIO
from typing import Any

from backups.connectors.base import NotThere, UnexpectedAnswer
from backups.connectors.contract import Feed, Part, Readable, Upsert
from backups.connectors.microsoft365.records import digest, kept, moment_in, text_in, texts_in
from backups.connectors.microsoft365.team_calls import TeamCalls, quoted
from backups.connectors.microsoft365.texts import id_of

_BYTES = frozenset({"contentBytes"})


class Conversations:
    """Reads the conversations of the group that ``calls`` ask."""

    def __init__(self, calls: TeamCalls, feed: Feed) -> None:
        self.calls, self.feed = calls, feed

    def all(self) -> Iterator[Upsert]:
        """Yield every conversation, not whole yet."""
        for remote_id, entry in self.calls.listed("threads", "conversation"):
            yield _thread_in(f"{self.feed.id}/{remote_id}", entry)

    def look(self, object_id: str) -> Upsert:
        """Return a conversation as it is now, not whole yet."""
        return _thread_in(object_id, self.calls.get(self._thread(object_id)))

    def complete(self, found: Upsert) -> Upsert:
        """Return a conversation with its posts, and with a part for each file on one of them."""
        thread, posts, parts = self._thread(found.id), [], []
        for remote_id, entry in self.calls.listed(f"{thread}/posts", "post"):
            post = kept(entry, _BYTES)
            if entry.get("hasAttachments") is True:
                files = self._files(f"{thread}/posts/{quoted(remote_id)}")
                post["attachments"] = [kept(one, _BYTES) for one in files]
                parts += filter(None, (_part_of(remote_id, one) for one in files))
            posts.append(post)
        record = {**found.record, "posts": posts}
        return replace(found, record=record, parts=tuple(parts), is_whole=True)

    def open(self, found: Upsert, part: Part) -> AbstractContextManager[Readable]:
        """Open a file on a post. Raises `NotThere`, `UnexpectedAnswer`."""
        for one in self._files(f"{self._thread(found.id)}/posts/{quoted(part.facts['post'])}"):
            if one.get("id") == part.facts["file"]:
                try:
                    return nullcontext(BytesIO(base64.b64decode(one["contentBytes"], validate=True)))
                except (KeyError, TypeError, binascii.Error) as problem:
                    raise UnexpectedAnswer("Microsoft shows a file of a conversation without its bytes.") from problem
        raise NotThere("This file is not on the post any more.")

    def _files(self, post: str) -> list[dict[str, Any]]:
        files = self.calls.get(f"{post}?$expand=attachments").get("attachments")
        return [one for one in files if isinstance(one, dict)] if isinstance(files, list) else []

    def _thread(self, object_id: str) -> str:
        return f"threads/{quoted(object_id.removeprefix(f'{self.feed.id}/'))}"


def _thread_in(object_id: str, entry: dict[str, Any]) -> Upsert:
    record = kept(entry)
    facts = {
        "name": text_in(entry.get("topic")),
        "modified_at": moment_in(entry.get("lastDeliveredDateTime")),
        "from": ", ".join(texts_in(entry.get("uniqueSenders")))[:400],
        "has_attachments": entry.get("hasAttachments") is True,
    }
    return Upsert(object_id, digest(record), record, facts, is_whole=False)


def _part_of(post: str, entry: dict[str, Any]) -> Part | None:
    remote_id = id_of(entry, "file of a conversation")
    if remote_id is None or "contentBytes" not in entry:
        # A link to a file, or an item: what there is of it stands in the record.
        return None
    size = entry.get("size")
    # A post is never changed, and so are its files not.
    facts = {"post": post, "file": remote_id}
    return Part(f"file:{quoted(remote_id)}", remote_id, size if isinstance(size, int) else None, facts)
