"""R21, R22 and R24: whatever a source answers costs time and listings, never data; and green is true."""

import random
from collections import Counter
from datetime import timedelta
from itertools import product

import pytest

from backups.models import Container, Failure, Run
from backups.tests.backing_up import back_up, differences, mailboxes, protect
from backups.tests.looks import connected, look
from backups.tests.nights import of_a_night
from organizations.models import Item, Organization

pytestmark = pytest.mark.django_db(transaction=True)
soak = pytest.mark.soak

MAILS = 12
# How a provider sends somebody away, and how an answer breaks on its way.
TROUBLES = (
    {"status": 429, "retry_after": 7},
    {"status": 429, "retry_after": "date"},
    {"status": 429, "retry_after": "absent"},
    {"status": 503, "retry_after": 20},
    {"status": 504},
    {"reset": True},
    {"wrong_length": True},
)
REFUSALS = (
    {"status": 410, "body": {"error": {"code": "syncStateNotFound", "message": "Resync."}}},
    {"status": 410, "body": {"error": {"code": "SyncStateInvalid", "message": "Resync."}}},
    {"status": 410, "body": {}},
    {"status": 400, "body": {"error": {"code": "syncStateNotFound", "message": "Resync."}}},
)


@pytest.fixture
def tenant(source, vault_store, acme, mail_only):
    """Acme's tenant, in which two ordinary mailboxes are protected."""
    connection = connected(source, acme, size={"users": 5})
    look(connection)
    admin = source.control(f"/tenants/{connection.tenant_id}")["admin_upn"]
    people = Item.objects.filter(kind="USER", mailbox="USER", presence="PRESENT", is_external=False)
    assert protect(connection, *people.exclude(address=admin).values_list("address", flat=True)[:2]) == 2
    return connection


@pytest.fixture
def users(tenant):
    return list(Item.objects.filter(is_chosen=True).order_by("pk").values_list("remote_id", flat=True))


@pytest.fixture
def user(users):
    """The only one who is protected."""
    Item.objects.exclude(remote_id=users[0]).update(is_chosen=False)
    return users[0]


def news(source, tenant, user, dice):
    """Let mail arrive in somebody's mailbox, and one message go."""
    arriving = [{"op": "receive_mail", "user": user, "subject": f"News {dice.random()}"} for _ in range(MAILS)]
    there = sorted(mailboxes(source, tenant)[user])
    gone = {"op": "delete_message", "user": user, "message": dice.choice(there), "how": "purge"}
    source.mutate(tenant.tenant_id, *arriving, gone)


@pytest.mark.parametrize("trials", [5, pytest.param(of_a_night(100), marks=soak, id="R21-night")])
def test_a_storm_of_refusals_costs_time_and_never_data(source, tenant, user, clock, trials):
    dice = random.Random(trials)
    back_up(tenant, clock)
    for trial in range(trials):
        news(source, tenant, user, dice)
        when = {"probability": 0.2, "seed": trial}
        trouble = dice.choice(TROUBLES)
        source.fault(trouble, path="/graph/v1.0/users/", when=when, tenant=tenant.tenant_id)

        runs = [back_up(tenant, clock)]

        source.heal()
        counters = source.counters()
        if runs[0].state == Run.State.PARTIAL and "wrong_length" in trouble:
            # A body that broke three times in a row counts as a failure, which the next run closes.
            clock.forward(timedelta(minutes=16))
            runs.append(back_up(tenant, clock))
        assert runs[-1].state == Run.State.SUCCESS, runs[-1].problem
        assert (sum(one.added for one in runs), sum(one.removed for one in runs)) == (MAILS, 1)
        assert max(counters["most_in_flight_per_mailbox"].values()) <= 3
        assert differences(source, tenant) == []


@pytest.mark.parametrize("trials", [5, pytest.param(of_a_night(100), marks=soak, id="R22-night")])
def test_a_cursor_that_is_refused_at_any_page_leads_to_a_listing_and_to_no_hole(source, tenant, user, clock, trials):
    dice = random.Random(trials)
    back_up(tenant, clock)
    for _ in range(trials):
        news(source, tenant, user, dice)
        since = len(source.log())
        nth = {"nth": dice.randrange(1, 8)}
        source.fault(dice.choice(REFUSALS), path="/messages/delta", when=nth, times=1, tenant=tenant.tenant_id)

        run = back_up(tenant, clock)

        source.heal()
        fetched = Counter(call["path"] for call in source.log()[since:] if call["path"].endswith("$value"))
        assert run.state == Run.State.SUCCESS, run.problem
        # Nothing is kept twice, and nothing fetched that was kept already.
        assert (run.added, run.changed, run.removed) == (MAILS, 0, 1)
        assert sum(fetched.values()) == MAILS
        assert differences(source, tenant) == []


CAUSES = ({"status": 403}, {"status": 400, "body": {"error": {"code": "Odd"}}})


@pytest.mark.parametrize("trials", [20, pytest.param(of_a_night(300), marks=soak, id="R24-night")])
def test_green_is_said_only_where_everything_protected_was_saved(source, tenant, users, acme, clock, trials):
    back_up(tenant, clock)
    # Who is in trouble, and what the trouble is.
    kinds = list(product((None, *CAUSES), repeat=len(users)))
    dice = random.Random(trials)
    for _ in range(trials):
        causes = dice.choice(kinds)
        for user, cause in zip(users, causes, strict=True):
            if cause:
                source.fault(cause, path=f"/graph/v1.0/users/{user}/", tenant=tenant.tenant_id)

        run = back_up(tenant, clock)

        source.heal()
        good = causes.count(None)
        expected = "SUCCESS" if good == len(users) else "PARTIAL" if good else "FAILED"
        assert (run.state, Organization.objects.get(pk=acme.pk).backup_status) == (expected, expected), causes
        well = set(Container.objects.filter(status="SUCCESS").values_list("item__remote_id", flat=True))
        assert well == {user for user, cause in zip(users, causes, strict=True) if cause is None}, causes
    back_up(tenant, clock)
    assert not Failure.objects.filter(closed_at=None).exists()
    assert differences(source, tenant) == []
