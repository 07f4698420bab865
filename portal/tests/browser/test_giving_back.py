"""Finding what was saved and bringing it back, as people do it: with the keyboard, in a dialog, on a phone."""

import re
import threading

import pytest
from django.db import connection
from django.urls import reverse
from playwright.sync_api import expect

from backups.models import Restore
from backups.tests.conftest import clock, mail_only, source, vault_store  # noqa: F401
from backups.tests.restores_made import let_write
from backups.tests.saved_mail import save_mail
from jobs import claims
from jobs.models import Job
from portal.tests.browser.looking import complaints_of, too_wide


@pytest.fixture
def saved(source, vault_store, acme, mail_only, clock):  # noqa: F811
    return let_write(save_mail(source, acme, clock), source)


@pytest.fixture
def worker():
    """Somebody who does what pages ask for, until the test ends."""
    is_over = threading.Event()

    def work():
        try:
            while not is_over.wait(0.1):
                asked = Job.objects.filter(kind__in=["render_preview", "count_restore", "restore"], state="QUEUED")
                for pk in list(asked.values_list("pk", flat=True)):
                    claims.run(pk)
        finally:
            connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    yield
    is_over.set()
    thread.join()


def test_a_message_is_found_read_and_brought_back(page, house, enter, acme, saved, worker):
    enter("ada")
    page.goto(house + reverse("backups:search_page", args=[acme.uuid]))

    page.keyboard.type("implant inv")
    expect(page.get_by_role("link", name="Implant invoice 2203")).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("link", name="Implant invoice 2203")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Implant invoice 2203")).to_be_visible()
    frame = page.frame_locator("iframe.preview-frame")
    expect(frame.locator("body")).to_be_visible()
    assert (complaints_of(page), too_wide(page)) == ([], [])

    page.keyboard.press("Space")
    expect(page.get_by_text("1 selected")).to_be_visible()
    page.locator("#found").get_by_role("button", name="Restore…").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("Already there")).to_be_visible()
    expect(dialog.get_by_text("There is nothing to restore")).to_be_visible()
    dialog.get_by_label("Restore a copy beside it").check()
    expect(dialog.get_by_role("button", name="Restore 1 object")).to_be_visible()
    assert complaints_of(page) == []
    dialog.get_by_role("button", name="Restore 1 object").click()

    page.wait_for_url(re.compile("/restores/"))
    expect(page.locator("h1")).to_have_text(re.compile("1 object of"))
    expect(page.locator(".page-title .badge")).to_have_text("Done")
    assert (complaints_of(page), too_wide(page)) == ([], [])
    restore = Restore.objects.exclude(started_at=None).get()
    assert (restore.state, restore.restored, restore.failed) == ("DONE", 1, 0)


def test_folders_lists_and_plans_are_accessible_and_fold(page, house, enter, acme, saved, worker):
    enter("ada")
    item = saved.items.get(is_chosen=True)

    wrong = {}
    for name, query in (
        ("search_page", ""), ("browse", ""), ("browse", f"?item={item.uuid}"), ("restore_list", ""),
        ("restore_plan", f"?item={item.uuid}"), ("export_list", ""), ("coverage", ""), ("failure_list", ""),
    ):  # fmt: skip
        page.goto(house + reverse(f"backups:{name}", args=[acme.uuid]) + query)
        if found := too_wide(page) + complaints_of(page):
            wrong[name + query] = found

    assert wrong == {}
