"""Settings of a client in a browser: what is not saved is said, counted and guarded, with scripts and without."""

import re

import pytest
from django.db import transaction
from django.utils import timezone
from playwright.sync_api import expect

from organizations.actions.figures import recount
from organizations.actions.policies import edit_policy
from organizations.models import DigestSetting, Policy
from organizations.tests.factories import make_connection, make_item
from organizations.tests.test_policies import make_group
from portal.tests.browser.looking import complaints_of


@pytest.fixture
def acmes(acme):
    """Acme Dental, connected and looked at, with people, a guest, a team and two groups."""
    tenant = make_connection(acme, domains=["acmedental.example"], discovered_at=timezone.now())
    make_item(tenant, "Guest", is_external=True, skipped_as="EXTERNAL")
    kim = make_item(tenant, "Kim Old", is_enabled=False, is_chosen=True)
    make_item(tenant, "Lena Vogt", is_chosen=True)
    make_item(tenant, "Front Desk", kind="TEAM", is_chosen=True)
    make_group(tenant, "Sales", members=[kim])
    make_group(tenant, "Staff", members=[])
    with transaction.atomic():
        recount(acme)
    return acme


@pytest.fixture
def services(acmes, house):
    return f"{house}/organizations/{acmes.uuid}/settings/services/"


@pytest.fixture
def notifications(acmes, house):
    return f"{house}/organizations/{acmes.uuid}/settings/notifications/"


@pytest.fixture
def plain(browser, enter):
    """A tab without scripts, in which ada is signed in."""
    context = browser.new_context(java_script_enabled=False)
    yield enter("ada", context.new_page())
    context.close()


def bar(page):
    return page.locator(".unsaved-bar")


def test_the_bar_counts_what_differs_and_goes_when_nothing_does(page, enter, services):
    enter("ada").goto(services)
    expect(bar(page)).to_be_hidden()

    page.get_by_role("switch", name="Teams", exact=False).first.uncheck()
    page.get_by_role("switch", name="new Microsoft Office 365 users").check()

    expect(bar(page)).to_contain_text("2 changes not saved")
    expect(bar(page)).to_contain_text("Teams off, New users on. Nothing happens until you save.")
    expect(page.get_by_text("Teams will not be read any more. This concerns 1 protected team.")).to_be_visible()

    page.get_by_role("switch", name="Teams", exact=False).first.check()
    page.get_by_role("switch", name="new Microsoft Office 365 users").uncheck()

    expect(bar(page)).to_be_hidden()


def test_who_would_be_skipped_is_counted_while_one_decides(page, enter, services):
    enter("ada").goto(services)
    count = page.locator("#filter-preview")
    expect(count).to_contain_text("1 person left out at the moment; none of them is protected now.")

    page.get_by_role("switch", name="Skip disabled users").check()
    expect(count).to_contain_text("2 people left out at the moment; 1 of them is protected and will not be read")
    page.get_by_label("Skip addresses").fill("lena*")
    expect(count).to_contain_text("3 people left out at the moment; 2 of them are protected")
    page.get_by_label("Skip addresses").fill("*@*")
    expect(count).to_contain_text("fits everybody")

    expect(page.get_by_label("Skip addresses")).to_have_value("*@*")


def test_saving_what_stops_asks_once_with_the_numbers_and_then_says_it_is_saved(page, enter, services, acmes):
    enter("ada").goto(services)
    page.get_by_label("Find a group by name").press_sequentially("sal")
    page.get_by_role("button", name="Skip members of Sales").click()
    expect(page.get_by_role("button", name="Remove Sales")).to_be_visible()

    page.get_by_role("button", name="Save 1 change").click()
    sure = page.get_by_role("button", name="Save and stop reading 1 protected person")
    expect(sure).to_be_focused()
    assert complaints_of(page) == []
    sure.click()

    expect(page.get_by_text("The services are saved.")).to_be_visible()
    expect(bar(page)).to_be_hidden()
    expect(page.get_by_text("2 left out by the filter below")).to_be_visible()
    assert [group.name for group in Policy.objects.get(organization=acmes).skip_groups.all()] == ["Sales"]


def test_changing_one_more_thing_takes_the_question_back(page, enter, services):
    enter("ada").goto(services)
    page.get_by_role("switch", name="Outlook mail").uncheck()
    page.get_by_role("button", name="Save 1 change").click()
    expect(page.get_by_role("button", name="Save and stop reading Outlook mail")).to_be_visible()

    page.get_by_role("switch", name="Contacts").uncheck()

    expect(page.get_by_role("button", name="Save 2 changes")).to_be_visible()
    expect(page.get_by_text("This stops reading")).to_be_hidden()


def test_what_somebody_else_saved_stands_beside_what_one_chose(page, enter, services, acmes, cast):
    enter("ada").goto(services)
    page.get_by_role("switch", name="new Microsoft Office 365 Teams").check()
    edit_policy(
        organization=acmes, values={"auto_sites": True}, revision=0, actor=cast["ben"].user, now=timezone.now()
    )  # fmt: skip

    page.get_by_role("button", name="Save 1 change").click()

    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_role("alert")).to_contain_text("Ben Okafor saved these settings while this page was open")
    expect(bar(page)).to_contain_text("New SharePoint sites off, New Teams on")
    assert complaints_of(page) == []
    # Back to what is saved now, which is not what the page began with.
    page.get_by_role("switch", name="SharePoint sites").check()
    page.get_by_role("switch", name="new Microsoft Office 365 Teams").uncheck()
    expect(bar(page)).to_be_hidden()


