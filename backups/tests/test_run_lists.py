"""The lists of backups, what the dashboard shows of them, and what that costs."""

import pytest
from django.utils import timezone

from backups.models import Container, Run
from backups.tests.runs_made import HTMX, make_part, make_run, place, queries_of
from organizations.models import Item, Organization
from organizations.tests.factories import make_connection, make_item


@pytest.fixture
def tenant(acme, cast):
    return make_connection(acme)


@pytest.fixture
def eva(tenant):
    return make_item(tenant, "Eva Lindholm", is_chosen=True)


def test_before_the_first_backup_the_pages_say_when_it_begins(sign_in, acme, tenant):
    ada = sign_in("ada")
    assert "No backup yet" in ada.get(place("run_list", acme)).content.decode()
    assert (
        "Backups start every 8 hours once an account is protected." in ada.get(place("run_list", acme)).content.decode()
    )
    assert "No backup yet" in ada.get(place("run_recent", acme), **HTMX).content.decode()
    assert "Nothing is stored yet" in ada.get(place("stored", acme), **HTMX).content.decode()
    assert "once an account is protected" in ada.get(acme.get_absolute_url()).content.decode()

    make_item(tenant, "Eva Lindholm", is_chosen=True)
    Organization.objects.filter(pk=acme.pk).update(users_protected=1)

    assert "begins by itself within a minute or two" in ada.get(acme.get_absolute_url()).content.decode()
    assert (
        "1 protected account, every 8 hours; the next one begins about"
        in ada.get(place("run_list", acme)).content.decode()
    )


def test_what_is_stored_is_told_by_size_or_by_number(sign_in, tenant, eva, acme):
    for kind, size, number in (("MAIL", 3_000_000_000, 120_000), ("CONTACTS", 1_000_000_000, 400), ("TEAMS", 0, 0)):
        Container.objects.create(
            organization=acme,
            connection=tenant,
            item=eva,
            kind=kind,
            account=kind,
            bytes_kept=size,
            objects_kept=number,
        )
    ada = sign_in("ada")

    by_size = ada.get(place("stored", acme), **HTMX).content.decode()
    by_number = ada.get(place("stored", acme), {"show": "number"}, **HTMX).content.decode()

    assert 'aria-label="Mail 3.0 GB, Contacts 1.0 GB"' in by_size
    assert "4.0 GB" in by_size
    assert "in 120,400 objects" in by_size
    assert 'width="74.65%"' in by_size
    assert 'aria-label="Mail 120,000, Contacts 400"' in by_number


def test_without_scripts_the_parts_lead_to_whole_pages(sign_in, tenant, acme):
    ada = sign_in("ada")

    assert ada.get(place("run_recent", acme)).url == place("run_list", acme)
    assert ada.get(place("stored", acme)).url == acme.get_absolute_url()
    page = ada.get(acme.get_absolute_url()).content.decode()
    assert f'<a href="{place("run_list", acme)}">See the backups</a>' in page


def test_a_long_list_costs_as_many_queries_as_a_short_one(sign_in, tenant, acme):
    browser, url = sign_in("ada"), place("run_list", acme)
    make_run(tenant, state="SUCCESS")
    first = queries_of(browser, url)
    Run.objects.bulk_create(
        Run(
            organization=acme, connection=tenant, state="SUCCESS", trigger="SCHEDULE",
            requested_at=timezone.now(), started_at=timezone.now(), ended_at=timezone.now(),
        )
        for _ in range(199)
    )  # fmt: skip

    assert queries_of(browser, url) == first


def test_five_hundred_accounts_cost_as_many_queries_as_one(sign_in, tenant, eva, acme):
    run, browser = make_run(tenant), sign_in("ada")
    make_part(run, eva)
    url = place("run_detail", acme, run.uuid)
    first = queries_of(browser, url)
    for number in range(500):
        make_part(run, make_item(tenant, f"Person {number}", is_chosen=True), state="SUCCESS", item_state="DONE")

    assert queries_of(browser, url) == first
    assert "Person 499" in browser.get(url, {"page": 11}).content.decode()


def test_accounts_have_a_button_of_their_own_where_it_makes_sense(sign_in, tenant, eva, acme):
    make_item(tenant, "Left Out")

    for who, buttons in (("ada", 1), ("otto", 1)):
        page = sign_in(who).get(f"{acme.get_absolute_url()}accounts/").content.decode()
        assert page.count('title="Back up now"') == buttons
        assert f'<input type="hidden" name="item" value="{eva.uuid}">' in page
        assert "Back Left Out up now" not in page


def test_the_list_of_accounts_tells_how_they_stand_while_a_backup_goes_on(sign_in, tenant, eva, acme):
    ada, url = sign_in("ada"), f"{acme.get_absolute_url()}accounts/?tab=USERS"
    assert 'id="item-states"' not in ada.get(url).content.decode()
    make_run(tenant)
    assert f'<span id="item-states" hx-get="{url}"' in ada.get(url).content.decode()

    Item.objects.filter(pk=eva.pk).update(backup_status="SUCCESS", last_good_at=timezone.now())
    during = ada.get(url, HTTP_X_POLL="1", **HTMX).content.decode()
    Run.objects.update(state="SUCCESS", ended_at=timezone.now())
    afterwards = ada.get(url, HTTP_X_POLL="1", **HTMX).content.decode()

    assert f'<span class="badge badge-success" id="state-{eva.uuid}" hx-swap-oob="true">' in during
    assert f'<span id="good-{eva.uuid}" hx-swap-oob="true">Today' in during
    assert "<table" not in during
    assert 'id="item-states"' not in during
    assert '<span id="item-states" hx-swap-oob="true"></span>' in afterwards
