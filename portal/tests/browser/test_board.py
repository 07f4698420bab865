"""The board and a client's record in a browser: with every status in light and dark, and without a reload."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from organizations.models import Organization
from organizations.models.organization import BackupStatus, ConnectionState
from organizations.tests.factories import make_connection, make_organization
from portal.tests.browser.looking import complaints_of

BOARD = "/organizations/"


@pytest.fixture
def every_state(cast, northwind, acme):
    """One client for every backup status and every state of a connection, and Acme being looked through."""
    now = timezone.now()
    for number, status in enumerate(BackupStatus):
        make_organization(
            northwind, f"Client {status.label}", backup_status=status, connection_state="CONNECTED",
            days="SSPFIO-SSPFIO-", days_until=timezone.localdate(), last_good_at=now - timedelta(hours=20 * number),
            users_eligible=10, users_protected=5 + number,
        )  # fmt: skip
    for state in ConnectionState:
        make_organization(northwind, f"Client {state.label}", connection_state=state, is_simulated=True)
    make_connection(acme, discovery="RUNNING", state=ConnectionState.NEEDS_CONSENT, problem="Mail cannot be read.")
    Organization.objects.filter(pk=acme.pk).update(users_eligible=46, users_protected=41, items_skipped=3)


def test_every_status_is_readable_by_everybody(page, house, enter, every_state, acme):
    enter("ada")
    found = {}
    for width in (390, 1280, 1920):
        page.set_viewport_size({"width": width, "height": 900})
        for path in (BOARD, acme.get_absolute_url()):
            page.goto(house + path)
            over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            if complaints := complaints_of(page) + ([f"{over} px too wide"] if over > 0 else []):
                found[f"{path} at {width}"] = complaints

    assert found == {}


def test_what_is_protected_stands_in_words_where_there_is_room(page, house, enter, every_state):
    enter("ada")
    page.set_viewport_size({"width": 1920, "height": 1000})
    page.goto(house + BOARD)
    expect(page.get_by_role("cell", name="41 users", exact=True)).to_be_visible()

    page.set_viewport_size({"width": 1280, "height": 1000})

    expect(page.get_by_role("cell", name="41 users", exact=True)).to_be_hidden()


def test_typing_finds_a_client_and_going_back_brings_the_whole_page(page, house, enter, every_state):
    enter("ada")
    page.goto(house + BOARD)

    page.get_by_role("searchbox").press_sequentially("dental")
    expect(page.get_by_role("link", name="Client Failed", exact=True)).to_have_count(0)
    expect(page).to_have_url(house + BOARD + "?q=dental&show=ALL&sort=status")
    page.go_back()

    expect(page.get_by_role("heading", name="Organizations", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="Client Failed", exact=True)).to_be_visible()
    expect(page.get_by_role("navigation", name="Cloud Backup")).to_have_count(1)


def test_the_states_follow_the_country_and_the_client_is_created(page, house, enter):
    enter("ada")
    page.goto(house + BOARD)
    page.get_by_role("link", name="Add organization").click()
    page.get_by_label("Organization name").fill("Harbor Veterinary")
    expect(page.get_by_label("State or province")).to_have_count(0)

    page.get_by_label("Country").select_option("United States")
    page.get_by_label("State or province").select_option("California")
    page.get_by_label("Country").select_option("Antarctica")
    expect(page.get_by_label("State or province")).to_have_count(0)
    page.get_by_label("Country").select_option("Canada")
    page.get_by_label("State or province").select_option("Quebec")
    page.get_by_role("button", name="Create organization").click()

    page.wait_for_url("**/settings/connection/")
    expect(page.get_by_text("Harbor Veterinary is created.")).to_be_visible()
    assert Organization.objects.get(name="Harbor Veterinary").subdivision == "CA-QC"


def test_without_script_the_record_can_be_changed_too(browser, house, enter, acme):
    context = browser.new_context(java_script_enabled=False)
    page = enter("ada", context.new_page())
    page.goto(f"{house}{acme.get_absolute_url()}edit/")
    page.get_by_label("City").fill("Montreal")
    page.get_by_label("Country").select_option("Canada")

    page.get_by_role("button", name="Show the states of the chosen country").click()
    page.get_by_label("State or province").select_option("Quebec")
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_text("The record of Acme Dental is saved.")).to_be_visible()
    acme.refresh_from_db()
    assert (acme.city, acme.country, acme.subdivision) == ("Montreal", "CA", "CA-QC")
    context.close()


def test_the_first_page_notices_by_itself_that_the_look_has_ended(page, house, enter, every_state, acme):
    page.clock.install()
    enter("otto")
    page.goto(house + acme.get_absolute_url())
    expect(page.get_by_text("Looking for accounts")).to_be_visible()
    acme.connections.update(discovery="IDLE", discovered_at=timezone.now())
    Organization.objects.filter(pk=acme.pk).update(sites_eligible=7)

    page.clock.run_for(6_000)

    expect(page.get_by_text("Last looked today")).to_be_visible()
    expect(page.get_by_text("of 7", exact=True)).to_be_visible()


def test_the_client_id_is_copied(page, house, enter, acme):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    enter("ada")
    page.goto(house + acme.get_absolute_url())

    page.get_by_role("button", name="Copy the client ID").click()

    expect(page.get_by_text("Copied", exact=True)).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == acme.client_id
