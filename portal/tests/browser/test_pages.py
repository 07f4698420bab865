"""Every page: readable by everybody in light and dark, whole at every width, usable from the keyboard."""

from datetime import date

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.tests.factories import make_invitation, make_member, make_user
from billing.actions.drafts import draft_invoice
from billing.actions.invoices import issue_invoice
from billing.models import Payment
from billing.months import Month
from billing.tests.factories import count_days, make_billing
from news.tests.factories import EVERY_MARK, make_news
from notifications.unsubscribe import token
from portal.tests.browser.looking import check, complaints_of, too_wide
from portal.tests.browser.test_signing_in import knock
from support.tests.factories import make_answered_ticket
from training.actions.attempts import hand_in
from training.tests.factories import all_wrong, make_attempt, make_certificate, make_course, make_lesson

ADAS = [
    "/dashboard/", "/dashboard/news/", "{news}", "/users/", "/users/?q=nobody-like-this", "/users/new/", "{ben}",
    "{ben}delete/", "{ben}reset/password/", "{ben}reset/second-factor/", "{cora}", "{ivy}", "/settings/company/",
    "/settings/company/edit/", "/settings/alerts/", "/settings/alerts/new/", "/settings/webhooks/",
    "/settings/webhooks/new/", "/settings/api-keys/", "/settings/api-keys/new/",
    "/incidents/", "{acme}incidents/", "/settings/activity/",
    "/settings/activity/?since=2020-01-01&until=2020-01-02",
    "/billing/", "/billing/pay/", "{payment}", "/billing/methods/", "/billing/statement/?on=2026-11-30",
    "/billing/statement/email/?on=2026-11-30&since=2026-09-01",
    "/billing/receivables/", "/billing/transactions/", "/billing/transactions/?q=nothing-like-this",
    "/billing/usage/?since=2026-10-01&until=2026-10-31", "/billing/usage/?by=day&since=2026-10-01&until=2026-10-31",
    "/billing/usage/?since=2026-10-31&until=2026-10-01",
    "/billing/usage/{acme_uuid}/?since=2026-10-01&until=2026-10-31",
    "{invoice}", "{invoice}email/",
    "/training/", "{course}", "{lesson}", "{quiz}", "{result}", "{certificate}",
    "/contacts/", "/support/", "/support/?q=nothing-like-this", "/support/new/", "{ticket}",
    "/account/", "/account/password/", "/account/second-factor/", "/account/sessions/", "/account/newsletters/",
    "/account/companies/", "/account/second-factor/passkey/", "/organizations/", "/organizations/?q=nobody-like-this",
    "/organizations/new/", "{acme}", "{acme}edit/", "/logout/", "/nothing/",
    "{acme}settings/users/", "{acme}settings/users/new/", "{otto}", "{otto}delete/", "{otto}reset/password/",
    "{acme}audit-log/", "{acme}audit-log/?show=system",
    "{acme}settings/services/", "{acme}settings/notifications/", "{acme}settings/general/",
    "{acme}settings/notifications/digests/", "{acme}settings/notifications/digests/preview/",
    "{acme}accounts/", "{acme}accounts/sharepoint/", "/retention/", "/retention/?q=nobody-like-this", "/deletions/",
    "{acme}settings/retention/", "{acme}settings/retention/holds/choose/", "{acme}settings/delete-data/",
    "{acme}settings/delete-data/choose/",
]  # fmt: skip
STRANGERS = [
    "/login/", "/login/?ended=1", "/organization/login/", "/password/forgotten/", "/password/forgotten/sent/",
    "/password/new/x-y/", "/password/new/done/", "/invitation/{invitation}/", "/invitation/nonsense/",
    "/unsubscribe/{unsubscribe}/", "{verify}", "/nothing/",
]  # fmt: skip


@pytest.fixture
def names(cast, acme, northwind, settings):
    """What the addresses above call things."""
    settings.BILLING_SELLER = ("Portico Operations Ltd", "20 Column Street, Dublin")
    ivy = make_member(make_user("Ivy", "Stone"), northwind, joined_at=None)
    make_invitation(ivy, token="a-token", at=timezone.now())
    return {
        "ben": cast["ben"].get_absolute_url(),
        "cora": cast["cora"].get_absolute_url(),
        "ivy": ivy.get_absolute_url(),
        "acme": acme.get_absolute_url(),
        "acme_uuid": acme.uuid,
        "invoice": _invoice(acme, northwind).get_absolute_url(),
        "payment": _payment(northwind).get_absolute_url(),
        "otto": f"{acme.get_absolute_url()}settings/users/{cast['otto'].uuid}/",
        "ticket": make_answered_ticket(cast["ada"]).get_absolute_url(),
        "news": make_news(body=EVERY_MARK).get_absolute_url(),
        **_training(cast["ada"]),
        "invitation": "a-token",
        "unsubscribe": token(user_id=cast["ben"].user_id, category="PRODUCT"),
    }


def _payment(northwind):
    return Payment.objects.create(
        partner=northwind, kind="CARD", amount=5, currency="EUR", made_by_name="Ada", created_at=timezone.now()
    )


