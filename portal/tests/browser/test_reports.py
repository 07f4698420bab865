"""Reports in a browser: taken from the dashboard, opened account by account from the keyboard, narrowed in place."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from backups.tests.test_reports import save
from organizations.tests.factories import make_connection
from portal.tests.browser.looking import complaints_of, too_wide


@pytest.fixture
def tenant(acme, cast):
    connection, now = make_connection(acme), timezone.now()
    save(connection, "Lena Vogt", now=now, statuses=("PARTIAL", "SUCCESS", "SUCCESS", "SUCCESS"))
    save(connection, "Amira Haddad", now=now)
    return connection


def test_otto_takes_a_report_from_the_dashboard_and_reads_it(page, house, enter, acme, tenant):
    enter("otto")
    page.goto(house + acme.get_absolute_url())
    page.get_by_role("button", name="Generate backup report").click()

    page.wait_for_url("**/reports/containers/?report=*")
    kinds = page.locator(".row-detail", has_text="OneDrive")
    expect(page.get_by_role("heading", name="One year")).to_be_visible()
    expect(kinds.first).to_be_hidden()
    page.locator("summary[aria-label='Kinds of data of Lena Vogt']").focus()
    page.keyboard.press("Enter")
    expect(kinds.first).to_be_visible()
    expect(kinds.last).to_be_hidden()
    assert (complaints_of(page), too_wide(page)) == ([], [])

    page.get_by_label("Status", exact=True).select_option("SUCCESS")
    expect(page.get_by_role("rowheader", name="Lena Vogt")).to_have_count(0)
    expect(page.get_by_role("rowheader", name="Amira Haddad")).to_be_visible()
    page.wait_for_url("**status=SUCCESS**")
