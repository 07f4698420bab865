"""What a partner paid."""

from datetime import date
from typing import Self
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from accounts.models import Partner
from accounts.scoping import PartnerQuerySet
from billing.models.invoice import Allocation
from billing.models.money import AMOUNTS_END, Currency, MoneyField, sum_for


class PaymentQuerySet(PartnerQuerySet):
    def pending(self) -> Self:
        return self.filter(state=Payment.State.PENDING)

    def received(self) -> Self:
        """Return what came in, and as well what went back."""
        return self.filter(state=Payment.State.RECEIVED)

    def came_in(self) -> Self:
        return self.received().exclude(kind=Payment.Kind.RETURN)

    def with_unused(self, *, on: date | None = None) -> Self:
        """Add ``unused``: what is left of money that came in, as a deposit, now or at the end of the day ``on``."""
        returned = Payment.objects.received()
        returned = returned if on is None else returned.filter(received_on__lte=on)
        used = sum_for(Allocation.objects.counting(on=on), "payment")
        return self.annotate(unused=F("amount") - used - sum_for(returned, "returns"))


class Payment(models.Model):
    """Money on its way from a partner, or received. What it pays are its allocations.

    Nothing that was received is changed or removed, which the database sees to: what went back, or was written down by
    mistake, is a payment of the kind RETURN, with the amount that went back and the reason as its reference.
    """

    class Kind(models.TextChoices):
        CARD = "CARD", "Card"
        TRANSFER = "TRANSFER", "Bank transfer"
        RETURN = "RETURN", "Money returned"

    class State(models.TextChoices):
        PENDING = "PENDING", "Waiting for the bank"
        RECEIVED = "RECEIVED", "Received"
        FAILED = "FAILED", "Failed"
        ABANDONED = "ABANDONED", "Not finished"

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    partner = models.ForeignKey(Partner, models.PROTECT, related_name="payments")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    state = models.CharField(max_length=9, choices=State.choices, default=State.PENDING)
    amount = MoneyField()
    currency = models.CharField(max_length=3, choices=Currency.choices)
    # The value date, once received.
    received_on = models.DateField(null=True, blank=True)
    # A bank's text of a transfer, or what the card is called: "Visa ending 4242".
    reference = models.CharField(max_length=140, blank=True)
    # Who paid by card, or which of the platform's staff wrote the transfer down.
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    made_by_name = models.CharField(max_length=200)
    # Where a receipt goes; empty for none.
    receipt_to = models.EmailField(max_length=254, blank=True)
    failure = models.CharField(max_length=300, blank=True)
    # Of money that went back: what it came in as.
    returns = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="returned")
    # Of a card: whether it is kept at Stripe, and becomes the default.
    saves_card = models.BooleanField(default=False)
    makes_default = models.BooleanField(default=False)
    # Invoices to be paid, by uuid in the order chosen, while the money is on its way.
    meant_for = models.JSONField(default=list)
    # What the form carried: the same form sent twice starts one payment.
    submission = models.UUIDField(default=uuid4, editable=False)
    stripe_session_id = models.CharField(max_length=255, blank=True, editable=False)
    stripe_intent_id = models.CharField(max_length=255, blank=True, editable=False)
    created_at = models.DateTimeField()

    objects = PaymentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gt=0, amount__lt=AMOUNTS_END), name="billing_payments_are_numbers"
            ),
            models.CheckConstraint(
                condition=(Q(state="RECEIVED") & Q(received_on__isnull=False))
                | (~Q(state="RECEIVED") & Q(received_on=None)),
                name="billing_received_payments_say_when",
            ),
            models.CheckConstraint(
                condition=(Q(kind="RETURN", returns__isnull=False, state="RECEIVED"))
                | (~Q(kind="RETURN") & Q(returns=None)),
                name="billing_returns_name_their_payment",
            ),
            models.UniqueConstraint(fields=["partner", "submission"], name="billing_one_payment_per_form"),
            models.UniqueConstraint(
                fields=["stripe_session_id"],
                condition=~Q(stripe_session_id=""),
                name="billing_one_payment_per_stripe_session",
            ),
            models.UniqueConstraint(
                fields=["stripe_intent_id"],
                condition=~Q(stripe_intent_id=""),
                name="billing_one_payment_per_stripe_intent",
            ),
        ]
        indexes = [models.Index(fields=["partner", "-created_at", "-id"], name="billing_newest_payments")]

    def __str__(self) -> str:
        return f"{_NOUNS[self.kind]} of {self.amount} {self.currency}"

    def get_absolute_url(self) -> str:
        return reverse("billing:payment_detail", args=[self.uuid])

    @property
    def receipt_number(self) -> str:
        """What people call it by: the beginning of its uuid."""
        return self.uuid.hex[:8].upper()

    @property
    def is_pending(self) -> bool:
        return self.state == self.State.PENDING

    @property
    def is_received(self) -> bool:
        return self.state == self.State.RECEIVED


_NOUNS = {
    Payment.Kind.CARD: "card payment",
    Payment.Kind.TRANSFER: "bank transfer",
    Payment.Kind.RETURN: "return",
}


class PaymentMethod(models.Model):
    """A card kept at Stripe. Here is only what is shown of it."""

    partner = models.ForeignKey(Partner, models.CASCADE, related_name="payment_methods")
    stripe_id = models.CharField(max_length=255, unique=True)
    brand = models.CharField(max_length=30)
    last4 = models.CharField(max_length=4)
    expires_month = models.PositiveSmallIntegerField()
    expires_year = models.PositiveSmallIntegerField()
    is_default = models.BooleanField(default=False)

    objects = PartnerQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["partner"], condition=Q(is_default=True), name="billing_one_default_method_per_partner"
            )
        ]

    def __str__(self) -> str:
        return f"{self.brand} ending {self.last4}"


class StripeEvent(models.Model):
    """An event Stripe told us, kept so that one that comes again changes nothing. Deleted after 90 days."""

    event_id = models.CharField(max_length=255, primary_key=True)
    kind = models.CharField(max_length=80)
    received_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.kind} {self.event_id}"
