"""Billing of the demo: a year of seats that grew, a plan, and an invoice for each month of it."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from accounts.models import Partner, User
from accounts.roles import Product
from billing.actions.drafts import draft_invoice
from billing.actions.invoices import issue_invoice
from billing.actions.plans import save_account, save_plan, subscribe
from billing.actions.seats import day_of
from billing.models import BillingAccount, Invoice, Plan, SeatDay, Subscription
from billing.months import Month
from organizations.models import Organization
from portal.demo_tenants import people_of

MONTHS = 12
# What a client had a year ago of what it has now, in percent.
_YEAR_AGO = 70


def furnish_billing(*, partner: Partner, clients: list[Organization], staff: User, now: datetime) -> list[Invoice]:
    """Bill the demo's partner for the last twelve months; return the invoices, the oldest first.

    Whoever may see invoices by now is mailed each of them, so this comes before the demo's people.
    """
    months = [Month.holding(day_of(now)).before]
    while len(months) < MONTHS:
        months.insert(0, months[0].before)
    _subscribe(partner, months[0].first, staff, _first_minutes(months[0]))
    _count(partner, clients, months[0].first, day_of(now))
    invoices = []
    for month in months:
        at = _first_minutes(month.after)
        draft = draft_invoice(partner=partner, month=month, actor="The clock", now=at)
        invoices.append(issue_invoice(invoice=draft, actor="The clock", now=at))
    return invoices


def _subscribe(partner: Partner, since: date, staff: User, now: datetime) -> None:
    plan = Plan(name="Cloud Backup", product=Product.CLOUD_BACKUP, currency="EUR", seat_price=Decimal("4.10"))
    plan = save_plan(plan=plan, actor=staff, now=now)
    account = BillingAccount(
        partner=partner, tax_name="Reverse charge, VAT", tax_number="VAT GB 000 0000 00", reference="PO 77-1021"
    )
    save_account(account=account, changed=["currency", "tax_rate"], actor=staff, now=now)
    subscription = Subscription(partner=partner, plan=plan, starts_on=since)
    subscribe(subscription=subscription, actor=staff, now=now)


def _count(partner: Partner, clients: list[Organization], first: date, today: date) -> None:
    """Write what would have been counted each day, today's count included: nothing has been looked for yet."""
    days = (today - first).days
    rows = []
    for number, client in enumerate(clients):
        people, shared = people_of(client, number)
        for offset in range(days + 1):
            day = first + timedelta(days=offset)
            # Each client takes people on at days of its own; today all are there.
            missing = (people * (100 - _YEAR_AGO) * (days - offset) // max(days, 1) + number * 17 % 100) // 100
            rows.append(
                SeatDay(
                    partner=partner, organization=client, organization_name=client.name, product=Product.CLOUD_BACKUP,
                    day=day, seats=people - missing, leavers=offset * people // (days * 8 or 1),
                    shared_mailboxes=shared, counted_at=datetime.combine(day, time(0, 1), tzinfo=UTC),
                )
            )  # fmt: skip
    SeatDay.objects.bulk_create(rows, batch_size=2000)


def _first_minutes(month: Month) -> datetime:
    return datetime.combine(month.first, time(0, 5), tzinfo=UTC)
