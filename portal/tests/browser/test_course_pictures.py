"""The pictures of the shipped course, taken from the product itself: `manage.py test --screenshots` takes them anew."""

import io
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from PIL import Image
from playwright.sync_api import expect

from backups.engine.failures import note_failure
from backups.models import Container
from backups.tests.conftest import clock, mail_only, source, vault_store  # noqa: F401
from backups.tests.test_reports import save, take
from organizations.tests.factories import make_connection, make_item, make_source_app
from organizations.tests.test_board import make_client
from portal.tests.browser.test_giving_back import saved, worker  # noqa: F401

pytestmark = pytest.mark.screenshots

FOLDER = Path(settings.BASE_DIR) / "static" / "training" / "essentials"
MICROSOFT = ("https://login.microsoftonline.com", "https://graph.microsoft.com")
PEOPLE = ("Amira Haddad", "Eva Lindholm", "Farid Karimi", "Greta Olsen", "Hugo Marsh", "Lena Vogt")


@pytest.fixture
def take_picture(page):
    """Return a way to keep the upper part of what stands in a window of 1,280 by 800, in light colours."""
    page.set_viewport_size({"width": 1280, "height": 800})
    page.emulate_media(color_scheme="light", reduced_motion="reduce")

    def _take(name: str, *, height: int = 800) -> None:
        clip = {"x": 0, "y": 0, "width": 1280, "height": height}
        picture = Image.open(io.BytesIO(page.screenshot(clip=clip))).convert("RGB")
        FOLDER.mkdir(parents=True, exist_ok=True)
        picture.save(FOLDER / f"{name}.webp", quality=80, method=6)

    return _take


@pytest.fixture
def tenant(acme):
    return make_connection(acme, domains=["acmedental.example"], discovered_at=timezone.now())


def test_the_list_of_organizations(page, house, enter, northwind, take_picture):
    now = timezone.now()
    full = {"users_protected": 18, "users_eligible": 18, "items_protected": 18, "stored_bytes": 64 * 1024**3}
    for name, figures in {
        "Kestrel Surveying": {"backup_status": "FAILED", "last_good_at": now - timedelta(days=3, hours=4)},
        "Ironbridge Steel": {"connection_state": "ACCESS_LOST", "backup_status": "FAILED"},
        "Vale Logistics": {"backup_status": "PARTIAL", "last_good_at": now - timedelta(hours=20)},
        "Umber Paints": {"backup_status": "ONBOARDING"},
        "Rowan Legal": {"backup_status": "SUCCESS", "last_good_at": now - timedelta(hours=2)},
        "Linden School": {"backup_status": "SUCCESS", "last_good_at": now - timedelta(hours=1)},
    }.items():
        make_client(northwind, name, **full, **figures)
    enter("ada")

    page.goto(house + "/organizations/")
    expect(page.get_by_role("rowheader", name="Kestrel Surveying")).to_be_visible()

    take_picture("organizations")


def test_the_connection(page, house, enter, acme, settings, take_picture):
    settings.MICROSOFT_LOGIN_URL, settings.MICROSOFT_GRAPH_URL = MICROSOFT
    make_source_app("BACKUP")
    make_source_app("RESTORE")
    enter("ada")

    page.goto(house + reverse("organizations:connection_detail", args=[acme.uuid]))
    page.get_by_role("button", name="Connect Microsoft 365").scroll_into_view_if_needed()

    take_picture("connection")


def test_the_accounts(page, house, enter, acme, tenant, take_picture):
    for number, name in enumerate(PEOPLE):
        make_item(tenant, name, is_chosen=number > 2)
    enter("ada")

    page.goto(house + reverse("organizations:item_list", args=[acme.uuid]))
    for name in PEOPLE[:2]:
        page.get_by_label(f"Select {name}").check()
    expect(page.get_by_role("button", name="Protect 2 (+2 seats)")).to_be_visible()

    take_picture("accounts", height=720)


def test_a_report(page, house, enter, acme, cast, tenant, take_picture):
    now = timezone.now()
    save(tenant, "Lena Vogt", now=now, statuses=("PARTIAL", "SUCCESS", "SUCCESS", "SUCCESS"))
    for name in PEOPLE[:3]:
        save(tenant, name, now=now)
    take(acme, cast, now)
    enter("ada")

    page.goto(house + reverse("backups:report_list", args=[acme.uuid]))
    page.locator("summary[aria-label='Kinds of data of Lena Vogt']").click()
    expect(page.locator(".row-detail", has_text="OneDrive").first).to_be_visible()
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")

    take_picture("report")


def test_a_restore(page, house, enter, acme, saved, worker, take_picture):  # noqa: F811
    enter("ada")

    page.goto(house + reverse("backups:search_page", args=[acme.uuid]) + "?q=implant+invoice")
    page.get_by_role("link", name="Implant invoice 2203").click()
    expect(page.get_by_role("heading", name="Implant invoice 2203")).to_be_visible()
    page.get_by_role("link", name="Implant invoice 2203").focus()
    page.keyboard.press("Space")
    page.locator("#found").get_by_role("button", name="Restore…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Restore a copy beside it").check()
    expect(dialog.get_by_role("button", name="Restore 1 object")).to_be_visible()

    take_picture("restore")


def test_what_fails(page, house, enter, acme, tenant, take_picture):
    now = timezone.now()
    eva = make_item(tenant, "Eva Lindholm", is_chosen=True)
    mail = Container.objects.create(
        organization=acme, connection=tenant, item=eva, kind="MAIL", account="-/eva", status="PARTIAL",
        problem="1 could not be saved; everything else is.", completed_at=now, last_tried_at=now,
    )  # fmt: skip
    note_failure(
        mail, object_id="AAMkAGI2THVSAAA", reason="TOO_LARGE", message="The object is larger than can be fetched.",
        name="Scan 0412", request_id="", now=now,
    )  # fmt: skip
    enter("ada")

    page.goto(house + reverse("backups:failure_list", args=[acme.uuid]))
    expect(page.get_by_text("Scan 0412")).to_be_visible()

    take_picture("failures", height=640)
