"""Bank transfers that staff writes down, and money that is taken back."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry
from billing.models import Allocation, Payment
from billing.tests.test_card_payments import open_amounts
from notifications.models import OutgoingEmail

WRITE = "/admin/billing/payment/transfer/"


@pytest.fixture
def fields(owed, northwind):
    return {
        "partner": northwind.pk, "amount": "150.00", "received_on": "2026-10-25", "reference": "NORTHWIND 2026-0009",
        "tells_partner": "on", "submission": str(uuid4()),
    }  # fmt: skip


def test_staff_sees_what_a_transfer_pays_before_it_is_written_down(desk, fields):
    shown = desk.post(WRITE, fields).content.decode()
    before = Payment.objects.count()
    for _ in range(2):
        desk.post(WRITE, fields | {"confirmed": "1"})

    payment = Payment.objects.get()
    assert ("Invoice 2026-0009: €121.00" in shown, "2026-0010: €29.00 of €100.00" in shown, before) == (True, True, 0)
    assert (payment.kind, payment.state, payment.received_on) == ("TRANSFER", "RECEIVED", date(2026, 10, 25))
    assert open_amounts() == {"2026-0009": 0, "2026-0010": 71}
    # The second invoice was issued after the money had come.
    assert [str(one.allocated_on) for one in Allocation.objects.order_by("pk")] == ["2026-10-25", "2026-11-01"]
    assert AuditEntry.objects.get(action="payment.recorded").actor == "Sam Staff"
    # Cora's billing is not open.
    assert [mail.to for mail in OutgoingEmail.objects.filter(kind="payment_receipt")] == ["ada.lindqvist@example.com"]


def test_named_invoices_are_paid_and_the_rest_is_a_deposit(desk, fields):
    desk.post(WRITE, fields | {"invoices": "2026-0010", "tells_partner": "", "confirmed": "1"})

    assert open_amounts() == {"2026-0009": 121, "2026-0010": 0}
    assert Payment.objects.with_unused().get().unused == 50
    assert not OutgoingEmail.objects.filter(kind="payment_receipt").exists()


@pytest.mark.parametrize(
    ("odd", "words"),
    [
        ({"amount": "NaN"}, "Enter an amount"),
        ({"amount": "0"}, "greater than or equal"),
        ({"amount": "99999999999"}, "Ensure that there are no more than"),
        ({"received_on": (timezone.now() + timedelta(days=2)).date().isoformat()}, "has not come yet"),
        ({"received_on": "yesterday"}, "Enter a valid date"),
        ({"invoices": "2026-0009, 2026-0077"}, "has no open invoice 2026-0077"),
        ({"partner": "0"}, "Select a valid choice"),
        ({"reference": "two\nlines"}, "line breaks"),
    ],
)
def test_what_cannot_be_is_refused_in_words(desk, fields, odd, words):
    answer = desk.post(WRITE, fields | odd | {"confirmed": "1"})

    assert (answer.status_code, words in answer.content.decode()) == (422, True)
    assert not Payment.objects.exists()


def test_a_mistake_is_taken_back_by_a_line_of_its_own(desk, fields, sign_in):
    desk.post(WRITE, fields | {"confirmed": "1"})
    payment = Payment.objects.get()
    take = f"/admin/billing/payment/{payment.pk}/return/"

    more = desk.post(take, {"amount": "150.01", "reason": "Typed twice"})
    desk.post(take, {"amount": "60.00", "reason": "Typed twice"})
    too_much = desk.post(take, {"amount": "90.01", "reason": "Typed twice"})
    page = sign_in("ada").get(payment.get_absolute_url()).content.decode()

    assert (more.status_code, too_much.status_code) == (422, 422)
    # 29 were given back by the second invoice, 31 by the first, which keeps 90.
    assert open_amounts() == {"2026-0009": 31, "2026-0010": 100}
    back = Payment.objects.get(kind="RETURN")
    assert (back.amount, back.returns, back.reference) == (60, payment, "Typed twice")
    assert ("Went back" in page, "Typed twice" in page) == (True, True)
    assert AuditEntry.objects.get(action="payment.returned").details["amount"] == "60.00 EUR"


def test_the_same_form_takes_money_back_once(desk, fields):
    desk.post(WRITE, fields | {"confirmed": "1"})
    take = f"/admin/billing/payment/{Payment.objects.get().pk}/return/"
    form = desk.get(take).context["form"]

    typed = {"amount": "60.00", "reason": "Typed twice", "submission": form["submission"].value()}
    answers = [desk.post(take, typed).status_code for _ in range(2)]

    assert (answers, [str(one.amount) for one in Payment.objects.filter(kind="RETURN")]) == ([302, 302], ["60.00"])


def test_a_deposit_goes_back_first(desk, fields):
    desk.post(WRITE, fields | {"amount": "300", "confirmed": "1"})
    payment = Payment.objects.get()

    desk.post(f"/admin/billing/payment/{payment.pk}/return/", {"amount": "79", "reason": "Paid too much"})

    assert open_amounts() == {"2026-0009": 0, "2026-0010": 0}
    assert Payment.objects.came_in().with_unused().get().unused == 0


@pytest.mark.parametrize(
    "change",
    [
        lambda payment: Payment.objects.filter(pk=payment.pk).update(amount=1),
        lambda payment: Payment.objects.filter(pk=payment.pk).update(state="FAILED", received_on=None),
        lambda payment: payment.allocations.update(amount=1),
        lambda payment: payment.allocations.all().delete(),
        lambda payment: Payment.objects.filter(pk=payment.pk)._raw_delete("default"),
    ],
    ids=["amount", "state", "what it paid", "allocation removed", "removal"],
)
def test_what_was_received_never_changes(desk, fields, change):
    desk.post(WRITE, fields | {"confirmed": "1"})

    with pytest.raises(DatabaseError), transaction.atomic():
        change(Payment.objects.get())

    assert (Payment.objects.get().amount, Allocation.objects.count()) == (Decimal(150), 2)


def test_staff_without_the_right_may_look_and_write_nothing(desk, sam, fields):
    sam.is_superuser = False
    sam.save()
    sam.user_permissions.set(Permission.objects.filter(codename="view_payment"))
    payment = Payment.objects.create(
        partner_id=fields["partner"], kind="TRANSFER", state="RECEIVED", amount=1, currency="EUR", made_by_name="x",
        received_on=date(2026, 10, 1), created_at=timezone.now(),
    )  # fmt: skip

    seen = desk.get(reverse("admin:billing_payment_change", args=[payment.pk]))
    answers = {desk.get(url).status_code for url in (WRITE, f"/admin/billing/payment/{payment.pk}/return/")}

    assert (seen.status_code, answers, b"Take money back" in seen.content) == (200, {403}, False)
