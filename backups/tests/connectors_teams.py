"""A team of the simulated tenant, for the tests of the contract."""

import hashlib
import json
from urllib.parse import quote

from backups.connectors.contract import Source
from backups.connectors.microsoft365.teams import TeamsConnector
from backups.tests.connector_contract import Subject, Truth, subject
from portal.tests.simulator import Simulator

# Told one by one, not as part of what they belong to.
_WITHIN = ("replies", "posts")


def sha256_of(message: dict) -> str:
    """Return the hash of a message, as the ground truth tells it."""
    plain = {name: value for name, value in message.items() if name not in _WITHIN}
    text = json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


@subject
class Teams(Subject):
    """The team Acme Dental was born with."""

    name = "teams"
    connector_class = TeamsConnector
    role = "TeamMember.Read.All"
    mutations = (
        "new", "answered", "changed", "liked", "deleted", "a_channel", "a_channel_less", "a_tab", "a_member",
        "a_mail", "a_mail_less",
    )  # fmt: skip
    changes_path = "/channels/[^/]+/messages(/delta)?$"
    content_path = r"/hostedContents/[^/]+/\$value"

    def __init__(self, simulator: Simulator, tenant: dict) -> None:
        super().__init__(simulator, tenant)
        self.team = simulator.team(tenant)["id"]

    @property
    def source(self) -> Source:
        return Source(self.team, "TEAM")

    def truth(self) -> dict[str, Truth]:
        team = self.simulator.team(self.tenant, self.team)
        found = {f"settings/{self.team}": Truth("settings", {}, record=team["records"]["settings"])}
        found |= _listed("apps", team["records"]["apps"]) | _listed("members", team["records"]["members"])
        for key, thread in team["records"]["threads"].items():
            files = {f"file:{quote(one, safe='')}": sha256 for one, sha256 in thread["files"].items()}
            record = {key: thread["record"]} | thread["posts"]
            found[f"conversations/{key}"] = Truth("conversations", files, record=record)
        for channel in team["channels"]:
            if channel["state"] == "live":
                found |= _posts_of(channel)
                for kind in ("tabs", "members"):
                    found |= _listed(f"{channel['id']}/{kind}", channel["records"][kind])
        return found

    def compared(self, record: dict) -> object:
        if "posts" in record:
            posts = ({name: one[name] for name in one.keys() - {"attachments"}} for one in record["posts"])
            return {one["id"]: sha256_of(one) for one in (record, *posts)}
        if "messageType" not in record:
            return sha256_of(record)
        replies = {reply["id"]: sha256_of(reply) for reply in record["replies"]}
        return {record["id"]: sha256_of(record)} | replies

    def known_as(self, feed: str, remote_id: str) -> str:
        return f"{feed}/{remote_id}"

    def forget(self) -> None:
        self.change("forget_team_cursors")

    def without(self) -> Source:
        groups = self.simulator.manifest(self.tenant)["groups"]
        return Source(next(group["id"] for group in groups if not group["team"]), "TEAM")

    def change(self, operation: str, **arguments) -> dict:
        """Let something happen in the team, in its first channel unless it says where."""
        return self.mutate({"op": operation, "team": self.team} | arguments)[0]

    def some_message(self, number: int = 0) -> str:
        """Return a post or a reply of the first channel that was not deleted, the latest first."""
        team = self.simulator.team(self.tenant, self.team)
        general = next(channel for channel in team["channels"] if channel["name"] == "General")
        living = [one["id"] for one in general["messages"] if one["state"] == "live" and one["kind"] == "message"]
        return living[-1 - number]

    def new(self) -> None:
        self.change("post_message", recipe="images")

    def answered(self) -> None:
        post = self.change("post_message", body="<p>Who comes?</p>", days_ago=100)["id"]
        self.change("reply_to_post", message=post, recipe="image")

    def changed(self) -> None:
        self.change("edit_post", message=self.some_message(), body="<p>Better</p>")

    def liked(self) -> None:
        self.change("react_to_post", message=self.some_message(3))

    def deleted(self) -> None:
        self.change("delete_post", message=self.some_message(1))

    def a_channel(self) -> None:
        self.change("create_channel", name="Board", membership="private")
        self.change("post_message", channel="Board", recipe="image")

    def a_channel_less(self) -> None:
        self.change("delete_channel", channel="Projects")

    def a_tab(self) -> None:
        self.change("add_tab", name="Rota")

    def a_member(self) -> None:
        self.mutate({"op": "remove_member", "group": self.team, "member": self.tenant["user_id"]})

    def a_mail(self) -> None:
        thread = self.change("write_to_team", topic="Keys", file=True)["id"]
        self.change("write_to_team", thread=thread, body="I have them")

    def a_mail_less(self) -> None:
        threads = self.simulator.team(self.tenant, self.team)["records"]["threads"]
        self.change("delete_thread", thread=min(threads))


def _listed(feed: str, records: dict[str, str]) -> dict[str, Truth]:
    return {f"{feed}/{key}": Truth(feed, {}, record=record) for key, record in records.items()}


def _posts_of(channel: dict) -> dict[str, Truth]:
    found = {}
    for post in (message for message in channel["messages"] if message["reply_to"] is None):
        chain = [post, *(message for message in channel["messages"] if message["reply_to"] == post["id"])]
        pictures = {f"hosted:{one['id']}": one["sha256"] for message in chain for one in message["hosted"]}
        record = {message["id"]: message["record"] for message in chain}
        found[f"{channel['id']}/{post['id']}"] = Truth(channel["id"], pictures, record=record)
    return found
