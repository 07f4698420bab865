"""One thing of Northwind's for each argument of an address, so that every door can be tried."""

from datetime import date
from uuid import uuid4

from django.utils import timezone

from accounts.models import ResetRequest
from accounts.tests.factories import make_api_key, make_invitation, make_member, make_user
from backups.models import Container, Deletion, Digest, Export, Preview, Report, Restore, Run
from billing.models import Invoice, Payment, PaymentMethod
from billing.tests.factories import make_invoice
from news.tests.factories import make_news
from notifications.tests.test_webhooks import make_endpoint
from organizations.models import AlertRule, Consent, LegalHold, SourceApp
from organizations.tests.factories import make_connection, make_item
from support.models import Ticket
from support.tests.factories import make_attachment, make_ticket
from training.tests.factories import make_attempt, make_certificate, make_course


def _someone(cast):
    return make_member(make_user("Dana", "Whitfield"), cast["ada"].partner, joined_at=None)


def _tenant(cast):
    acme = cast["otto"].organization
    return acme.connections.first() or make_connection(acme, sharepoint_host="acme.sharepoint.com")


def _invoice(cast):
    return Invoice.objects.first() or make_invoice(
        cast["ada"].partner, number="2026-0001", month=date(2026, 10, 1), total="1.00", due_on=date(2026, 11, 30)
    )


def _ticket(cast):
    return Ticket.objects.first() or make_ticket(cast["ada"])


def _site_address(cast):
    tenant = _tenant(cast)
    return tenant.site_addresses.create(
        organization=tenant.organization, url="https://acme.sharepoint.com", added_by="Ada", added_at=timezone.now()
    )


def _consent(cast):
    now = timezone.now()
    return Consent.objects.create(
        organization=cast["otto"].organization, purpose=SourceApp.Purpose.BACKUP, state=Consent.State.PROVED,
        started_by=cast["ada"].user, started_at=now, expires_at=now, session_fingerprint="-", consent_fingerprint="-",
    )  # fmt: skip


def _run(cast):
    tenant = _tenant(cast)
    return Run.objects.create(
        organization=tenant.organization, connection=tenant, trigger=Run.Trigger.PERSON, requested_at=timezone.now()
    )


def _report(cast):
    return Report.objects.create(
        organization=cast["otto"].organization, trigger=Report.Trigger.SCHEDULE, generated_at=timezone.now(),
        status="SUCCESS",
    )  # fmt: skip


def _restore(cast):
    item, now = make_item(_tenant(cast), "Gerda Holm"), timezone.now()
    return Restore.objects.create(
        organization=item.organization, connection=item.connection, requested_by="Ada", requested_at=now, what="Mail",
        source=item, target=item, commit=1,
    )  # fmt: skip


def _digest(cast):
    now = timezone.now()
    return Digest.objects.create(
        organization=cast["otto"].organization, recipient="it@acme.example", local_date=now.date(), due_at=now
    )


def _deletion(cast):
    return Deletion.objects.create(
        organization=cast["otto"].organization, scope=Deletion.Scope.ORGANIZATION, reason="They left.",
        requester=cast["ben"].user, requested_by="Ben", requester_email="ben@example.com", requested_at=timezone.now(),
    )  # fmt: skip


def _hold(cast):
    return LegalHold.objects.create(
        organization=cast["otto"].organization, reason="A court asked.", placed_by="Ada", placed_at=timezone.now()
    )


def _preview(cast):
    item = make_item(_tenant(cast), "Fritz Berg")
    container = Container.objects.create(
        organization=item.organization,
        connection=item.connection,
        item=item,
        kind=Container.Kind.MAIL,
        account="-/fritz",
    )
    return Preview.objects.create(
        organization=item.organization, person=cast["ada"].user, container=container, object=uuid4(), from_commit=1,
        opened_at=timezone.now(), expires_at=timezone.now(),
    )  # fmt: skip


