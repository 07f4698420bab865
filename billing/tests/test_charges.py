"""What a month costs, to the cent, beside a reckoning that goes another way: day by day, with fractions."""

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import hypothesis
import pytest
from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from accounts.tests.factories import make_partner
from billing.actions.charges import charges_of
from billing.actions.drafts import NotBilled, draft_invoice
from billing.models import SeatDay
from billing.months import Month
from billing.tests.factories import count_days, make_billing
from organizations.tests.factories import make_organization

FEBRUARY = Month(date(2026, 2, 1))


def cents(amount: Fraction) -> Decimal:
    """Round half a cent up, by hand."""
    return Decimal(int((amount * 100 + Fraction(1, 2)) // 1)) / 100


def reckoned(clients, price, tax_rate, month, starts, ends):
    """Return net and tax of a month: what each client owes for each day, added up."""
    price, rate = Fraction(price), Fraction(tax_rate) / 100
    holds_all_month = starts <= 1 and ends >= month.days
    base_sum, by_day = Fraction(0), Fraction(0)
    for days in clients:
        base = days.get(1, 0) if holds_all_month else 0
        base_sum += base * price
        for day in range(starts, ends + 1):
            if day in days and days[day] > base:
                by_day += Fraction(days[day] - base, month.days) * price
    net = cents(base_sum) + cents(by_day)
    return net, cents(Fraction(net) * rate)


def fill(client, numbers, month, **kept):
    """Count a client from the first of a month on, a number of seats for each day; None for a day nobody counted."""
    days = [(month.first + timedelta(days=offset), seats) for offset, seats in enumerate(numbers)]
    count_days(client, [(day, seats) for day, seats in days if seats is not None], **kept)


prices = st.decimals(min_value=0, max_value=99, places=4)
days_of_a_client = st.dictionaries(st.integers(1, 31), st.integers(0, 400), max_size=31)


class MonthOfSeats(TestCase):
    """Whatever was counted, the invoice is what an independent reckoning says."""

    @hypothesis.settings(max_examples=40)
    @hypothesis.given(
        clients=st.lists(days_of_a_client, max_size=4), price=prices,
        tax_rate=st.decimals(min_value=0, max_value=30, places=2), month=st.sampled_from([2, 4, 10]), data=st.data(),
    )  # fmt: skip
    def test_a_month_costs_what_an_independent_reckoning_says(self, clients, price, tax_rate, month, data):
        month = Month(date(2026, month, 1))
        starts = data.draw(st.sampled_from([-9, 1, 2, 15]))
        ends = data.draw(st.sampled_from([month.days + 9, month.days, month.days - 1, 16]))
        partner = make_partner("Northwind IT")
        plan = make_billing(
            partner, price=str(price), tax_rate=tax_rate, starts_on=month.first + timedelta(days=starts - 1)
        )
        plan.ends_on = month.first + timedelta(days=ends - 1)
        plan.save()
        clients = [{day: seats for day, seats in days.items() if day <= month.days} for days in clients]
        for number, days in enumerate(clients):
            client = make_organization(partner, f"Client {number}")
            fill(client, [days.get(day) for day in range(1, month.days + 1)], month)

        try:
            invoice = draft_invoice(partner=partner, month=month, actor="The clock", now=timezone.now())
        except NotBilled:
            charged = Decimal(0), Decimal(0)
        else:
            charged = invoice.net, invoice.tax

        assert charged == reckoned(clients, price, tax_rate, month, max(starts, 1), min(ends, month.days))


def lines(partner, month, until=None):
    return [
        (one.what, one.quantity, one.unit_price, one.amount)
        for one in charges_of(partner=partner, month=month, until=until or month.last)
    ]


def test_more_seats_are_charged_by_the_day_and_fewer_from_the_next_month_on(northwind, acme, bolt, october):
    make_billing(northwind, price="4.10")
    fill(acme, [10] * 10 + [12] * 21, october)
    fill(bolt, [5] * 10 + [1] * 21, october, leavers=2, shared_mailboxes=1)

    assert lines(northwind, october) == [
        ("Cloud Backup", 15, Decimal("4.1000"), Decimal("61.50")),
        ("Seats added during October", 2, None, Decimal("5.55")),
        ("Leavers kept, October", 2, 0, 0),
        ("Shared mailboxes, October", 1, 0, 0),
    ]  # 42 × 4.10 ÷ 31 = 5.5548


def test_a_day_nobody_counted_costs_nothing(northwind, acme, october):
    make_billing(northwind, price="3.10")
    fill(acme, [1, 2, None, None, 2], october)

    [base, added] = lines(northwind, october)

    assert (base[3], added[3]) == (Decimal("3.10"), Decimal("0.20"))


def test_when_the_price_changes_each_plan_is_charged_for_its_own_days(northwind, acme, october):
    old = make_billing(northwind, price="3.10")
    old.ends_on = date(2026, 10, 10)
    old.save()
    new = make_billing_again(northwind, price="6.20", starts_on=date(2026, 10, 11))
    fill(acme, [10] * 31, october, leavers=1)

    assert lines(northwind, october) == [
        ("Cloud Backup, 1 to 10 October", 10, None, Decimal("10.00")),
        ("Cloud Backup, 11 to 31 October", 10, None, Decimal("42.00")),
        ("Leavers kept, October", 1, 0, 0),
    ]
    assert new.starts_on > old.ends_on


def make_billing_again(partner, **options):
    partner.billing_account.delete()
    return make_billing(partner, **options)


def test_a_month_without_seats_has_no_lines(northwind, acme, october):
    make_billing(northwind)
    fill(acme, [0] * 31, october, leavers=3)

    assert lines(northwind, october) == []


def test_seats_of_another_partner_and_of_other_months_cost_nothing(northwind, rival, acme, october):
    make_billing(northwind)
    fill(make_organization(rival, "Rival’s client"), [5] * 31, october)
    fill(acme, [5] * 30, october.before)

    assert lines(northwind, october) == []


def test_half_a_cent_is_rounded_up_once_for_a_line(northwind, acme):
    make_billing(northwind, price="0.0050")
    fill(acme, [3], FEBRUARY)

    assert [line[3] for line in lines(northwind, FEBRUARY)] == [Decimal("0.02")]
    assert Decimal("0.015").quantize(Decimal("0.01"), ROUND_HALF_UP) == Decimal("0.02")


def test_the_questions_do_not_grow_with_clients(northwind, october, django_assert_num_queries):
    make_billing(northwind)
    for number in range(20):
        fill(make_organization(northwind, f"Client {number}"), [number, number + 1], october)

    with django_assert_num_queries(5):
        charges_of(partner=northwind, month=october, until=october.last)

    assert SeatDay.objects.count() == 40


@pytest.mark.parametrize(("until", "expected"), [(5, 1), (31, 2)])
def test_until_today_only_what_was_counted_is_charged(northwind, acme, october, until, expected):
    make_billing(northwind)
    fill(acme, [4] * 10 + [5] * 21, october)

    assert len(lines(northwind, october, october.first + timedelta(days=until - 1))) == expected
