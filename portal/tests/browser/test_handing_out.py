"""Handing saved data out, as people do it: choose, watch, download; and nothing of it hinders anybody."""

import zipfile

from playwright.sync_api import expect

from backups.models import Export
from backups.tests.conftest import vault_store  # noqa: F401
from backups.tests.exporting import ask, work
from backups.tests.stocked import Stock
from portal.tests.browser.looking import complaints_of, too_wide


def test_a_mailbox_is_chosen_watched_and_downloaded(page, house, enter, cast, acme, vault_store):  # noqa: F811
    stock = Stock(acme).feed()
    # Longer than a phone is wide.
    stock.item.address = "eva.lindholm.of.the.front.desk.and.the.archive@practice.acme-dental.example"
    stock.item.save()
    mime = stock.mail(1)
    stock.close()
    before, _ = work(ask(acme, cast["ben"].user, what=f"Mail of {stock.item.address}"))
    enter("ada")
    page.goto(f"{house}{acme.get_absolute_url()}exports/")
    expect(page.get_by_role("link", name=before.what)).to_be_visible()
    assert (complaints_of(page), too_wide(page)) == ([], [])

    page.get_by_role("link", name="Export…", exact=True).click()
    assert (complaints_of(page), too_wide(page)) == ([], [])
    page.get_by_label("Select Eva Lindholm").check()
    page.get_by_role("button", name="Export all selected…").click()
    assert (complaints_of(page), too_wide(page)) == ([], [])
    page.get_by_role("button", name="Export", exact=True).click()
    expect(page.get_by_role("heading", name="Mail of Eva Lindholm")).to_be_visible()
    page.get_by_role("link", name="Cancel export…").click()
    expect(page.get_by_role("dialog", name="Cancel this export?")).to_be_visible()
    assert (complaints_of(page), too_wide(page)) == ([], [])
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    work(Export.objects.latest("pk"))
    with page.expect_download() as download:
        # The page asks for itself again until there is something to download.
        page.get_by_role("link", name="Download").click()
    assert (complaints_of(page), too_wide(page)) == ([], [])

    with zipfile.ZipFile(download.value.path()) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith(".eml")]
        assert archive.read(name) == mime
    page.goto(f"{house}{acme.get_absolute_url()}exports/{before.uuid}/")
    expect(page.get_by_text("Only Ben Okafor")).to_be_visible()
    assert too_wide(page) == []
    expect(page.get_by_role("link", name="Download")).to_have_count(0)
