"""Choosing what is protected as people do it: a switch with Undo, a selection with numbers, all that match."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from organizations.models import Item
from organizations.tests.factories import make_connection, make_item
from portal.tests.browser.looking import check, complaints_of, too_wide


@pytest.fixture
def tenant(cast, acme):
    return make_connection(acme, discovered_at=timezone.now(), sharepoint_host="acme.sharepoint.com")


def open_accounts(page, house, organization, query=""):
    page.goto(house + reverse("organizations:item_list", args=[organization.uuid]) + query)


def test_a_switch_protects_at_once_keeps_the_focus_and_can_be_undone(page, house, enter, acme, tenant):
    make_item(tenant, "Eva Lindholm")
    make_item(tenant, "Hugo Marsh")
    enter("ada")
    open_accounts(page, house, acme)

    switch = page.get_by_role("switch", name=re.compile("Protect Eva Lindholm"))
    switch.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Eva Lindholm is protected (+1 seat).")).to_be_visible()
    expect(switch).to_be_checked()
    expect(switch).to_be_focused()
    expect(page.get_by_role("link", name="Users 1 of 2")).to_be_visible()
    assert Item.objects.get(name="Eva Lindholm").is_chosen
    page.get_by_role("button", name="Undo").click()

    expect(page.get_by_text("Eva Lindholm is not protected any more")).to_be_visible()
    expect(switch).not_to_be_checked()
    expect(page.get_by_role("link", name="Users 0 of 2")).to_be_visible()
    expect(page.get_by_role("button", name="Undo")).to_have_count(0)


def test_a_selection_says_seats_before_the_click(page, house, enter, acme, tenant):
    for name in ("Eva", "Farid", "Greta"):
        make_item(tenant, name)
    make_item(tenant, "Hugo", is_chosen=True)
    enter("ada")
    open_accounts(page, house, acme)

    page.get_by_label("Select all on this page").check()
    expect(page.get_by_text("4 selected")).to_be_visible()
    page.get_by_label("Select Greta").uncheck()
    page.get_by_role("button", name="Protect 2 (+2 seats)").click()

    expect(page.get_by_text("2 users are protected now (+2 seats).")).to_be_visible()
    assert set(Item.objects.filter(is_chosen=True).values_list("name", flat=True)) == {"Eva", "Farid", "Hugo"}


def test_stopping_asks_in_a_dialog_with_numbers(page, house, enter, acme, tenant):
    for name in ("Eva", "Farid"):
        make_item(tenant, name, is_chosen=True)
    enter("ada")
    open_accounts(page, house, acme)
    page.get_by_label("Select Eva").check()
    opener = page.get_by_role("button", name="Stop protecting…")
    opener.click()
    expect(page.get_by_role("heading", name="Stop protecting 1 user?")).to_be_visible()
    page.get_by_role("link", name="Keep protecting").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(opener).to_be_focused()
    opener.click()

    page.get_by_role("button", name="Stop protecting 1 user").click()

    expect(page.get_by_text("1 user is not protected any more (−1 seat). What is saved stays.")).to_be_visible()
    assert list(Item.objects.filter(is_chosen=True).values_list("name", flat=True)) == ["Farid"]


def test_all_that_match_are_offered_once_the_page_is_ticked(page, house, enter, acme, tenant):
    for number in range(60):
        make_item(tenant, f"Person {number:02}")
    make_item(tenant, "Somebody else")
    enter("ada")
    open_accounts(page, house, acme, "?q=person")
    everything = page.get_by_label("Select all 60 matching")
    page.get_by_label("Select Person 00").check()
    expect(everything).to_be_hidden()
    page.get_by_label("Select all on this page").check()
    everything.check()
    expect(page.get_by_text("60 selected")).to_be_visible()
    page.get_by_role("button", name="Protect all 60 matching…").click()

    page.get_by_role("button", name="Protect 60 users (+60 seats)").click()

    expect(page.get_by_text("60 users are protected now (+60 seats).")).to_be_visible()
    assert Item.objects.filter(is_chosen=True).count() == 60


def test_everything_works_without_script(browser, house, enter, acme, tenant):
    for name in ("Eva", "Farid"):
        make_item(tenant, name)
    context = browser.new_context(java_script_enabled=False)
    page = enter("ada", context.new_page())
    open_accounts(page, house, acme)

    page.get_by_role("switch", name=re.compile("Protect Eva")).click()
    expect(page.get_by_text("Eva is protected (+1 seat).")).to_be_visible()
    page.get_by_label("Select Farid").check()
    page.get_by_role("button", name="Protect", exact=True).click()
    expect(page.get_by_role("heading", name="Protect 1 user?")).to_be_visible()
    page.get_by_role("button", name="Protect 1 user (+1 seat)").click()

    expect(page.get_by_text("1 user is protected now (+1 seat).")).to_be_visible()
    assert Item.objects.filter(is_chosen=True).count() == 2
    context.close()


def test_typing_searches_and_the_selection_bar_follows(page, house, enter, acme, tenant):
    make_item(tenant, "Eva Lindholm")
    make_item(tenant, "Hugo Marsh")
    enter("ada")
    open_accounts(page, house, acme)

    page.get_by_role("searchbox").press_sequentially("marsh")
    expect(page.get_by_text("Eva Lindholm")).to_have_count(0)
    page.get_by_label("Select Hugo Marsh").check()

    expect(page.get_by_role("button", name="Protect 1 (+1 seat)")).to_be_visible()
    expect(page).to_have_url(re.compile(r"\?q=marsh&tab=USERS&show=ALL"))


def test_the_look_for_new_accounts_tells_how_far_it_is(page, house, enter, acme, tenant):
    tenant.discovery, tenant.discovery_seen = "RUNNING", 12_400
    tenant.save()
    make_item(tenant, "Eva Lindholm")
    enter("ada")
    open_accounts(page, house, acme)
    expect(page.get_by_text("Looking: 12,400 found so far")).to_be_visible()

    tenant.discovery = "IDLE"
    tenant.save()

    expect(page.get_by_text("Looking is done")).to_be_visible(timeout=10_000)
    page.get_by_role("link", name="Show what was found").click()
    expect(page.get_by_text("Last looked for new accounts")).to_be_visible()


@pytest.fixture
def pages(acme, tenant):
    """Every page of the Accounts tab, each in a state that shows as much as it can."""
    now = timezone.now()
    make_item(tenant, "Eva Lindholm", is_new=True)
    make_item(tenant, "Lena Vogt", is_chosen=True, decided_by="Ada Lindqvist", decided_at=now, backup_status="PARTIAL")
    make_item(tenant, "Guest", is_external=True, skipped_as="EXTERNAL")
    make_item(tenant, "Ruth Amsel", presence="GONE", gone_at=now, last_good_at=now, stored_bytes=29_400_000_000)
    make_item(tenant, "Room 1", mailbox="ROOM")
    site = make_item(tenant, "Intranet", kind="SITE", address="https://acme.sharepoint.com/sites/intranet")
    states = {"found": {"item": site}, "checking": {}, "refused": {"problem": "There is no site at this address."}}
    for state, fields in states.items():
        address = tenant.site_addresses.create(
            organization=acme, url=f"https://acme.sharepoint.com/sites/{state}", state=state.upper(),
            added_by="Otto Brandt", added_at=now, **fields,
        )  # fmt: skip
    accounts = reverse("organizations:item_list", args=[acme.uuid])
    everything = "confirm/?do=unprotect&tab=USERS&all=1"
    paths = ["", "?tab=SHARED_MAILBOXES", "?tab=SITES", "?tab=TEAMS", "?q=nobody", everything, "confirm/?do=protect"]
    addresses = ["sharepoint/", f"sharepoint/{address.uuid}/", f"sharepoint/{address.uuid}/remove/"]
    return [accounts + path for path in [*paths, *addresses]]


def test_every_page_of_the_accounts_is_accessible(page, house, enter, acme, pages):
    enter("otto")

    assert check(page, house, pages, {}) == {}
    page.goto(house + pages[0])
    page.get_by_label("Select Lena Vogt").check()
    page.get_by_role("button", name="Stop protecting…").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert complaints_of(page) == []


def test_no_page_of_the_accounts_scrolls_sideways(page, house, enter, pages):
    enter("ada")

    assert check(page, house, pages, {}, look=too_wide) == {}


def test_wrong_addresses_are_named_line_by_line_and_stay_as_typed(page, house, enter, pages):
    enter("otto")
    page.goto(house + pages[-3])
    typed = "https://acme.sharepoint.com/sites/ok\nhttps://evil.example/sites/x"
    page.get_by_role("textbox", name="Addresses").fill(typed)
    page.get_by_role("button", name="Add and check").click()

    expect(page.get_by_text("Line 2: this is not on acme.sharepoint.com")).to_be_visible()
    expect(page.get_by_role("textbox", name="Addresses")).to_have_value(typed)
    assert complaints_of(page) == []
