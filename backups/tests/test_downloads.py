"""Content as a stream: it goes on where it broke off, our token stays at home, and damage never looks like an end."""

import hashlib
import random

import httpx
import pytest

from backups.connectors.base import DamagedOnTheWay, ForeignAddress, NotThere, UnexpectedAnswer
from backups.connectors.http import Http
from backups.connectors.microsoft365.graph import Graph
from backups.tests.scripted_provider import Clock, Provider

FILE = random.Random(7).randbytes(700_000)


class Sha256:
    """What the provider says the bytes are."""

    def __init__(self, expected: bytes) -> None:
        self.hash, self.expected = hashlib.sha256(), hashlib.sha256(expected).digest()

    def update(self, data):
        self.hash.update(data)

    def matches(self):
        return self.hash.digest() == self.expected


@pytest.fixture
def elsewhere():
    """The host that content is fetched from: another port, but above all another name."""
    with Provider() as one:
        yield one


@pytest.fixture
def graph(provider):
    clock = Clock()
    hosts = ("localhost", ".sharepoint.example")
    with Http(provider.url, token=lambda fresh: "secret", download_hosts=hosts, sleep=clock.sleep, clock=clock) as http:
        yield Graph(http, tenant="t")


def _link(elsewhere: Provider) -> str:
    return elsewhere.url.replace("127.0.0.1", "localhost") + "/content"


def _read(graph, **options):
    with graph.open("drives/d/items/i/content", counted_by="sharepoint", **options) as stream:
        return stream.read()


def test_content_is_read_in_pieces_of_any_size(graph, provider):
    provider.say(200, FILE)

    with graph.open("users/ada/messages/1/$value", counted_by="mailbox ada", verify=Sha256(FILE)) as stream:
        pieces = list(iter(lambda: stream.read(100_000), b""))

    assert b"".join(pieces) == FILE
    assert {len(piece) for piece in pieces} <= set(range(1, 100_001))


def test_the_token_is_not_carried_to_the_host_of_the_download(graph, provider, elsewhere):
    provider.say(302, b"", Location=_link(elsewhere))
    elsewhere.say(200, FILE)

    assert _read(graph, size=len(FILE), verify=Sha256(FILE)) == FILE
    assert "Authorization" in provider.seen[0][1]
    assert "Authorization" not in elsewhere.seen[0][1]


@pytest.mark.parametrize(
    "link", ["https://evil.example/x", "https://ada:pw@x.sharepoint.example/", "ftp://localhost/x", "https://sharepoint.example/"]
)  # fmt: skip
def test_nothing_is_sent_to_an_unknown_host(graph, provider, link):
    provider.say(302, b"", Location=link)

    with pytest.raises(ForeignAddress):
        _read(graph)


def test_a_download_goes_on_where_it_broke_off(graph, provider, elsewhere):
    provider.say(302, b"", Location=_link(elsewhere))
    elsewhere.break_off(200, FILE, after=300_000, ETag='"v1"')
    elsewhere.break_off(206, FILE[300_000:], after=1, ETag='"v1"', Content_Range=f"bytes 300000-699999/{len(FILE)}")
    elsewhere.say(206, FILE[300_001:], ETag='"v1"', Content_Range=f"bytes 300001-699999/{len(FILE)}")

    assert _read(graph, size=len(FILE), verify=Sha256(FILE)) == FILE
    assert [headers.get("Range") for _, headers in elsewhere.seen] == [None, "bytes=300000-", "bytes=300001-"]
    assert elsewhere.seen[1][1]["If-Range"] == '"v1"'


def test_a_host_that_begins_again_is_passed_over_to_the_same_place(graph, provider):
    provider.break_off(200, FILE, after=300_000)
    provider.say(200, FILE)

    assert _read(graph, verify=Sha256(FILE)) == FILE


def test_a_content_that_changes_on_the_way_is_never_put_together_of_two(graph, provider):
    provider.break_off(200, FILE, after=300_000, ETag='"v1"')
    provider.say(200, FILE[::-1], ETag='"v2"')

    with pytest.raises(DamagedOnTheWay):
        _read(graph)


def test_a_download_that_breaks_off_without_end_is_given_up(graph, provider):
    provider.break_off(200, FILE, after=0)
    for _ in range(9):
        provider.break_off(200, FILE, after=0)

    with pytest.raises(UnexpectedAnswer):
        _read(graph)


def test_an_address_that_expired_is_asked_for_again(graph, provider, elsewhere):
    for _ in range(2):
        provider.say(302, b"", Location=_link(elsewhere))
    elsewhere.say(403)
    elsewhere.say(200, FILE)

    assert _read(graph) == FILE
    assert len(provider.seen) == 2


def test_addresses_that_are_all_refused_end_as_not_there(graph, provider, elsewhere):
    for _ in range(9):
        provider.say(302, b"", Location=_link(elsewhere))
        elsewhere.say(404, b"gone")

    with pytest.raises(NotThere):
        _read(graph)


def test_damage_is_told_instead_of_the_end(graph, provider):
    provider.say(200, FILE[:-1] + bytes([FILE[-1] ^ 1]))

    with graph.open("x", counted_by="sharepoint", verify=Sha256(FILE)) as stream, pytest.raises(DamagedOnTheWay):
        stream.read()


def test_a_wrong_length_is_told_instead_of_the_end(graph, provider):
    provider.say(200, FILE)

    with pytest.raises(DamagedOnTheWay):
        _read(graph, size=len(FILE) + 1)


def test_an_empty_content_is_a_content(graph, provider):
    provider.say(200, b"")

    assert _read(graph, size=0) == b""


def test_a_refusal_of_graph_keeps_its_own_name(graph, provider):
    provider.say(404, b'{"error": {"code": "itemNotFound", "message": "gone"}}')

    with pytest.raises(NotThere) as caught:
        _read(graph)
    assert caught.value.code == "itemNotFound"


def test_a_stream_is_closed_when_nobody_reads_to_its_end(graph, provider):
    provider.say(200, FILE)

    with graph.open("x", counted_by="sharepoint") as stream:
        stream.read(10)

    assert graph.http.send("GET", "v1.0/users", scope="t directory").status_code == httpx.codes.OK
