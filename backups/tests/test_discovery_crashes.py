"""A worker that dies, or comes back from the dead, leaves nothing half done, doubled or missed."""

import os
import signal
import subprocess
import sys
import time

import pytest
from django.conf import settings as django_settings
from django.db import connection as database

from backups.models import DiscoveryFeed
from backups.tests.looks import SMALL_PAGE, Clock, connected, differences, look, state_of, take
from jobs import claims
from jobs.models import Job
from organizations.models import Connection, Item


@pytest.fixture
def dental(source, acme):
    connection = connected(source, acme, size={"users": 40, "teams": 4, "sites": 4, "guests": 4})
    source.moods(connection.tenant_id, short=0.9, seed=6)
    return connection


class Dies(Exception):
    """What a kill looks like from inside."""


class Mortal(Clock):
    """A clock whose owner dies in the middle of the transaction that asks it for the ``nth`` time."""

    def __init__(self, source, nth):
        super().__init__(source)
        self.left = nth

    def __call__(self):
        self.left -= 1
        if self.left == 0:
            raise Dies
        return super().__call__()


def test_a_worker_that_dies_at_any_moment_leaves_a_look_that_can_be_finished(source, dental):
    deaths = 0
    for nth in range(1, 60, 4):
        try:
            look(dental, clock=Mortal(source, nth))
        except Dies:
            deaths += 1

    found = look(dental)

    assert deaths > 5
    assert found.discovery == "IDLE"
    assert differences(source, dental) == []
    assert not Item.objects.filter(is_new=True).exists()


def test_rows_and_cursor_of_a_page_are_saved_together_or_not_at_all(source, dental):
    seen = []
    for nth in range(3, 12):
        before = Item.objects.count(), DiscoveryFeed.objects.filter(name="USERS").values_list("sealed_cursor").first()
        with pytest.raises(Dies):
            look(dental, clock=Mortal(source, nth))
        after = Item.objects.count(), DiscoveryFeed.objects.filter(name="USERS").values_list("sealed_cursor").first()
        seen.append((before[0] != after[0], before[1] != after[1]))

    assert (True, True) in seen
    assert (True, False) not in seen


def test_a_ghost_whose_job_was_taken_over_changes_nothing(source, dental):
    ghost = take(dental)
    state = []

    class Overtaken(Clock):
        """The moment is asked for inside the transaction of a page; there somebody else takes the job."""

        def __call__(self):
            if Item.objects.filter(connection=dental).exists() and not state:
                state.append((Item.objects.count(), DiscoveryFeed.objects.get(name="USERS").sealed_cursor))
                Job.objects.filter(pk=ghost.job_id).update(fence=ghost.fence + 1)
            return super().__call__()

    with pytest.raises(claims.LeaseLost):
        look(dental, clock=Overtaken(source), claim=ghost)

    assert (Item.objects.count(), DiscoveryFeed.objects.get(name="USERS").sealed_cursor) == state[0]
    holder = claims.Claim(ghost.job_id, "discover", dental.pk, ghost.fence + 1, 0)
    look(dental, claim=holder)
    assert differences(source, dental) == []


def test_two_workers_with_one_job_do_it_once(source, dental):
    first, second = take(dental), take(dental)

    with pytest.raises(claims.LeaseLost):
        look(dental, claim=first)
    look(dental, claim=second)

    assert state_of(second) == "DONE"
    assert differences(source, dental) == []


@pytest.mark.django_db(transaction=True)
def test_a_killed_process_is_followed_by_one_that_finishes(microsoft, transactional_db, source, dental):
    claim = take(dental)
    Job.objects.filter(pk=claim.job_id).update(state="QUEUED", lease_until=None)
    source.fault({"stall": 30}, path="/users/delta", when={"nth": 3})

    with _worker(claim.job_id) as process:
        _wait(lambda: Connection.objects.get(pk=dental.pk).discovery_seen > 0, process)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL

    halfway = Connection.objects.get(pk=dental.pk)
    assert (halfway.discovery, state_of(claim)) == ("RUNNING", "RUNNING")
    assert DiscoveryFeed.objects.get(connection=dental, name="USERS").cursor
    source.heal()
    Job.objects.filter(pk=claim.job_id).update(lease_until="2026-01-01T00:00:00Z")
    asked = source.log()[-1]["id"]
    assert claims.run(claim.job_id) == "DONE"
    assert differences(source, dental) == []
    # It went on from the stored link and did not begin again.
    first = next(entry for entry in source.log(since=asked) if entry["template"] == "/users/delta")
    assert "skiptoken" in first["query"]


class _worker:
    """A worker process of the product's own that does one job."""

    def __init__(self, job_id):
        self.job_id = job_id

    def __enter__(self):
        values = database.settings_dict
        server, _, _ = os.environ["DATABASE_URL"].rpartition("/")
        environment = os.environ | {
            "DATABASE_URL": f"{server}/{values['NAME']}",
            "MICROSOFT_LOGIN_URL": django_settings.MICROSOFT_LOGIN_URL,
            "MICROSOFT_GRAPH_URL": django_settings.MICROSOFT_GRAPH_URL,
        }
        code = (
            "import django; django.setup(); from jobs import claims; from backups.engine.discovery import discover;"
            f"claim = claims.claim({self.job_id}); discover(claim.subject_id, claim, page_size={SMALL_PAGE})"
        )
        self.process = subprocess.Popen([sys.executable, "-c", code], cwd=django_settings.BASE_DIR, env=environment)
        return self.process

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


def _wait(condition, process, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        assert process.poll() is None, "The worker ended by itself."
        assert time.monotonic() < deadline, "It never came to that."
        time.sleep(0.02)
