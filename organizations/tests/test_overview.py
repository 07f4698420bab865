"""The first page inside a client."""

import re

import pytest
from django.utils import timezone

from organizations.models import Connection, Organization
from organizations.tests.factories import make_connection


@pytest.mark.parametrize(
    ("who", "words"),
    [("ada", "Connect Microsoft 365"), ("ben", "Connect Microsoft 365"), ("otto", "Ask Northwind IT to connect it.")],
)
def test_before_the_connection_everybody_reads_what_to_do(sign_in, acme, who, words):
    page = sign_in(who).get(acme.get_absolute_url()).content.decode()

    assert "Microsoft 365 is not connected yet" in page
    assert words in page
    assert ("settings/connection/" in page) == (who != "otto")
    assert (f"{acme.get_absolute_url()}edit/" in page) == (who != "otto")
    assert ("client-band" in page) == (who != "otto")


@pytest.mark.parametrize(
    ("state", "title", "button", "asking"),
    [
        ("ACCESS_LOST", "does not let us in any more", "Authorize Microsoft 365", "authorize Microsoft 365 again."),
        ("NEEDS_CONSENT", "Permissions at Microsoft 365", "Authorize Microsoft 365", "authorize Microsoft 365 again."),
        ("DISCONNECTED", "Microsoft 365 is disconnected", "Connect Microsoft 365", "connect it again."),
    ],
)  # fmt: skip
def test_a_connection_in_trouble_says_who_can_mend_it(sign_in, acme, state, title, button, asking):
    at = {"disconnected_at": timezone.now()} if state == "DISCONNECTED" else {}
    make_connection(acme, state=state, problem="The consent was taken back on 14 November.", **at)

    adas, ottos = (sign_in(who).get(acme.get_absolute_url()).content.decode() for who in ("ada", "otto"))

    assert title in adas
    assert re.search(rf"{button}</a>", adas)
    assert title in ottos
    assert button + "</a>" not in ottos
    assert f"Ask Northwind IT to {asking}" in ottos


def test_the_first_page_tells_how_a_connected_client_stands(sign_in, acme):
    make_connection(acme, tenant_name="Acme Dental Ltd", domains=["acme.example", "acme.onmicrosoft.example"])
    Organization.objects.filter(pk=acme.pk).update(
        users_eligible=46, users_protected=41, mailboxes_eligible=4, sites_eligible=1, sites_protected=1,
        items_skipped=3, is_simulated=True, country="GB", subdivision="GB-BST",
    )  # fmt: skip

    page = sign_in("otto").get(acme.get_absolute_url()).content.decode()

    assert "46 users, 4 shared mailboxes and 1 site in Microsoft 365." in page
    for words in (
        "Acme Dental Ltd", "acme.onmicrosoft.example", "Simulated tenant", "Connected", "No report",
        "Nothing is backed up yet", "Never", "0 GB", "3 left out by the filters", "Bristol, City of, United Kingdom",
        f'<code id="client-id">{acme.client_id}</code>', 'data-copy="#client-id"',
    ):  # fmt: skip
        assert words in page
    for tab, figures in (("USERS", "41 <small>of 46"), ("SHARED_MAILBOXES", "0 <small>of 4"), ("TEAMS", "0 <small>of")):
        assert re.search(rf'href="{acme.get_absolute_url()}accounts/\?tab={tab}".*?{figures}', page)


@pytest.mark.parametrize(
    ("fields", "words", "asks_again"),
    [
        ({"discovery": "QUEUED"}, "Looking for accounts starts in a moment", True),
        ({"discovery": "RUNNING", "discovery_seen": 1204}, "Looking for accounts, 1,204 seen so far", True),
        ({"discovery": "WAITING"}, "Microsoft 365 asked for a pause", True),
        ({"discovery": "FAILED", "discovery_problem": "It answered nonsense."}, "It answered nonsense.", False),
        ({"discovery": "IDLE"}, "Not looked yet", False),
        ({"discovery": "IDLE", "discovered_at": timezone.now()}, "Last looked ", False),
        ({"discovery": "RUNNING", "state": "ACCESS_LOST"}, "", True),
        ({"discovery": "RUNNING", "state": "DISCONNECTED", "disconnected_at": timezone.now()}, "", False),
    ],
)
def test_the_page_asks_again_only_while_accounts_are_looked_for(sign_in, acme, fields, words, asks_again):
    make_connection(acme, **fields)
    browser = sign_in("otto")

    page = browser.get(acme.get_absolute_url()).content.decode()
    part = browser.get(acme.get_absolute_url(), headers={"HX-Request": "true"}).content.decode()

    assert words in page
    assert ('hx-trigger="every 5s"' in page) == ('hx-trigger="every 5s"' in part) == asks_again
    assert '<section class="panel" id="protection"' in part
    assert "<h1>" not in part


def test_the_first_page_asks_a_fixed_number_of_questions(sign_in, acme, django_assert_max_num_queries):
    browser = sign_in("ada")
    browser.get(acme.get_absolute_url())
    with django_assert_max_num_queries(8) as before:
        browser.get(acme.get_absolute_url())
    Connection.objects.bulk_create(
        Connection(
            organization=acme, tenant_id=f"tenant-{n}", state="DISCONNECTED", connected_at=timezone.now(),
            disconnected_at=timezone.now(), connected_by="Ada Lindqvist",
        )
        for n in range(30)
    )  # fmt: skip

    with django_assert_max_num_queries(8) as after:
        browser.get(acme.get_absolute_url())

    assert len(before) == len(after)


@pytest.mark.parametrize(("who", "status"), [("ada", 200), ("cora", 403), ("otto", 200), ("pia", 404), ("rita", 404)])
def test_who_may_open_the_first_page_of_acme(sign_in, acme, who, status):
    assert sign_in(who).get(acme.get_absolute_url()).status_code == status
