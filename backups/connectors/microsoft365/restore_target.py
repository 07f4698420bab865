"""The team that is put back into: written to, found, and made anew where it is gone.

Follows Microsoft's pages "Create team", "teamsAsyncOperation resource type" and "Update team". A team made by Graph
mails nobody: its group is made as Teams makes them, without a letter of welcome.
"""

import json
import threading
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from backups.connectors.base import CannotBeRestored, NotThere, Obstacle, ProviderBusy
from backups.connectors.contract import Feed
from backups.connectors.microsoft365.graph import Graph
from backups.connectors.microsoft365.records import text_in
from backups.connectors.microsoft365.team_calls import TeamCalls, quoted
from backups.connectors.microsoft365.writing import Begun, Writer
from backups.connectors.restoring import Assignment, Saved

_MEMBER = "#microsoft.graph.aadUserConversationMember"
_OPERATION, _BEGUN, _BEFORE, _TEAM = "team operation", "team begun", "teams of that name", "team"
# A team takes a few seconds, on bad days minutes.
_POLLS, _PAUSE = 6, 5
_PUT_OFF = timedelta(seconds=30)


class TargetTeam(TeamCalls):
    """A team that is written to. Paths are below it."""

    def __init__(self, graph: Graph, team: str) -> None:
        super().__init__(graph, team)
        self.id, self._writer = team, Writer(graph)

    def post(self, path: str, body: Any = None) -> dict[str, Any]:
        """Make something and return its JSON. Raises what `Writer.post` raises."""
        return self._writer.post(self._below(path), body, counted_by=self.counted_by, units=1)

    def begin(self, path: str, body: Any) -> Begun:
        """Let something be made. Raises what `Writer.begin` raises."""
        return self._writer.begin(self._below(path), body, counted_by=self.counted_by, units=1)

    def patch(self, path: str, body: Any) -> dict[str, Any]:
        """Change something. Raises what `Writer.patch` raises."""
        return self._writer.patch(self._below(path), body, counted_by=self.counted_by, units=1)

    def delete(self, path: str) -> None:
        """Delete something. Raises what `Writer.delete` raises."""
        self._writer.delete(self._below(path), counted_by=self.counted_by, units=1)

    def bound(self, path: str) -> str:
        """Return the address by which a body names something else at Microsoft."""
        return f"{self.graph.http.base}/v1.0/{path}"

    def member(self, user: str, *, is_owner: bool) -> dict[str, Any]:
        """Return how a body names somebody who shall belong to a team or a channel."""
        roles = ["owner"] if is_owner else []
        return {"@odata.type": _MEMBER, "roles": roles, "user@odata.bind": self.bound(f"users('{quoted(user)}')")}


