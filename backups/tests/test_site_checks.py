"""A SharePoint address that somebody typed protects a site only after a worker has seen it there."""

from datetime import timedelta

import pytest
from django.utils import timezone

from backups.engine.site_checks import check
from backups.models import DiscoveryFeed
from backups.tests.looks import Clock, connected, look, state_of
from jobs import claims
from jobs.models import Job
from organizations.actions.connections import disconnect
from organizations.actions.site_addresses import add_site_addresses
from organizations.models import Item, SiteAddress

HOST = "https://acme-dental.sharepoint.example"


@pytest.fixture
def dental(source, acme):
    yield connected(source, acme)
    assert source.unknown_calls() == []


@pytest.fixture
def ada(cast):
    return cast["ada"].user


def add(connection, ada, *urls):
    return add_site_addresses(connection=connection, urls=urls, actor=ada, now=timezone.now())


def work(connection, clock=timezone.now):
    claim = claims.claim(Job.objects.get(kind="check_site_addresses", state="QUEUED").pk)
    check(connection.pk, claim, clock=clock, sleep=getattr(clock, "sleep", lambda seconds: None))
    return claim


def outcomes():
    return {one.url.removeprefix(HOST): (one.state, one.problem) for one in SiteAddress.objects.order_by("pk")}


def test_a_site_that_is_there_is_found_and_protected(source, dental, ada, acme):
    source.mutate(dental.tenant_id, {"op": "create_site", "display_name": "Crowns", "path": "/sites/crowns"})
    add(dental, ada, f"{HOST}/sites/crowns", f"{HOST}/")

    claim = work(dental)

    assert state_of(claim) == "DONE"
    assert outcomes() == {"/sites/crowns": ("FOUND", ""), "/": ("FOUND", "")}
    crowns = SiteAddress.objects.get(url__endswith="crowns").item
    assert (crowns.name, crowns.protection, crowns.decided_by) == ("Crowns", "PROTECTED", "Ada Lindqvist")
    dental.refresh_from_db()
    assert dental.sharepoint_host == "acme-dental.sharepoint.example"


def test_a_site_that_was_named_and_is_then_discovered_is_one_item(source, dental, ada):
    (made,) = source.mutate(dental.tenant_id, {"op": "create_site", "display_name": "Crowns", "path": "/sites/crowns"})
    add(dental, ada, f"{HOST}/sites/crowns")
    work(dental)

    look(dental)

    item = Item.objects.get(remote_id=made["id"])
    assert (item.protection, item.is_new) == ("PROTECTED", False)


def test_the_registered_job_does_it(source, dental, ada):
    add(dental, ada, f"{HOST}/sites/nowhere")

    assert claims.run(Job.objects.get(kind="check_site_addresses").pk) == "DONE"

    assert outcomes() == {"/sites/nowhere": ("REFUSED", "There is no site at this address.")}


def test_each_address_that_leads_to_no_site_says_why(source, dental, ada):
    look(dental)
    drive = next(site for site in source.manifest(dental.tenant_id)["sites"] if site["personal"])
    source.fault({"status": 403}, path=":/sites/closed")
    source.mutate(dental.tenant_id, {"op": "create_site", "display_name": "Closed", "path": "/sites/closed"})
    mine = f"https://acme-dental-my.sharepoint.example{drive['path']}"
    add(dental, ada, f"{HOST}/sites/nowhere", f"{HOST}/sites/closed", "https://elsewhere.example/sites/x", mine)

    work(dental)

    elsewhere = "The client’s SharePoint is at acme-dental.sharepoint.example; this address leads elsewhere."
    assert outcomes() == {
        "/sites/nowhere": ("REFUSED", "There is no site at this address."),
        "/sites/closed": ("REFUSED", "Microsoft 365 does not let us read this site, though it lets us read others."),
        "https://elsewhere.example/sites/x": ("REFUSED", elsewhere),
        mine: ("REFUSED", elsewhere),
    }
    assert not Item.objects.filter(is_chosen=True).exists()


def test_without_the_permission_the_address_says_which_one_is_missing(source, dental, ada):
    look(dental)
    roles = [role for role in source.apps["backup"].roles if role != "Sites.Read.All"]
    source.consent(dental.tenant_id, source.apps["backup"].client_id, roles)
    add(dental, ada, f"{HOST}/sites/crowns")

    work(dental)

    assert "permission Sites.Read.All is missing" in outcomes()["/sites/crowns"][1]


def test_a_pause_puts_the_rest_off(source, dental, ada):
    clock = Clock(source)
    look(dental, clock=clock)
    add(dental, ada, f"{HOST}/sites/a", f"{HOST}/sites/b")
    source.fault({"status": 429, "retry_after": 600}, path=":/sites/b", times=1)

    claim = work(dental, clock)

    assert state_of(claim) == "QUEUED"
    assert [state for state, _ in outcomes().values()] == ["REFUSED", "CHECKING"]
    clock.forward(timedelta(minutes=10))
    Job.objects.filter(pk=claim.job_id).update(not_before=timezone.now())
    work(dental, clock)
    assert [state for state, _ in outcomes().values()] == ["REFUSED", "REFUSED"]


def test_where_access_was_withdrawn_the_address_does_not_wait_for_ever(source, dental, ada):
    source.revoke(dental.tenant_id, source.apps["backup"].client_id)
    add(dental, ada, f"{HOST}/sites/crowns")

    claim = work(dental)

    dental.refresh_from_db()
    assert (state_of(claim), dental.state) == ("DONE", "ACCESS_LOST")
    state, problem = outcomes()["/sites/crowns"]
    assert state == "REFUSED"
    assert "Authorize the connection again, then check the address." in problem


def test_an_address_that_is_added_while_a_worker_looks_is_looked_at_too(source, dental, ada):
    look(dental)
    add(dental, ada, f"{HOST}/sites/first")
    late = []

    def clock():
        if not late:
            late.append(add(dental, ada, f"{HOST}/sites/second"))
        return timezone.now()

    claim = work(dental, clock)

    assert state_of(claim) == "DONE"
    assert [state for state, _ in outcomes().values()] == ["REFUSED", "REFUSED"]


def test_a_site_that_was_found_while_a_listing_runs_is_not_taken_for_gone_at_its_end(source, dental, ada):
    """The listing is past the site's place already: it will not see it any more in this round."""
    look(dental)
    DiscoveryFeed.objects.filter(connection=dental, name="SITES").update(round=7, is_listing=True)
    source.mutate(dental.tenant_id, {"op": "create_site", "display_name": "Crowns", "path": "/sites/crowns"})
    add(dental, ada, f"{HOST}/sites/crowns")

    work(dental)

    assert SiteAddress.objects.get().item.seen_in_round == 7


def test_a_tenant_that_comes_back_is_listed_afresh_and_brings_its_accounts_back(source, acme, dental, ada):
    look(dental)
    before = set(Item.objects.filter(presence="PRESENT").values_list("remote_id", flat=True))
    disconnect(connection=dental, actor=ada, now=timezone.now())
    Item.objects.update(presence="GONE", gone_at=timezone.now())
    dental.refresh_from_db()
    dental.state, dental.disconnected_at, dental.connected_at = "CONNECTED", None, timezone.now()
    dental.save()

    look(dental)

    assert set(Item.objects.filter(presence="PRESENT").values_list("remote_id", flat=True)) == before
