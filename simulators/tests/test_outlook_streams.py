"""The import and export API: items of every class as streams, and back again without a loss."""

import base64

import pytest

from portal.tests.simulator import plain_client
from simulators.tests.clients import Graph
from simulators.tests.outlook import ids_of, prefer, removed, round_of
from simulators.tests.published import ARCHIVE, findings

ROLES = [
    "Mail.Read", "Calendars.Read", "Contacts.Read", "MailboxSettings.Read", "MailboxFolder.Read.All",
    "MailboxItem.Read.All", "MailboxItem.ImportExport.All",
]  # fmt: skip
# What a new item has of its own.
NEW = {
    "id", "changeKey", "parentFolderId", "lastModifiedDateTime", "conversationId", "conversationIndex", "iCalUId",
    "seriesMasterId", "cancelledOccurrences", "exceptionOccurrences",
}  # fmt: skip


class Streams:
    """Somebody's mailbox through the import and export API."""

    def __init__(self, graph: Graph, user: str) -> None:
        self.graph = graph
        self.box = (
            f"/admin/exchange/mailboxes/{graph.get(f'/users/{user}/settings/exchange').json()['primaryMailboxId']}"
        )

    def post(self, action: str, body: object = None):
        """Call an action and return its answer."""
        return self.graph.client.post(f"{self.graph.base}{self.box}/{action}", json=body or {})

    def export(self, ids: list[str]) -> list[dict]:
        """Export items, twenty at a time."""
        found = []
        for first in range(0, len(ids), 20):
            found += self.post("exportItems", {"ItemIds": ids[first : first + 20]}).json()["value"]
        return found

    def send(self, body: dict, **headers):
        """Import one item."""
        url = self.post("createImportSession").json()["importUrl"]
        with plain_client() as client:
            return client.post(url, json=body, headers=headers)


@pytest.fixture
def client(microsoft, dental):
    app = microsoft.apps["backup"]
    app.roles = [*app.roles, *ROLES]
    microsoft.apps.write()
    microsoft.consent(dental, app.client_id)
    return prefer(Graph(microsoft, dental))


@pytest.fixture
def admin(client, dental):
    """The administrator's mailbox, where the nasty items are."""
    return Streams(client, dental["admin_id"])


@pytest.fixture
def user(client, dental):
    """The ordinary user's mailbox."""
    return Streams(client, dental["user_id"])


def test_one_feed_a_folder_tells_of_items_of_every_class(microsoft, dental, client, user):
    folders, link = round_of(client, f"{user.box}/folders/delta")
    truth = microsoft.mailbox(dental, dental["user_id"])
    told = [one for folder in folders for one in round_of(client, f"{user.box}/folders/{folder['id']}/items/delta")[0]]

    assert ids_of(told) == {one["id"] for kind in ("messages", "events", "contacts") for one in truth[kind]}
    assert {folder["type"] for folder in folders} == {"IPF.Note", "IPF.Appointment", "IPF.Contact"}
    assert {one["type"] for one in told} == {"IPM.Note", "IPM.Appointment", "IPM.Contact"}
    [made] = microsoft.mutate(dental, {"op": "create_calendar", "user": dental["user_id"], "name": "New"})
    told, link = round_of(client, link)
    assert ids_of(told) == {made["id"]}
    microsoft.mutate(dental, {"op": "delete_calendar", "user": dental["user_id"], "calendar": made["id"]})
    assert round_of(client, link)[0] == [removed(made["id"])]