class TargetTeams:
    """Finds the team of an assignment. Safe for several threads."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._seen: set[tuple[str, str]] = set()
        self._one_at_a_time = threading.Lock()

    def known(self, assignment: Assignment) -> TargetTeam | None:
        """Return the team, or None where it is gone; makes nothing."""
        team = TargetTeam(self._graph, assignment.places.get(_TEAM) or assignment.target.remote_id)
        try:
            team.get("")
        except NotThere:
            return None
        return team

    def of(self, assignment: Assignment) -> TargetTeam:
        """Return the team, made anew where the one that was saved is gone.

        Raises `CannotBeRestored` (TARGET_GONE), `ProviderBusy` while Microsoft makes it, and `OutcomeUnclear`.
        """
        with self._one_at_a_time:
            if made := assignment.places.get(_TEAM):
                return TargetTeam(self._graph, made)
            mark = (assignment.key, assignment.target.remote_id)
            if mark not in self._seen:
                if self.known(assignment) is None:
                    return TargetTeam(self._graph, self._made(assignment))
                self._seen.add(mark)
        return TargetTeam(self._graph, assignment.target.remote_id)

    def _made(self, assignment: Assignment) -> str:
        if assignment.is_elsewhere:
            raise gone("The team to put this into is not there any more.")
        operation = assignment.places.get(_OPERATION)
        if not operation:
            operation = self._begun(assignment)
        team = self._ended(operation) if operation else assignment.places.get(_BEGUN) or ""
        assignment.places.set(_TEAM, team)
        return team

    def _begun(self, assignment: Assignment) -> str:
        """Let Microsoft make the team, and return where to ask how it goes; "" where an earlier try made it."""
        saved = assignment.tree.object(f"settings/{assignment.source.remote_id}")
        record = saved.record if saved else {}
        name = text_in(record.get("displayName")) or assignment.source.name or "Restored team"
        there, before = self._named(name), assignment.places.get(_BEFORE)
        if before and (new := [one for one in there if one not in json.loads(before)]):
            assignment.places.set(_BEGUN, new[0])
            return ""
        assignment.places.set(_BEFORE, json.dumps(there))
        body = {
            "template@odata.bind": f"{self._graph.http.base}/v1.0/teamsTemplates('standard')",
            "displayName": name,
            "description": text_in(record.get("description")),
            "visibility": "public" if record.get("visibility") == "public" else "private",
        }
        operation = self._with_an_owner(assignment, body).operation
        assignment.places.set(_OPERATION, operation)
        return operation

    def _with_an_owner(self, assignment: Assignment, body: dict[str, Any]) -> Begun:
        # Whoever is first in the list and still exists; the others come back one by one.
        writer, target = Writer(self._graph), TargetTeam(self._graph, assignment.target.remote_id)
        for user in _heads(assignment):
            try:
                members = [target.member(user, is_owner=True)]
                return writer.begin("teams", body | {"members": members}, counted_by="teams", units=1)
            except NotThere:
                continue
        raise gone("The team is gone, and so is everybody who was in it: a team needs an owner.")

    def _named(self, name: str) -> list[str]:
        text = quote(name.replace("'", "''"), safe="")
        pages = self._graph.pages(f"teams?$filter=displayName%20eq%20'{text}'", counted_by="teams")
        return [str(entry.get("id")) for page in pages for entry in page["value"] if isinstance(entry, dict)]

    def _ended(self, operation: str) -> str:
        """Wait until the team is there and return its id."""
        for _ in range(_POLLS):
            told = self._graph.get_json(operation, counted_by="teams")
            status, team = told.get("status"), told.get("targetResourceId")
            if status == "succeeded" and isinstance(team, str):
                return team
            if status == "failed":
                raise gone("The team is gone, and Microsoft could not make it anew.")
            self._graph.http.sleep(_PAUSE)
        raise ProviderBusy("Microsoft is still making the team.", wait=_PUT_OFF)


def gone(message: str) -> CannotBeRestored:
    """Return what to tell where there is no team."""
    return CannotBeRestored(message, obstacle=Obstacle.TARGET_GONE)


def people_of(assignment: Assignment, feed: Feed | None) -> list[Saved]:
    """Return the saved people of a team or a channel, its owners first and its guests last."""
    people = list(assignment.tree.objects_of(feed)) if feed else []
    return sorted(people, key=lambda one: (not is_owner(one.record), is_guest(one.record), one.id))


def is_owner(record: dict[str, Any]) -> bool:
    """Return whether a member is an owner."""
    return _has_role(record, "owner")


def is_guest(record: dict[str, Any]) -> bool:
    """Return whether a member is somebody from outside."""
    return _has_role(record, "guest")


def user_of(record: dict[str, Any]) -> str:
    """Return who a member is, "" where that is not told."""
    user = record.get("userId")
    return user if isinstance(user, str) else ""


def _has_role(record: dict[str, Any], role: str) -> bool:
    roles = record.get("roles")
    return isinstance(roles, list) and role in roles


def _heads(assignment: Assignment) -> list[str]:
    people = people_of(assignment, assignment.tree.feed("members"))
    return [user for one in people if not is_guest(one.record) and (user := user_of(one.record))]
