"""Billing by the clock: on the first of a month, the month before."""

from contextlib import suppress
from datetime import datetime

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import Partner
from billing.actions.accounts import locked_account
from billing.actions.drafts import NotBilled, draft_invoice, with_seats
from billing.actions.invoices import CannotBeIssued, issue_invoice
from billing.actions.seats import day_of
from billing.models import BillingAccount, Invoice
from billing.months import Month
from jobs.requests import request_job

JOB = "bill_partner"
_CLOCK = "The clock"


def request_due_bills(now: datetime) -> None:
    """Ask for the bill of every partner whose month is over and not billed; asking twice changes nothing."""
    month = Month.holding(day_of(now)).before
    for partner_id in _due(month).values_list("partner_id", flat=True):
        request_job(JOB, subject_id=partner_id, at=now, key=f"{JOB}:{partner_id}")


def bill_partner(*, partner: Partner, now: datetime) -> None:
    """Draft the partner's month before this one, and issue what is drafted where the clock issues invoices. Nothing
    happens where the partner or its billing is switched off by now. It runs inside a transaction.
    """
    month = Month.holding(day_of(now)).before
    # Two who bill the same partner do it in turn, and the second one finds it done.
    try:
        account = locked_account(partner.pk)
    except BillingAccount.DoesNotExist:
        return
    if not account.is_billed or not account.partner.is_active:
        return
    if not partner.invoices.filter(kind=Invoice.Kind.INVOICE, period_start=month.first).exists():
        # What was true when it was asked for may have changed since: staff see why in the administration.
        with suppress(NotBilled):
            draft_invoice(partner=partner, month=month, actor=_CLOCK, now=now)
    if _clock_issues():
        for draft in partner.invoices.filter(state=Invoice.State.DRAFT).order_by("period_start"):
            with suppress(CannotBeIssued):
                issue_invoice(invoice=draft, actor=_CLOCK, now=now)


def _due(month: Month) -> QuerySet[BillingAccount]:
    invoices = Invoice.objects.filter(partner=OuterRef("partner"), kind=Invoice.Kind.INVOICE)
    is_missing = ~Exists(invoices.filter(period_start=month.first)) & Exists(
        with_seats(month).filter(partner=OuterRef("partner"))
    )
    is_due = Q(is_missing)
    if _clock_issues():
        is_due |= Q(Exists(invoices.filter(state=Invoice.State.DRAFT, period_end__lte=month.last)))
    return BillingAccount.objects.filter(is_due, is_billed=True, partner__is_active=True)


def _clock_issues() -> bool:
    return settings.INVOICES_ISSUED == "clock" and bool(settings.BILLING_SELLER)
