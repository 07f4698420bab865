"""An Accountant's billing: closed until somebody opens it for that person."""

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry, Membership
from accounts.roles import Can
from accounts.tests.factories import give_app, make_user
from notifications.models import OutgoingEmail


def ask(browser, member):
    return browser.post(reverse("accounts:billing_request", args=[member.uuid]), follow=True)


def may_see_invoices(member):
    return Membership.objects.get(pk=member.pk).may(Can.SEE_INVOICES)


def test_the_role_alone_opens_no_invoices(cast):
    assert [cast[who].may(Can.SEE_INVOICES) for who in ("ada", "ben", "cora", "otto")] == [True, False, False, False]


def test_whoever_may_not_is_told_the_way_there(sign_in, cast):
    pages = {who: sign_in(who).get("/billing/").content.decode() for who in ("ben", "cora")}

    words = "Billing is opened for each Accountant: an Administrator of your company can ask for it."
    assert {who: words in page for who, page in pages.items()} == {"ben": False, "cora": True}


def test_an_administrator_asks_once_and_everybody_sees_the_state(sign_in, cast, settings):
    settings.PLATFORM_STAFF_EMAILS = ["desk@portico.example"]
    browser = sign_in("ada")
    before = browser.get(cast["cora"].get_absolute_url()).content.decode()

    ask(browser, cast["cora"])
    page = ask(browser, cast["cora"]).content.decode()

    assert "Closed" in before
    assert "Asked for by Ada Lindqvist" in page
    assert OutgoingEmail.objects.filter(kind="billing_requested", to="desk@portico.example").count() == 1
    assert AuditEntry.objects.filter(action="billing.requested").count() == 1
    assert not may_see_invoices(cast["cora"])


def test_platform_staff_open_it_in_the_administration(sign_in, cast, client):
    from conftest import signed_in_client

    staff = make_user("Sam", "Staff", is_staff=True, is_superuser=True)
    give_app(staff)
    browser = signed_in_client(Membership(user=staff, partner=cast["ada"].partner, role="BASIC", pk=0))

    listed = browser.get("/admin/accounts/membership/?billing=requested")
    browser.post(
        "/admin/accounts/membership/", {"action": "open_billing", "_selected_action": [cast["cora"].pk, cast["ben"].pk]}
    )

    assert listed.status_code == 200
    assert (may_see_invoices(cast["cora"]), may_see_invoices(cast["ben"])) == (True, False)
    assert OutgoingEmail.objects.get(kind="billing_opened").to == "cora.mendes@example.com"
    assert AuditEntry.objects.get(action="billing.opened").actor == "Sam Staff"


@pytest.mark.parametrize(("opened_by", "status", "is_open"), [("partner", 302, True), ("staff", 404, False)])
def test_a_self_hosting_partner_may_open_it_at_once(sign_in, cast, settings, opened_by, status, is_open):
    settings.BILLING_OPENED_BY = opened_by

    answer = sign_in("ada").post(reverse("accounts:billing_open", args=[cast["cora"].uuid]))

    assert (answer.status_code, may_see_invoices(cast["cora"])) == (status, is_open)


def test_another_role_closes_it_again(sign_in, cast):
    Membership.objects.filter(pk=cast["cora"].pk).update(billing_opened_at=timezone.now())
    fields = {"first_name": "Cora", "last_name": "Mendes", "products": []}

    for role in ("BASIC", "ACCOUNTANT"):
        sign_in("ada").post(cast["cora"].get_absolute_url(), {**fields, "role": role})

    assert not may_see_invoices(cast["cora"])


def test_it_is_nothing_to_ask_for_a_basic_user(sign_in, cast):
    ask(sign_in("ada"), cast["ben"])

    assert Membership.objects.get(pk=cast["ben"].pk).billing_requested_at is None
