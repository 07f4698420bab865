"""Budgets: no window of the provider's holds more than it allows, restores come first, refusals make us careful."""

from datetime import timedelta

import pytest
from django.utils import timezone

from backups.connectors.base import ProviderBusy
from backups.connectors.http import Http
from backups.connectors.limits import Allowance
from backups.connectors.microsoft365.allowances import allowance_of
from backups.engine import budgets
from backups.engine.budgets import SharedBudgets
from backups.models import ProviderBudget
from backups.tests.scripted_provider import Clock, Provider

SCOPE = "t sharepoint"
MINUTE = Allowance(1250, 60, burst=50)

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock():
    return Clock()


def _take_for(clock: Clock, one: SharedBudgets, seconds: int, units: float = 1) -> list[float]:
    """Take as fast as allowed for so long and return the moments."""
    begin, taken = clock.now, []
    while (clock.now - begin).total_seconds() < seconds:
        wait = one.take(SCOPE, units)
        if wait:
            clock.sleep(wait.total_seconds())
        else:
            taken.append((clock.now - begin).total_seconds())
    return taken


def test_no_minute_holds_more_than_is_allowed_and_most_of_it_is_used(clock):
    taken = _take_for(clock, SharedBudgets(lambda scope: MINUTE, clock=clock), 120)

    in_window = [sum(start <= one < start + 60 for one in taken) for start in range(0, 61, 5)]
    assert max(in_window) <= 1250
    assert min(in_window) >= 0.9 * 1250


def test_two_workers_share_one_allowance(clock):
    first, second = (SharedBudgets(lambda scope: MINUTE, clock=clock) for _ in range(2))
    begin, taken = clock.now, 0
    while (clock.now - begin).total_seconds() < 60:
        waits = [first.take(SCOPE, 1), second.take(SCOPE, 1)]
        taken += waits.count(timedelta())
        if all(waits):
            clock.sleep(min(waits).total_seconds())

    assert 0.85 * 1250 <= taken <= 1250


def test_a_day_ends_the_work_of_a_day_and_leaves_something_to_restores(clock):
    small = Allowance(1250, 60, burst=50, a_day=100)
    backup = SharedBudgets(lambda scope: small, clock=clock)
    restore = SharedBudgets(lambda scope: small, clock=clock, restores=True)
    while not (wait := backup.take(SCOPE, 1)) or wait < timedelta(minutes=1):
        clock.sleep(wait.total_seconds())

    assert timedelta(hours=23) < wait <= timedelta(days=1)
    assert restore.take(SCOPE, 1) < timedelta(seconds=1)
    clock.sleep(wait.total_seconds())
    assert backup.take(SCOPE, 1) == timedelta()


def test_backups_leave_half_to_restores_while_there_are_any(clock):
    backup = SharedBudgets(lambda scope: MINUTE, clock=clock)
    restore = SharedBudgets(lambda scope: MINUTE, clock=clock, restores=True)
    restore.take(SCOPE, 1)
    _take_for(clock, backup, 60)
    restore.take(SCOPE, 1)

    busy = len(_take_for(clock, backup, 60))
    clock.sleep(180)
    calm = len(_take_for(clock, backup, 60))

    assert busy <= 0.6 * calm


def test_a_refusal_makes_us_careful_for_a_while(clock):
    one = SharedBudgets(lambda scope: MINUTE, clock=clock)
    calm = len(_take_for(clock, one, 60))

    for _ in range(4):
        one.refused(SCOPE)
    careful = len(_take_for(clock, one, 60))
    clock.sleep(1200)

    assert careful <= 0.6 * calm
    assert len(_take_for(clock, one, 60)) >= 0.95 * calm


def test_what_has_no_limit_is_not_counted(clock):
    assert SharedBudgets(lambda scope: None, clock=clock).take("t unheard", 10**6) == timedelta()
    assert not ProviderBudget.objects.exists()


def test_a_call_waits_for_its_budget_and_a_long_wait_frees_the_worker(clock):
    slow = SharedBudgets(lambda scope: Allowance(1, 10, burst=1), clock=clock)
    with Provider() as provider, Http(provider.url, budgets=slow, sleep=clock.sleep, clock=clock) as http:
        for _ in range(3):
            http.send("GET", "v1.0/users", scope=SCOPE)
        http.send("GET", "v1.0/users", scope=SCOPE, units=50)
        with pytest.raises(ProviderBusy):
            http.send("GET", "v1.0/users", scope=SCOPE)

    assert sum(clock.slept) == pytest.approx(3 * 10 / budgets.STEADY, abs=0.1)


@pytest.mark.parametrize(
    ("licences", "minute", "day"),
    [(0, 1250, 1_200_000), (1000, 1250, 1_200_000), (1001, 2500, 2_400_000), (60_000, 6250, 6_000_000)],
)
def test_sharepoint_allows_more_to_larger_tenants(licences, minute, day):
    found = allowance_of("t sharepoint", licences=licences)

    assert (found.units, found.seconds, found.a_day) == (minute, 60, day)


def test_each_mailbox_and_team_has_an_allowance_of_its_own():
    assert allowance_of("t mailbox ada").units == 10_000
    assert allowance_of("t team x").units == 4
    assert allowance_of("t") is None


def test_a_budget_is_shown_from_its_row(clock):
    one = SharedBudgets(lambda scope: MINUTE, clock=lambda: timezone.now())
    one.take(SCOPE, 3)

    row = ProviderBudget.objects.get()
    assert row.minute_used >= 3
    assert row.day_used == row.minute_used
