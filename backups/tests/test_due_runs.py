"""Which backups begin by the clock, and when."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from backups.actions.due_runs import next_run_at, slot_began_at, start_due_runs
from backups.models import Container, Run
from organizations.models import Connection, Item, Organization, Policy
from organizations.tests.factories import make_connection, make_item, make_organization
from portal.benchmarks.copied_rows import copy_row
from portal.tests.planning import count_rows

HOURS = (1, 2, 3, 4, 6, 8, 12, 24)


@pytest.fixture
def tenant(acme):
    return make_connection(acme)


@pytest.fixture
def eva(tenant):
    return make_item(tenant, "Eva Lindholm", is_chosen=True)


def end_all(now):
    Run.objects.update(state="SUCCESS", ended_at=now)


def known(*items):
    """These were met by a backup already."""
    for item in items:
        Container.objects.create(
            organization_id=item.organization_id, connection_id=item.connection_id, item=item, kind="MAIL",
            account=item.remote_id,
        )  # fmt: skip


def test_the_first_backup_begins_at_once_and_the_next_with_its_slot(tenant, eva, noon):
    assert start_due_runs(noon) == 1
    end_all(noon)
    known(eva)

    begins = next_run_at(tenant, 8, now=noon)

    assert start_due_runs(begins - timedelta(seconds=1)) == 0
    assert start_due_runs(begins) == 1
    assert [run.trigger for run in Run.objects.all()] == ["SCHEDULE", "SCHEDULE"]


def test_there_are_never_two_at_once(tenant, eva, noon):
    for minute in (0, 1, 60 * 24):
        start_due_runs(noon + timedelta(minutes=minute))

    assert Run.objects.count() == 1


def test_a_backup_by_hand_fills_the_slot(tenant, eva, noon):
    begins = next_run_at(tenant, 8, now=noon)
    known(eva)
    Run.objects.create(
        organization=tenant.organization, connection=tenant, state="SUCCESS", trigger="PERSON",
        requested_at=begins + timedelta(minutes=5), ended_at=begins + timedelta(minutes=9),
    )  # fmt: skip

    assert start_due_runs(begins + timedelta(hours=7)) == 0
    assert start_due_runs(begins + timedelta(hours=8)) == 1


def test_a_backup_of_one_account_fills_no_slot(tenant, eva, noon):
    Run.objects.create(
        organization=tenant.organization, connection=tenant, item=eva, state="SUCCESS", trigger="PERSON",
        requested_at=noon, ended_at=noon,
    )  # fmt: skip

    assert start_due_runs(noon) == 1


def test_newcomers_wait_a_quarter_of_an_hour_and_not_for_the_slot(tenant, eva, noon):
    noon = slot_began_at(tenant, 8, now=noon)
    start_due_runs(noon)
    end_all(noon)
    known(eva)
    make_item(tenant, "Nora New", is_chosen=True)

    assert start_due_runs(noon + timedelta(minutes=14)) == 0
    assert start_due_runs(noon + timedelta(minutes=15)) == 1


@pytest.mark.parametrize("state", ["ACCESS_LOST", "DISCONNECTED"])
def test_only_what_can_be_read_is_begun(tenant, eva, noon, state):
    Connection.objects.update(state=state, disconnected_at=noon if state == "DISCONNECTED" else None)

    assert start_due_runs(noon) == 0


def test_nothing_begins_where_nothing_is_protected(tenant, noon):
    make_item(tenant, "Eva Lindholm")

    assert start_due_runs(noon) == 0


@pytest.mark.parametrize("hours", HOURS)
def test_slots_of_a_thousand_clients_are_spread_over_the_interval(hours):
    now = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
    begins = [next_run_at(Connection(pk=pk), hours, now=now) for pk in range(1, 1001)]

    fullest = max(sum(now + timedelta(minutes=10 * n) <= one < now + timedelta(minutes=10 * (n + 1)) for one in begins)
                  for n in range(hours * 6))  # fmt: skip
    assert all(now < one <= now + timedelta(hours=hours) for one in begins)
    assert fullest <= 2 * 1000 / (hours * 6) + 1


@pytest.mark.parametrize("day", [datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC)])
def test_days_on_which_the_clocks_change_have_as_many_slots_as_others(day):
    for pk in (1, 7, 4321):
        minutes = [day + timedelta(minutes=n) for n in range(24 * 60)]
        slots = {slot_began_at(Connection(pk=pk), 8, now=one) for one in minutes}
        assert len(slots) in (3, 4)
        assert {after - before for before, after in zip(sorted(slots), sorted(slots)[1:], strict=False)} == {
            timedelta(hours=8)
        }


@pytest.fixture
def ten_thousand(northwind, noon):
    """So many clients, each with one protected account; for all but five this slot's backup is done."""
    organization = make_organization(northwind, "Client 0")
    tenant = make_connection(organization, "00000000-0000-4000-8000-000000000000", connected_at=noon)
    eva = make_item(tenant, "Eva Lindholm", is_chosen=True, first_seen_at=noon)
    known(eva)
    container = Container.objects.get()
    copy_row(organization, "generate_series(1, 9999)", name="'Client ' || s")
    copy_row(organization.policy, _others(organization), organization_id="s.id")
    copy_row(
        tenant,
        _others(organization),
        organization_id="s.id",
        tenant_id="'00000000-0000-4000-8000-' || lpad(s.id::text, 12, '0')",
    )
    copy_row(eva, _others(tenant), organization_id="s.organization_id", connection_id="s.id", remote_id="'r' || s.id")
    copy_row(
        container, _others(eva), organization_id="s.organization_id", connection_id="s.connection_id",
        item_id="s.id", account="s.remote_id",
    )  # fmt: skip
    first, *others = Connection.objects.order_by("pk")[5:]
    run = Run.objects.create(
        organization_id=first.organization_id, connection=first, state="SUCCESS", trigger="SCHEDULE",
        requested_at=slot_began_at(first, 8, now=noon), ended_at=noon,
    )  # fmt: skip
    begins = [(one.organization_id, one.pk, slot_began_at(one, 8, now=noon)) for one in others]
    arrays = tuple(list(column) for column in zip(*begins, strict=True))
    copy_row(
        run, "(SELECT * FROM unnest(%s, %s, %s::timestamptz[]) AS a (organization, connection, began))", arrays,
        organization_id="s.organization", connection_id="s.connection", requested_at="s.began",
    )  # fmt: skip
    count_rows(Organization, Policy, Connection, Item, Container, Run)


def _others(row):
    return f"(SELECT * FROM {row._meta.db_table} WHERE id <> {row.pk})"


def test_a_tick_over_ten_thousand_clients_fits_into_its_minute_and_starts_a_hundred_at_most(ten_thousand, noon):
    assert (Connection.objects.count(), Item.objects.count(), Run.objects.count()) == (10_000, 10_000, 9_995)

    began = time.perf_counter()
    started = start_due_runs(noon)
    took = time.perf_counter() - began

    assert started == 5
    # The next tick comes after a minute; a machine that does other things as well is slow.
    assert took < 20
    assert start_due_runs(timezone.now() + timedelta(days=1)) == 100
