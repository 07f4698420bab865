"""A team in runs: everything of it is copied, and then left alone for a day."""

import hashlib
from datetime import timedelta

import pytest

from backups.models import Container, Failure, Run
from backups.tests.backing_up import back_up, kept, protect
from backups.tests.connectors_teams import Teams
from backups.tests.looks import connected, look
from organizations.models import Policy

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def tenant(source, vault_store, acme):
    Policy.objects.filter(organization=acme).update(
        mail=False, calendar=False, contacts=False, onedrive=False, sharepoint=False
    )
    connection = connected(source, acme)
    look(connection)
    protect(connection)
    return connection


@pytest.fixture
def team(source, tenant):
    return Teams(source, source.control(f"/tenants/{tenant.tenant_id}"))


def _differences(tenant, team) -> list[tuple[str, str]]:
    """Return every way in which what is kept of the team differs from what is there."""
    container = Container.objects.get(kind="TEAMS", item__remote_id=team.team)
    objects, truth = kept(tenant, container), team.truth()
    found = [("lacks", one) for one in truth.keys() - objects.keys()]
    found += [("has too much", one) for one in objects.keys() - truth.keys()]
    for one in objects.keys() & truth.keys():
        _, record, parts = objects[one]
        hashes = {name: hashlib.sha256(content).hexdigest() for name, content in parts.items()}
        if (hashes, team.compared(record)) != (truth[one].parts, truth[one].record):
            found.append(("is another one", one))
    return found


def test_a_team_is_copied_whole_and_asked_again_a_day_later_only(source, tenant, team, clock):
    first = back_up(tenant, clock)
    asked = len(source.log())
    team.new()

    soon = back_up(tenant, clock)
    quiet = [call["path"] for call in source.log()[asked:] if "/messages" in call["path"]]
    clock.forward(timedelta(days=1, minutes=1))
    later = back_up(tenant, clock)

    assert {run.state for run in (first, soon, later)} == {Run.State.SUCCESS}
    assert quiet == []
    assert (first.added, soon.added, later.added) == (len(team.truth()) - 1, 0, 1)
    assert _differences(tenant, team) == []


def test_people_who_are_refused_are_a_failure_and_the_rest_is_copied(source, tenant, team, clock):
    team.change("refuse_members")

    run = back_up(tenant, clock)

    assert run.state == Run.State.PARTIAL
    assert Failure.objects.filter(closed_at=None).count() == 1
    assert {(what, one.partition("/")[0]) for what, one in _differences(tenant, team)} == {("lacks", "members")}


def test_whatever_happens_in_a_team_is_copied_a_day_later(source, tenant, team, clock):
    back_up(tenant, clock)
    for mutation in team.mutations:
        getattr(team, mutation)()
    clock.forward(timedelta(days=1, minutes=1))

    back_up(tenant, clock)

    assert _differences(tenant, team) == []
