"""Django admin: platform staff only, behind the same second factor, with nothing of the clients' content in it."""

import pytest
from django.contrib import admin
from django.utils import timezone

from accounts.models import AuditEntry, Membership, Partner
from accounts.tests.factories import give_app, make_api_key, make_user
from conftest import signed_in_client
from organizations.models import SourceApp, SourceCredential


@pytest.fixture
def sam(cast):
    """Sam is platform staff with a second factor."""
    staff = make_user("Sam", "Staff", is_staff=True, is_superuser=True)
    give_app(staff)
    return signed_in_client(Membership(user=staff, partner=cast["ada"].partner, role="BASIC", pk=0))


PAGES = ["", "accounts/partner/", "accounts/user/", "accounts/membership/", "accounts/apikey/", "accounts/auditentry/",
         "organizations/organization/", "organizations/connection/", "organizations/sourceapp/",
         "notifications/outgoingemail/", "jobs/job/", "support/ticket/", "support/ticket/times/", "support/contact/",
         "support/cannedanswer/", "support/receivedmail/", "news/newsitem/", "news/newsitem/add/", "billing/plan/",
         "billing/plan/add/", "billing/subscription/", "billing/subscription/add/", "billing/billingaccount/",
         "billing/billingaccount/add/", "billing/billingaccount/unbilled/", "billing/invoice/",
         "billing/payment/", "billing/payment/transfer/", "training/course/", "training/course/add/",
         "training/question/", "training/question/add/", "training/certificate/"]  # fmt: skip


@pytest.mark.parametrize("page", PAGES)
def test_staff_see_their_pages_and_nobody_else_does(sam, sign_in, client, acme, page):
    answers = {who: sign_in(who).get(f"/admin/{page}").status_code for who in ("ada", "otto", "rita")}

    assert sam.get(f"/admin/{page}").status_code == 200
    assert set(answers.values()) == {302}
    assert client.get(f"/admin/{page}").url.startswith("/login/")


def test_the_administration_has_no_sign_in_page_of_its_own(client, db):
    assert client.get("/admin/login/").url.startswith("/login/")
    assert client.post("/admin/login/", {"username": "x", "password": "y"}).url.startswith("/login/")


def test_staff_come_in_at_the_partners_door_and_land_in_the_administration(client, db):
    from accounts.tests.test_sign_in import come_in

    give_app(make_user("Sam", "Staff", is_staff=True, is_superuser=True))
    come_in(client, "sam.staff@example.com")

    assert client.get("/").url == "/admin/"


def test_a_partner_is_created_and_that_is_noted(sam):
    sam.post("/admin/accounts/partner/add/", {"name": "Fresh IT", "time_zone": "UTC", "is_active": "on"})

    partner = Partner.objects.get(name="Fresh IT")
    assert AuditEntry.objects.get(action="partner.created", chain__partner=partner).actor == "Sam Staff"


def test_the_log_is_there_to_read_only(sam, cast):
    sam.post("/admin/accounts/partner/add/", {"name": "Fresh IT", "time_zone": "UTC", "is_active": "on"})
    entry = AuditEntry.objects.latest("id")

    assert sam.get(f"/admin/accounts/auditentry/{entry.pk}/change/").status_code == 200
    assert sam.post(f"/admin/accounts/auditentry/{entry.pk}/change/", {"actor": "Eve"}).status_code == 403
    assert sam.post(f"/admin/accounts/auditentry/{entry.pk}/delete/", {"post": "yes"}).status_code == 403
    assert sam.get("/admin/accounts/auditentry/add/").status_code == 403


def test_no_model_with_content_or_secrets_is_registered():
    registered = {model._meta.label for model in admin.site._registry}

    assert registered == {
        "accounts.Partner", "accounts.User", "accounts.Membership", "accounts.ApiKey",
        "accounts.AuditEntry",
        "organizations.Organization", "organizations.Connection", "organizations.SourceApp",
        "notifications.OutgoingEmail", "jobs.Job",
        "support.Ticket", "support.Contact", "support.CannedAnswer", "support.ReceivedMail",
        "news.NewsItem",
        "billing.Plan", "billing.Subscription", "billing.BillingAccount", "billing.Invoice", "billing.Payment",
        "training.Course", "training.Question", "training.Certificate",
    }  # fmt: skip


def test_the_pages_of_our_apps_never_show_what_a_credential_holds(sam):
    app = SourceApp.objects.create(purpose=SourceApp.Purpose.BACKUP, client_id="an-id")
    SourceCredential.objects.create(
        app=app, kind=SourceCredential.Kind.SECRET, sealed="sealed-text", hint="4711", added_at=timezone.now()
    )

    page = sam.get(f"/admin/organizations/sourceapp/{app.pk}/change/").content.decode()

    assert "4711" in page
    assert "sealed-text" not in page


def test_the_outbox_never_shows_what_a_mail_said(sam):
    from notifications.delivery import deliver
    from notifications.models import OutgoingEmail

    deliver("unknown_account", to="ben@example.com", context={})
    row = OutgoingEmail.objects.get()

    page = sam.get(f"/admin/notifications/outgoingemail/{row.pk}/change/").content.decode()

    assert "Somebody asked" not in page
    assert row.sealed_text[:40] not in page


def test_work_that_was_given_up_is_tried_again(sam):
    from django.utils import timezone

    from jobs.models import Job

    job = Job.objects.create(
        kind="deliver_email", subject_id=1, queue="mail", state="QUARANTINED", requested_at=timezone.now(),
        not_before=timezone.now(), finished_at=timezone.now(), attempts=3,
    )  # fmt: skip

    sam.post("/admin/jobs/job/", {"action": "try_again", "_selected_action": [job.pk]})

    job.refresh_from_db()
    assert (job.state, job.attempts) == ("QUEUED", 0)


def test_staff_revoke_a_key_and_see_nothing_that_opens(sam, northwind):
    key, text = make_api_key(northwind)

    page = sam.get(f"/admin/accounts/apikey/{key.pk}/change/").content.decode()
    sam.post("/admin/accounts/apikey/", {"action": "revoke", "_selected_action": [key.pk]})

    key.refresh_from_db()
    assert text not in page
    assert key.fingerprint not in page
    assert key.revoked_by == "Sam Staff"
