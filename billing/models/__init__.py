"""The tables of `billing`, one file per noun."""

from billing.models.account import BillingAccount
from billing.models.invoice import Allocation, Invoice, InvoiceLine, NumberRange
from billing.models.money import Currency
from billing.models.notice import OverdueNotice
from billing.models.payment import Payment, PaymentMethod, StripeEvent
from billing.models.plan import Plan, Subscription
from billing.models.seat_day import SeatDay

__all__ = [
    "Allocation",
    "BillingAccount",
    "Currency",
    "Invoice",
    "InvoiceLine",
    "NumberRange",
    "OverdueNotice",
    "Payment",
    "PaymentMethod",
    "Plan",
    "SeatDay",
    "StripeEvent",
    "Subscription",
]
