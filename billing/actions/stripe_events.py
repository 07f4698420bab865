"""What Stripe's webhooks bring: each event once, in any order. An event rings; what is true is then asked."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts import audit
from billing.actions import notices
from billing.actions.card_payments import ask_soon
from billing.actions.payment_methods import copy_soon
from billing.cards import Event
from billing.models import BillingAccount, Payment, StripeEvent
from billing.models.payment import PaymentQuerySet

KEPT = timedelta(days=90)
_ABOUT_A_PAYMENT = (
    "checkout.session.completed", "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed", "checkout.session.expired", "payment_intent.payment_failed",
    "charge.refunded",
)  # fmt: skip
_ABOUT_CARDS = (
    "payment_method.attached", "payment_method.detached", "payment_method.updated",
    "payment_method.automatically_updated", "customer.updated",
)  # fmt: skip
_DISPUTES = ("charge.dispute.created", "charge.dispute.funds_withdrawn", "charge.dispute.closed")


@transaction.atomic
def take_event(event: Event, *, now: datetime) -> bool:
    """Do what an event asks for, and return whether it asked for anything. One that comes again changes nothing.

    Events of kinds nobody listens to, and about what is not ours, are ignored.
    """
    if event.kind not in (*_ABOUT_A_PAYMENT, *_DISPUTES, *_ABOUT_CARDS):
        return False
    payment = None if event.kind in _ABOUT_CARDS else _payment_of(event)
    account = None if payment else _account_of(event)
    if (payment or account) is None or not _is_new(event, now):
        return False
    if payment is None:
        copy_soon(account, now=now)
    elif event.kind in _DISPUTES:
        _tell_of_dispute(event, payment, now)
    else:
        ask_soon(payment, now=now)
    return True


def forget_old_events(now: datetime) -> None:
    """Forget events that are too old to come again: Stripe tries for three days."""
    StripeEvent.objects.filter(received_at__lt=now - KEPT).delete()


def _is_new(event: Event, now: datetime) -> bool:
    try:
        with transaction.atomic():
            StripeEvent.objects.create(event_id=event.event_id, kind=event.kind, received_at=now)
    except IntegrityError:
        return False
    return True


def _payment_of(event: Event) -> Payment | None:
    """Return the payment an event is about: by the page's id, by ours, or by Stripe's id of the charge."""
    about = event.about
    cards_only = Payment.objects.filter(kind=Payment.Kind.CARD).select_related("partner")
    if about.get("object") == "checkout.session":
        payment = _by_reference(cards_only, about.get("client_reference_id"))
        if payment and not payment.stripe_session_id and about.get("id"):
            # The answer that named the page was lost.
            payment.stripe_session_id = str(about["id"])[:255]
            payment.save(update_fields=["stripe_session_id"])
        return payment
    metadata = about.get("metadata") or {}
    found = _by_reference(cards_only, metadata.get("payment"))
    intent = about.get("payment_intent") or (about.get("id") if about.get("object") == "payment_intent" else "")
    return found or (cards_only.filter(stripe_intent_id=intent).first() if intent else None)


def _by_reference(payments: PaymentQuerySet, reference: object) -> Payment | None:
    try:
        return payments.filter(uuid=UUID(str(reference))).first()
    except ValueError:
        return None


def _account_of(event: Event) -> BillingAccount | None:
    about = event.about
    ident = about.get("id") if about.get("object") == "customer" else about.get("customer")
    ident = ident or event.before.get("customer")
    return BillingAccount.objects.filter(stripe_customer_id=str(ident)).first() if ident else None


def _tell_of_dispute(event: Event, payment: Payment, now: datetime) -> None:
    """Note that a cardholder's bank claims money back. Whether it goes is decided between the bank and the staff."""
    status = str(event.about.get("status", ""))[:60].replace("_", " ")
    audit.record(
        "payment.disputed", partner_id=payment.partner_id, actor="Stripe", target=payment, at=now,
        details={"status": status},
    )  # fmt: skip
    words = f"The state of the claim is “{status}”. Answer it at Stripe; if the money goes, write a return."
    notices.mail_trouble(payment, what="is claimed back by the bank of the card", words=words)
