"""The one place that talks to providers: it waits as told, gives up in time, and sends nothing to other hosts."""

from datetime import timedelta
from email.utils import format_datetime

import httpx
import pytest
from django.utils import timezone

from backups.connectors.base import ForeignAddress, ProviderBusy
from backups.connectors.http import USER_AGENT, Http
from backups.connectors.limits import PausesHere
from backups.connectors.trips import told_wait
from backups.engine.pauses import SharedPauses
from backups.tests.scripted_provider import NOON, Clock


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def http(provider, clock):
    with Http(provider.url + "/graph", sleep=clock.sleep, clock=clock) as client:
        yield client


def test_a_pause_is_made_as_told_and_the_call_succeeds(provider, http, clock):
    provider.say(429, Retry_After="7")

    answer = http.send("GET", "v1.0/users", scope="t directory")

    assert answer.status_code == 200
    assert clock.slept == [7]
    assert [path for path, _ in provider.seen] == ["/graph/v1.0/users"] * 2


def test_a_pause_longer_than_patience_frees_the_worker_at_once(provider, http, clock):
    provider.say(429, Retry_After="300")

    with pytest.raises(ProviderBusy) as caught:
        http.send("GET", "v1.0/users", scope="t directory")

    assert caught.value.wait == timedelta(seconds=300)
    assert clock.slept == []


def test_nothing_of_the_same_scope_is_asked_before_the_pause_is_over(provider, http, clock):
    provider.say(429, Retry_After="300")
    with pytest.raises(ProviderBusy):
        http.send("GET", "v1.0/users", scope="t directory")

    with pytest.raises(ProviderBusy):
        http.send("GET", "v1.0/groups", scope="t directory")
    http.send("GET", "v1.0/sites", scope="t sharepoint")

    assert [path for path, _ in provider.seen] == ["/graph/v1.0/users", "/graph/v1.0/sites"]


def test_a_pause_is_shared_between_processes_and_never_shortened(db, provider, clock):
    first = Http(provider.url, pauses=SharedPauses(), sleep=clock.sleep, clock=clock)
    second = Http(provider.url, pauses=SharedPauses(), sleep=clock.sleep, clock=clock)
    provider.say(429, Retry_After="300")
    with pytest.raises(ProviderBusy):
        first.send("GET", "users", scope="t directory")
    SharedPauses().note("t directory", NOON + timedelta(seconds=5))

    with pytest.raises(ProviderBusy) as caught:
        second.send("GET", "users", scope="t directory")

    assert caught.value.wait == timedelta(seconds=300)
    assert len(provider.seen) == 1


@pytest.mark.parametrize("status", [500, 502, 504, 408, "hang up"])
def test_passing_trouble_is_tried_again_later_each_time_and_then_left(provider, clock, status):
    for _ in range(20):
        provider.say(status)
    http = Http(provider.url, sleep=clock.sleep, clock=clock, patience=timedelta(hours=1))

    with pytest.raises(ProviderBusy):
        http.send("GET", "users", scope="t directory")

    assert len(provider.seen) == 6
    assert all(0.5 * 2**n <= seconds <= 2**n for n, seconds in enumerate(clock.slept))


def test_a_service_that_is_down_for_long_ends_as_busy(provider, clock):
    for _ in range(50):
        provider.say(503, Retry_After="1")
    http = Http(provider.url, sleep=clock.sleep, clock=clock, patience=timedelta(hours=1))

    with pytest.raises(ProviderBusy) as caught:
        http.send("GET", "users", scope="t directory")

    assert caught.value.wait >= timedelta(minutes=1)
    assert len(provider.seen) <= 8


def test_a_token_that_is_refused_is_renewed_once(provider):
    asked = []
    provider.say(401)
    provider.say(401)
    http = Http(provider.url, token=lambda fresh: asked.append(fresh) or "a-token")

    answer = http.send("GET", "users", scope="t directory")

    assert answer.status_code == 401
    assert asked == [False, True]


def test_requests_say_who_asks_and_can_be_found_again(provider):
    Http(provider.url, token=lambda fresh: "a-token").send("GET", "users", scope="t directory")

    headers = provider.seen[0][1]
    assert headers["Authorization"] == "Bearer a-token"
    assert headers["User-Agent"] == USER_AGENT
    assert len(headers["client-request-id"]) == 36


def test_a_404_without_a_body_is_asked_once_more(provider, http):
    provider.say(404, body=b"")

    assert http.send("GET", "users", scope="t directory").status_code == 200


def test_redirects_are_not_followed(provider, http):
    provider.say(302, Location="http://127.0.0.1:1/")

    assert http.send("GET", "users", scope="t directory").status_code == 302
    assert len(provider.seen) == 1


@pytest.mark.parametrize(
    "link",
    [
        "https://graph.microsoft.com/v1.0/users", "http://graph.example/graph/v1.0/users", "//evil.example/graph/v1.0",
        "HTTP://EVIL.EXAMPLE/graph/v1.0", "{scheme_swapped}/graph/v1.0/users", "{base}.evil.example/graph/v1.0",
        "{base}@evil.example/graph/v1.0", "{base}/other/v1.0/users", "{base}/graph/../other", "{base}/graphs/v1.0",
        "http://user@{place}/graph/v1.0/users", "http://127.0.0.1:1/graph/v1.0/users",
    ],
)  # fmt: skip
def test_a_link_to_another_place_gets_no_request_and_no_token(provider, link):
    place = provider.url.partition("://")[2]
    tokens = []
    http = Http(provider.url + "/graph", token=lambda fresh: tokens.append(1) or "a-token")
    address = link.format(base=provider.url, place=place, scheme_swapped=provider.url.replace("http:", "https:"))

    with pytest.raises(ForeignAddress):
        http.send("GET", address, scope="t directory")

    assert provider.seen == []
    assert tokens == []


def test_a_link_the_service_handed_out_is_followed_word_for_word(provider, http):
    http.send("GET", f"{provider.url}/graph/v1.0/users/delta?$deltatoken=a%2Bb", scope="t directory")

    assert provider.seen[0][0] == "/graph/v1.0/users/delta?$deltatoken=a%2Bb"


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Retry-After": "17"}, timedelta(seconds=17)),
        ({"Retry-After": format_datetime(NOON + timedelta(seconds=90), usegmt=True)}, timedelta(seconds=90)),
        ({"Retry-After": format_datetime(NOON - timedelta(seconds=90), usegmt=True)}, None),
        ({"Retry-After": "999999999999999999999"}, timedelta(hours=1)),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": "0"}, None),
        ({}, None),
        ({"RateLimit-Reset": "40"}, timedelta(seconds=40)),
        ({"Retry-After": "10", "RateLimit-Reset": "40"}, timedelta(seconds=40)),
        ({"Retry-After": "60", "RateLimit-Reset": "40"}, timedelta(seconds=60)),
    ],
)
def test_how_long_an_answer_asks_to_wait(headers, expected):
    answer = httpx.Response(429, headers=headers)

    assert told_wait(answer, now=NOON) == expected


def test_pauses_of_one_process_are_never_shortened():
    pauses = PausesHere()
    now = timezone.now()
    pauses.note("a", now + timedelta(seconds=60))
    pauses.note("a", now + timedelta(seconds=5))

    assert pauses.until("a") == now + timedelta(seconds=60)
    assert pauses.until("b") is None
