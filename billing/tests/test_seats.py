"""Seats are counted once a day, and what is free of charge takes none."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from billing.actions import seats
from billing.actions.seats import count_seats, request_due_counts
from billing.models import SeatDay
from jobs import claims
from jobs.models import Job
from organizations.models import Item
from organizations.models.organization import ConnectionState
from organizations.tests.factories import make_connection, make_item, make_organization

P, M = Item.Presence, Item.Mailbox


@pytest.fixture
def tenant(acme):
    """Acme: two protected users, one not; a leaver with backups and one without; rooms, a site."""
    tenant, good = make_connection(acme), {"is_chosen": True, "last_good_at": timezone.now()}
    make_item(tenant, "Eva", **good)
    make_item(tenant, "Finn", is_chosen=True)
    make_item(tenant, "Gus")
    make_item(tenant, "Left and kept", presence=P.GONE, **good)
    make_item(tenant, "Left in the bin", presence=P.DELETED, **good)
    make_item(tenant, "Left, nothing saved", presence=P.GONE, is_chosen=True)
    make_item(tenant, "Info", mailbox=M.SHARED, **good)
    make_item(tenant, "Room", mailbox=M.ROOM, **good)
    make_item(tenant, "Old room", mailbox=M.ROOM, presence=P.GONE, **good)
    make_item(tenant, "Skipped", skipped_as=Item.Skip.EXTERNAL, is_chosen=True)
    make_item(tenant, "Intranet", kind=Item.Kind.SITE, **good)
    return tenant


def figures(organization):
    return list(SeatDay.objects.filter(organization=organization).values_list("seats", "leavers", "shared_mailboxes"))


def test_only_protected_people_take_a_seat(tenant, acme, bolt, northwind, first):
    assert count_seats(partner=northwind, now=first) == 2

    assert figures(acme) == [(2, 2, 2)]
    assert figures(bolt) == [(0, 0, 0)]


def test_a_client_that_was_disconnected_takes_no_seat_and_its_people_are_kept_free(tenant, acme, northwind, first):
    tenant.state, tenant.disconnected_at = ConnectionState.DISCONNECTED, first
    tenant.save()

    count_seats(partner=northwind, now=first)

    assert figures(acme) == [(0, 3, 0)]


def test_a_day_is_counted_once_however_often_somebody_counts(tenant, acme, northwind, first):
    count_seats(partner=northwind, now=first)
    make_item(tenant, "Later", is_chosen=True)

    assert count_seats(partner=northwind, now=first + timedelta(hours=20)) == 0
    count_seats(partner=northwind, now=first + timedelta(days=3))

    days = SeatDay.objects.filter(organization=acme).order_by("day").values_list("day", "seats")
    assert [(day.day, seats) for day, seats in days] == [(1, 2), (4, 3)]


def test_nothing_is_counted_for_a_partner_that_is_switched_off(tenant, northwind, first):
    northwind.is_active = False
    northwind.save()

    request_due_counts(first)

    assert (count_seats(partner=northwind, now=first), SeatDay.objects.count(), Job.objects.count()) == (0, 0, 0)


def test_the_day_is_that_of_utc(acme, northwind):
    count_seats(partner=northwind, now=datetime(2026, 10, 31, 23, 59, tzinfo=UTC))

    assert SeatDay.objects.get(organization=acme).day.isoformat() == "2026-10-31"


def test_the_clock_asks_for_every_partner_until_all_its_clients_are_counted(acme, northwind, rival):
    now = timezone.now()
    request_due_counts(now)
    request_due_counts(now)
    [job] = Job.objects.filter(kind=seats.JOB)

    claims.run(job.pk)
    request_due_counts(now)
    make_organization(rival, "Rival’s client")
    request_due_counts(now)

    assert SeatDay.objects.get().organization == acme
    assert sorted(Job.objects.filter(kind=seats.JOB).values_list("subject_id", flat=True)) == [northwind.pk, rival.pk]


def test_any_number_of_clients_takes_a_few_questions(northwind, first, monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(seats, "_AT_ONCE", 5)
    for number in range(12):
        make_item(make_connection(make_organization(northwind, f"Client {number}")), "Eva", is_chosen=True)

    with django_assert_num_queries(1 + 3 * 2):
        count_seats(partner=northwind, now=first)

    assert SeatDay.objects.filter(seats=1).count() == 12
