"""What programs read about usage is what invoices charge."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from accounts.scopes import Scope
from accounts.tests.factories import make_api_key
from billing.actions.charges import charges_of
from billing.actions.seats import day_of
from billing.models import Subscription
from billing.months import Month
from billing.tests.factories import count_days, make_billing
from portal.api_schema import api_document
from portal.tests.api.programs import Program

USAGE = "/billing/usage/billable"
OCTOBER = {"start_date": "2026-10-01", "end_date": "2026-10-31"}


@pytest.fixture
def counted(northwind, acme, bolt, october):
    """Acme grows from 4 to 6 on the 11th; Bolt has one seat from the 2nd on."""
    make_billing(northwind)
    count_days(acme, [(october.first + timedelta(days=n), 4 if n < 10 else 6) for n in range(31)])
    count_days(bolt, [(october.first + timedelta(days=n), 1) for n in range(1, 31)])


@pytest.fixture
def program(client, northwind):
    return Program(client, make_api_key(northwind, scopes=[Scope.BILLING])[1])


def children(usage):
    return [(one["name"], one["billable"], one["added_seat_days"]) for one in usage["children"]]


def test_a_month_answers_what_its_invoice_charges(program, counted, northwind, october):
    usage = program.get(USAGE, data=OCTOBER)

    base, *_ = charges_of(partner=northwind, month=october, until=october.last)
    assert children(usage) == [("Acme Dental", 4, 42), ("Bolt Bakery", 0, 30)]
    assert (usage["billable"], usage["added_seat_days"]) == (base.quantity, 72) == (4, 72)
    assert usage["counted_at"]


def test_of_a_month_with_a_part_of_a_plan_it_is_what_was_counted_and_the_document_says_so(
    program, counted, northwind, october
):
    Subscription.objects.update(starts_on=date(2026, 10, 11))

    usage, charges = program.get(USAGE, data=OCTOBER), charges_of(partner=northwind, month=october, until=october.last)

    assert (usage["billable"], usage["added_seat_days"]) == (4, 72)
    assert [(one.is_base, one.note[:24]) for one in charges] == [(False, "2 organizations, 147 day")]
    words = " ".join(api_document()["components"]["schemas"]["Usage"]["description"].split())
    assert "in which a plan begins, ends or changes is charged pro rata throughout" in words


def test_a_key_for_one_client_reads_that_client_only(client, counted, northwind, bolt):
    key = make_api_key(northwind, scopes=[Scope.BILLING], organizations=[bolt])[1]

    usage = Program(client, key).get(USAGE, data=OCTOBER)

    assert (children(usage), usage["billable"], usage["added_seat_days"]) == ([("Bolt Bakery", 0, 30)], 0, 30)


def test_before_the_first_count_of_a_month_it_is_what_is_protected_now(program, acme):
    acme.users_protected = 3
    acme.save()

    assert (program.get(USAGE)["billable"], program.get(USAGE)["added_seat_days"]) == (3, 0)
    count_days(acme, [(Month.holding(day_of(timezone.now())).first, 2)])
    assert program.get(USAGE)["billable"] == 2


@pytest.mark.parametrize(
    ("period", "field", "words"),
    [
        ({"start_date": "2020-01-01", "end_date": "2020-01-31"}, "start_date", "No seats were counted"),
        ({"start_date": "2999-01-01", "end_date": "2999-01-31"}, "start_date", "begins after today"),
        ({"start_date": "2026-10-02", "end_date": "2026-10-01"}, "end_date", "ends before"),
        ({"start_date": "2025-10-01", "end_date": "2026-10-02"}, "end_date", "year at most"),
    ],
)
def test_what_makes_no_period_is_refused_in_words(program, counted, period, field, words):
    problem = program.get(USAGE, status=400, data=period)

    assert words in str(problem)
    assert field in str(problem)
