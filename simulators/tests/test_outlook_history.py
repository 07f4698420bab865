"""Whatever happens in a mailbox: who reads all of its feeds, in good or bad mood, holds what is really there."""

import os
import random

import pytest

from simulators.tests.clients import Graph
from simulators.tests.outlook import prefer

HISTORIES = range(40 if os.environ.get("PORTICO_SOAK") == "1" else 2)
MOODS = {"short": 0.4, "empty": 0.2, "duplicates": 0.4, "replays": 0.4, "halves": 0.4, "shuffle": True}


class Copy:
    """What a client holds of somebody's mails and contacts from nothing but their feeds."""

    def __init__(self, graph: Graph, user: str) -> None:
        self.graph, self.box = graph, f"/users/{user}"
        self.links: dict[str, str] = {}
        self.feeds: dict[str, dict[str, dict]] = {}

    def read(self) -> None:
        """Read one round of every feed there is."""
        folders = self._round("folders", f"{self.box}/mailFolders/delta?includeHiddenFolders=true")
        hidden = self.graph.get(f"{self.box}/mailFolders/recoverableitemsdeletions").json()["id"]
        books = self._round("books", f"{self.box}/contactFolders/delta")
        feeds = {folder: f"{self.box}/mailFolders/{folder}/messages/delta" for folder in [*folders, hidden]}
        feeds |= {book: f"{self.box}/contactFolders/{book}/contacts/delta" for book in books}
        feeds |= {"contacts": f"{self.box}/contacts/delta"}
        for name, address in feeds.items():
            self._round(name, address)
        self.feeds = {name: held for name, held in self.feeds.items() if name in {*feeds, "folders", "books"}}

    def held(self, key: str) -> dict[str, tuple]:
        """Return where everything lies that has a property."""
        return {
            object_id: entry["parentFolderId"]
            for held in self.feeds.values()
            for object_id, entry in held.items()
            if key in entry
        }

    def _round(self, name: str, address: str) -> dict[str, dict]:
        held, url = self.feeds.setdefault(name, {}), self.links.get(name, address)
        while url:
            page = self.graph.get(url)
            assert page.status_code == 200, page.text
            for entry in page.json()["value"]:
                if "@removed" in entry:
                    held.pop(entry["id"], None)
                else:
                    held[entry["id"]] = held.get(entry["id"], {}) | entry
            url = page.json().get("@odata.nextLink")
        self.links[name] = page.json()["@odata.deltaLink"]
        return held


def anything(dice: random.Random, truth: dict) -> dict:
    """Return an operation that can happen to a mailbox."""
    message = dice.choice(truth["messages"])["id"]
    contact = dice.choice(truth["contacts"])["id"]
    # What is below Recoverable Items cannot be listed, so only the folder everybody knows by name is read.
    unread = ("recoverableitemspurges", "recoverableitemsversions")
    folders = [one for one in truth["folders"] if one["kind"] == "mail" and one["well_known"] not in unread]
    folder = dice.choice([one["id"] for one in folders if one["parent_id"]])
    own = [one["id"] for one in truth["folders"] if one["kind"] == "mail" and not one["well_known"]]
    book = dice.choice([one["id"] for one in truth["folders"] if one["kind"] == "contacts"])
    return dice.choice(
        [
            {"op": "receive_mail"},
            {"op": "receive_mail", "folder": folder},
            {"op": "mark_read", "message": message},
            {"op": "update_message", "message": message, "set": {"categories": ["Red"]}},
            {"op": "move_message", "message": message, "folder": folder},
            {"op": "delete_message", "message": message, "how": dice.choice(("bin", "recoverable", "purge"))},
            {"op": "create_mail_folder", "name": f"New {dice.random()}", "parent": folder},
            {"op": "delete_mail_folder", "folder": dice.choice(own), "hard": dice.random() < 0.5},
            {"op": "create_contact", "folder": book},
            {"op": "move_contact", "contact": contact, "folder": book},
            {"op": "update_contact", "contact": contact, "set": {"jobTitle": "Dentist"}},
            {"op": "delete_contact", "contact": contact},
        ]
    )


@pytest.mark.parametrize("history", HISTORIES)
def test_who_reads_every_feed_holds_what_is_really_there(microsoft, dental, graph, history):
    dice, user = random.Random(history), dental["user_id"]
    copy = Copy(prefer(graph, dice.choice((1, 3, 50))), user)
    microsoft.moods(dental, seed=history, **(MOODS if history else {}))
    for _ in range(3):
        copy.read()
        truth = microsoft.mailbox(dental, user, with_bytes=False)
        assert copy.held("internetMessageId") == {one["id"]: one["folder_id"] for one in truth["messages"]}
        assert copy.held("emailAddresses") == {one["id"]: one["folder_id"] for one in truth["contacts"]}
        told = {object_id: entry for held in copy.feeds.values() for object_id, entry in held.items()}
        for one in truth["messages"]:
            assert told[one["id"]]["isRead"] == one["record"]["isRead"]
            assert told[one["id"]]["categories"] == one["record"]["categories"]
        for _ in range(dice.randrange(1, 7)):
            truth = microsoft.mailbox(dental, user, with_bytes=False)
            microsoft.mutate(dental, {"user": user} | anything(dice, truth))
        if dice.random() < 0.3:
            microsoft.day(dental)
