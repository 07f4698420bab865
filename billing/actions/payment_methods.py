"""Cards that Stripe keeps for a partner. Stripe has them; here is a copy of what is shown of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import OperationalError, connection, transaction

from accounts import audit
from accounts.models import User
from billing import cards
from billing.cards import StripeBusy, StripeRefused
from billing.models import BillingAccount, PaymentMethod
from jobs.requests import request_job

JOB = "copy_cards"
# The advisory lock, beside the account's id.
_CARDS = 7_401_602


def copy_soon(account: BillingAccount, *, now: datetime) -> None:
    """Ask for the cards to be copied anew, in the caller's transaction."""
    request_job(JOB, subject_id=account.pk, at=now)


def copy_cards(account: BillingAccount) -> None:
    """Make our copy equal to what Stripe keeps. Where no card is the default, the newest becomes it.

    Raises `CardProblem`.
    """
    if not account.stripe_customer_id:
        return
    with _in_turn(account):
        kept, default = cards.cards_of(account.stripe_customer_id)
        if kept and default not in {card.stripe_id for card in kept}:
            default = kept[0].stripe_id
            cards.propose(account.stripe_customer_id, default)
        # One default at a time, also between two rows: they are written anew.
        PaymentMethod.objects.filter(partner_id=account.partner_id).delete()
        PaymentMethod.objects.bulk_create(
            PaymentMethod(
                partner_id=account.partner_id, stripe_id=card.stripe_id, brand=card.brand[:30], last4=card.last4[:4],
                expires_month=card.expires_month, expires_year=card.expires_year,
                is_default=card.stripe_id == default,
            )
            for card in kept
        )  # fmt: skip


def propose_card(*, method: PaymentMethod, account: BillingAccount, actor: User, now: datetime) -> None:
    """Make a kept card the default one. Raises `CardProblem`; a card that Stripe keeps no longer is gone then."""
    try:
        with _in_turn(account):
            cards.propose(account.stripe_customer_id, method.stripe_id)
    except StripeRefused:
        copy_cards(account)
        raise
    _record("card.proposed", method, actor, now)
    copy_cards(account)


def propose_paid_card(*, account: BillingAccount, card_id: str) -> None:
    """Make the card that somebody paid with the default one. Raises `CardProblem`."""
    with _in_turn(account):
        cards.propose(account.stripe_customer_id, card_id)


def remove_card(*, method: PaymentMethod, account: BillingAccount, actor: User, now: datetime) -> None:
    """Let Stripe forget a card; one that it keeps no longer is removed as well. Raises `CardProblem`."""
    try:
        with _in_turn(account):
            cards.forget(method.stripe_id)
    except StripeRefused:
        copy_cards(account)
        if PaymentMethod.objects.filter(partner_id=method.partner_id, stripe_id=method.stripe_id).exists():
            raise
        _record("card.removed", method, actor, now)
        return
    _record("card.removed", method, actor, now)
    copy_cards(account)


@contextmanager
def _in_turn(account: BillingAccount) -> Iterator[None]:
    """Keep others from a partner's cards until it is over, so that an older copy never takes the place of a newer one.

    Raises `StripeBusy` where that takes too long. Not the account's row: money should not wait for Stripe's answers.
    """
    with transaction.atomic():
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_CARDS, account.pk])
        except OperationalError as problem:
            raise StripeBusy("Somebody else changes the cards at the moment. Try again in a moment.") from problem
        yield


def _record(action: str, method: PaymentMethod, actor: User, now: datetime) -> None:
    words = {"card": cards.card_words(method.brand, method.last4)}
    with transaction.atomic():
        audit.record(action, partner_id=method.partner_id, actor=actor, at=now, details=words)
