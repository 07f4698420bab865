"""A payment by card, from the form until Stripe tells how it ended.

Only what Stripe says when it is asked makes money received: neither the address somebody comes back to nor the body of
an event does. Both only ring for the question.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid5

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q, Sum

from accounts import audit
from accounts.models import Membership, User
from billing import cards
from billing.actions import notices
from billing.actions.accounts import locked_account
from billing.actions.allocations import allocate_payment
from billing.actions.returns import write_return
from billing.cards import CardProblem, StripeBusy, StripeRefused, Told
from billing.models import BillingAccount, Invoice, Payment
from billing.models.money import in_cents
from jobs.requests import request_job

JOB = "ask_about_payment"
# How long Stripe's page stays open. Stripe counts from its own clock, and takes nothing below 30 minutes.
PAGE_STAYS = timedelta(hours=2)
_FIRST_LOOK = timedelta(minutes=5)
# By whom an entry is made that nobody of ours made.
_STRIPE = "Stripe"


def start_card_payment(
    *, membership: Membership, account: BillingAccount, amount: Decimal, invoices: list[Invoice], saves_card: bool,
    makes_default: bool, wants_receipt: bool, submission: UUID, now: datetime,
) -> Payment:  # fmt: skip
    """Write down that somebody is about to pay. The same form sent again returns the payment it started."""
    payer = membership.user
    payment = Payment(
        partner_id=account.partner_id, kind=Payment.Kind.CARD, amount=amount, currency=account.currency,
        made_by=payer, made_by_name=payer.full_name, receipt_to=payer.email if wants_receipt else "",
        saves_card=saves_card, makes_default=saves_card and makes_default, submission=submission, created_at=now,
        meant_for=[str(invoice.uuid) for invoice in invoices],
    )  # fmt: skip
    with transaction.atomic():
        try:
            with transaction.atomic():
                payment.save(force_insert=True)
        except IntegrityError:
            # The database decides, not an earlier question, so two clicks cannot both win.
            made = Payment.objects.filter(partner_id=account.partner_id, submission=submission).first()
            if made is None:
                raise
            return made
        _record("payment.started", payment, payer, now)
        ask_soon(payment, now=now, not_before=now + _FIRST_LOOK)
    return payment


def payment_page(*, payment: Payment, account: BillingAccount) -> str:
    """Return the address of Stripe's page for a pending payment; asking again returns the same page.

    Raises `StripeBusy` while another click opens that page, and `CardProblem`; then nothing can have been charged, and
    a payment that has no page yet has failed.
    """
    try:
        page = cards.open_payment_page(
            customer=customer_of(account, email=payment.made_by.email if payment.made_by else ""),
            what=what_for(payment), amount=in_cents(payment.amount), currency=payment.currency,
            reference=str(payment.uuid), keep_card=payment.saves_card, expires_at=payment.created_at + PAGE_STAYS,
            return_url=f"{settings.BASE_URL}{payment.get_absolute_url()}?back=1",
            leave_url=f"{settings.BASE_URL}{payment.get_absolute_url()}?left=1",
        )  # fmt: skip
    except StripeBusy:
        raise
    except CardProblem as problem:
        still_nowhere = Payment.objects.pending().filter(pk=payment.pk, stripe_session_id="")
        still_nowhere.update(state=Payment.State.FAILED, failure=f"{problem} Nothing was charged."[:300])
        raise
    # Another click on the same form may have failed meanwhile; as long as there is a page, the payment waits.
    without_page = Payment.objects.filter(pk=payment.pk, stripe_session_id="")
    without_page.filter(state__in=[Payment.State.PENDING, Payment.State.FAILED]).update(
        stripe_session_id=page.session_id, state=Payment.State.PENDING, failure=""
    )
    return page.url


def customer_of(account: BillingAccount, *, email: str) -> str:
    """Return the partner's id at Stripe, made when it is first needed. Raises `CardProblem`."""
    if account.stripe_customer_id:
        return account.stripe_customer_id
    partner = account.partner
    # One person who needs it twice at once makes one customer. Of two people each makes one, since Stripe refuses a key
    # that came with other values, such as another email; the one written down first is the partner's.
    key = str(uuid5(partner.uuid, f"{partner.name}\n{email}"))
    made = cards.make_customer(name=partner.name, email=email, reference=str(partner.uuid), key=key)
    BillingAccount.objects.filter(pk=account.pk, stripe_customer_id="").update(stripe_customer_id=made)
    account.refresh_from_db(fields=["stripe_customer_id"])
    return account.stripe_customer_id


