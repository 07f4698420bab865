"""R6: a month at three clients, four workers at once, collections and checks between; every evening is still there."""

import random
import threading
from datetime import timedelta

import pytest
from django.db import connections
from django.db.models.functions import Now

from backups.actions.runs import start_run
from backups.models import Run, Snapshot
from backups.tests.backing_up import KINDS, differences, do, mailboxes, protect, vault_of
from backups.tests.looks import connected, look
from backups.tests.nights import of_a_night
from backups.vault.checking import Level, check
from backups.vault.collecting import Terms, collect
from backups.vault.retention import KeepPoints, retain
from jobs import claims
from jobs.models import Job
from organizations.models import Policy
from organizations.tests.factories import make_organization

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.soak]

TERMS = Terms(waste=0.05, merged_packs=4)
WORKERS = 4


def test_every_evening_of_a_month_is_still_there(source, vault_store, northwind, acme, bolt, clock, record_property):
    dice, days = random.Random(30), of_a_night(30)
    tenants = [_tenant(source, one) for one in (acme, bolt, make_organization(northwind, "Cobalt Law"))]
    evenings = {tenant.pk: {} for tenant in tenants}
    collected = 0
    for day in range(days):
        for tenant in tenants:
            source.day(tenant.tenant_id)
            start_run(connection=tenant, trigger=Run.Trigger.PERSON, actor="Ada", now=clock())
        _work_off(clock)
        for tenant in tenants:
            commit = Snapshot.objects.filter(item__connection=tenant).latest("commit").commit
            evenings[tenant.pk][commit] = mailboxes(source, tenant)
            if day % 3 == 2:
                collected += _tidy(tenant, evenings[tenant.pk], dice, clock())
        clock.forward(timedelta(days=1))

    kept = sum(len(one) for one in evenings.values())
    record_property("evenings compared", kept)
    record_property("packs given up", collected)
    assert set(Run.objects.values_list("state", flat=True)) == {Run.State.SUCCESS}
    for tenant in tenants:
        for commit, truth in evenings[tenant.pk].items():
            assert differences(source, tenant, commit, truth) == []
        for hours in (0, 80, 160):
            last = collect(vault_of(tenant), now=clock() + timedelta(hours=hours), terms=TERMS)
        assert last.waste_bytes <= TERMS.waste * max(1, last.live_bytes + last.waste_bytes)
        assert last.swept == last.removed == 0


def _tenant(source, organization):
    Policy.objects.filter(organization=organization).update(
        calendar=False, contacts=False, onedrive=False, sharepoint=False, teams=False
    )
    tenant = connected(source, organization, size={"users": 3})
    look(tenant)
    assert protect(tenant, source.control(f"/tenants/{tenant.tenant_id}")["user_upn"]) == 1
    return tenant


def _tidy(tenant, evenings, dice, now):
    """Let one evening go, collect, and check everything; return how many packs were given up."""
    vault = vault_of(tenant)
    if len(evenings) > 4:
        del evenings[dice.choice(sorted(evenings)[:-1])]
        retain(vault, KeepPoints(frozenset(evenings)), now=now)
    given_up = collect(vault, now=now, terms=TERMS).given_up
    for level in (Level.LISTING, Level.CONTENT):
        assert list(check(vault, level, now=now)) == []
    return given_up


def _work_off(clock):
    """Let several workers do everything that is asked for."""
    problems = []

    def work():
        try:
            while job := Job.objects.filter(kind__in=KINDS, state="QUEUED").order_by("?").first():
                Job.objects.filter(pk=job.pk, state="QUEUED").update(not_before=Now())
                if claim := claims.claim(job.pk):
                    do(job, claim, clock)
        except Exception as problem:
            problems.append(problem)
        finally:
            connections.close_all()

    while Job.objects.filter(kind__in=KINDS, state="QUEUED").exists() and not problems:
        crew = [threading.Thread(target=work) for _ in range(WORKERS)]
        for one in crew:
            one.start()
        for one in crew:
            one.join()
    assert problems == []
