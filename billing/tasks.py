"""The work of `billing`, named for the job that asks for it."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import Partner
from billing import cards
from billing.actions import card_payments, monthly, notices, payment_methods, seats
from billing.cards import CardProblem, StripeBusy, StripeRefused, StripeUnreachable, Told
from billing.models import BillingAccount, Payment
from jobs.claims import Claim
from jobs.models import Job
from jobs.registry import job

# How long until somebody looks again who found a payment's page open, or Stripe out of reach.
_OPEN, _AWAY = timedelta(minutes=10), timedelta(minutes=2)
# How long a question is asked again that Stripe refuses, or that cannot be asked without a key: both may be mended.
_REFUSED = card_payments.PAGE_STAYS + timedelta(days=1)


@job(seats.JOB, queue="maintenance")
def count_seats(subject_id: int, claim: Claim) -> None:
    """Count today's seats at the clients of one partner."""
    seats.count_seats(partner=Partner.objects.get(pk=subject_id), now=timezone.now())
    claim.finish()


@job(monthly.JOB, queue="maintenance")
def bill_partner(subject_id: int, claim: Claim) -> None:
    """Draft what a partner owes for the month before, and issue it where the clock does that."""
    with transaction.atomic():
        monthly.bill_partner(partner=Partner.objects.get(pk=subject_id), now=timezone.now())
        claim.finish()


@job(card_payments.JOB, queue="control")
def ask_about_payment(subject_id: int, claim: Claim) -> None:
    """Ask Stripe how a payment stands, and write it down; look again while it is open."""
    payment = Payment.objects.select_related("partner__billing_account").get(pk=subject_id)
    if not payment.stripe_session_id:
        if payment.created_at + card_payments.PAGE_STAYS < timezone.now():
            card_payments.end_without_page(payment)
        elif payment.is_pending:
            _look_again(claim, because="It has no page at Stripe yet.")
        return
    try:
        told = cards.ask_about(payment.stripe_session_id)
        _propose(payment, told)
    except CardProblem as problem:
        _ask_again(claim, problem, payment)
        return
    payment = card_payments.settle(payment=payment, told=told, now=timezone.now())
    if payment.saves_card and payment.is_received:
        payment_methods.copy_soon(payment.partner.billing_account, now=timezone.now())
    # What Stripe says, not our state: a page may be open of a payment that failed here.
    if told.state in ("OPEN", "PROCESSING"):
        _look_again(claim, because="It is not paid yet.")


@job(payment_methods.JOB, queue="control")
def copy_cards(subject_id: int, claim: Claim) -> None:
    """Copy which cards Stripe keeps for a partner."""
    try:
        payment_methods.copy_cards(BillingAccount.objects.get(pk=subject_id))
    except CardProblem as problem:
        _ask_again(claim, problem)


def _look_again(claim: Claim, *, because: str) -> None:
    """Look again while a page is open, unless an older question does: each declined card rings once more."""
    same = Job.objects.filter(kind=claim.kind, subject_id=claim.subject_id, pk__lt=claim.job_id)
    if not same.filter(state__in=[Job.State.QUEUED, Job.State.RUNNING]).exists():
        claim.try_again(after=_OPEN, because=because)


def _ask_again(claim: Claim, problem: CardProblem, payment: Payment | None = None) -> None:
    """Put a question back that got no answer. One that was refused for too long is given up, and staff is told."""
    if isinstance(problem, StripeUnreachable | StripeBusy):
        claim.try_again(after=_AWAY, because=str(problem))
        return
    asked_at = Job.objects.values_list("requested_at", flat=True).get(pk=claim.job_id)
    if timezone.now() < asked_at + _REFUSED:
        claim.try_again(after=_OPEN, because=str(problem))
        return
    with transaction.atomic():
        claim.give_up(because=str(problem))
        if payment:
            words = f"{problem} Nobody asks again by itself. Look it up at Stripe, and whether the key here is right."
            notices.mail_trouble(payment, what="cannot be asked about at Stripe", words=words)


def _propose(payment: Payment, told: Told) -> None:
    """Make a card the default one, once: later somebody may have chosen another. Raises `CardProblem`."""
    if told.state == "PAID" and payment.is_pending and payment.makes_default and told.card_id:
        try:
            payment_methods.propose_paid_card(account=payment.partner.billing_account, card_id=told.card_id)
        except StripeRefused:
            # The money is what matters; a card that cannot be the default is not.
            return
