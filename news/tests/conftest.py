"""What every test of news finds: somebody of the platform's staff, and the browser of that person."""

import pytest

from accounts.models import Membership
from accounts.tests.factories import give_app, make_user
from conftest import signed_in_client


@pytest.fixture
def sam(db):
    """Sam is platform staff."""
    return make_user("Sam", "Staff", is_staff=True, is_superuser=True)


@pytest.fixture
def desk(cast, sam):
    """Sam's browser."""
    give_app(sam)
    return signed_in_client(Membership(user=sam, partner=cast["ada"].partner, role="BASIC", pk=0))
