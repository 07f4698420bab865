"""What the demo's partner paid: every invoice but the newest, by bank transfer some days after it came."""

from datetime import UTC, datetime, time, timedelta
from uuid import uuid4

from accounts.models import User
from billing.actions.transfers import record_transfer
from billing.models import Invoice

_DAYS = (13, 11, 14, 9, 12)


def pay_invoices(invoices: list[Invoice], *, staff: User) -> None:
    """Let all of ``invoices`` but the last have been paid, the oldest first."""
    for number, invoice in enumerate(invoices[:-1]):
        day = invoice.issued_on + timedelta(days=_DAYS[number % len(_DAYS)])
        record_transfer(
            partner=invoice.partner, amount=invoice.total, received_on=day, reference=f"{invoice.number} NORTHWIND",
            invoices=[invoice], tells_partner=False, submission=uuid4(), actor=staff,
            now=datetime.combine(day, time(9, 30), tzinfo=UTC),
        )  # fmt: skip
