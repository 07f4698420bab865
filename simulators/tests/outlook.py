"""What tests of mailboxes share: a client with a backup's preferences, and rounds of a feed."""

from datetime import UTC, datetime, timedelta

from simulators.tests.clients import Graph

_NOW = datetime.now(UTC)
# Two years around the present, in which everything lies that a mailbox is born with, the nasty dates aside.
_FIRST, _LAST = (_NOW + timedelta(days=days) for days in (-730, 730))
AROUND_NOW = f"startDateTime={_FIRST:%Y-%m-%dT00:00:00Z}&endDateTime={_LAST:%Y-%m-%dT00:00:00Z}"


def prefer(graph: Graph, size: int = 7) -> Graph:
    """Let a client prefer immutable ids and small pages, as a backup does on every request."""
    graph.client.headers["Prefer"] = f'IdType="ImmutableId", odata.maxpagesize={size}'
    return graph


def round_of(graph: Graph, path: str) -> tuple[list[dict], str]:
    """Read one round of a feed with the client's own preferences; return what it told, and the next link."""
    told, url = [], path
    while True:
        answer = graph.get(url)
        assert answer.status_code == 200, answer.text
        told += answer.json()["value"]
        if "@odata.deltaLink" in answer.json():
            return told, answer.json()["@odata.deltaLink"]
        url = answer.json()["@odata.nextLink"]


def ids_of(told: list[dict]) -> set[str]:
    """Return the ids a feed told of."""
    return {one["id"] for one in told}


def removed(object_id: str) -> dict:
    """Return what a feed says of something that is gone."""
    return {"id": object_id, "@removed": {"reason": "deleted"}}


def happen(microsoft, dental, user, op: str, **arguments) -> dict:
    """Let something happen in a mailbox."""
    return microsoft.mutate(dental, {"op": op, "user": user} | arguments)[0]


class Restorer:
    """The restore app in somebody's mailbox."""

    def __init__(self, microsoft, dental) -> None:
        microsoft.consent(dental, microsoft.apps["restore"].client_id)
        self.graph = prefer(Graph(microsoft, dental, "restore"))
        self.box = f"/users/{dental['user_id']}"

    def send(self, method: str, path: str, body: object = None, status: int = 201, **options):
        """Send something to the mailbox and return the answer's JSON, or the answer itself without any."""
        url = f"{self.graph.base}{self.box}{path}"
        if body is not None:
            options["json"] = body
        answer = self.graph.client.request(method, url, **options)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else answer

    def get(self, path: str):
        """GET something of the mailbox."""
        return self.graph.get(f"{self.box}{path}")
