"""R23: whoever vanishes at the source, for a month or for good, takes nothing along that was saved."""

from datetime import timedelta

import pytest

from backups.models import Container, Run, Snapshot
from backups.tests.backing_up import back_up, kept, mailboxes, protect
from backups.tests.looks import connected, look
from backups.tests.nights import of_a_night
from organizations.models import Connection, Item

pytestmark = pytest.mark.django_db(transaction=True)
DAY = timedelta(days=1)


@pytest.mark.parametrize("trials", [5, pytest.param(of_a_night(50), marks=pytest.mark.soak, id="R23-night")])
def test_who_left_came_back_or_gave_an_address_away_keeps_every_snapshot(
    source, vault_store, acme, mail_only, clock, trials
):
    # More people than may vanish at once without being doubted.
    tenant = connected(source, acme, size={"users": 20 * trials}, load="tiny")
    look(tenant)
    away, purged, replaced, (steady, *others) = _people(source, tenant, trials)
    # One who stays is enough to compare with.
    Item.objects.filter(pk__in=[one.pk for one in others]).update(is_chosen=False)
    back_up(tenant, clock)
    commits, truth = _commits(), mailboxes(source, tenant)
    _let(source, tenant, "delete_user", *away, *purged)
    newcomers = _let(source, tenant, "recreate_user", *replaced)
    look(tenant, clock=clock)
    back_up(tenant, clock)
    clock.forward(29 * DAY)
    _let(source, tenant, "restore_user", *away)
    look(tenant, clock=clock)
    clock.forward(2 * DAY)
    _let(source, tenant, "purge_user", *purged)
    look(tenant, clock=clock)

    last = back_up(tenant, clock)

    presence = dict(Item.objects.filter(connection=tenant).values_list("remote_id", "presence"))
    now = [{presence[one.remote_id] for one in some} for some in (away, purged, replaced, [steady])]
    assert now == [{"PRESENT"}, {"GONE"}, {"GONE"}, {"PRESENT"}]
    dated = set(Item.objects.filter(connection=tenant).exclude(gone_at=None).values_list("remote_id", flat=True))
    assert dated == {one.remote_id for one in (*purged, *replaced)}
    assert {presence[one["id"]] for one in newcomers} == {"PRESENT"}
    assert not Container.objects.filter(item__remote_id__in=[one["id"] for one in newcomers]).exists()
    assert last.state == Run.State.SUCCESS
    for item in (*away, *purged, *replaced, steady):
        container, there = Container.objects.get(item=item), truth[item.remote_id].keys()
        assert container.objects_kept == len(there) > 0
        assert kept(tenant, container, commits[item.pk]).keys() == kept(tenant, container).keys() == there


@pytest.mark.parametrize("trials", [5, pytest.param(of_a_night(50), marks=pytest.mark.soak, id="R23-night")])
def test_a_licence_a_consent_or_a_whole_tenant_that_is_away_takes_nothing_along(
    source, vault_store, acme, mail_only, clock, trials
):
    tenant = connected(source, acme, size={"users": 6})
    look(tenant)
    (mia,), *_ = _people(source, tenant, 1)
    Item.objects.exclude(pk=mia.pk).update(is_chosen=False)
    back_up(tenant, clock)
    commits, truth = _commits(), mailboxes(source, tenant)
    there, app = Item.objects.filter(presence="PRESENT").count(), source.apps["backup"].client_id
    for _ in range(trials):
        # Mia loses her licence and gets it back; nobody consents for a day; Microsoft says that there is nobody.
        source.mutate(tenant.tenant_id, _licence(mia, False))
        look(tenant, clock=clock)
        assert back_up(tenant, clock).state != Run.State.FAILED
        source.mutate(tenant.tenant_id, _licence(mia, True))
        source.revoke(tenant.tenant_id, app)
        clock.forward(DAY)
        assert back_up(tenant, clock).state == Run.State.FAILED
        assert Connection.objects.get().state == "ACCESS_LOST"
        source.consent(tenant.tenant_id, app)
        Connection.objects.update(state="CONNECTED")
        source.mutate(tenant.tenant_id, {"op": "empty"})
        clock.forward(8 * DAY)
        assert look(tenant, clock=clock).discovery == "FAILED"
        source.mutate(tenant.tenant_id, {"op": "empty", "empty": False})

        assert look(tenant, clock=clock).discovery == "IDLE"
        assert back_up(tenant, clock).state == Run.State.SUCCESS
        assert Item.objects.filter(presence="PRESENT").count() == there
        container = Container.objects.get(item=mia)
        assert container.objects_kept == len(truth[mia.remote_id]) > 0
        assert kept(tenant, container, commits[mia.pk]).keys() == kept(tenant, container).keys()


def _licence(item, is_given):
    return {"op": "update_user", "user": item.remote_id, "set": {"licensed": is_given}}


def _let(source, tenant, what, *items):
    return source.mutate(tenant.tenant_id, *[{"op": what, "user": one.remote_id} for one in items])


def _commits():
    """Return the commit of everybody's first restore point."""
    return dict(Snapshot.objects.values_list("item", "commit"))


def _people(source, tenant, trials):
    """Protect four groups of people with ordinary mailboxes, and nobody else; return their items."""
    admin = source.control(f"/tenants/{tenant.tenant_id}")["admin_upn"]
    people = Item.objects.filter(kind="USER", mailbox="USER", presence="PRESENT", is_external=False)
    names = people.exclude(address=admin).order_by("pk").values_list("address", flat=True)[: 4 * trials]
    assert protect(tenant, *names) == 4 * trials
    chosen = list(Item.objects.filter(is_chosen=True).order_by("pk"))
    return [chosen[at::4] for at in range(4)]