def _invoice(acme, northwind):
    """Bill October, in which Acme grew, and return the invoice."""
    make_billing(northwind)
    count_days(acme, [(date(2026, 10, 1), 4), (date(2026, 10, 20), 6)], leavers=1, shared_mailboxes=2)
    draft = draft_invoice(partner=northwind, month=Month(date(2026, 10, 1)), actor="The clock", now=timezone.now())
    return issue_invoice(invoice=draft, actor="The clock", now=timezone.now())


def _training(ada):
    course, certificate = make_course(), make_certificate(ada)
    lesson = make_lesson(course, 3, body=EVERY_MARK, picture="training/essentials/report.webp", picture_alt="Reports")
    failed = make_attempt(ada, course)
    hand_in(attempt=failed, answers=all_wrong(failed), membership=ada, now=timezone.now())
    return {
        "course": course.get_absolute_url(),
        "lesson": lesson.get_absolute_url(),
        "quiz": make_attempt(ada, course).get_absolute_url(),
        "result": failed.get_absolute_url(),
        "certificate": certificate.get_absolute_url(),
        "verify": f"/training/verify/{certificate.token}/",
    }


def test_every_page_inside_is_accessible_and_none_scrolls_sideways(page, house, enter, names):
    enter("ada")

    assert check(page, house, ADAS, names) == {}
    assert check(page, house, STRANGERS, names, look=too_wide) == {}


def test_every_page_before_the_door_is_accessible(page, house, names):
    assert check(page, house, STRANGERS, names) == {}


def test_the_wizard_is_accessible(page, house, cast, northwind, names):
    make_member(make_user("Kim", "Newman"), northwind)
    knock(page, house, "kim.newman@example.com")
    expect(page.get_by_role("heading", name="Set up a second factor")).to_be_visible()
    wizard = ["/account/second-factor/set-up/", "/account/second-factor/app/", "/account/second-factor/passkey/"]

    assert check(page, house, wizard, names) == {}


def test_forms_with_errors_are_accessible(page, house, enter):
    enter("ada")
    page.goto(house + "/users/new/")
    page.get_by_label("First name").fill("Dana")
    page.get_by_label("Last name").fill("Whitfield")
    page.get_by_label("Email address").fill("support@northwind.example")
    page.get_by_role("button", name="Create", exact=True).click()
    expect(page.get_by_text("looks like a shared address")).to_be_visible()

    assert complaints_of(page) == []


def test_a_phone_reaches_the_navigation_behind_the_menu_button(page, house, enter):
    page.set_viewport_size({"width": 390, "height": 800})
    enter("ada")
    page.goto(house + "/dashboard/")

    page.get_by_role("button", name="Menu", exact=True).click()
    page.get_by_role("link", name="Users").first.click()

    expect(page.get_by_role("heading", name="Users", exact=True)).to_be_visible()


def test_the_keyboard_reaches_content_and_menus(page, house, enter):
    enter("ada")
    page.goto(house + "/users/")

    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    page.get_by_role("button", name="Your account, Ada Lindqvist").focus()
    page.keyboard.press("Enter")

    expect(page.get_by_role("link", name="Account settings")).to_be_visible()


def test_typing_filters_the_list_without_a_reload(page, house, enter):
    enter("ada")
    page.goto(house + "/users/")

    page.get_by_role("searchbox").press_sequentially("okaf")

    expect(page.get_by_role("link", name="Cora Mendes")).to_have_count(0)
    expect(page.get_by_role("link", name="Ben Okafor", exact=True)).to_be_visible()
    expect(page).to_have_url(house + "/users/?q=okaf&show=ALL&sort=name")


def test_choosing_one_row_leads_to_its_actions(page, house, enter, names):
    enter("ada")
    page.goto(house + "/users/")

    page.get_by_label("Select Ben Okafor").check()
    expect(page.get_by_text("1 selected")).to_be_visible()
    page.get_by_role("link", name="Delete…").click()

    expect(page.get_by_role("heading", name="Delete Ben Okafor?")).to_be_visible()


def test_the_theme_a_person_pins_wins_over_the_devices(page, house, enter):
    page.emulate_media(color_scheme="light")
    enter("ada")
    page.goto(house + "/account/")

    page.get_by_label("Dark", exact=True).check()
    page.get_by_role("button", name="Save", exact=True).click()

    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_a_double_click_asks_for_one_key(page, house, enter):
    enter("ada")
    page.goto(house + "/settings/api-keys/new/")
    page.get_by_label("Name").fill("Monitoring")
    page.get_by_label("Cloud Backup").check()
    # Nothing is answered here: as if the first answer took until after the second click.
    page.evaluate("""window.goesOn = []; document.addEventListener("submit", (event) => {
      goesOn.push(!event.defaultPrevented); event.preventDefault(); })""")

    page.get_by_role("button", name="Generate API Key").dblclick()

    assert page.evaluate("goesOn") == [True, False]


def test_leaving_with_unsaved_changes_asks_first(page, house, enter):
    enter("ada")
    page.goto(house + "/account/")
    page.get_by_label("First name").fill("Adele")
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))

    page.get_by_role("link", name="Dashboard").click()
    page.wait_for_url("**/dashboard/")

    assert asked == ["beforeunload"]
