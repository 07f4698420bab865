"""Putting back which apps a team has, and which tabs its channels.

Follows Microsoft's pages "Add app to team" and "Add tab to channel".
"""

from typing import Any

from backups.connectors.base import CannotBeRestored, NotThere, Obstacle
from backups.connectors.contract import Feed
from backups.connectors.microsoft365.records import digest, text_in
from backups.connectors.microsoft365.restore_channels import Channels
from backups.connectors.microsoft365.restore_target import TargetTeam
from backups.connectors.microsoft365.team_calls import quoted
from backups.connectors.restoring import Assignment, Conflict, Mark, Outcome, Saved, There

_CONFIGURATION = ("entityId", "contentUrl", "websiteUrl", "removeUrl")


class AppsPart:
    """The apps of a team."""

    def mark(self, saved: Saved) -> Mark:
        """Return which app it is; one is like the other."""
        return Mark(_app(saved.record), "")

    def there(self, team: TargetTeam, assignment: Assignment, feed: Feed) -> dict[str, There]:
        """Return the apps the team has."""
        return {_app(entry): There(key, "") for key, entry in team.listed("installedApps?$expand=teamsApp", "app")}

    def find(self, team: TargetTeam, assignment: Assignment, saved: Saved) -> str | None:
        """Return the installation of an app."""
        found = self.there(team, assignment, saved.feed).get(_app(saved.record))
        return found.id if found else None

    def put(self, team: TargetTeam, assignment: Assignment, saved: Saved, there: There | None) -> Outcome:
        """Install an app, unless it is there: no team has one twice."""
        known = there.id if there else self.find(team, assignment, saved)
        if not known:
            install(team, _app(saved.record))
        return Outcome(known or _app(saved.record))


class TabsPart:
    """The tabs of a channel."""

    def __init__(self, channels: Channels) -> None:
        self._channels = channels

    def mark(self, saved: Saved) -> Mark:
        """Return the tab's name and app, and what it shows."""
        return _tab_mark(saved.record)

    def there(self, team: TargetTeam, assignment: Assignment, feed: Feed) -> dict[str, There]:
        """Return the tabs of the channel."""
        marked = [(_tab_mark(entry), key) for key, entry in self._listed(team, assignment, feed)]
        return {mark.name: There(key, mark.content) for mark, key in marked}

    def find(self, team: TargetTeam, assignment: Assignment, saved: Saved) -> str | None:
        """Return the tab an earlier try made; the one it replaces is taken away now where that was left to do."""
        name, old = assignment.places.get(_named(saved)), assignment.places.get(_replaced(saved))
        wanted = _tab_mark({**saved.record, "displayName": name})
        if not name:
            return None
        for key, entry in self._listed(team, assignment, saved.feed):
            if _tab_mark(entry) == wanted and key != old:
                self._remove(team, assignment, saved, old)
                return key
        return None

    def put(self, team: TargetTeam, assignment: Assignment, saved: Saved, there: There | None) -> Outcome:
        """Make a tab; its app is installed where the team does not have it. With REPLACE the old one goes after."""
        path = self._channels.below(team, assignment, saved.feed, "tabs")
        replaces = there.id if there and assignment.conflict == Conflict.REPLACE else ""
        assignment.places.set(_replaced(saved), replaces)
        name = text_in(saved.record.get("displayName"))
        if there and assignment.conflict == Conflict.COPY:
            name = f"{name} (restored)"
        assignment.places.set(_named(saved), name)
        configuration, app = saved.record.get("configuration"), _app(saved.record)
        given = configuration if isinstance(configuration, dict) else {}
        body = {
            "displayName": name,
            "teamsApp@odata.bind": team.bound(f"appCatalogs/teamsApps/{quoted(app)}"),
            "configuration": {key: given.get(key) for key in _CONFIGURATION},
        }
        try:
            made = team.post(path, body)
        except NotThere:
            install(team, app)
            made = team.post(path, body)
        self._remove(team, assignment, saved, replaces)
        return Outcome(text_in(made.get("id")), (), bool(replaces))

    def _listed(self, team: TargetTeam, assignment: Assignment, feed: Feed) -> list[tuple[str, dict[str, Any]]]:
        path = self._channels.known_below(team, assignment, feed, "tabs?$expand=teamsApp")
        return list(team.listed(path, "tab")) if path else []

    def _remove(self, team: TargetTeam, assignment: Assignment, saved: Saved, old: str | None) -> None:
        if old:
            path = self._channels.below(team, assignment, saved.feed, "tabs")
            team.delete(f"{path}/{quoted(old)}")


def install(team: TargetTeam, app: str) -> None:
    """Install an app in a team. Raises `CannotBeRestored` where no catalogue has it any more."""
    try:
        team.post("installedApps", {"teamsApp@odata.bind": team.bound(f"appCatalogs/teamsApps/{quoted(app)}")})
    except NotThere as problem:
        raise CannotBeRestored(
            "This app is in no catalogue any more.", obstacle=Obstacle.NOT_RESTORABLE, code=problem.code,
            request_id=problem.request_id,
        ) from problem  # fmt: skip
    except CannotBeRestored as problem:
        # It is there already.
        if problem.code.lower() != "conflict":
            raise


def _app(record: dict[str, Any]) -> str:
    app = record.get("teamsApp")
    told = app.get("id") if isinstance(app, dict) else None
    return told if isinstance(told, str) else ""


def _tab_mark(record: dict[str, Any]) -> Mark:
    configuration = record.get("configuration")
    given = configuration if isinstance(configuration, dict) else {}
    return Mark(
        f"{text_in(record.get('displayName'))} {_app(record)}", digest([given.get(name) for name in _CONFIGURATION])
    )


def _replaced(saved: Saved) -> str:
    return f"replaces {digest(saved.id)}"


def _named(saved: Saved) -> str:
    return f"tab {digest(saved.id)}"
