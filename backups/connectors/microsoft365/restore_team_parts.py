"""Putting back what a team is and who belongs to it and to its channels.

Follows Microsoft's pages "Update team", "Add member to team" and "Add member to channel".
"""

from typing import Any

from backups.connectors.base import CannotBeRestored, NotThere, Obstacle
from backups.connectors.contract import Feed
from backups.connectors.microsoft365.records import digest, text_in
from backups.connectors.microsoft365.restore_channels import Channels
from backups.connectors.microsoft365.restore_target import TargetTeam, is_owner, user_of
from backups.connectors.microsoft365.team_calls import quoted
from backups.connectors.restoring import Assignment, Conflict, Less, Mark, Outcome, Saved, There

_GROUPS = ("memberSettings", "guestSettings", "messagingSettings", "funSettings")
_NAMES = ("displayName", "description", "visibility")
# What a team has that nobody can set by Graph, or that would shut the team for the rest of the restore.
_LEFT_OUT = ("classification", "specialization", "isArchived")
_NOTHING = (None, False, "", "none")
_TYPED = {"@odata.type": "#microsoft.graph.aadUserConversationMember"}


class SettingsPart:
    """The team itself. There is one of it, so it is only ever changed where people said that it shall be replaced."""

    def mark(self, saved: Saved) -> Mark:
        """Return the one name that all settings have, and what they are."""
        return Mark("settings", digest(_settings(saved.record)))

    def there(self, team: TargetTeam, assignment: Assignment, feed: Feed) -> dict[str, There]:
        """Return the settings of the team."""
        return {"settings": There(team.id, digest(_settings(team.get(""))))}

    def find(self, team: TargetTeam, assignment: Assignment, saved: Saved) -> str | None:
        """Return nothing: to set them again does no harm."""
        return None

    def put(self, team: TargetTeam, assignment: Assignment, saved: Saved, there: There | None) -> Outcome:
        """Set them. What another team is called, and what for, stays as it is."""
        if there and assignment.conflict == Conflict.COPY:
            raise CannotBeRestored(
                "A team has its settings once: there cannot be a copy beside them.", obstacle=Obstacle.NOT_RESTORABLE
            )
        body = _settings(saved.record)
        if assignment.is_elsewhere:
            body = {name: value for name, value in body.items() if name not in _NAMES}
        team.patch("", body)
        is_less = assignment.is_elsewhere or any(saved.record.get(name) not in _NOTHING for name in _LEFT_OUT)
        return Outcome(team.id, (Less.SETTINGS,) if is_less else (), there is not None)


class MembersPart:
    """The people of a team, or with a channel around them those of a channel. Nobody is mailed, nobody is removed."""

    def __init__(self, channels: Channels) -> None:
        self._channels = channels

    def mark(self, saved: Saved) -> Mark:
        """Return who it is, and whether as an owner."""
        return Mark(user_of(saved.record), _role(saved.record))

    def there(self, team: TargetTeam, assignment: Assignment, feed: Feed) -> dict[str, There]:
        """Return who is there."""
        path = self._channels.known_below(team, assignment, feed, "members")
        listed = team.listed(path, "member") if path else ()
        return {user_of(entry): There(key, _role(entry)) for key, entry in listed}

    def find(self, team: TargetTeam, assignment: Assignment, saved: Saved) -> str | None:
        """Return the membership of somebody."""
        found = self.there(team, assignment, saved.feed).get(user_of(saved.record))
        return found.id if found else None

    def put(self, team: TargetTeam, assignment: Assignment, saved: Saved, there: There | None) -> Outcome:
        """Add somebody, or let somebody who is there be again what they were."""
        user = user_of(saved.record)
        path = self._channels.below(team, assignment, saved.feed, "members")
        if there and assignment.conflict == Conflict.REPLACE:
            team.patch(f"{path}/{quoted(there.id)}", {**_TYPED, "roles": ["owner"] if is_owner(saved.record) else []})
            return Outcome(there.id)
        if there:
            # Nobody is a member twice.
            return Outcome(there.id)
        try:
            made = team.post(path, team.member(user, is_owner=is_owner(saved.record)))
        except CannotBeRestored:
            # Whoever made the team or the channel put its first people into it.
            if known := self.find(team, assignment, saved):
                return Outcome(known)
            raise
        except NotThere:
            # Raises where it is the team that is gone.
            team.get("")
            return Outcome(user, (Less.PERSON_GONE,))
        return Outcome(text_in(made.get("id")) or user)


def _settings(record: dict[str, Any]) -> dict[str, Any]:
    """Return what of a team can be set."""
    shown = {name: record.get(name) for name in _NAMES if name in record}
    groups = {name: _plain(record[name]) for name in _GROUPS if isinstance(record.get(name), dict)}
    return shown | groups


def _plain(group: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in group.items() if "@" not in name and value is not None}


def _role(record: dict[str, Any]) -> str:
    return "owner" if is_owner(record) else ""
