"""Several at once: each invoice gets one number, no number is left out, and money goes back once."""

import multiprocessing
from decimal import Decimal
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.tests.factories import make_partner, make_user
from backups.tests.crews import all_at_once
from billing.actions.drafts import draft_invoice
from billing.actions.invoices import CannotBeIssued, issue_invoice
from billing.actions.returns import MoreThanCameIn, return_payment
from billing.models import Invoice, NumberRange, Payment
from billing.tests.factories import count_days, make_billing
from organizations.tests.factories import make_organization

WORKERS, ROUNDS = 3, 2


@pytest.mark.django_db(transaction=True)
def test_workers_that_issue_at_once_leave_no_gap_and_give_no_number_twice(october, first):
    drafts = []
    for number in range(WORKERS * ROUNDS):
        partner = make_partner(f"Partner {number}")
        make_billing(partner)
        count_days(make_organization(partner, "Client"), [(october.first, 3)])
        drafts.append(draft_invoice(partner=partner, month=october, actor="The clock", now=first).pk)
    turn = multiprocessing.get_context("fork").Value("i", 0)

    def issue_one_of_my_own_and_the_first_one(_):
        with turn.get_lock():
            own, turn.value = turn.value, turn.value + 1
        return [issue(drafts[own]), issue(drafts[0])]

    def issue(pk):
        try:
            return issue_invoice(invoice=Invoice.objects.get(pk=pk), actor="The clock", now=first).number
        except CannotBeIssued:
            return ""

    answers = all_at_once(WORKERS, issue_one_of_my_own_and_the_first_one, range(ROUNDS))

    given = [number for worker in answers for both in worker for number in both if number]
    assert sorted(given) == [f"2026-000{number}" for number in range(1, len(drafts) + 1)]
    assert NumberRange.objects.get().last == len(drafts)


@pytest.mark.django_db(transaction=True)
def test_staff_who_take_back_the_same_money_at_once_take_it_back_once():
    partner, sam, now = make_partner("Partner"), make_user("Sam", "Staff"), timezone.now()
    make_billing(partner)
    payment = Payment.objects.create(
        partner=partner, kind="TRANSFER", state="RECEIVED", amount=100, currency="EUR", made_by_name="Sam",
        received_on=now.date(), created_at=now,
    )  # fmt: skip
    one_form = uuid4()

    def take_back(amount_and_form):
        amount, form = amount_and_form
        try:
            words = {"reason": "Typed twice", "actor": sam, "now": now}
            return str(return_payment(payment=payment, amount=Decimal(amount), submission=form or uuid4(), **words).pk)
        except MoreThanCameIn:
            return "refused"

    # Twice the same form over 30, then two forms over the 70 that are left.
    same, own = zip(*all_at_once(2, take_back, [(30, one_form), (70, None)]), strict=True)

    assert (len(set(same)), sorted(own)[1]) == (1, "refused")
    assert sorted(Payment.objects.filter(kind="RETURN").values_list("amount", flat=True)) == [30, 70]
