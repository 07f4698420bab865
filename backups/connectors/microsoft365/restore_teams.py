"""Putting teams back: what they are, who is in them, their channels, and what was said there.

Conversations come back as pages to read in the files of their channel; where people ask for it, as messages. Mails to
the group behind a team never do: Graph has no way to write one without sending it to everybody.
"""

from typing import Any, ClassVar

from backups.connectors.base import CannotBeRestored, Obstacle
from backups.connectors.contract import Feed, Kind
from backups.connectors.microsoft365.graph import Graph
from backups.connectors.microsoft365.restore_channels import Channels
from backups.connectors.microsoft365.restore_messages import Messages
from backups.connectors.microsoft365.restore_target import TargetTeams, gone
from backups.connectors.microsoft365.restore_team_apps import AppsPart, TabsPart
from backups.connectors.microsoft365.restore_team_parts import MembersPart, SettingsPart
from backups.connectors.microsoft365.restore_transcripts import Transcripts
from backups.connectors.restoring import Assignment, Less, Mark, Outcome, Room, Saved, There

# A tab needs its app, a private channel its people.
_TURNS = {"settings": 0, "members": 1, "apps": 2, "tabs": 4, "channel": 5}
_MEMBERS_OF_A_CHANNEL = 3
_NEVER = -1


class TeamsRestorer:
    """Puts teams back. A team that is gone is made anew under its name, with somebody who was in it as its owner."""

    kind: ClassVar[Kind] = Kind.TEAMS
    width: ClassVar[int] = 3
    # A conversation is brought in from its beginning.
    newest_first: ClassVar[bool] = False
    may_lack: ClassVar[tuple[Less, ...]] = (
        Less.TRANSCRIPT,
        Less.WRITER,
        Less.REACTIONS,
        Less.MENTIONS,
        Less.CARDS,
        Less.TEXT,
        Less.ATTACHMENTS,
        Less.CLOUD_LINKS,
        Less.PERSON_GONE,
        Less.SETTINGS,
    )
    cost: ClassVar[float] = 2

    def __init__(self, graph: Graph) -> None:
        self._teams, channels = TargetTeams(graph), Channels()
        self._transcripts, self._messages = Transcripts(channels), Messages(channels)
        self._parts = {
            "settings": SettingsPart(),
            "members": MembersPart(channels),
            "apps": AppsPart(),
            "tabs": TabsPart(channels),
        }

    def check(self, assignment: Assignment) -> Room:
        """Make sure that there is a team that can be written to, or one that can be made anew."""
        team = self._teams.known(assignment)
        if team is None:
            if assignment.is_elsewhere:
                raise gone("The team to put this into is not there any more.")
        elif team.get("").get("isArchived") is True:
            raise CannotBeRestored(
                "The team is archived. Nothing can be put into it until one of its owners takes it out of the archive.",
                obstacle=Obstacle.REFUSED,
            )
        return Room(None)

    def turn(self, feed: Feed, facts: dict[str, Any]) -> int:
        """Let the people come before the channels, and everything before what was said."""
        if feed.type == "members" and feed.parent:
            return _MEMBERS_OF_A_CHANNEL
        return _TURNS.get(feed.type, _NEVER)

    def mark(self, assignment: Assignment, saved: Saved) -> Mark:
        """Return what an object is known by; a post that goes on a page by nothing."""
        if part := self._parts.get(saved.feed.type):
            return part.mark(saved)
        return self._messages.mark(saved) if assignment.as_messages else Mark("", "")

    def marks_there(self, assignment: Assignment, feed: Feed) -> dict[str, There]:
        """Return what the team has of a feed now."""
        part = self._parts.get(feed.type)
        is_read = part or (feed.type == "channel" and assignment.as_messages)
        team = self._teams.known(assignment) if is_read else None
        if team is None:
            return {}
        return (part or self._messages).there(team, assignment, feed)

    def find(self, assignment: Assignment, saved: Saved, key: str) -> str | None:
        """Return what an earlier try made; what it left to do is done now."""
        part = self._parts.get(saved.feed.type)
        if part is None and not assignment.as_messages:
            return self._transcripts.find(assignment, saved)
        team = self._teams.known(assignment)
        if team is None:
            return None
        return part.find(team, assignment, saved) if part else self._messages.find(team, assignment, saved, key)

    def put(self, assignment: Assignment, saved: Saved, key: str, there: There | None) -> Outcome:
        """Put one object back, its team and its channel made where they are missing."""
        if self.turn(saved.feed, saved.facts) < 0:
            raise CannotBeRestored(
                "Mails to the group of a team cannot be put back: they can be exported.",
                obstacle=Obstacle.NOT_RESTORABLE,
            )
        team = self._teams.of(assignment)
        if part := self._parts.get(saved.feed.type):
            return part.put(team, assignment, saved, there)
        if assignment.as_messages:
            return self._messages.put(team, assignment, saved, key, there)
        return self._transcripts.put(team, assignment, saved)

    def finish(self, assignment: Assignment) -> None:
        """Close every channel that was opened for old messages."""
        if assignment.as_messages:
            self._messages.finish(self._teams.known(assignment), assignment)
