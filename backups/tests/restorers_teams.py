"""What was said in the channels of a simulated team, for the tests of the restorers' contract."""

import re
from collections import Counter
from typing import ClassVar

from backups.connectors.contract import Source
from backups.connectors.microsoft365.graph import Graph
from backups.connectors.microsoft365.message_words import milliseconds
from backups.connectors.microsoft365.restore_teams import TeamsRestorer
from backups.connectors.microsoft365.teams import TeamsConnector
from backups.connectors.restoring import Saved
from backups.tests.restorer_contract import Restorable, restorable
from backups.tests.restoring import MemoryTree
from portal.tests.simulator import Simulator

_CHANNELS = ("Deliveries", "Complaints")


@restorable
class Conversations(Restorable):
    """Messages of two channels of a team, put back as messages. What stands in General cannot be made to vanish."""

    name = "teams"
    connector_class = TeamsConnector
    restorer_class = TeamsRestorer
    role = "Teamwork.Migrate.All"
    makes_path = r"/channels/[^/]+/messages$"
    # Microsoft lets no app change or remove a message.
    replaces = False
    choices: ClassVar[dict] = {"as_messages": True}

    def __init__(self, simulator: Simulator, tenant: dict) -> None:
        super().__init__(simulator, tenant)
        self._team = simulator.team(tenant)["id"]
        group = next(one for one in simulator.manifest(tenant)["groups"] if one["id"] == self._team)
        self._people = [*group["owners"], *group["members"]][:2]
        for channel in _CHANNELS:
            self.let({"op": "create_channel", "name": channel})
            self._talk(channel)

    @property
    def source(self) -> Source:
        return Source(self._team, "TEAM")

    @property
    def other(self) -> Source:
        groups = self.simulator.manifest(self.tenant)["groups"]
        known = next((one for one in groups if one["display_name"] == "Second team"), None)
        if known is None:
            team = {"op": "create_team", "display_name": "Second team", "owners": self._people}
            (known,) = self.simulator.mutate(self.tenant, team)
        return Source(known["id"], "TEAM")

    def let(self, *operations: dict) -> list:
        """Let things happen in the team."""
        return self.simulator.mutate(self.tenant, *[{"team": self._team} | one for one in operations])

    def destroy(self) -> None:
        self.let(*[{"op": "delete_channel", "channel": channel} for channel in _CHANNELS])

    def change(self, saved: Saved) -> None:
        where = {"channel": saved.feed.name, "message": saved.record["id"]}
        self.let({"op": "edit_post", "body": "Give us money", **where})

    def rows(self, tree: MemoryTree, folder: str | None = None) -> Counter:
        found = Counter()
        for saved in tree.objects.values():
            name, _, beside = saved.feed.name.partition(" Restored")
            if bool(beside) == (folder is not None):
                found[name, _told(saved.record), tuple(sorted(_told(one) for one in _replies(saved)))] += 1
        return found

    def copied_rows(self, tree: MemoryTree) -> Counter:
        return self.rows(tree)

    def read(self, graph: Graph, source: Source) -> MemoryTree:
        tree = super().read(graph, source)
        held = {key: one for key, one in tree.objects.items() if _is_said(one)}
        return MemoryTree(tree.all_feeds, held)

    def _talk(self, channel: str) -> None:
        first, last = self._people[0], self._people[-1]
        where = {"channel": channel}
        for number, user in enumerate((first, last, first)):
            post = {"op": "post_message", "body": f"<p>Post {number}</p>", "user": user, **where}
            (made,) = self.let(post)
            self.let({"op": "reply_to_post", "message": made["id"], "count": 2, "user": last, **where})


def _is_said(saved: Saved) -> bool:
    is_here = saved.feed.type == "channel" and saved.feed.name.partition(" Restored")[0] in _CHANNELS
    # What Teams itself had said comes back as a sentence in somebody's name.
    return is_here and saved.record.get("messageType") == "message" and not _words(saved.record).startswith("Teams:")


def _replies(saved: Saved) -> list[dict]:
    return [one for one in saved.record.get("replies", []) if one.get("messageType") == "message"]


def _told(record: dict) -> tuple:
    """Return who wrote something, what, and in which second: its milliseconds are what Microsoft numbers it by."""
    second = milliseconds(record["createdDateTime"]) // 1000
    return (record["from"]["user"]["id"], record.get("subject"), _words(record), second)


def _words(record: dict) -> str:
    return re.sub(r"<[^>]+>|\s+", "", str(record["body"]["content"]))
