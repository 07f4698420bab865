"""For each kind of job a state of a client in which one waits to be done, as the product brings it about."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

from django.utils import timezone

from accounts.actions.resets import request_reset
from accounts.models import AuditChain, ResetRequest
from accounts.roles import Role
from accounts.tests.factories import make_member, make_partner, make_user
from backups.actions.deletions import authorize_deletion
from backups.actions.exports import Wanted, start_export
from backups.actions.previews import open_preview
from backups.actions.restores import start_restore
from backups.actions.runs import cancel_run, start_run
from backups.engine.parcels import end_parcel, end_parcels, write_parcel
from backups.models import Parcel, Run, VaultCommit
from backups.models.deletion import HELD_FOR
from backups.tests.deletions_made import DAY, ask, fall_due
from backups.tests.looks import look
from backups.tests.restores_made import plan, work
from backups.tests.task_world import World, scenario
from backups.tests.test_consent import go_to_microsoft
from backups.vault import lookups
from billing.actions import payment_methods, seats
from billing.actions.card_payments import payment_page, start_card_payment
from billing.actions.seats import day_of
from billing.models import BillingAccount, Payment, SeatDay
from billing.months import Month
from billing.tests.factories import count_days, make_billing
from billing.tests.pretend_stripe import PretendStripe
from jobs import claims
from jobs.models import Job
from jobs.requests import request_job
from news.tests.factories import make_news, subscribe
from notifications import webhooks
from notifications.delivery import deliver
from notifications.tests.test_webhooks import make_endpoint
from organizations.actions.site_addresses import add_site_addresses
from organizations.models import Group, Policy, RetentionRule
from organizations.tests.factories import make_connection, make_item, make_organization
from training.tests.factories import make_certificate


@scenario
def prove_consent(world):
    domain = f"{world.organization.name.lower().replace(' ', '')}.example"
    tenant = world.source.add_tenant(world.organization.name, domain, "tiny", seed=1)
    go_to_microsoft(world.sign_in("ada"), world.organization, tenant)


@scenario
def discover(world):
    request_job("discover", subject_id=world.connection.pk, at=timezone.now())


@scenario
def discover_shrunken(world):
    request_job("discover_shrunken", subject_id=world.connection.pk, at=timezone.now())


@scenario
def read_group_members(world):
    tenant, name = world.connection.tenant_id, "Leavers"
    (made,) = world.source.mutate(tenant, {"op": "create_group", "display_name": name})
    person = world.source.control(f"/tenants/{tenant}")["user_id"]
    world.source.mutate(tenant, {"op": "add_member", "group": made["id"], "member": person})
    look(world.connection)
    group = Group.objects.get(connection=world.connection, name=name)
    Policy.objects.get(organization=world.organization).skip_groups.add(group)
    request_job("read_group_members", subject_id=group.pk, at=timezone.now())


@scenario
def check_site_addresses(world):
    look(world.connection)
    world.source.mutate(
        world.connection.tenant_id, {"op": "create_site", "display_name": "Crowns", "path": "/sites/crowns"}
    )
    world.connection.refresh_from_db()
    urls = [f"https://{world.connection.sharepoint_host}/sites/{name}" for name in ("crowns", "nowhere")]
    add_site_addresses(connection=world.connection, urls=urls, actor=world.ada, now=timezone.now())


@scenario
def check_vault(world):
    request_job("check_vault", subject_id=world.stock.organization.pk, at=timezone.now())


@scenario
def collect_vault(world):
    world.stock.remove("m1", "mime")
    request_job("collect_vault", subject_id=world.organization.pk, at=timezone.now())


@scenario
def index_organization(world):
    request_job("index_organization", subject_id=world.stock.organization.pk, at=timezone.now())


@scenario
def begin_run(world):
    _run(world)


@scenario
def end_run(world):
    run = _run(world)
    claims.run(Job.objects.get(kind="begin_run", subject_id=run.pk).pk)
    cancel_run(run=Run.objects.get(pk=run.pk), actor=world.ada, now=timezone.now())


@scenario
def backup_item(world):
    run = _run(world)
    claims.run(Job.objects.get(kind="begin_run", subject_id=run.pk).pk)


@scenario
def count_restore(world):
    plan(world.saved, world.ada, folder="")


@scenario
def restore(world):
    counted = work(plan(world.saved, world.ada, folder=""))
    start_restore(restore=counted, actor=world.ada, now=timezone.now())


@scenario
def verify_chain(world):
    chain, _ = AuditChain.objects.get_or_create(partner=world.organization.partner)
    request_job("verify_chain", subject_id=chain.pk, at=timezone.now())


@scenario
def freeze_report(world):
    assert world.protected
    request_job("freeze_report", subject_id=world.organization.pk, at=timezone.now())


@scenario
def clear_parcels(world):
    now = timezone.now()
    with write_parcel(
        organization=world.organization, person=world.ada, name="export.zip", media_type="application/zip",
        expires_at=now + timedelta(days=7), part_size=100,
    ) as writer:  # fmt: skip
        writer.write(b"x" * 500)
    end_parcel(Parcel.objects.get(pk=writer.parcel.pk))
    end_parcels(now)


@scenario
def export(world):
    start_export(
        organization=world.organization, wanted=[Wanted(world.stock.container)], what="Everything", actor=world.ada,
        now=timezone.now(),
    )  # fmt: skip


@scenario
def render_preview(world):
    found = lookups.version_at(world.organization.uuid, world.stock.id_of("m1"), None)
    open_preview(
        container=world.stock.container, object_uuid=world.stock.id_of("m1"), from_commit=found.from_commit,
        actor=world.ada, title="Offer 1", now=timezone.now(),
    )  # fmt: skip


@scenario
def execute_deletion(world):
    deletion = ask(world.stock, world.ben.user, timezone.now() - HELD_FOR)
    fall_due(authorize_deletion(deletion=deletion, actor=world.ada, now=deletion.requested_at), timezone.now())


@scenario
def retain_vault(world):
    stock = world.stock
    stock.mail(0, text="Changed since")
    stock.close()
    VaultCommit.objects.filter(organization=world.organization.uuid).update(made_at=timezone.now() - 99 * DAY)
    RetentionRule.objects.create(
        organization=world.organization, days=30, set_by="Ada", set_at=timezone.now() - 99 * DAY
    )
    request_job("retain_vault", subject_id=world.organization.pk, at=timezone.now())


@scenario
def deliver_email(world):
    context = {"name": "Ben", "partner": "Northwind", "role": "Basic", "changed_by": "Ada"}
    deliver("role_changed", to=f"ben@{world.organization.pk}.example", context=context)


@scenario
def deliver_webhooks(world):
    organization, now = world.organization, timezone.now()
    endpoint = make_endpoint(organization.partner, world.receiver.port, name=organization.name)
    endpoint.url += f"/{organization.pk}"
    endpoint.save()
    webhooks.queue_event("run.failed", [endpoint], data={"id": "7"}, at=now)
    # A receiver knows an event that comes twice by its id.
    world.outside = lambda: len(
        {sent["webhook-id"] for path, sent, _ in world.receiver.requests if endpoint.url.endswith(path)}
    )


@scenario
def mail_news(world):
    subscribe(world.ben, "PRODUCT")
    item = make_news(is_mailed=True, only_for=[world.organization.partner])
    request_job("mail_news", subject_id=item.pk, at=timezone.now())


@scenario
def count_seats(world):
    partner, now = world.organization.partner, timezone.now()
    make_item(make_connection(world.organization), "Eva", is_chosen=True)
    seats.count_seats(partner=partner, now=now)
    SeatDay.objects.filter(organization=world.organization).delete()
    request_job("count_seats", subject_id=partner.pk, at=now)


@scenario
def bill_partner(world):
    partner, now = make_partner(f"Partner of {world.organization.name}"), timezone.now()
    make_member(make_user("Ivy"), partner, Role.ADMINISTRATOR)
    make_billing(partner)
    month = Month.holding(day_of(now)).before
    count_days(make_organization(partner, "Client"), [(month.first, 3), (month.last, 4)])
    request_job("bill_partner", subject_id=partner.pk, at=now)


@scenario
def ask_about_payment(world):
    payment, bank = _card_payment(world)
    bank.pay(payment_page(payment=payment, account=BillingAccount.objects.get(partner=payment.partner)))


@scenario
def copy_cards(world):
    payment, bank = _card_payment(world)
    account = BillingAccount.objects.get(partner=payment.partner)
    bank.pay(payment_page(payment=payment, account=account))
    payment_methods.copy_soon(account, now=timezone.now())


@scenario
def mail_certificate_due(world):
    member = make_member(make_user("Uma", world.organization.name), world.organization.partner)
    certificate = make_certificate(member, at=timezone.now() - timedelta(days=345))
    request_job("mail_certificate_due", subject_id=certificate.pk, at=timezone.now())


@scenario
def finish_reset(world):
    person = make_member(make_user("Ivy", world.organization.name), world.organization.partner)
    request_reset(
        membership=person, what=ResetRequest.What.PASSWORD, reason="phished", actor=world.ada, now=timezone.now()
    )


@scenario
def furnish_demo(world):
    look(world.connection)
    request_job("furnish_demo", subject_id=world.organization.pk, at=timezone.now())


def _card_payment(world: World) -> tuple[Payment, PretendStripe]:
    """Let the Administrator of a partner be on the way to paying a deposit, with a card that is saved."""
    partner, now = make_partner(f"Partner of {world.organization.name}"), timezone.now()
    make_billing(partner)
    payment = start_card_payment(
        membership=make_member(make_user("Ivy", world.organization.name), partner, Role.ADMINISTRATOR),
        account=BillingAccount.objects.select_related("partner").get(partner=partner), amount=Decimal(5), invoices=[],
        saves_card=True, makes_default=True, wants_receipt=True, submission=uuid4(), now=now,
    )  # fmt: skip
    return payment, PretendStripe(world.source)


def _run(world: World) -> Run:
    trigger = Run.Trigger.PERSON
    assert world.protected
    return start_run(connection=world.connection, item=None, trigger=trigger, actor=world.ada, now=timezone.now())