def _export(cast):
    return Export.objects.create(
        organization=cast["otto"].organization, person=cast["ada"].user, requested_by="Ada", what="Mail of Eva",
        requested_at=timezone.now(), state=Export.State.QUEUED,
    )  # fmt: skip


def _webhook(cast):
    partner = cast["ada"].partner
    return partner.webhook_endpoints.first() or make_endpoint(partner, 443)


def _delivery(cast):
    return _webhook(cast).deliveries.create(
        event="run.failed", payload="{}", created_at=timezone.now(), next_try_at=timezone.now()
    )


def _alert_rule(cast):
    return AlertRule.objects.create(
        partner=cast["ada"].partner, name="A day", what="OVERDUE", hours=24, created_at=timezone.now()
    )


def _incident(cast):
    now = timezone.now()
    return cast["otto"].organization.incidents.create(kind="OVERDUE", since=now, began_at=now)


def _payment(cast):
    return Payment.objects.create(
        partner=cast["ada"].partner, kind="CARD", amount=1, currency="EUR", made_by_name="Ada",
        created_at=timezone.now(),
    )  # fmt: skip


def _card(cast):
    return PaymentMethod.objects.create(
        partner=cast["ada"].partner, stripe_id="pm_1", brand="visa", last4="4242", expires_month=1, expires_year=2030
    )


def _invited(cast):
    member = _someone(cast)
    make_invitation(member, token=str(uuid4()), at=timezone.now())
    return member


# How to make the thing each URL argument names, as Northwind's property.
OWNED_BY_NORTHWIND = {
    "member_uuid": lambda cast: _invited(cast).uuid,
    "organization_uuid": lambda cast: cast["otto"].organization.uuid,
    "what": lambda cast: ResetRequest.What.PASSWORD,
    "item_uuid": lambda cast: make_item(_tenant(cast), "Eva Lindholm").uuid,
    "site_address_uuid": lambda cast: _site_address(cast).uuid,
    "purpose": lambda cast: SourceApp.Purpose.BACKUP,
    "consent_uuid": lambda cast: _consent(cast).uuid,
    "run_uuid": lambda cast: _run(cast).uuid,
    "export_uuid": lambda cast: _export(cast).uuid,
    "volume_number": lambda cast: 1,
    "preview_uuid": lambda cast: _preview(cast).uuid,
    "report_uuid": lambda cast: _report(cast).uuid,
    "restore_uuid": lambda cast: _restore(cast).uuid,
    "ticket_uuid": lambda cast: _ticket(cast).uuid,
    "watcher_uuid": lambda cast: (
        _ticket(cast).watchers.get_or_create(user=cast["ben"].user, defaults={"added_at": timezone.now()})[0].user.uuid
    ),
    "attachment_uuid": lambda cast: make_attachment(_ticket(cast).messages.first()).uuid,
    "digest_uuid": lambda cast: _digest(cast).uuid,
    "deletion_uuid": lambda cast: _deletion(cast).uuid,
    "api_key_uuid": lambda cast: make_api_key(cast["ada"].partner)[0].uuid,
    "hold_uuid": lambda cast: _hold(cast).uuid,
    "webhook_uuid": lambda cast: _webhook(cast).uuid,
    "delivery_uuid": lambda cast: _delivery(cast).uuid,
    "alert_rule_uuid": lambda cast: _alert_rule(cast).uuid,
    "incident_uuid": lambda cast: _incident(cast).uuid,
    "invoice_uuid": lambda cast: _invoice(cast).uuid,
    "payment_uuid": lambda cast: _payment(cast).uuid,
    "card_id": lambda cast: _card(cast).stripe_id,
    "course_slug": lambda cast: make_course().slug,
    "lesson_slug": lambda cast: "lesson-1",
    "attempt_uuid": lambda cast: make_attempt(cast["ada"], make_course()).uuid,
    "certificate_uuid": lambda cast: make_certificate(cast["ada"]).uuid,
    "news_uuid": lambda cast: make_news(only_for=[cast["ada"].partner]).uuid,
}
