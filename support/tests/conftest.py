"""What every test of support finds: a storage of its own, and somebody of the platform's staff."""

import pytest

from accounts.models import Membership
from accounts.tests.factories import give_app
from conftest import signed_in_client
from support.tests.factories import make_staff


@pytest.fixture(autouse=True)
def _own_storage(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def leo(db):
    """Leo is platform staff."""
    return make_staff()


@pytest.fixture
def desk(cast, leo):
    """Leo's browser."""
    give_app(leo)
    return signed_in_client(Membership(user=leo, partner=cast["ada"].partner, role="BASIC", pk=0))
