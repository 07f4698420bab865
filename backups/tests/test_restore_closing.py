"""What a restore opened at its target is closed however it stops, by a job that outlives a busy service."""

from datetime import timedelta

import pytest
from django.utils import timezone

from backups.actions.restores import cancel_restore, pause_restore, resume_restore
from backups.connectors.base import AccessRevoked, ProviderBusy, UnexpectedAnswer
from backups.engine.restore import MAX_ATTEMPTS, restore_objects
from backups.engine.restore_endings import end_restores
from backups.models import Restore, RestoreObject
from backups.tests.restores_made import begun, stock_to_restore, work
from backups.tests.scripted_restorer import ScriptedRestorer
from jobs import claims
from jobs.models import Job

pytestmark = pytest.mark.django_db(transaction=True)

State = Restore.State


@pytest.fixture
def ada(cast):
    return cast["ada"].user


@pytest.fixture
def stock(acme, vault_store):
    """Eva's mailbox with forty messages: more than are in hand when somebody stops at the second."""
    stock = stock_to_restore(acme)
    for number in range(40):
        at = f"2026-10-25T10:{59 - number}:00Z"
        stock.put(f"m{number}", {"id": f"m{number}"}, parts={"mime": b"Hello %d" % number}, modified_at=at)
    stock.close()
    return stock


@pytest.fixture
def target():
    restorer = ScriptedRestorer()
    restorer.opens = True
    return restorer


@pytest.fixture
def options(target):
    return {"restorers": lambda graph: {"MAIL": target}, "looks_every": 0}


def _stopped(stock, actor, target, options, action):
    """Return a restore that ``action`` was done to at its second object, when the worker has noticed."""
    restore = begun(stock, actor, options)
    target.script["m1"] = [lambda: action(restore=restore, actor=actor, now=timezone.now())]
    return work(restore, until=lambda one: one.rests, **options)


@pytest.mark.parametrize("action", [cancel_restore, pause_restore])
def test_whoever_stops_it_gets_it_closed_though_the_service_is_busy_and_answers_nonsense(
    stock, ada, target, options, action
):
    restore = _stopped(stock, ada, target, options, action)
    assert (restore.left > 0, target.doors, target.finished) == (True, {"ajar"}, 0)
    busy = ProviderBusy("Busy.", wait=timedelta(minutes=7))
    target.script["finish"] = [busy, UnexpectedAnswer("Nonsense.")]

    work(restore, until=lambda one: not target.script["finish"][1:], **options)
    job = Job.objects.get(kind="restore", subject_id=restore.pk, state="QUEUED")
    assert job.not_before - timezone.now() > timedelta(minutes=6)
    Job.objects.filter(pk=job.pk).update(not_before=timezone.now())
    with pytest.raises(UnexpectedAnswer):
        restore_objects(restore.pk, claims.claim(job.pk), **options)
    Job.objects.filter(pk=job.pk).update(state="QUEUED", lease_until=None)
    closed = work(restore, **options)

    assert (target.doors, closed.leaves_open(), closed.state) == (set(), False, restore.state)
    ended = work(resume_restore(restore=closed, actor=ada, now=timezone.now()), **options)
    assert (ended.state, target.doors, len(target.held)) == (State.DONE, set(), 40)


def test_what_cannot_be_closed_is_told_and_going_on_closes_it(stock, ada, target, options):
    target.script = {f"m{number}": [AccessRevoked("Gone.")] for number in range(38, 40)}
    target.script["finish"] = [AccessRevoked("Microsoft 365 refused.")]

    restore = work(begun(stock, ada, options), **options)

    assert (restore.state, target.doors, restore.can_go_on) == (State.PARTIAL, {"ajar"}, True)
    assert restore.problem.startswith("What it had opened at the target could not be closed again: Microsoft 365 refu")
    assert "withdrew our permission to write" in restore.problem
    assert not Job.objects.filter(subject_id=restore.pk, kind="restore").exclude(state="DONE").exists()
    target.script = {}
    ended = work(resume_restore(restore=restore, actor=ada, now=timezone.now()), **options)
    assert (ended.state, ended.problem, target.doors) == (State.DONE, "", set())


def test_with_nothing_left_but_an_open_door_somebody_can_still_go_on(stock, ada, target, options):
    target.script["finish"] = [AccessRevoked("Refused.") for _ in range(2)]

    restore = work(begun(stock, ada, options), **options)

    assert (restore.state, restore.left, target.doors, restore.can_go_on) == (State.PARTIAL, 0, {"ajar"}, True)
    ended = work(resume_restore(restore=restore, actor=ada, now=timezone.now()), **options)
    assert (ended.state, target.doors, len(target.held)) == (State.DONE, set(), 40)
    assert not ended.can_go_on


def test_a_service_that_never_makes_sense_is_asked_so_often_and_no_more(stock, ada, target, options):
    restore = _stopped(stock, ada, target, options, cancel_restore)
    target.script["finish"] = [UnexpectedAnswer("Nonsense.")]
    job = Job.objects.get(kind="restore", subject_id=restore.pk, state="QUEUED")
    Job.objects.filter(pk=job.pk).update(attempts=MAX_ATTEMPTS - 1)

    told = work(restore, **options)

    assert (told.state, target.doors) == (State.CANCELLED, {"ajar"})
    assert "could not be closed again: Nonsense." in told.problem


def test_given_up_work_is_closed_too_but_not_under_another_restore_to_the_same_target(stock, ada, target, options):
    lost = begun(stock, ada, options, folder="Lost")
    target.script["m20"] = [ProviderBusy("Busy.", wait=timedelta(minutes=1))]
    work(lost, until=lambda one: one.waits_until is not None, **options)
    Job.objects.filter(subject_id=lost.pk).delete()
    end_restores(timezone.now())
    other = begun(stock, ada, options, folder="Other")
    Restore.objects.filter(pk=other.pk).update(state=State.RUNNING)

    waiting = work(lost, until=lambda one: Job.objects.filter(subject_id=one.pk, postponements__gt=0), **options)
    assert (waiting.state, target.doors, target.finished) == (State.PARTIAL, {"ajar"}, 0)
    Restore.objects.filter(pk=other.pk).update(state=State.QUEUED)
    work(lost, **options)

    assert (target.doors, target.finished) == (set(), 1)


def test_who_goes_on_while_it_is_being_closed_is_not_forgotten(stock, ada, target, options):
    restore = _stopped(stock, ada, target, options, pause_restore)
    resumed = []
    target.script["finish"] = [
        lambda: resumed.append(resume_restore(restore=restore, actor=ada, now=timezone.now()).state)
    ]

    ended = work(restore, **options)

    assert resumed == [State.QUEUED]
    assert (ended.state, target.doors) == (State.DONE, set())
    assert not RestoreObject.objects.filter(part__restore=ended).to_come().exists()


def test_what_was_never_opened_asks_for_no_work(stock, ada, target, options):
    target.opens = False

    restore = _stopped(stock, ada, target, options, cancel_restore)

    assert not Job.objects.filter(subject_id=restore.pk, state="QUEUED").exists()
    assert target.finished == 0
