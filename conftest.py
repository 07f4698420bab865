"""The cast every test knows.

Northwind IT: ada is Administrator, ben is Basic, both with Cloud Backup; cora is Accountant without it. Acme Dental
and Bolt Bakery are its clients; otto works at Acme, pia at Bolt. Rival Systems: rita is its Administrator.
So "cora 403, pia 404, rita 404" explains itself.
"""

import gc
import logging
import os
from datetime import datetime
from zoneinfo import ZoneInfo

import hypothesis
import pytest
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.utils import timezone

pytest_plugins = [
    "notifications.tests.mail_server",
    "notifications.tests.receiving",
    "portal.tests.emptying",
    "portal.tests.forking",
    "portal.tests.quick_keys",
    "portal.tests.simulator",
]

# The suite draws the same examples at every run; the nights of `manage.py soak` draw new ones.
hypothesis.settings.register_profile("same-examples", derandomize=True, deadline=None, database=None)
if os.environ.get("PORTICO_SOAK") != "1":
    hypothesis.settings.load_profile("same-examples")


def pytest_collection_finish():
    """Leave thousands of collected tests out of what is looked through for garbage again and again: a tenth faster."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _logs_as_before():
    """A worker of Celery's that a test starts sets the level of all logging, also for the tests that follow."""
    level = logging.getLogger().level
    yield
    logging.getLogger().setLevel(level)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Let transactional tests empty the tables: the audit log's own guard against that has a test of its own."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE accounts_auditentry DISABLE TRIGGER accounts_audit_no_truncate")


@pytest.fixture(autouse=True)
def _empty_cache():
    """Limits count in the cache; one test's wrong passwords must not be the next one's."""
    cache.clear()


@pytest.fixture
def noon():
    """Noon in Berlin on the day the clocks go back: the default moment, on purpose."""
    return datetime(2026, 10, 25, 12, 0, tzinfo=ZoneInfo("Europe/Berlin"))


@pytest.fixture
def northwind(db):
    from accounts.tests.factories import make_partner

    return make_partner("Northwind IT")


@pytest.fixture
def rival(db):
    from accounts.tests.factories import make_partner

    return make_partner("Rival Systems")


@pytest.fixture
def acme(northwind):
    from organizations.tests.factories import make_organization

    return make_organization(northwind, "Acme Dental")


@pytest.fixture
def bolt(northwind):
    from organizations.tests.factories import make_organization

    return make_organization(northwind, "Bolt Bakery")


@pytest.fixture
def cast(northwind, rival, acme, bolt):
    """Everybody, by first name, as memberships."""
    from accounts.roles import Role
    from accounts.tests.factories import give_app, make_member, make_user

    people = {
        "ada": make_member(make_user("Ada", "Lindqvist"), northwind, Role.ADMINISTRATOR),
        "ben": make_member(make_user("Ben", "Okafor"), northwind, Role.BASIC),
        "cora": make_member(make_user("Cora", "Mendes"), northwind, Role.ACCOUNTANT, products=[]),
        "otto": make_member(make_user("Otto", "Brandt"), northwind, Role.ORGANIZATION_USER, organization=acme),
        "pia": make_member(make_user("Pia", "Roth"), northwind, Role.ORGANIZATION_USER, organization=bolt),
        "rita": make_member(make_user("Rita", "Moss"), rival, Role.ADMINISTRATOR),
    }
    for membership in people.values():
        if membership.organization_id is None:
            give_app(membership.user)
    return people


@pytest.fixture
def sign_in(cast):
    """Return a browser in which somebody of the cast is signed in with everything it takes."""

    def _sign_in(who: str, **client_options) -> Client:
        return signed_in_client(cast[who], **client_options)

    return _sign_in


def signed_in_client(membership, **client_options) -> Client:
    """Return a client whose session went through the membership's door, with password and second factor."""
    from accounts.doors import DOOR_KEY, MEMBERSHIP_KEY, Door

    client = Client(**client_options)
    user = get_user_model().objects.get(pk=membership.user_id)
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    session = client.session
    session[DOOR_KEY] = (Door.ORGANIZATION if membership.organization_id else Door.PARTNER).value
    session[MEMBERSHIP_KEY] = membership.pk
    now = timezone.now().timestamp()
    session["account_authentication_methods_user"] = str(user.pk)
    session["account_authentication_methods"] = [
        {"method": "password", "at": now},
        {"method": "mfa", "type": "totp", "at": now, "reauthenticated": True},
    ]
    session.save()
    return client


def sign_in_long_ago(browser: Client) -> None:
    """Let the sign-in of a browser be eleven minutes old: too old for what asks people to confirm that it is them."""
    session = browser.session
    for one in session["account_authentication_methods"]:
        one["at"] -= 660
    session.save()
