"""Otto's colleagues at Acme, for the tests about a client's own people."""

import pytest
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from accounts.tests.factories import make_invitation, make_member, make_user
from jobs.registry import Kind, kinds
from organizations.tests.people import DANAS_EMAIL


@pytest.fixture
def sara(cast, northwind, acme):
    """Sara is Otto's colleague."""
    return make_member(make_user("Sara", "Quist"), northwind, Role.ORGANIZATION_USER, organization=acme, products=[])


@pytest.fixture
def dana(cast, northwind, acme):
    """Dana is invited to Acme and has not joined; the link ends in a-token."""
    user = User.objects.create_user(DANAS_EMAIL, None, first_name="Dana", last_name="Whitfield")
    member = make_member(user, northwind, Role.ORGANIZATION_USER, organization=acme, products=[], joined_at=None)
    make_invitation(member, token="a-token", at=timezone.now())
    return member


@pytest.fixture
def scene(cast, sign_in, acme, bolt, monkeypatch):
    """The table of what a client's users can do plays here."""
    # Imported late: it reads every address of the product.
    from organizations.tests.scene import Scene

    # The floor above registers this kind of work; here the row that asks for it is enough.
    monkeypatch.setitem(kinds, "check_site_addresses", Kind(lambda subject_id, claim: None, "control", 3))
    return Scene(cast, sign_in, acme, bolt)
