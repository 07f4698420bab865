"""Teams: settings, people, apps, channels with their tabs, and everything that was said in them.

Follows Microsoft's pages "Use the Microsoft Graph API to work with Microsoft Teams" (which allows to ask once a day),
"List channels", "channel: delta" of messages and "Microsoft Graph enum evolution".
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import ClassVar

from backups.connectors.base import NotThere
from backups.connectors.contract import (
    Capabilities,
    Change,
    Checkpoint,
    Feed,
    Kind,
    Part,
    Readable,
    Restores,
    Source,
    Upsert,
)
from backups.connectors.microsoft365.channel_messages import ChannelMessages
from backups.connectors.microsoft365.conversations import Conversations
from backups.connectors.microsoft365.graph import Graph
from backups.connectors.microsoft365.records import kept, text_in
from backups.connectors.microsoft365.team_calls import TeamCalls, quoted
from backups.connectors.microsoft365.team_fields import app_in, member_in, settings_in, tab_in

# "Polling at a higher rate than once a day violates the terms of use."
ONCE_A_DAY = 86_400
_OWN_MEMBERS = "standard"
# What is listed whole each time: the path of the list below the team or the channel, and what makes objects of it.
_LISTS = {
    "members": ("members", member_in),
    "tabs": ("tabs?$expand=teamsApp", tab_in),
    "apps": ("installedApps?$expand=teamsApp,teamsAppDefinition", app_in),
}


class TeamsConnector:
    """Reads teams. Ids of messages are only different within a channel, so objects are known by feed and id."""

    kind: ClassVar[Kind] = Kind.TEAMS
    capabilities: ClassVar[Capabilities] = Capabilities(
        deletes_in_feed=False,
        restore_in_place=Restores.DEGRADED,
        restore_elsewhere=Restores.DEGRADED,
        missing=(
            "Chats between people",
            "The calendar of the team’s group, and files in its conversations that are only links",
            "Files of channels: they are protected with the SharePoint site of the team, those of private and shared "
            "channels with the sites these have of their own",
            "Channels of other teams that are shared with this one",
            "What apps keep themselves, such as Planner and Whiteboard",
            "Edits of replies beyond the newest thousand of one post",
        ),
    )
    width: ClassVar[int] = 3

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def feeds(self, source: Source) -> Iterator[Feed]:
        """Yield the channels with what they hold, then what belongs to the whole team."""
        calls = self._calls(source)
        for channel_id, entry in calls.listed("channels", "channel"):
            name = text_in(entry.get("displayName"))
            yield Feed(channel_id, name, "channel", record=kept(entry), seldom=ONCE_A_DAY)
            yield _listed_feed(channel_id, "tabs", f"Tabs of {name}")
            # Whoever is in the team is in a standard channel.
            if entry.get("membershipType") != _OWN_MEMBERS:
                yield _listed_feed(channel_id, "members", f"Members of {name}")
        yield _listed_feed("", "members", "Members")
        yield _listed_feed("", "apps", "Apps")
        yield _listed_feed("", "settings", "Settings")
        yield _listed_feed("", "conversations", "Conversations")

    def changes(self, source: Source, feed: Feed, cursor: str) -> Iterator[Change]:
        """Yield what changed in a channel since the last day; everything of all other feeds."""
        if feed.type == "channel":
            yield from ChannelMessages(self._calls(source), feed).changes(cursor)
            return
        yield from self._whole(source, feed)
        yield Checkpoint("", is_end=True)

    def look(self, source: Source, feed: Feed, object_id: str) -> Upsert:
        """Return an object as it is now. Raises `NotThere`."""
        if feed.type == "channel":
            return ChannelMessages(self._calls(source), feed).look(object_id)
        if feed.type == "conversations":
            return self._conversations(source, feed).look(object_id)
        for found in self._whole(source, feed):
            if found.id == object_id:
                return found
        raise NotThere("This is not in the team any more.")

    def complete(self, source: Source, feed: Feed, found: Upsert) -> Upsert:
        """Return a post with all its replies, where its feed told only the newest thousand; a conversation's posts."""
        if found.is_whole:
            return found
        if feed.type == "conversations":
            return self._conversations(source, feed).complete(found)
        return ChannelMessages(self._calls(source), feed).complete(found)

    def open(self, source: Source, feed: Feed, found: Upsert, part: Part) -> AbstractContextManager[Readable]:
        """Open a picture inside a post or one of its replies, or a file of a conversation."""
        if feed.type == "conversations":
            return self._conversations(source, feed).open(found, part)
        return ChannelMessages(self._calls(source), feed).open(part)

    def _whole(self, source: Source, feed: Feed) -> Iterator[Upsert]:
        calls = self._calls(source)
        if feed.type == "settings":
            yield settings_in(f"{feed.id}/{source.remote_id}", calls.get(""))
            return
        if feed.type == "conversations":
            yield from self._conversations(source, feed).all()
            return
        path, made = _LISTS[feed.type]
        where = f"channels/{quoted(feed.parent)}/{path}" if feed.parent else path
        for remote_id, entry in calls.listed(where, feed.type):
            yield made(f"{feed.id}/{remote_id}", entry)

    def _conversations(self, source: Source, feed: Feed) -> Conversations:
        return Conversations(TeamCalls(self._graph, source.remote_id, of_group=True), feed)

    def _calls(self, source: Source) -> TeamCalls:
        return TeamCalls(self._graph, source.remote_id)


def _listed_feed(channel: str, kind: str, name: str) -> Feed:
    key = f"{channel}/{kind}" if channel else kind
    return Feed(key, name, kind, parent=channel, has_delta=False, seldom=ONCE_A_DAY)
