"""Restoring from the plan to the mail: what somebody lost comes back, once, where it was or into a folder."""

import random

import pytest
from django.utils import timezone

from backups.actions.restores import Chosen, start_restore
from backups.engine.access import graph_of
from backups.models import Container, Restore, Snapshot
from backups.tests.backing_up import back_up, protect
from backups.tests.looks import connected, look
from backups.tests.restorer_contract import load_restorables
from backups.tests.restores_made import let_write, plan, put_back, states, work
from organizations.models import Item, Policy

pytestmark = pytest.mark.django_db(transaction=True)

KINDS = load_restorables()
TOGGLES = ("mail", "calendar", "contacts", "onedrive", "sharepoint", "teams")
# What may go wrong on the way: calls that are refused for a while, fail, or lose their answers.
TROUBLES = (
    {"status": 429, "retry_after": 3},
    {"status": 503, "retry_after": 2},
    {"status": 500},
    {"reset": True},
)


class Story:
    """One item of Acme, backed up at a first point and changed since, and what is then restored."""

    def __init__(self, source, subject, tenant, item, clock):
        self.source, self.subject, self.tenant, self.item, self.clock = source, subject, tenant, item, clock

    def read(self, item=None):
        """Return what really is there, as the app for backups reads it."""
        with graph_of(self.tenant, now=self.clock(), clock=self.clock, sleep=self.clock.sleep) as (graph, _):
            return self.subject.read(graph, item or self.subject.source)

    def rows(self, tree):
        return self.subject.rows(tree)


@pytest.fixture
def ada(cast):
    return cast["ada"].user


@pytest.fixture(params=KINDS.values(), ids=KINDS)
def story(request, source, vault_store, acme, clock):
    tenant = let_write(connected(source, acme), source)
    subject = request.param(source, source.control(f"/tenants/{tenant.tenant_id}"))
    look(tenant)
    wanted = subject.restorer_class.kind.lower()
    Policy.objects.filter(organization=acme).update(**{name: name == wanted for name in TOGGLES})
    item = Item.objects.get(connection=tenant, kind=subject.source.kind, remote_id=subject.source.remote_id)
    Item.objects.filter(pk=item.pk).update(is_chosen=True, chosen_by="PERSON", skipped_as="")
    back_up(tenant, clock)
    return Story(source, subject, tenant, item, clock)


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(2, 12))])
def test_a_first_point_comes_back_whole_into_an_empty_place_whatever_goes_wrong(story, ada, seed):
    source, clock, dice = story.source, story.clock, random.Random(seed)
    truth, first = story.rows(story.read()), Snapshot.objects.get()
    story.subject.change(next(iter(story.read().objects.values())))
    back_up(story.tenant, clock)
    story.subject.destroy()
    for number, trouble in enumerate(TROUBLES):
        source.fault(trouble, path="/graph/|/uploads/", when={"every": dice.randint(9, 30) + number})

    restore = put_back(story.item, ada, clock, snapshot=first, folder="", **story.subject.choices)
    source.heal()

    # What Microsoft never handed out is nowhere.
    failed = restore.parts.get().rows.filter(state="FAILED").exclude(code="NOT_RESTORABLE")
    assert (list(failed.values_list("name", "problem")), restore.left) == ([], 0)
    assert story.rows(story.read()) == truth
    assert story.subject.mailed() == []
    assert source.unknown_calls() == []


def test_what_is_lost_of_a_mailbox_comes_back_and_a_leavers_goes_to_somebody_else(
    source, vault_store, acme, mail_only, clock, ada
):
    tenant = let_write(connected(source, acme, size={"users": 2}), source)
    look(tenant)
    protect(tenant, source.control(f"/tenants/{tenant.tenant_id}")["user_upn"])
    back_up(tenant, clock)
    eva = Item.objects.get(is_chosen=True)
    there = [one["id"] for one in source.mailbox(tenant.tenant_id, eva.remote_id)["messages"] if "mime" in one]
    lose = [{"op": "delete_message", "user": eva.remote_id, "message": one, "how": "purge"} for one in there[:5]]
    source.mutate(tenant.tenant_id, *lose)

    restore = put_back(eva, ada, clock, snapshot=Snapshot.objects.get())

    assert (restore.state, restore.created) == (Restore.State.DONE, 5)
    assert states(restore)["SKIPPED"] == restore.objects_total - 5
    folders = {one["name"] for one in source.mailbox(tenant.tenant_id, eva.remote_id)["folders"]}
    assert restore.folder in folders

    heir = Item.objects.filter(connection=tenant, kind="USER", presence="PRESENT").exclude(pk=eva.pk).first()
    Item.objects.filter(pk=eva.pk).update(presence="GONE", gone_at=timezone.now())
    eva.refresh_from_db()
    one = Chosen(Container.objects.get(item=eva, kind="MAIL"))
    before = len(source.mailbox(tenant.tenant_id, heir.remote_id)["messages"])
    counted = work(plan(eva, ada, chosen=[one], target=heir, folder="Eva’s"), clock)
    inherited = work(start_restore(restore=counted, actor=ada, now=clock()), clock)

    assert (inherited.state, inherited.failed) == (Restore.State.DONE, 0)
    after = len(source.mailbox(tenant.tenant_id, heir.remote_id)["messages"])
    assert after - before == inherited.restored > 10
    assert source.control(f"/tenants/{tenant.tenant_id}/outbox") == []
