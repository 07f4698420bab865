"""SharePoint addresses: judged before anybody is asked, seen by a worker before anything is protected."""

import threading
from datetime import timedelta

import pytest
from django.db import connection as database
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry
from jobs.models import Job
from jobs.registry import Kind, kinds
from organizations.actions.site_addresses import (
    AddressesKnown,
    FoundSite,
    add_site_addresses,
    edit_site_address,
    settle_site_address,
)
from organizations.models import Item, SiteAddress
from organizations.tests.factories import make_connection, make_item

HOST = "acme.sharepoint.com"
HTMX = {"HX-Request": "true"}
# session, user, memberships, client, connection, number of addresses, addresses, clients of the product menu
LIST_QUERIES = 8


@pytest.fixture(autouse=True)
def _workers(monkeypatch):
    """The floor above does the looking; here it is enough that it can be asked."""
    for kind in ("check_site_addresses", "discover"):
        if kind not in kinds:
            monkeypatch.setitem(kinds, kind, Kind(lambda subject_id, claim: None, "control", 3))


@pytest.fixture
def tenant(acme):
    return make_connection(acme, sharepoint_host=HOST)


def list_url(organization):
    return reverse("organizations:site_address_list", args=[organization.uuid])


def url_of(address, verb):
    return reverse(f"organizations:site_address_{verb}", args=[address.organization.uuid, address.uuid])


def make_address(tenant, path="/sites/projects", **fields):
    fields.setdefault("added_at", timezone.now())
    return SiteAddress.objects.create(
        organization=tenant.organization,
        connection=tenant,
        url=f"https://{HOST}{path}",
        added_by="Ada Lindqvist",
        **fields,
    )


def urls():
    return list(SiteAddress.objects.order_by("id").values_list("url", flat=True))


# Adding -------------------------------------------------------------------------


def test_each_wrong_line_is_named_and_nothing_is_taken(sign_in, acme, tenant):
    make_address(tenant, "/sites/known")
    make_address(tenant, "/sites/refused", state="REFUSED", problem="No such site.")
    typed = "\r\n".join(
        [
            f"https://{HOST}/sites/good", "", "http://x", f"https://{HOST}/sites/GOOD/", f"https://{HOST}/sites/known",
            f"https://{HOST}/sites/refused",
        ]
    )  # fmt: skip

    answer = sign_in("ada").post(list_url(acme), {"addresses": typed})

    page = answer.content.decode()
    assert answer.status_code == 422
    for words in (
        "Line 3: start with https://",
        "Line 4: this is the same address as in line 1.",
        "Line 5: this address is listed already.",
        "Line 6: this address is listed already, with the reason",
    ):
        assert words in page
    assert "Line 1:" not in page
    assert f"https://{HOST}/sites/good" in page
    assert len(urls()) == 2
    assert not Job.objects.exists()


def test_right_lines_are_listed_and_a_worker_is_asked_once(sign_in, acme, tenant):
    typed = f"https://{HOST}/sites/one\n\nhttps://{HOST}/teams/two"
    browser = sign_in("otto")

    answer = browser.post(list_url(acme), {"addresses": typed}, follow=True)

    assert urls() == [f"https://{HOST}/sites/one", f"https://{HOST}/teams/two"]
    assert set(SiteAddress.objects.values_list("state", "added_by")) == {("CHECKING", "Otto Brandt")}
    job = Job.objects.get()
    assert (job.kind, job.subject_id, job.key) == (
        "check_site_addresses", tenant.pk, f"check_site_addresses:{tenant.pk}",
    )  # fmt: skip
    added = AuditEntry.objects.filter(action="site_address.added").order_by("number")
    assert [entry.details["url"] for entry in added] == urls()
    assert AuditEntry.objects.filter(organization_id=acme.pk).count() == 2
    assert "2 sites are being checked." in answer.content.decode()
    assert not Item.objects.exists()


@pytest.mark.parametrize("typed", ["", " \n \r\n", "\x00", "x" * 10_000, "https://x\n" * 51, "A: b\r\nBcc: c"])
def test_what_makes_no_sense_is_refused(sign_in, acme, tenant, typed):
    answer = sign_in("ada").post(list_url(acme), {"addresses": typed})

    assert answer.status_code == 422
    assert urls() == []