def test_leaving_asks_and_discarding_does_not(page, enter, services):
    enter("ada").goto(services)
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.get_by_role("switch", name="Calendar").uncheck()
    page.get_by_role("link", name="Discard").click()
    expect(page.get_by_role("switch", name="Calendar")).to_be_checked()
    assert asked == []

    page.get_by_role("switch", name="Calendar").uncheck()
    page.get_by_role("link", name="General").click()
    page.wait_for_url("**/general/")

    assert asked == ["beforeunload"]


def test_without_an_answer_from_the_server_the_form_keeps_what_was_chosen(browser, enter, services, acmes):
    page = enter("ada", browser.new_context().new_page())
    page.goto(services)
    page.get_by_role("switch", name="new Microsoft Office 365 users").check()
    page.context.set_offline(True)

    page.get_by_role("button", name="Save 1 change").click()

    expect(bar(page)).to_contain_text("Not saved: the server did not answer")
    page.context.set_offline(False)
    page.get_by_role("button", name=re.compile("Save 1 change")).click()
    expect(page.get_by_text("The services are saved.")).to_be_visible()
    assert Policy.objects.get(organization=acmes).auto_users
    page.context.close()


def test_everything_can_be_changed_without_scripts(plain, services, notifications, acmes):
    plain.goto(services)
    plain.get_by_label("Find a group by name").fill("sal")
    plain.get_by_role("button", name="Find", exact=True).click()
    plain.get_by_role("button", name="Skip members of Sales").click()
    expect(bar(plain)).to_contain_text("1 change not saved")
    plain.get_by_role("button", name="Save 1 change").click()
    plain.get_by_role("button", name="Save and stop reading 1 protected person").click()
    expect(plain.get_by_text("The services are saved.")).to_be_visible()
    plain.get_by_label("Skip addresses").fill("temp-*")
    plain.get_by_role("button", name="Save", exact=True).last.click()
    expect(plain.get_by_label("Skip addresses")).to_have_value("temp-*")

    plain.goto(notifications)
    plain.get_by_label("Add a recipient").fill("it@acme.example")
    plain.get_by_label("Add a recipient").press("Enter")
    plain.get_by_role("switch").check()
    plain.get_by_role("button", name="Save 1 change").click()

    expect(plain.get_by_text("The notifications are saved.")).to_be_visible()
    assert Policy.objects.get(organization=acmes).skip_patterns == ["temp-*"]
    setting = DigestSetting.objects.get(organization=acmes)
    assert (setting.is_on, setting.recipients) == (True, ["it@acme.example"])


def test_the_digest_is_set_up_with_a_mistake_on_the_way(page, enter, notifications, acmes):
    enter("ada").goto(notifications)
    page.get_by_role("switch").check()
    page.get_by_role("button", name="Save 1 change").click()
    expect(page.get_by_text("Add at least one recipient")).to_be_visible()
    expect(page.get_by_label("Add a recipient")).to_be_focused()
    assert complaints_of(page) == []

    page.get_by_label("Add a recipient").fill("it@acme.example")
    page.get_by_label("Add a recipient").press("Enter")
    expect(page.get_by_role("button", name="Remove it@acme.example")).to_be_visible()
    page.get_by_label("Every month").check()
    page.get_by_label("Day of the month").select_option("31")
    page.get_by_label("At", exact=True).select_option("05:00")
    expect(page.locator("#digest-next")).to_contain_text("05:00")
    page.get_by_role("button", name="Send me a test now").click()
    expect(page.get_by_text("A test is on its way to ada.lindqvist@example.com.")).to_be_visible()
    expect(bar(page)).to_contain_text("Summary Digest on, recipients, how often, day of the month, hour.")
    page.get_by_role("button", name="Save 5 changes").click()

    expect(page.get_by_text("The notifications are saved.")).to_be_visible()
    expect(bar(page)).to_be_hidden()
    setting = DigestSetting.objects.get(organization=acmes)
    assert (setting.frequency, setting.month_day, setting.hour) == ("MONTHLY", 31, 5)


def test_the_client_id_is_copied_with_one_press(page, enter, house, acmes):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    enter("otto").goto(f"{house}/organizations/{acmes.uuid}/settings/general/")

    page.get_by_role("button", name="Copy the client ID").click()

    expect(page.get_by_text("Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == acmes.client_id


@pytest.mark.parametrize("where", ["services", "notifications", "general"])
def test_the_clients_own_people_work_at_390_pixels(page, enter, house, acmes, where):
    page.set_viewport_size({"width": 390, "height": 800})
    enter("otto").goto(f"{house}/organizations/{acmes.uuid}/settings/{where}/")
    if where != "general":
        page.get_by_role("switch").first.click()
        expect(bar(page)).to_be_visible()

    over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert over <= 0
    expect(page.locator(".client-band")).to_have_count(0)
    assert complaints_of(page) == []
