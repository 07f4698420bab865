"""R19, R30: many who authorize at once, workers that die while they erase, and an older database that comes back."""

import os
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import AuditEntry
from accounts.roles import Role
from accounts.tests.factories import make_member, make_user
from backups.actions.deletions import DeletionProblem, authorize_deletion
from backups.engine.deletion import KIND
from backups.models import Container, Deletion
from backups.tests.catalogues import copy_of, put_back
from backups.tests.crews import all_at_once
from backups.tests.deletions_made import ask, carry_out, held, objects_of, stocked
from backups.tests.nights import of_a_night
from backups.tests.vault_model import dying_at
from backups.vault.configured import configured_root, configured_store
from backups.vault.tombstones import reapply
from jobs.models import Job
from notifications.models import OutgoingEmail

pytestmark = pytest.mark.django_db(transaction=True)
POINTS = ("deletion.began", "erase.after_slips", "erase.before_removal", "deletion.account_erased", "deletion.erased")
POINTS_OF_EVERYTHING = (
    "erase_organization.marked",
    "erase_organization.certified",
    "erase_organization.between_keys",
    "erase_organization.destroyed",
    "deletion.account_erased",
    "deletion.erased",
)


@pytest.mark.parametrize(
    ("people", "trials"), [(10, 1), pytest.param(50, of_a_night(20), marks=pytest.mark.soak, id="R19-night")]
)
def test_of_many_who_authorize_at_once_one_does(acme, cast, northwind, vault_store, people, trials):
    administrators = [make_user(f"Admin{number}") for number in range(people)]
    for one in administrators:
        make_member(one, northwind, Role.ADMINISTRATOR)
    stocks = [stocked(acme, f"Person {number}") for number in range(trials)]
    now = timezone.now()
    deletions = [ask(one, cast["ben"].user, now) for one in stocks]

    def authorize(deletion):
        actor = administrators[os.getpid() % people]
        try:
            authorize_deletion(deletion=deletion, actor=actor, now=now)
        except DeletionProblem as problem:
            return type(problem).__name__
        return "authorized"

    answers = all_at_once(people, authorize, deletions)

    for trial, deletion in enumerate(deletions):
        of_one = sorted(answered[trial] for answered in answers)
        assert of_one == ["NotOpen"] * (people - 1) + ["authorized"]
        deletion.refresh_from_db()
        assert deletion.state == Deletion.State.AUTHORIZED
    assert AuditEntry.objects.filter(action="deletion.authorized").count() == trials
    assert OutgoingEmail.objects.filter(kind="deletion_authorized").count() == trials * (people + 1)


@pytest.mark.parametrize("point", POINTS)
def test_a_worker_that_dies_while_it_erases_an_account_is_followed_by_another(acme, cast, vault_store, point):
    stock, other = stocked(acme), stocked(acme, "Ida Berg")
    now = timezone.now()
    deletion = held(stock, cast, now)

    with dying_at((point, 1)):
        carry_out(deletion)
    died_in = Deletion.objects.get(pk=deletion.pk).state
    Job.objects.filter(kind=KIND).update(state="QUEUED", lease_until=None)
    done = carry_out(deletion)

    assert (died_in, done.state) == (Deletion.State.EXECUTING, Deletion.State.DONE)
    assert done.certificate["totals"]["objects"] > 0
    assert (objects_of(stock), objects_of(other) > 0) == (0, True)
    assert OutgoingEmail.objects.filter(kind="deletion_done").count() == 1
    assert AuditEntry.objects.filter(action="deletion.done").count() == 1


@pytest.mark.parametrize("point", POINTS_OF_EVERYTHING)
def test_a_worker_that_dies_while_it_erases_a_client_is_followed_by_another(acme, cast, vault_store, point):
    stock = stocked(acme)
    objects = objects_of(stock)
    deletion = held(stock, cast, timezone.now(), everything=True)

    with dying_at((point, 1)):
        carry_out(deletion)
    Job.objects.filter(kind=KIND).update(state="QUEUED", lease_until=None)
    done = carry_out(deletion)

    assert (done.state, done.certificate["totals"]["objects"]) == (Deletion.State.DONE, objects)
    assert objects_of(stock) == 0
    assert Container.objects.get(pk=stock.container.pk).objects_kept == 0


def test_a_slice_that_is_over_goes_on_in_the_next(acme, cast, vault_store):
    stock = stocked(acme)
    deletion = held(stock, cast, timezone.now())

    assert carry_out(deletion, slice_lasts=timedelta()).state == Deletion.State.EXECUTING
    assert carry_out(deletion).state == Deletion.State.DONE


def test_what_was_deleted_stays_deleted_when_an_older_database_comes_back(acme, cast, vault_store):
    stock, other = stocked(acme), stocked(acme, "Ida Berg")
    yesterday = copy_of(acme.uuid)
    carry_out(held(stock, cast, timezone.now()))
    put_back(acme.uuid, yesterday)
    assert objects_of(stock) > 0

    reapply(acme.uuid, store=configured_store(), root=configured_root(), now=timezone.now())

    assert (objects_of(stock), objects_of(other) > 0) == (0, True)
