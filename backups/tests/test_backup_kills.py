"""R5: workers killed at any moment of a backup: what was committed stays, nothing is missing or there twice."""

import random
from collections import Counter

import pytest

from backups.models import Container, Run, Snapshot
from backups.tests.backing_up import differences, mailboxes, protect, work_off
from backups.tests.killing import begun, free, killed_after
from backups.tests.looks import connected, look
from backups.tests.nights import of_a_night
from organizations.models import Item

pytestmark = pytest.mark.django_db(transaction=True)

# A job is given up at its sixth death; a backup meets one less here.
DEATHS_OF_A_BACKUP = 5


@pytest.mark.parametrize("deaths", [10, pytest.param(of_a_night(200), marks=pytest.mark.soak, id="R5-night")])
def test_a_killed_worker_loses_nothing_and_doubles_nothing(
    source, vault_store, acme, mail_only, clock, deaths, record_property
):
    tenant = connected(source, acme, size={"users": 2})
    look(tenant)
    user = source.control(f"/tenants/{tenant.tenant_id}")["user_upn"]
    protect(tenant, user)
    mailbox = Item.objects.get(is_chosen=True).remote_id
    dice, kills, past = random.Random(deaths), 0, []
    since = len(source.log())
    while kills < deaths:
        _news(source, tenant, mailbox, dice)
        job = begun(tenant, clock)
        kills += sum(killed_after(job, dice.uniform(0.02, 0.3)) for _ in range(DEATHS_OF_A_BACKUP))
        free(job)
        work_off(clock)
        past.append((Snapshot.objects.latest("pk").commit, mailboxes(source, tenant)))

    fetched = Counter(call["path"] for call in source.log()[since:] if call["path"].endswith("$value"))
    record_property("kills", kills)
    record_property("backups", len(past))
    record_property("messages fetched again", sum(fetched.values()) - len(fetched))
    assert set(Run.objects.values_list("state", flat=True)) == {Run.State.SUCCESS}
    assert [differences(source, tenant, commit, truth) for commit, truth in past] == [[]] * len(past)
    assert Container.objects.get().objects_kept == len(mailboxes(source, tenant)[mailbox])
    # A backup that is killed fetches again at most what it had not committed, once for each death.
    assert max(fetched.values()) <= 1 + DEATHS_OF_A_BACKUP


def _news(source, tenant, mailbox, dice):
    """Let mail arrive and go, so that every backup has something to do."""
    mails = [{"op": "receive_mail", "user": mailbox, "subject": f"News {dice.random()}"} for _ in range(12)]
    source.mutate(tenant.tenant_id, *mails)
    there = sorted(mailboxes(source, tenant)[mailbox])
    for message in dice.sample(there, 3):
        how = dice.choice(["bin", "purge"])
        source.mutate(tenant.tenant_id, {"op": "delete_message", "user": mailbox, "message": message, "how": how})
