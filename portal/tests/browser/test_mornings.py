"""The mornings of three people: what each of them may do works from the first click on, and nothing else is there."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import ApiKey, Membership
from billing.models import Invoice
from billing.tests.factories import make_billing, make_invoice
from organizations.tests.test_board import make_client
from support.models import Message, Ticket
from support.tests.factories import make_answered_ticket, make_contact
from training.tests.factories import make_course


@pytest.fixture
def rail(page):
    """Return the words of the tabs on the left."""

    def _rail():
        return page.locator(".rail-list a").evaluate_all("links => links.map(one => one.childNodes[1].textContent)")

    return _rail


@pytest.fixture
def owed(northwind, cast) -> Invoice:
    """What Northwind has to pay for the month before."""
    make_billing(northwind)
    month = (timezone.now().date().replace(day=1) - timedelta(days=1)).replace(day=1)
    due_on = timezone.now().date() + timedelta(days=4)
    return make_invoice(northwind, number="2026-0011", month=month, total="613.15", due_on=due_on)


def go(page, tab):
    page.get_by_role("navigation", name="Partner portal").get_by_role("link", name=tab).click()


def test_ben_who_is_a_technician_asks_support_learns_and_sees_no_money(page, house, enter, rail, owed):
    make_contact(name="Nora Feld")
    make_course("Essentials", lessons=2)
    enter("ben")
    page.goto(house + "/")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Ben")
    assert rail() == ["Dashboard", "My Contacts", "Support", "Training", "Settings"]

    go(page, "My Contacts")
    expect(page.get_by_role("main").get_by_text("Nora Feld")).to_be_visible()
    go(page, "Support")
    page.get_by_role("main").get_by_role("link", name="Create ticket").first.click()
    page.get_by_label("Subject").fill("A mailbox is missing")
    page.get_by_label("Product", exact=True).select_option(label="Cloud Backup")
    page.get_by_label("Description").fill("Since **Monday** Eva is not in the list.")
    page.get_by_label("Files").set_input_files({"name": "list.txt", "mimeType": "text/plain", "buffer": b"Eva"})
    page.get_by_role("button", name="Create ticket").click()
    expect(page.get_by_role("heading", name="A mailbox is missing")).to_be_visible()
    expect(page.get_by_role("link", name="list.txt")).to_be_visible()
    page.get_by_label("Comment").fill("She is there again.")
    page.get_by_role("button", name="Comment").click()
    expect(page.get_by_text("She is there again.")).to_be_visible()

    go(page, "Training")
    page.get_by_role("link", name="Start Essentials").click()
    page.get_by_role("main").get_by_role("link", name="Lesson 1").first.click()
    page.get_by_role("button", name="Done, next lesson").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Lesson 2")

    page.goto(house + "/account/newsletters/")
    page.get_by_role("switch", name="Release notes").check()
    page.get_by_role("button", name="Save").first.click()
    expect(page.get_by_text("Your newsletter preferences are saved.")).to_be_visible()
    for closed in ("/billing/", owed.get_absolute_url(), "/users/", "/settings/api-keys/"):
        assert page.goto(house + closed).status == 403
    assert (Ticket.objects.count(), Message.objects.count()) == (1, 2)


def test_cora_who_pays_sees_the_money_once_billing_is_open_and_manages_nobody(page, house, enter, rail, owed, cast):
    enter("cora")
    page.goto(house + "/")
    assert rail() == ["Dashboard", "My Contacts", "Support", "Training", "Settings"]
    assert page.goto(house + "/billing/").status == 403

    Membership.objects.filter(pk=cast["cora"].pk).update(billing_opened_at=timezone.now())
    page.goto(house + "/")
    assert rail() == ["Dashboard", "My Contacts", "Support", "Billing", "Training", "Settings"]
    expect(page.get_by_role("heading", name="Invoices due")).to_be_visible()
    go(page, "Billing")
    expect(page.get_by_role("main").get_by_text("€613.15").first).to_be_visible()
    page.get_by_role("link", name="2026-0011", exact=True).click()
    with page.expect_download() as paper:
        page.get_by_role("link", name="PDF").click()
    assert paper.value.suggested_filename.endswith(".pdf")

    page.goto(house + "/billing/")
    page.get_by_role("link", name="Make a payment").first.click()
    expect(page.get_by_text("Card payment is not set up")).to_be_visible()
    for tile in ("Usage details", "Statement", "Accounts receivable", "Transactions"):
        page.goto(house + "/billing/")
        page.get_by_role("main").get_by_role("link", name=tile).first.click()
        expect(page.get_by_role("heading", level=1)).to_have_text(tile)
    for closed in ("/users/", "/settings/company/edit/", "/organizations/"):
        assert page.goto(house + closed).status == 403


def test_ada_who_runs_the_company_looks_after_clients_people_keys_and_tickets(page, house, enter, rail, owed, cast):
    make_client(cast["ada"].partner, "Kestrel Surveying", backup_status="FAILED", last_good_at=timezone.now())
    ticket = make_answered_ticket(cast["ben"])
    enter("ada")
    page.goto(house + "/")
    assert rail() == ["Dashboard", "My Contacts", "Support", "Billing", "Training", "Users", "Settings"]
    expect(page.get_by_text("Kestrel Surveying").first).to_be_visible()
    page.get_by_role("link", name="Launch Cloud Backup").click()
    expect(page.get_by_role("link", name="Kestrel Surveying", exact=True)).to_be_visible()

    page.goto(house + "/users/new/")
    page.get_by_label("First name").fill("Tess")
    page.get_by_label("Last name").fill("Moreau")
    page.get_by_label("Email address").fill("tess.moreau@northwind.example")
    page.get_by_label("Accountant").check()
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_text("tess.moreau@northwind.example").first).to_be_visible()

    page.goto(house + "/settings/api-keys/new/")
    page.get_by_label("Name").fill("Monitoring")
    page.get_by_label("Cloud Backup").check()
    page.get_by_role("button", name="Generate API Key").click()
    expect(page.get_by_text("Copy the key now")).to_be_visible()
    page.goto(house + ticket.get_absolute_url())
    page.get_by_role("button", name="Close").click()
    expect(page.get_by_text("is closed")).to_be_visible()
    assert (ApiKey.objects.count(), Ticket.objects.get().is_ended) == (1, True)
