"""Invoices and credit notes. Once issued, neither they nor their lines change; the database sees to it."""

from datetime import date
from decimal import Decimal
from typing import Self
from uuid import uuid4

from django.db import models
from django.db.models import DecimalField, F, Max, OuterRef, Q, Subquery
from django.urls import reverse

from accounts.models import Partner
from accounts.scoping import PartnerQuerySet
from billing.models.money import AMOUNTS_END, PRICES_END, Currency, MoneyField, sum_for


class NumberRange(models.Model):
    """The last number given in a series such as "2026" or "2026-C". Its row is locked by who takes the next one."""

    series = models.CharField(max_length=12, primary_key=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.series}: {self.last}"


class InvoiceQuerySet(PartnerQuerySet):
    def visible_to(self, membership) -> Self:
        """Return the partner's issued ones; drafts are the platform's own."""
        return super().visible_to(membership).issued()

    def issued(self) -> Self:
        return self.filter(state=Invoice.State.ISSUED)

    def invoices(self) -> Self:
        return self.filter(kind=Invoice.Kind.INVOICE)

    def credit_notes(self) -> Self:
        return self.filter(kind=Invoice.Kind.CREDIT_NOTE)

    def with_open_amount(self, *, on: date | None = None) -> Self:
        """Add ``open_amount``: what is left to pay of an invoice, or left to be used of a credit note, now or at the
        end of the day ``on``.
        """
        used = {
            kind: sum_for(Allocation.objects.counting(on=on), path)
            for kind, path in ((Invoice.Kind.INVOICE, "invoice"), (Invoice.Kind.CREDIT_NOTE, "credit_note"))
        }
        return self.annotate(
            open_amount=models.Case(
                *(models.When(kind=kind, then=F("total") - amount) for kind, amount in used.items()),
                output_field=DecimalField(max_digits=12, decimal_places=2),
            )
        )

    def newest_first(self) -> Self:
        return self.order_by("-issued_on", "-id")

    def with_standing(self) -> Self:
        """Add what `billing.models.standing.standing_of` asks for: ``open_amount``, ``credited`` and ``settled_on``."""
        counting = Allocation.objects.counting()
        last = counting.filter(invoice=OuterRef("pk")).order_by().values("invoice").annotate(last=Max("allocated_on"))
        return self.with_open_amount().annotate(
            credited=sum_for(counting.exclude(credit_note=None), "invoice"), settled_on=Subquery(last.values("last"))
        )

    def to_pay(self, *, on: date | None = None) -> Self:
        """Return the issued invoices with something left to pay, now or at the end of the day ``on``; the one that is
        due first comes first.
        """
        found = self.issued().invoices().with_open_amount(on=on).filter(open_amount__gt=0)
        found = found if on is None else found.filter(issued_on__lte=on)
        return found.order_by("due_on", "id")


