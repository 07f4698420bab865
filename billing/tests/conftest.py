"""Moments and settings that the tests of billing share."""

from datetime import UTC, date, datetime

import pytest

from accounts.models import Membership
from accounts.tests.factories import give_app, make_user
from billing.months import Month
from billing.tests.factories import make_billing, make_invoice
from billing.tests.pretend_stripe import KEY, SECRET, PretendStripe
from conftest import signed_in_client


@pytest.fixture(autouse=True)
def _seller(settings):
    settings.BILLING_SELLER = ("Portico Operations Ltd", "20 Column Street, Dublin", "VAT IE 0000000AA")
    settings.BILLING_BANK = ("Bank of the Portico", "IBAN IE00 PORT 0000")


@pytest.fixture
def first():
    """The first minutes of 1 November 2026 (UTC), when October is billed."""
    return datetime(2026, 11, 1, 0, 5, tzinfo=UTC)


@pytest.fixture
def october(first):
    return Month.holding(first.date()).before


@pytest.fixture
def keys(settings):
    """An installation that holds Stripe's keys and reaches nobody with them."""
    settings.STRIPE_SECRET_KEY, settings.STRIPE_WEBHOOK_SECRET = KEY, SECRET


@pytest.fixture
def stripe(microsoft, simulator_process, keys, settings):
    """An empty pretend Stripe, and an installation that holds its keys."""
    pretend = PretendStripe(microsoft, simulator_process.database_url)
    settings.STRIPE_API_BASE = settings.STRIPE_PAGES = pretend.api_url
    return pretend


@pytest.fixture
def owed(northwind, cast):
    """Northwind's invoices of September (121.00, long overdue) and October (100.00, not due for years)."""
    make_billing(northwind)
    september = make_invoice(
        northwind, number="2026-0009", month=date(2026, 9, 1), total="121.00", tax="21.00", due_on=date(2026, 10, 20)
    )
    october = make_invoice(
        northwind, number="2026-0010", month=date(2026, 10, 1), total="100.00", due_on=date(2099, 11, 30)
    )
    return september, october


@pytest.fixture
def sam(cast):
    """Sam is platform staff."""
    staff = make_user("Sam", "Staff", is_staff=True, is_superuser=True)
    give_app(staff)
    return staff


@pytest.fixture
def desk(sam, cast):
    """Sam's browser."""
    return signed_in_client(Membership(user=sam, partner=cast["ada"].partner, role="BASIC", pk=0))
