"""The posts of one channel, each with its replies.

Follows Microsoft's pages "List channel messages" and "chatMessage: delta", which tells of the last eight months only
and takes a reply for news of the post it answers.
"""

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any

from backups.connectors.base import CursorExpired, NotThere, UnexpectedAnswer
from backups.connectors.contract import Change, Checkpoint, Feed, Part, Readable, Upsert
from backups.connectors.microsoft365.message_fields import latest_in, post_in
from backups.connectors.microsoft365.team_calls import TeamCalls, object_id_in, quoted

_OPTIONS = "$top=50&$expand=replies"
_REPLIES = "replies?$top=50"


class ChannelMessages:
    """Reads the messages of the channel that ``feed`` is.

    The first pass reads the list of all posts, which begins with the latest news. What happens meanwhile is told by the
    change feed, which is asked for news since the oldest of the first page: so nothing is read twice but that page, and
    no clock is needed.
    """

    def __init__(self, calls: TeamCalls, feed: Feed) -> None:
        self.calls, self.feed = calls, feed
        self._channel = f"channels/{quoted(feed.id)}"

    def changes(self, cursor: str) -> Iterator[Change]:
        """Yield what changed since ``cursor``, everything for ""."""
        place = _place_in(cursor)
        told: dict[str, str] = {}
        if "link" not in place:
            for change in self._list(place):
                if isinstance(change, Upsert):
                    told[change.id] = change.tag
                yield change
        yield from self._news(place, told)

    def look(self, object_id: str) -> Upsert:
        """Return a post as it is now, with all replies."""
        message = self._message(object_id)
        entry = self.calls.get(message)
        return post_in(object_id, entry, self._replies(message))

    def complete(self, found: Upsert) -> Upsert:
        """Return a post with all its replies."""
        return post_in(found.id, found.record, self._replies(self._message(found.id)))

    def open(self, part: Part) -> AbstractContextManager[Readable]:
        """Open a picture."""
        message = f"{self._channel}/messages/{quoted(part.facts['message'])}"
        if part.facts["reply"]:
            message = f"{message}/replies/{quoted(part.facts['reply'])}"
        return self.calls.open(f"{message}/hostedContents/{quoted(part.facts['hosted'])}/$value", of=message)

    def _list(self, place: dict[str, str]) -> Iterator[Change]:
        """Yield all posts from a place in the list on, and note in ``place`` since when there may be news."""
        if place.get("is_listed"):
            return
        for page in self.calls.pages(f"{self._channel}/messages?{_OPTIONS}", link=place.get("list", "")):
            if "since" not in place:
                place["since"] = min(filter(None, map(latest_in, page["value"])), default="")
            yield from self._posts(page)
            following = page.get("@odata.nextLink")
            place |= {"list": following} if following else {"is_listed": "yes"}
            yield Checkpoint(json.dumps(place))

    def _news(self, place: dict[str, str], told: dict[str, str]) -> Iterator[Change]:
        since = f"&$filter=lastModifiedDateTime%20gt%20{place['since']}" if place.get("since") else ""
        path = f"{self._channel}/messages/delta?{_OPTIONS}{since}"
        for page in self.calls.pages(path, link=place.get("link", "")):
            for post in self._posts(page):
                if told.get(post.id) != post.tag:
                    yield post
            following, last = page.get("@odata.nextLink"), page.get("@odata.deltaLink")
            if not following and not last:
                raise UnexpectedAnswer("Microsoft’s changes end without saying from where to go on.")
            yield Checkpoint(following or last, is_end=not following)

    def _posts(self, page: dict[str, Any]) -> Iterator[Upsert]:
        for entry in page["value"]:
            object_id = object_id_in(self.feed.id, entry, "message")
            if object_id:
                yield post_in(object_id, entry)

    def _replies(self, message: str) -> list[dict[str, Any]]:
        return [entry for _, entry in self.calls.listed(f"{message}/{_REPLIES}", "reply")]

    def _message(self, object_id: str) -> str:
        if not object_id.startswith(f"{self.feed.id}/"):
            raise NotThere("This message lies in another channel.")
        return f"{self._channel}/messages/{quoted(object_id.removeprefix(f'{self.feed.id}/'))}"


def _place_in(cursor: str) -> dict[str, str]:
    """Return where a cursor of ours leads: into the list of all posts, or with ``link`` into the change feed."""
    if not cursor:
        return {}
    if not cursor.startswith("{"):
        return {"link": cursor}
    try:
        place = json.loads(cursor)
    except ValueError as problem:
        raise CursorExpired("How far this was read is not known any more.") from problem
    return {name: value for name, value in place.items() if isinstance(value, str)}