class Invoice(models.Model):
    """What a partner owes for a month, or, as a credit note, gets back of one invoice. All its amounts are positive."""

    class Kind(models.TextChoices):
        INVOICE = "INVOICE", "Invoice"
        CREDIT_NOTE = "CREDIT_NOTE", "Credit note"

    class State(models.TextChoices):
        DRAFT = "DRAFT", "Draft"
        ISSUED = "ISSUED", "Issued"

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    partner = models.ForeignKey(Partner, models.PROTECT, related_name="invoices")
    kind = models.CharField(max_length=11, choices=Kind.choices, default=Kind.INVOICE)
    state = models.CharField(max_length=6, choices=State.choices, default=State.DRAFT)
    # "2026-0118", "2026-C-0003": without gaps within its series. Empty while it is a draft.
    number = models.CharField(max_length=24, blank=True)
    # First and last day of what it is for.
    period_start = models.DateField()
    period_end = models.DateField()
    currency = models.CharField(max_length=3, choices=Currency.choices)
    # Name, address lines and tax number of both sides, as lines of text: what was printed stays what it was.
    seller = models.TextField(blank=True)
    buyer = models.TextField(blank=True)
    reference = models.CharField(max_length=60, blank=True)
    # Of a credit note: the invoice it takes back, and why.
    credits = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="credit_notes")
    reason = models.CharField(max_length=200, blank=True)
    net = MoneyField(default=Decimal(0))
    tax_name = models.CharField(max_length=60, blank=True)
    tax_rate = models.DecimalField(max_digits=5, decimal_places=2, default=Decimal(0))
    tax = MoneyField(default=Decimal(0))
    total = MoneyField(default=Decimal(0))
    created_at = models.DateTimeField()
    issued_on = models.DateField(null=True, blank=True)
    due_on = models.DateField(null=True, blank=True)

    objects = InvoiceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["number"], condition=~Q(number=""), name="billing_numbers_are_given_once"),
            models.UniqueConstraint(
                fields=["partner", "period_start"],
                condition=Q(kind="INVOICE"),
                name="billing_one_invoice_per_partner_and_month",
            ),
            models.CheckConstraint(
                condition=Q(state="DRAFT", number="", issued_on=None)
                | (Q(state="ISSUED", issued_on__isnull=False, due_on__isnull=False) & ~Q(number="")),
                name="billing_what_is_issued_has_a_number",
            ),
            models.CheckConstraint(
                condition=Q(kind="INVOICE", credits=None) | Q(kind="CREDIT_NOTE", credits__isnull=False),
                name="billing_credit_notes_name_their_invoice",
            ),
            models.CheckConstraint(
                condition=Q(net__gte=0, tax__gte=0, total=F("net") + F("tax"), total__lt=AMOUNTS_END),
                name="billing_totals_add_up",
            ),
            models.CheckConstraint(
                condition=Q(tax_rate__gte=0, tax_rate__lte=100), name="billing_tax_of_an_invoice_is_a_percentage"
            ),
        ]
        indexes = [models.Index(fields=["partner", "-issued_on", "-id"], name="billing_newest_invoices")]

    def __str__(self) -> str:
        return f"{self.get_kind_display().lower()} {self.number or 'in draft'}"

    def get_absolute_url(self) -> str:
        return reverse("billing:invoice_detail", args=[self.uuid])

    @property
    def tax_words(self) -> str:
        """The tax as it stands before its amount: "VAT 20 %"."""
        return f"{self.tax_name} {self.tax_rate.normalize():f} %".strip()


class OfInvoiceQuerySet(PartnerQuerySet):
    partner_path = "invoice__partner"


class InvoiceLine(models.Model):
    """One line. ``unit_price`` is empty where a price for a seat and month does not give the amount: "pro rata"."""

    invoice = models.ForeignKey(Invoice, models.CASCADE, related_name="lines")
    position = models.PositiveSmallIntegerField()
    what = models.CharField(max_length=120)
    note = models.CharField(max_length=200, blank=True)
    quantity = models.PositiveIntegerField()
    unit_price = models.DecimalField(max_digits=10, decimal_places=4, null=True, blank=True)
    amount = MoneyField()

    objects = OfInvoiceQuerySet.as_manager()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["invoice", "position"], name="billing_lines_have_their_place"),
            models.CheckConstraint(
                condition=Q(amount__gte=0, amount__lt=AMOUNTS_END), name="billing_line_amounts_are_numbers"
            ),
            models.CheckConstraint(
                condition=Q(unit_price=None) | Q(unit_price__gte=0, unit_price__lt=PRICES_END),
                name="billing_line_prices_are_numbers",
            ),
        ]

    def __str__(self) -> str:
        return self.what


class AllocationQuerySet(OfInvoiceQuerySet):
    def counting(self, *, on: date | None = None) -> Self:
        """Return those that count now, or counted at the end of the day ``on``."""
        if on is None:
            return self.filter(released_on=None)
        return self.filter(allocated_on__lte=on).filter(Q(released_on=None) | Q(released_on__gt=on))


class Allocation(models.Model):
    """Part of a payment, or of a credit note, that pays part of an invoice. What is left of a payment is a deposit.

    It is never removed: money that went back releases it, and statements of days before still count it.
    """

    payment = models.ForeignKey("billing.Payment", models.PROTECT, null=True, blank=True, related_name="allocations")
    credit_note = models.ForeignKey(
        Invoice, models.PROTECT, null=True, blank=True, related_name="uses", limit_choices_to={"kind": "CREDIT_NOTE"}
    )
    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="allocations")
    amount = MoneyField()
    # The day it counts from: a payment's value date, or the day a deposit was used.
    allocated_on = models.DateField()
    released_on = models.DateField(null=True, blank=True)

    objects = AllocationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(payment=None, credit_note__isnull=False) | Q(payment__isnull=False, credit_note=None),
                name="billing_one_source_per_allocation",
            ),
            models.CheckConstraint(
                condition=Q(amount__gt=0, amount__lt=AMOUNTS_END), name="billing_allocations_are_numbers"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} for {self.invoice_id}"