def test_every_item_comes_back_in_another_mailbox_as_it_was(microsoft, dental, admin, user):
    truth = microsoft.mailbox(dental, dental["admin_id"])
    places = {"messages": "inbox", "events": "calendar", "contacts": "contacts"}
    own = {one["well_known"]: one["id"] for one in microsoft.mailbox(dental, dental["user_id"])["folders"]}
    for kind, place in places.items():
        # The huge one would take seconds and show nothing new.
        items = [one for one in truth[kind] if "refused" not in one and one["recipe"] != "huge"]
        answers = admin.export([one["id"] for one in items])
        copied = {}
        for item, answer in zip(items, answers, strict=True):
            sent = user.send({"FolderId": own[place], "Mode": "create", "Data": answer["data"]})
            assert sent.status_code == 201, sent.text
            copied[sent.json()["itemId"]] = item
        restored = {one["ordinary_id"]: one for one in microsoft.mailbox(dental, dental["user_id"])[kind]}
        for new_id, item in copied.items():
            assert _essence(restored[new_id]) == _essence(item)


def test_items_that_fail_do_so_alone(microsoft, dental, admin):
    truth = microsoft.mailbox(dental, dental["admin_id"], with_bytes=False)["messages"]
    corrupt = next(one["id"] for one in truth if one["recipe"] == "corrupt")
    good = next(one["id"] for one in truth if one["recipe"] == "html")

    answers = admin.export([corrupt, good, "nonsense"])

    assert [one.get("error", {}).get("code") for one in answers] == [
        "ErrorCorruptData",
        None,
        "ErrorInvalidIdMalformed",
    ]
    assert admin.post("exportItems", {"ItemIds": [good] * 21}).status_code == 400


def test_an_update_wants_the_newest_change_key_and_a_session_ends(microsoft, dental, user, client):
    truth = microsoft.mailbox(dental, dental["user_id"], with_bytes=False)["contacts"]
    first, other = (one["id"] for one in truth[:2])
    [answer], [theirs] = user.export([first]), user.export([other])
    body = {"Mode": "update", "ItemId": first, "ChangeKey": answer["changeKey"], "Data": theirs["data"]}

    answers = [user.send(body), user.send(body), user.send(body, Authorization="Bearer x")]
    broken = user.send(body | {"Data": base64.b64encode(b"nothing").decode()})
    url = user.post("createImportSession").json()["importUrl"]
    microsoft.advance(2 * 3600)
    with plain_client() as stranger:
        late = stranger.post(url, json=body)

    assert [one.status_code for one in (*answers, broken, late)] == [201, 409, 401, 400, 401]
    assert microsoft.counters()["foreign_authorizations"] == 1


@pytest.mark.skipif(not ARCHIVE.exists(), reason="Microsoft's description of Graph is not at hand")
def test_every_answer_is_one_that_microsoft_describes(microsoft, dental, description, client, user):
    folder = microsoft.mailbox(dental, dental["user_id"])["messages"][0]
    at = f"{user.box}/folders/{folder['folder_id']}"
    paths = [f"/users/{dental['user_id']}/settings/exchange", f"{user.box}/folders", f"{user.box}/folders/delta", at]
    paths += [f"{at}/items", f"{at}/items/delta", f"{at}/items/{folder['id']}"]

    found = {path: findings(description, path, client.get(path), {}) for path in paths}
    exports = user.export([folder["id"], "nonsense"])
    session = user.post("createImportSession").json()

    assert {path: problems for path, problems in found.items() if problems} == {}
    assert [description.findings_of("exportItemResponse", 200, one) for one in exports] == [[], []]
    assert description.findings_of("mailboxItemImportSession", 201, session) == []
    seen = {entry["template"] for entry in microsoft.log() if entry["status"] < 400}
    own = ("/admin/exchange", "/users/{user}/settings/exchange")
    assert {one["template"] for one in microsoft.control("/routes") if one["template"].startswith(own)} - seen == set()


def _essence(entry: dict) -> dict:
    parts = [(part["name"], part["kind"], part["sha256"]) for part in entry.get("parts", [])]
    record = {name: value for name, value in entry["record"].items() if name not in NEW}
    exceptions = [
        {name: value for name, value in one.items() if name not in NEW}
        for one in entry["record"].get("exceptionOccurrences", [])
    ]
    mime = entry.get("mime")
    photo = entry.get("photo")
    return {"record": record, "parts": parts, "mime": mime, "photo": photo, "exceptions": exceptions}
