"""R23: whoever vanishes at the source, for a month or for good, takes nothing along that was saved."""

from datetime import timedelta

import pytest

from backups.models import Container, Run, Snapshot
from backups.tests.backing_up import back_up, kept, mailboxes, protect
from backups.tests.looks import connected, look
from backups.tests.nights import of_a_night
from organizations.models import Item

pytestmark = pytest.mark.django_db(transaction=True)
DAY = timedelta(days=1)


@pytest.mark.parametrize("trials", [1, pytest.param(of_a_night(50), marks=pytest.mark.soak, id="R23-night")])
def test_who_left_came_back_or_gave_an_address_away_keeps_every_snapshot(
    source, vault_store, acme, mail_only, clock, trials
):
    # More people than may vanish at once without being doubted.
    tenant = connected(source, acme, size={"users": 14 + 4 * trials})
    look(tenant)
    for _ in range(trials):
        away, purged, replaced, steady = _four_people(source, tenant)
        back_up(tenant, clock)
        commit, truth = Snapshot.objects.latest("commit").commit, mailboxes(source, tenant)
        for item in (away, purged):
            source.mutate(tenant.tenant_id, {"op": "delete_user", "user": item.remote_id})
        (newcomer,) = source.mutate(tenant.tenant_id, {"op": "recreate_user", "user": replaced.remote_id})
        look(tenant, clock=clock)
        back_up(tenant, clock)
        clock.forward(29 * DAY)
        source.mutate(tenant.tenant_id, {"op": "restore_user", "user": away.remote_id})
        look(tenant, clock=clock)
        clock.forward(2 * DAY)
        source.mutate(tenant.tenant_id, {"op": "purge_user", "user": purged.remote_id})
        look(tenant, clock=clock)

        last = back_up(tenant, clock)

        presence = dict(Item.objects.filter(connection=tenant).values_list("remote_id", "presence"))
        assert [presence[one.remote_id] for one in (away, purged, replaced)] == ["PRESENT", "GONE", "GONE"]
        assert presence[newcomer["id"]] == "PRESENT"
        assert not Container.objects.filter(item__remote_id=newcomer["id"]).exists()
        assert last.state == Run.State.SUCCESS
        for item in (away, purged, replaced, steady):
            container, there = Container.objects.get(item=item), truth[item.remote_id].keys()
            assert container.objects_kept == len(there) > 0
            assert kept(tenant, container, commit).keys() == kept(tenant, container).keys() == there


def _four_people(source, tenant):
    """Protect four people with ordinary mailboxes, and nobody else; return their items."""
    Item.objects.update(is_chosen=False)
    admin = source.control(f"/tenants/{tenant.tenant_id}")["admin_upn"]
    people = Item.objects.filter(kind="USER", mailbox="USER", presence="PRESENT", is_external=False, containers=None)
    names = people.exclude(address=admin).order_by("pk").values_list("address", flat=True)[:4]
    assert protect(tenant, *names) == 4
    return Item.objects.filter(is_chosen=True).order_by("pk")
