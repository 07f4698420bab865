"""What staff sets: plans and their prices, how a partner is billed, and which plan it has."""

from datetime import date, datetime

from django.db import transaction

from accounts import audit
from accounts.models import Partner, User
from billing.actions.accounts import locked_account
from billing.models import BillingAccount, Plan, Subscription


@transaction.atomic
def save_plan(*, plan: Plan, actor: User, now: datetime) -> Plan:
    """Keep a new plan, or whether one is offered; what it costs stays once a partner has had it."""
    before = Plan.objects.select_for_update().filter(pk=plan.pk).first()
    if before and before.subscriptions.exists():
        before.is_offered = plan.is_offered
        plan = before
    plan.save()
    verb = "plan_created" if before is None else "plan_offered" if plan.is_offered else "plan_withdrawn"
    price = {"price": f"{plan.seat_price} {plan.currency}"}
    audit.record(f"billing.{verb}", partner_id=None, actor=actor, target=plan, at=now, details=price)
    return plan


class CurrencyStays(Exception):
    """Another currency would leave what there is in the old one; the message says so."""


@transaction.atomic
def save_account(*, account: BillingAccount, changed: list[str], actor: User, now: datetime) -> None:
    """Keep how a partner is billed; ``changed`` are the names of the fields that are new. Nothing else is written.

    Raises `CurrencyStays` where there is a subscription, an invoice or a payment in the currency there was.
    """
    if account.pk is None:
        account.save()
    else:
        before = locked_account(account.partner_id)
        if before.currency != account.currency and has_money(before.partner):
            raise CurrencyStays(f"There are plans, invoices or payments in {before.currency}: the currency stays.")
        account.save(update_fields=changed)
    details = {name: str(getattr(account, name)) for name in changed if name != "partner"}
    audit.record(
        "billing.account_set", partner_id=account.partner_id, actor=actor, target=account.partner, at=now,
        details=details,
    )  # fmt: skip


def has_money(partner: Partner) -> bool:
    """Return whether something is reckoned in the currency of a partner's account by now."""
    return partner.subscriptions.exists() or partner.invoices.exists() or partner.payments.exists()


@transaction.atomic
def subscribe(*, subscription: Subscription, actor: User, now: datetime) -> None:
    """Put a partner on a plan from a day on. The database refuses a second one for the same product and days.

    Raises `CurrencyStays` for a plan in another currency than the account's.
    """
    account = locked_account(subscription.partner_id)
    if subscription.plan.currency != account.currency:
        raise CurrencyStays(f"The plan is in {subscription.plan.currency}, and the account in {account.currency}.")
    subscription.product = subscription.plan.product
    subscription.save()
    details = {"plan": str(subscription.plan), "starts_on": subscription.starts_on.isoformat()}
    audit.record(
        "billing.subscribed", partner_id=subscription.partner_id, actor=actor, target=subscription.partner, at=now,
        details=details,
    )  # fmt: skip


@transaction.atomic
def end_subscription(*, subscription: Subscription, ends_on: date | None, actor: User, now: datetime) -> None:
    """Set the last day of a plan, or take it back with None."""
    locked_account(subscription.partner_id)
    subscription.ends_on = ends_on
    subscription.save(update_fields=["ends_on"])
    details = {"plan": str(subscription.plan), "ends_on": ends_on.isoformat() if ends_on else "no day"}
    audit.record(
        "billing.subscription_ended", partner_id=subscription.partner_id, actor=actor, target=subscription.partner,
        at=now, details=details,
    )  # fmt: skip
