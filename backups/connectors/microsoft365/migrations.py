"""Channels that take old messages: opened before the first one, and never left open.

Follows Microsoft's pages "channel: startMigration" and "channel: completeMigration".
"""

import threading
from typing import Any

from backups.connectors.base import CannotBeRestored, ConnectorError, NotThere, OutcomeUnclear, PermissionMissing
from backups.connectors.contract import Feed
from backups.connectors.microsoft365.message_words import milliseconds
from backups.connectors.microsoft365.restore_channels import Channels
from backups.connectors.microsoft365.restore_target import TargetTeam
from backups.connectors.microsoft365.team_calls import quoted
from backups.connectors.restoring import OPEN, Assignment

_TRIES = 6
_UNDER_WAY = "inProgress"


class Migrations:
    """Opens and closes channels. Safe for several threads."""

    def __init__(self, channels: Channels) -> None:
        self._channels = channels
        self._open: dict[tuple[str, str], str] = {}
        self._one_at_a_time = threading.Lock()

    def opened(self, team: TargetTeam, assignment: Assignment, feed: Feed) -> str:
        """Return the id of the channel for the messages of ``feed``, made where it is missing, and open.

        Raises what `Channels.place_of` raises, and `PermissionMissing` where another app has it open.
        """
        mark = (assignment.key, feed.id)
        with self._one_at_a_time:
            if mark not in self._open:
                channel = self._channels.place_of(team, assignment, feed, is_apart=bool(assignment.folder))
                was_open = assignment.places.get(_place(feed)) == channel
                assignment.places.set(_place(feed), channel)
                _begin(team, channel, feed, may_be_open=was_open)
                self._open[mark] = channel
            return self._open[mark]

    def finish(self, team: TargetTeam | None, assignment: Assignment) -> None:
        """Close every channel that was opened, also by a worker that was killed. Raises the first thing that failed,
        after all of them were tried.
        """
        failed: ConnectorError | None = None
        with self._one_at_a_time:
            for feed in assignment.tree.feeds():
                channel = assignment.places.get(_place(feed)) if feed.type == "channel" else None
                if not channel:
                    continue
                self._open.pop((assignment.key, feed.id), None)
                try:
                    if team is not None:
                        _end(team, channel)
                    assignment.places.set(_place(feed), "")
                except ConnectorError as problem:
                    failed = failed or problem
        if failed:
            raise failed


def _begin(team: TargetTeam, channel: str, feed: Feed, *, may_be_open: bool) -> None:
    path = f"channels/{quoted(channel)}"
    for _ in range(_TRIES):
        entry = team.get(path)
        if entry.get("migrationMode") == _UNDER_WAY:
            return
        try:
            team.post(f"{path}/startMigration", _since(feed, entry))
            return
        except OutcomeUnclear:
            may_be_open = True
        except CannotBeRestored:
            # Only who is open already is refused; not every answer about a channel tells that it is.
            if may_be_open:
                return
            raise
    raise OutcomeUnclear("Nobody knows whether the channel takes old messages.")


def _since(feed: Feed, entry: dict[str, Any]) -> dict[str, str]:
    """Return the body that lets the conversation begin when the one that was saved began; it only goes back."""
    told = [feed.record.get(name) for name in ("createdDateTime", "originalCreatedDateTime")]
    known = [(moment, at) for at in told if (moment := milliseconds(at)) is not None]
    now = milliseconds(entry.get("createdDateTime"))
    if not known or (now is not None and min(known)[0] >= now):
        return {}
    return {"conversationCreationDateTime": min(known)[1]}


def _end(team: TargetTeam, channel: str) -> None:
    path = f"channels/{quoted(channel)}"
    for _ in range(_TRIES):
        try:
            team.post(f"{path}/completeMigration")
            return
        except NotThere:
            return
        except (OutcomeUnclear, CannotBeRestored, PermissionMissing) as problem:
            if not _is_open(team, path):
                return
            if not isinstance(problem, OutcomeUnclear):
                raise
    raise OutcomeUnclear("Nobody knows whether the channel was closed for old messages.")


def _is_open(team: TargetTeam, path: str) -> bool:
    try:
        return team.get(path).get("migrationMode") == _UNDER_WAY
    except NotThere:
        return False


def _place(feed: Feed) -> str:
    return f"{OPEN}{feed.id}"
