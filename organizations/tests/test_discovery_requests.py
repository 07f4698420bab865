"""Asking for a look at a client's service, and being told how far it is."""

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry
from jobs.models import Job
from jobs.registry import Kind, kinds
from organizations.actions.discovery import AlreadyLooking, NotReadable, request_discovery
from organizations.tests.factories import make_connection

HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _workers(monkeypatch):
    """The floor above does the looking; here it is enough that it can be asked."""
    if "discover" not in kinds:
        monkeypatch.setitem(kinds, "discover", Kind(lambda subject_id, claim: None, "control", 3))


def ask_url(organization):
    return reverse("organizations:discovery_request", args=[organization.uuid])


def state_url(organization):
    return reverse("organizations:discovery_state", args=[organization.uuid])


EVERYONE = {"ada": 302, "ben": 302, "cora": 403, "otto": 302, "pia": 404, "rita": 404}


@pytest.mark.parametrize("who", EVERYONE)
def test_who_may_ask_for_a_look_at_acme(sign_in, acme, who):
    make_connection(acme)

    answer = sign_in(who).post(ask_url(acme))

    assert answer.status_code == EVERYONE[who]
    assert Job.objects.exists() == (answer.status_code == 302)


def test_who_may_see_how_far_it_is(sign_in, acme):
    make_connection(acme)
    expected = {"ada": 200, "ben": 200, "cora": 403, "otto": 200, "pia": 404, "rita": 404}

    assert {who: sign_in(who).get(state_url(acme), headers=HTMX).status_code for who in expected} == expected


def test_a_look_is_queued_once_and_a_second_request_says_so(sign_in, acme):
    connection = make_connection(acme, discovery="FAILED", discovery_problem="Broken.")
    browser = sign_in("ada")

    first = browser.post(ask_url(acme), headers=HTMX)
    second = browser.post(ask_url(acme), headers=HTMX)

    connection.refresh_from_db()
    assert (first.status_code, second.status_code) == (200, 422)
    assert "starts in a moment" in first.content.decode()
    assert "We are looking already." in second.content.decode()
    assert (connection.discovery, connection.discovery_problem) == ("QUEUED", "")
    assert Job.objects.get().key == f"discover:{connection.pk}"
    assert AuditEntry.objects.get(action="discovery.requested").organization_id == acme.pk


@pytest.mark.parametrize("state", ["QUEUED", "RUNNING", "WAITING"])
def test_the_action_refuses_while_a_look_is_under_way(cast, acme, noon, state):
    connection = make_connection(acme, discovery=state)

    with pytest.raises(AlreadyLooking):
        request_discovery(connection=connection, actor=cast["ada"].user, now=noon)

    assert not Job.objects.exists()


def test_a_service_that_does_not_let_us_in_is_not_asked(cast, acme, noon):
    connection = make_connection(acme, state="ACCESS_LOST")

    with pytest.raises(NotReadable, match="access withdrawn"):
        request_discovery(connection=connection, actor=cast["ada"].user, now=noon)


def test_a_client_without_a_connection_has_nothing_to_look_through(sign_in, acme):
    answer = sign_in("ada").post(ask_url(acme), follow=True)

    assert "not connected to a service yet" in answer.content.decode()
    assert not Job.objects.exists()


@pytest.mark.parametrize(
    ("fields", "words", "asks_again"),
    [
        ({"discovery": "QUEUED"}, "starts in a moment", True),
        ({"discovery": "RUNNING", "discovery_seen": 12_400}, "Looking: 12,400 found so far", True),
        ({"discovery": "WAITING", "discovery_seen": 7}, "Microsoft 365 asked us to wait until 12:00", True),
        ({"discovery": "FAILED", "discovery_problem": "It answers nonsense."}, "It answers nonsense. What was", False),
        ({"discovery": "IDLE"}, "Looking is done", False),
        ({"discovery": "IDLE", "state": "ACCESS_LOST", "problem": "No."}, "No. What was found", False),
    ],
)  # fmt: skip
def test_the_line_says_how_far_it_is_and_stops_asking_when_it_is_over(
    sign_in, cast, acme, noon, fields, words, asks_again
):
    cast["ada"].user.time_zone = "Europe/Berlin"
    cast["ada"].user.save()
    make_connection(acme, discovery_continues_at=noon, discovered_at=noon, **fields)

    page = sign_in("ada").get(state_url(acme), headers=HTMX).content.decode()

    assert words in page
    assert ('hx-trigger="every 5s"' in page) == asks_again


def test_opened_as_a_page_the_line_leads_to_the_list(sign_in, acme):
    make_connection(acme, discovered_at=timezone.now())

    assert sign_in("ada").get(state_url(acme)).url == reverse("organizations:item_list", args=[acme.uuid])