def test_fifty_fit_and_fifty_one_do_not(sign_in, acme, tenant):
    lines = [f"https://{HOST}/sites/s{number}" for number in range(51)]
    browser = sign_in("ada")

    too_many = browser.post(list_url(acme), {"addresses": "\n".join(lines)})
    enough = browser.post(list_url(acme), {"addresses": "\n".join(lines[:50])})

    assert (too_many.status_code, enough.status_code) == (422, 302)
    assert "These are 51 addresses. Add 50 at most at once." in too_many.content.decode()
    assert len(urls()) == 50


def test_while_the_host_is_unknown_a_look_is_offered_instead(sign_in, acme):
    make_connection(acme)
    browser = sign_in("otto")

    page = browser.get(list_url(acme)).content.decode()
    browser.post(list_url(acme), {"addresses": f"https://{HOST}/sites/x"})

    assert "SharePoint is not known yet" in page
    assert reverse("organizations:discovery_request", args=[acme.uuid]) in page
    assert urls() == []


def test_without_a_connection_the_page_says_so(sign_in, acme):
    page = sign_in("otto").get(list_url(acme)).content.decode()

    assert "Acme Dental is not connected to Microsoft 365" in page
    assert "<textarea" not in page


@pytest.mark.outside_servers
@pytest.mark.django_db(transaction=True)
def test_the_same_address_added_twice_at_once_is_listed_once(cast, acme, noon):
    tenant, barrier, outcomes = make_connection(acme, sharepoint_host=HOST), threading.Barrier(2), []

    def add(who):
        barrier.wait()
        try:
            add_site_addresses(connection=tenant, urls=[f"https://{HOST}/sites/x"], actor=cast[who].user, now=noon)
            outcomes.append("added")
        except AddressesKnown:
            outcomes.append("known")
        finally:
            database.close()

    threads = [threading.Thread(target=add, args=(who,)) for who in ("ada", "otto")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["added", "known"]
    assert len(urls()) == 1


# Who may ---------------------------------------------------------------------------

EVERYONE = {"ada": 200, "ben": 200, "cora": 403, "otto": 200, "pia": 404, "rita": 404}


def test_who_may_see_and_change_the_addresses_of_acme(sign_in, acme, tenant):
    address = make_address(tenant)
    pages = [list_url(acme), url_of(address, "edit"), url_of(address, "remove")]

    for page in pages:
        assert {who: sign_in(who).get(page).status_code for who in EVERYONE} == EVERYONE
    for page in [*pages, url_of(address, "check")]:
        answers = {who: sign_in(who).post(page).status_code for who in ("cora", "pia", "rita")}
        assert answers == {"cora": 403, "pia": 404, "rita": 404}
    assert SiteAddress.objects.count() == 1


def test_an_address_of_bolt_is_not_found_under_acme(sign_in, acme, bolt, tenant):
    theirs = make_address(make_connection(bolt, sharepoint_host=HOST))

    for verb in ("edit", "remove", "check"):
        url = reverse(f"organizations:site_address_{verb}", args=[acme.uuid, theirs.uuid])
        assert sign_in("ada").post(url, {"url": f"https://{HOST}/sites/x"}).status_code == 404
    assert urls() == [theirs.url]


def test_the_page_says_that_the_clients_people_may_do_this(sign_in, acme, tenant):
    browser = {who: sign_in(who).get(list_url(acme)).content.decode() for who in ("ada", "otto")}

    assert "The people of Acme Dental may add and change addresses here, too." in browser["ada"]
    assert "Everybody of Acme Dental who can sign in here may add and change them." in browser["otto"]


# Changing, trying again, removing ------------------------------------------------------


def test_a_changed_address_is_checked_like_a_new_one(sign_in, acme, tenant, noon):
    site = make_item(tenant, "Projects", kind="SITE", is_chosen=True)
    address = make_address(tenant, state="FOUND", item=site, checked_at=noon)

    answer = sign_in("otto").post(url_of(address, "edit"), {"url": f"https://{HOST}/sites/Other/"})

    address.refresh_from_db()
    site.refresh_from_db()
    assert answer.status_code == 302
    assert (address.url, address.state, address.item, address.added_by, address.checked_at) == (
        f"https://{HOST}/sites/other", "CHECKING", None, "Otto Brandt", None,
    )  # fmt: skip
    assert site.is_chosen
    entry = AuditEntry.objects.get(action="site_address.edited")
    assert entry.details == {"url": [f"https://{HOST}/sites/projects", f"https://{HOST}/sites/other"]}
    assert Job.objects.count() == 1


@pytest.mark.parametrize(
    "typed", ["", "\x00", "x" * 10_000, f"https://{HOST}/sites/taken", "https://evil.example/sites/x", "a\r\nb: c"]
)
def test_a_wrong_change_is_refused(sign_in, tenant, typed):
    make_address(tenant, "/sites/taken")
    address = make_address(tenant)

    answer = sign_in("ada").post(url_of(address, "edit"), {"url": typed})

    assert answer.status_code == 422
    assert urls() == [f"https://{HOST}/sites/taken", f"https://{HOST}/sites/projects"]


def test_saving_the_same_address_changes_nothing(sign_in, tenant, noon):
    address = make_address(tenant, state="FOUND", checked_at=noon)

    sign_in("ada").post(url_of(address, "edit"), {"url": f"https://{HOST}/sites/PROJECTS"})

    address.refresh_from_db()
    assert address.state == "FOUND"
    assert not AuditEntry.objects.exists()


def test_a_second_try_at_an_address_that_was_found_meanwhile_says_so(sign_in, tenant, noon):
    address = make_address(tenant, state="FOUND", checked_at=noon)

    answer = sign_in("ada").post(url_of(address, "check"), follow=True)

    assert "was found meanwhile" in answer.content.decode()
    assert "is being checked again" not in answer.content.decode()


def test_the_action_refuses_an_address_that_somebody_listed_meanwhile(cast, tenant, noon):
    make_address(tenant, "/sites/taken")
    address = make_address(tenant)

    with pytest.raises(AddressesKnown):
        edit_site_address(address=address, url=f"https://{HOST}/sites/taken", actor=cast["ada"].user, now=noon)


def test_a_refused_address_can_be_tried_again_and_a_fresh_one_waits(sign_in, acme, tenant):
    refused = make_address(tenant, "/sites/a", state="REFUSED", problem="There is no site at this address.")
    fresh = make_address(tenant, "/sites/b")
    stuck = make_address(tenant, "/sites/c", added_at=timezone.now() - timedelta(hours=1))
    browser = sign_in("ada")

    page = browser.get(list_url(acme)).content.decode()
    browser.post(url_of(refused, "check"))

    assert "There is no site at this address." in page
    assert [url_of(one, "check") in page for one in (refused, fresh, stuck)] == [True, False, True]
    refused.refresh_from_db()
    assert (refused.state, refused.problem) == ("CHECKING", "")
    assert Job.objects.get().subject_id == tenant.pk
    assert AuditEntry.objects.get(action="site_address.checked_again").details == {"url": refused.url}


def test_a_removed_address_leaves_the_site_protected(sign_in, tenant, noon):
    site = make_item(tenant, "Projects", kind="SITE", is_chosen=True)
    address = make_address(tenant, state="FOUND", item=site, checked_at=noon)
    browser = sign_in("otto")
    question = browser.get(url_of(address, "remove")).content.decode()

    answer = browser.post(url_of(address, "remove"), follow=True)

    assert "Projects stays as it is" in question
    assert "The site stays protected" in answer.content.decode()
    assert urls() == []
    site.refresh_from_db()
    assert site.is_chosen
    assert AuditEntry.objects.get(action="site_address.removed").details == {"url": address.url}


# What the worker saw --------------------------------------------------------------------


def settle(address, noon, found=None, problem=""):
    settle_site_address(address=address, found=found, problem=problem, now=noon)
    address.refresh_from_db()


def test_a_found_site_is_protected_for_whoever_named_it(acme, tenant, noon):
    address = make_address(tenant)

    settle(address, noon, FoundSite("host,1,2", "Projects", f"https://{HOST}/sites/projects"))

    site = Item.objects.get()
    acme.refresh_from_db()
    assert (address.state, address.item, address.checked_at) == ("FOUND", site, noon)
    assert (site.kind, site.name, site.protection, site.chosen_by, site.decided_by) == (
        "SITE", "Projects", "PROTECTED", "PERSON", "Ada Lindqvist",
    )  # fmt: skip
    assert (acme.sites_protected, acme.sites_eligible) == (1, 1)
    assert AuditEntry.objects.get().action == "site_address.found"


def test_a_site_that_discovery_knows_is_not_made_twice(tenant, noon):
    gone = make_item(tenant, "Projects", kind="SITE", remote_id="host,1,2", presence="GONE", gone_at=noon)
    first, second = make_address(tenant), make_address(tenant, "/teams/same")
    found = FoundSite("host,1,2", "Projects", f"https://{HOST}/sites/projects")

    settle(first, noon, found)
    settle(second, noon, found)

    gone.refresh_from_db()
    assert Item.objects.count() == 1
    assert (gone.protection, gone.gone_at) == ("PROTECTED", None)
    assert first.item == second.item == gone


def test_a_choice_that_was_made_before_keeps_its_author(tenant, noon):
    site = make_item(
        tenant, "Projects", kind="SITE", remote_id="r", is_chosen=True, decided_by="Ben Okafor", decided_at=noon
    )

    settle(make_address(tenant), noon, FoundSite("r", "Projects", "https://x"))

    site.refresh_from_db()
    assert site.decided_by == "Ben Okafor"


def test_a_site_that_is_not_found_stays_listed_with_the_reason(tenant, noon):
    address = make_address(tenant)

    settle(address, noon, problem="There is no site at this address. " * 20)

    assert address.state == "REFUSED"
    assert address.problem.startswith("There is no site")
    assert AuditEntry.objects.get().action == "site_address.refused"
    assert not Item.objects.exists()


def test_what_a_worker_saw_of_an_address_that_changed_meanwhile_counts_for_nothing(cast, tenant, noon):
    found = FoundSite("r", "Projects", f"https://{HOST}/sites/projects")
    read = make_address(tenant)
    edit_site_address(address=read, url=f"https://{HOST}/sites/other", actor=cast["ada"].user, now=noon)
    removed = make_address(tenant, "/sites/removed")
    SiteAddress.objects.filter(pk=removed.pk).delete()

    settle_site_address(address=read, found=found, problem="", now=noon)
    settle_site_address(address=removed, found=found, problem="", now=noon)

    assert SiteAddress.objects.get().state == "CHECKING"
    assert not Item.objects.exists()


def test_a_result_that_arrives_twice_counts_once(tenant, noon):
    address = make_address(tenant)
    found = FoundSite("r", "Projects", f"https://{HOST}/sites/projects")

    settle_site_address(address=address, found=found, problem="", now=noon)
    settle_site_address(address=address, found=None, problem="Late.", now=noon)

    assert SiteAddress.objects.get().state == "FOUND"
    assert AuditEntry.objects.count() == 1


# The list ----------------------------------------------------------------------------------


def test_the_list_asks_again_only_while_something_is_checked(sign_in, acme, tenant, noon):
    address = make_address(tenant)
    browser = sign_in("ada")

    before = browser.get(list_url(acme), headers=HTMX).content.decode()
    settle(address, noon, problem="There is no site at this address.")
    after = browser.get(list_url(acme), headers=HTMX).content.decode()

    assert ('hx-trigger="every 5s"' in before, 'hx-trigger="every 5s"' in after) == (True, False)
    assert "<html" not in after
    assert "There is no site at this address." in after


def test_the_list_costs_the_same_number_of_queries_however_long(sign_in, acme, tenant, django_assert_num_queries):
    browser = sign_in("ada")
    for number in range(3):
        make_address(tenant, f"/sites/a{number}")
    browser.get(list_url(acme))
    with django_assert_num_queries(LIST_QUERIES):
        browser.get(list_url(acme))
    site = make_item(tenant, "Projects", kind="SITE")
    for number in range(30):
        make_address(tenant, f"/sites/b{number}", state="FOUND", item=site)

    with django_assert_num_queries(LIST_QUERIES):
        browser.get(list_url(acme))
