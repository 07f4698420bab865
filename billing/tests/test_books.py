"""Statements, receivables, transactions: what was true on a day, and nobody else's."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from billing import books
from billing.actions.accounts import locked_account
from billing.actions.allocations import use_deposits
from billing.actions.credit_notes import credit_invoice, creditable
from billing.actions.notices import tell_overdue
from billing.actions.returns import return_payment
from billing.actions.transfers import record_transfer
from billing.models import Invoice, Payment
from billing.tests.factories import make_billing, make_invoice
from notifications.models import OutgoingEmail


def transfer(partner, amount, on, sam, *invoices, now=None):
    return record_transfer(
        partner=partner, amount=Decimal(amount), received_on=on, reference="T", invoices=list(invoices),
        tells_partner=False, submission=uuid4(), actor=sam, now=now or timezone.now(),
    )  # fmt: skip


def take_back(payment, amount, sam, now):
    return return_payment(payment=payment, amount=amount, reason="r", submission=uuid4(), actor=sam, now=now)


def on_day(partner, day, *, since=date(2026, 1, 1), only_open=False):
    return books.statement(
        Invoice.objects.filter(partner=partner), Payment.objects.filter(partner=partner), since=since, on=day,
        only_open=only_open,
    )  # fmt: skip


def test_a_statement_of_a_past_day_tells_what_was_true_by_then(northwind, owed, sam):
    transfer(northwind, "121", date(2026, 11, 5), sam, owed[0])

    before, after = on_day(northwind, date(2026, 11, 4)), on_day(northwind, date(2026, 11, 5))

    assert [line.number for line in before.lines] == ["2026-0009", "2026-0010"]
    assert (before.closing, before.ageing.overdue, before.ageing.current) == (221, 121, 100)
    assert (after.closing, after.ageing.overdue) == (100, 0)
    assert [line.balance for line in after.lines] == [121, 221, 100]
    assert [line.number for line in on_day(northwind, date(2026, 11, 4), only_open=True).lines] == [
        "2026-0009", "2026-0010",
    ]  # fmt: skip
    assert on_day(northwind, date(2026, 11, 5), since=date(2026, 11, 2)).opening == 221


def test_money_that_went_back_opens_an_invoice_from_that_day_on(northwind, owed, sam, noon):
    payment = transfer(northwind, "121", date(2026, 10, 6), sam, owed[0])

    take_back(payment, Decimal(121), sam, noon)

    day = noon.date()
    assert on_day(northwind, day - timedelta(days=1)).ageing.overdue == 0
    assert on_day(northwind, day).ageing.overdue == 121
    assert [line.kind_words for line in on_day(northwind, day).lines] == ["Invoice", "Bank transfer", "Money returned"]


def test_what_takes_the_place_of_money_that_went_back_counts_from_that_day_on(northwind, owed, sam):
    """A transfer of the 3rd is taken back on the 8th; the right one, of the 3rd too, is written down on the 10th."""
    wrong = transfer(northwind, "100", date(2026, 11, 3), sam, owed[1])
    eighth = datetime(2026, 11, 8, 12, tzinfo=UTC)
    take_back(wrong, Decimal(100), sam, eighth)

    right = transfer(northwind, "100", date(2026, 11, 3), sam, owed[1])

    assert right.allocations.get().allocated_on == date(2026, 11, 8)
    for day in (3, 7, 8, 10):
        found = on_day(northwind, date(2026, 11, day))
        assert found.closing == found.lines[-1].balance


@pytest.mark.parametrize(
    ("days", "group"), [(0, None), (1, 0), (30, 0), (31, 1), (60, 1), (61, 2), (90, 2), (91, 3), (4000, 3)]
)
def test_what_is_open_is_grouped_by_its_age(northwind, days, group):
    today = date(2026, 11, 26)
    make_invoice(northwind, number="1", month=date(2015, 9, 1), total="10", due_on=today - timedelta(days=days))

    age = on_day(northwind, today, since=date(2015, 1, 1)).ageing

    found = next((number for number, (_, amount) in enumerate(age.past_due) if amount), None)
    assert (found, age.open, age.current == 10) == (group, 10, group is None)


_WHAT = ["invoice", "transfer", "back", "use", "credit"]
# What, how many tenths, how many days after the last step, and how many days before that a transfer has its value date.
_STEPS = st.lists(
    st.tuples(st.sampled_from(_WHAT), st.integers(1, 300), st.integers(0, 4), st.integers(0, 10)), max_size=9
)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(steps=[("invoice", 9, 0, 0), ("transfer", 9, 2, 0), ("back", 9, 5, 0), ("transfer", 9, 2, 7)])
@example(
    steps=[("invoice", 9, 0, 0), ("transfer", 9, 0, 0), ("credit", 5, 1, 0), ("invoice", 9, 1, 0), ("use", 1, 1, 0)]
)
@given(steps=_STEPS)
def test_whatever_happened_every_days_balance_is_open_less_unused(northwind, sam, steps):
    """The balance added up from movements equals, each day, what is open less what is unused."""
    with transaction.atomic():
        make_billing(northwind)
        first, day, days = date(2026, 3, 1), date(2026, 3, 20), set()
        for number, (what, tenths, later, back) in enumerate(steps):
            day += timedelta(days=later)
            # From one of these days to the next nothing changes.
            days |= {day - timedelta(days=1), day, day - timedelta(days=back)}
            _do(what, Decimal(tenths) / 10, number, day, back, northwind, sam)
        for here in sorted(days):
            found = on_day(northwind, here, since=first)
            moved = found.lines[-1].balance if found.lines else found.opening
            assert moved == found.ageing.open - found.ageing.unused
            assert found.ageing.open >= 0
            assert found.ageing.unused >= 0
        transaction.set_rollback(True)


def _do(what, amount, number, day, back, partner, sam):
    now = datetime.combine(day, time(12), tzinfo=UTC)
    if what == "invoice":
        invoice = make_invoice(partner, number=f"i{number}", month=date(1990 + number, 1, 1), total=str(amount),
                               due_on=day + timedelta(days=3), issued_on=day)  # fmt: skip
        assert invoice.issued_on == day
    if what == "transfer":
        transfer(partner, amount, day - timedelta(days=back), sam, now=now)
    if what == "use":
        use_deposits(locked_account(partner.pk), on=day)
    if what == "back" and (payment := Payment.objects.came_in().filter(partner=partner).first()):
        left = payment.amount - sum(one.amount for one in payment.returned.all())
        if left > 0:
            take_back(payment, min(amount, left), sam, now)
    if what == "credit" and (invoice := Invoice.objects.filter(partner=partner).invoices().first()):
        if left := min(amount, creditable(invoice)[1]):
            credit_invoice(invoice=invoice, amounts={1: left}, reason="r", actor=sam, now=now)


@pytest.fixture
def many(northwind, owed):
    """A hundred more invoices, and as many payments."""
    now = timezone.now()
    for number in range(100):
        month = date(1900 + number, 1, 1)
        make_invoice(northwind, number=f"1900-{number:04}", month=month, total="10", due_on=date(2099, 1, 1))
    Payment.objects.bulk_create(
        Payment(partner=northwind, kind="TRANSFER", state="RECEIVED", amount=1, currency="EUR", reference=f"T {number}",
                received_on=date(2026, 1, 1), made_by_name="Sam", created_at=now)
        for number in range(100)
    )  # fmt: skip


LISTS = ["billing:overview", "billing:payment_create", "billing:receivable_list", "billing:transaction_list"]


@pytest.mark.parametrize("name", LISTS)
def test_however_much_there_is_the_number_of_queries_is_the_same(
    sign_in, owed, name, request, django_assert_max_num_queries
):
    ada, url = sign_in("ada"), reverse(name)
    ada.get(url)
    with django_assert_max_num_queries(60) as few:
        ada.get(url)
    request.getfixturevalue("many")

    with django_assert_max_num_queries(len(few.captured_queries)):
        ada.get(url)


def test_transactions_are_searched_filtered_and_turned_over(sign_in, many):
    ada, url = sign_in("ada"), reverse("billing:transaction_list")

    def found(**query):
        return ada.get(url, query).context["page_obj"].paginator.count

    receipt = Payment.objects.first().receipt_number
    assert (found(), found(kind="INVOICE"), found(kind="TRANSFER"), found(kind="CARD")) == (202, 102, 100, 0)
    assert (found(q="2026-00"), found(q=receipt.lower()), found(q="T 9"), found(q="%")) == (2, 1, 11, 0)
    assert (found(since="2026-10-01"), found(until="2025-12-31"), found(since="nonsense")) == (2, 100, 202)
    assert len(ada.get(url, {"page": 5}).context["rows"]) == 2


def test_lists_are_handed_out_as_csv_and_no_cell_is_a_formula(sign_in, owed, northwind):
    Payment.objects.create(
        partner=northwind, kind="TRANSFER", state="RECEIVED", amount=1, currency="EUR", made_by_name="Sam",
        received_on=date(2026, 10, 2), created_at=timezone.now(), reference="=HYPERLINK(1)",
    )  # fmt: skip
    ada = sign_in("ada")

    moved = ada.get(reverse("billing:transaction_export")).getvalue().decode()
    due = ada.get(reverse("billing:receivable_export"), {"show": "PAST_DUE"}).getvalue().decode()

    assert "2026-11-01,Invoice,2026-0010,October 2026,100.00,EUR" in moved
    assert ",'=HYPERLINK(1),-1.00,EUR" in moved
    assert ("2026-0009" in due, "2026-0010" in due) == (True, False)


def test_receivables_tell_current_from_past_due(sign_in, owed):
    ada, url = sign_in("ada"), reverse("billing:receivable_list")

    shown = {
        show: [row.invoice.number for row in ada.get(url, {"show": show}).context["rows"]]
        for show in ("ALL", "CURRENT", "PAST_DUE", "nonsense")
    }

    assert shown == {"ALL": ["2026-0009", "2026-0010"], "CURRENT": ["2026-0010"], "PAST_DUE": ["2026-0009"],
                     "nonsense": ["2026-0009", "2026-0010"]}  # fmt: skip


def test_a_rival_sees_nothing_of_it(sign_in, owed, sam, northwind):
    transfer(northwind, "10", date(2026, 10, 6), sam)
    rita = sign_in("rita")

    for name in [*LISTS, "billing:statement_detail"]:
        assert "2026-0009" not in rita.get(reverse(name)).content.decode()
    assert rita.get(Payment.objects.get().get_absolute_url()).status_code == 404


def test_the_start_page_says_what_is_overdue(sign_in, owed):
    page = sign_in("ada").get(reverse("billing:overview")).content.decode()

    assert ("1 invoice is overdue" in page, "€221.00" in page, "Overdue since 20 Oct" in page) == (True, True, True)
    assert "€121.00 overdue since 20 October 2026" in page


def test_an_overdue_invoice_is_mailed_once_to_those_who_may_see_it(owed, cast, noon):
    for _ in range(2):
        tell_overdue(noon)
    [mail] = OutgoingEmail.objects.filter(kind="invoice_overdue")

    assert mail.to == "ada.lindqvist@example.com"
    assert ("5 days ago" in mail.text, "2026-0009" in mail.subject) == (True, True)


@pytest.mark.parametrize("by_card", [True, False])
def test_the_mail_of_an_overdue_invoice_offers_a_card_only_where_one_can_be_used(owed, noon, request, by_card):
    if by_card:
        request.getfixturevalue("keys")

    tell_overdue(noon)

    mail = OutgoingEmail.objects.get(kind="invoice_overdue")
    assert ("by card" in mail.text, ">Pay</a>" in mail.html) == (by_card, by_card)
    assert "where to transfer" in mail.text


def test_the_dashboard_says_what_is_due_only_to_those_who_may_see_it(sign_in, owed):
    pages = {who: sign_in(who).get("/dashboard/").content.decode() for who in ("ada", "ben", "cora")}

    assert {who: "Invoices due" in page for who, page in pages.items()} == {"ada": True, "ben": False, "cora": False}
    assert "€121.00 overdue since 20 October 2026" in pages["ada"]