def what_for(payment: Payment) -> str:
    """Return what a payment is for, in the words of Stripe's page and of receipts."""
    numbers = list(Invoice.objects.filter(uuid__in=payment.meant_for).order_by("due_on", "id").values_list("number"))
    if not numbers:
        return "Payment on account"
    shown = ", ".join(number for (number,) in numbers[:5])
    more = f" and {len(numbers) - 5} more" if len(numbers) > 5 else ""
    return f"Invoice{'s' if len(numbers) > 1 else ''} {shown}{more}"


def ask_soon(payment: Payment, *, now: datetime, not_before: datetime | None = None, key: str = "") -> None:
    """Ask for the question how a payment stands, in the caller's transaction."""
    request_job(JOB, subject_id=payment.pk, at=now, not_before=not_before, key=key)


def leave_unpaid(*, payment: Payment, now: datetime) -> None:
    """Close Stripe's page of a pending payment. How one stands that had ended before is asked soon.

    Raises `CardProblem`.
    """
    try:
        told = cards.close_page(payment.stripe_session_id)
    except StripeRefused:
        with transaction.atomic():
            ask_soon(payment, now=now)
    else:
        settle(payment=payment, told=told, now=now)


@transaction.atomic
def settle(*, payment: Payment, told: Told, now: datetime) -> Payment:
    """Write down what Stripe says of a payment, and return it as it is then.

    What was received stays received, in whatever order things are told and however often.
    """
    locked_account(payment.partner_id)
    payment = Payment.objects.select_for_update(of=("self",)).select_related("partner").get(pk=payment.pk)
    if told.state == "PAID" and not payment.is_received:
        _receive(payment, told, now)
    elif told.state == "EXPIRED" and payment.is_pending:
        payment.state = Payment.State.ABANDONED
        payment.save(update_fields=["state"])
    elif payment.is_pending and told.failure != payment.failure:
        payment.failure = told.failure
        payment.save(update_fields=["failure"])
    if payment.is_received:
        _return_refunded(payment, told, now)
    return payment


def end_without_page(payment: Payment) -> None:
    """End a payment that never got a page at Stripe: whoever began it went away meanwhile."""
    nowhere = Payment.objects.pending().filter(pk=payment.pk, stripe_session_id="")
    nowhere.update(state=Payment.State.ABANDONED)


def _receive(payment: Payment, told: Told, now: datetime) -> None:
    payment.stripe_intent_id = told.intent_id
    if (told.amount, told.currency) != (in_cents(payment.amount), payment.currency):
        _refuse(payment, told, now)
        return
    payment.state, payment.failure, payment.received_on = Payment.State.RECEIVED, "", told.paid_on
    payment.reference = told.card_words[:140]
    payment.save()
    left = allocate_payment(payment, first=payment.meant_for, on=payment.received_on)
    _record("payment.received", payment, payment.made_by or payment.made_by_name, now)
    notices.mail_receipt(payment, what=what_for(payment), deposit=left)


def _refuse(payment: Payment, told: Told, now: datetime) -> None:
    """Hold money back that is not what was asked for: staff has to look."""
    words = f"Stripe tells of {told.amount} cents in {told.currency}. The platform’s staff looks into it."
    if payment.failure == words:
        return
    payment.state, payment.failure = Payment.State.FAILED, words
    payment.save()
    _record("payment.failed", payment, _STRIPE, now)
    notices.mail_trouble(payment, what="was paid with another amount than was asked for", words=words)


def _return_refunded(payment: Payment, told: Told, now: datetime) -> None:
    """Write down what Stripe gave back and had not told of before. What staff wrote down went another way."""
    by_stripe = Q(made_by=None, made_by_name=_STRIPE)
    sums = payment.returned.aggregate(
        all=Sum("amount", default=Decimal(0)), told=Sum("amount", default=Decimal(0), filter=by_stripe)
    )
    more = Decimal(told.refunded) / 100 - sums["told"]
    if more <= 0:
        return
    there = min(more, payment.amount - sums["all"])
    if there > 0:
        write_return(payment=payment, amount=there, reason="Refunded to the card", actor=_STRIPE, now=now)
    words, key = f"{there:.2f} {payment.currency} went back.", ""
    if there < more:
        words = (
            f"{more:.2f} {payment.currency} went back, and only {there:.2f} of it is written down: the rest of the "
            "payment had been written down as returned before. Look whether it went back twice."
        )
        # It comes up again whenever the payment is asked about.
        key = f"payment-refunded-{payment.uuid}-{told.refunded}"
    notices.mail_trouble(payment, what="was refunded at Stripe", words=words, key=key)


def _record(action: str, payment: Payment, actor: User | str, now: datetime) -> None:
    audit.record(action, partner_id=payment.partner_id, actor=actor, target=payment, at=now)
