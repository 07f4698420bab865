"""What every test of training finds: a course, and somebody of the platform's staff."""

import pytest

from accounts.models import Membership
from accounts.tests.factories import give_app, make_user
from conftest import signed_in_client
from training.tests.factories import make_course


@pytest.fixture
def course(db):
    return make_course()


@pytest.fixture
def desk(cast):
    """The browser of Sam, who is platform staff."""
    sam = make_user("Sam", "Staff", is_staff=True, is_superuser=True)
    give_app(sam)
    return signed_in_client(Membership(user=sam, partner=cast["ada"].partner, role="BASIC", pk=0))
