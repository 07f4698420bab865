"""A restore goes on whatever happens: broken calls, busy providers, lost consent, no room, damage, second thoughts."""

import os
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import AuditEntry
from backups.actions.restore_refusals import (
    NoConsentToWrite,
)
from backups.actions.restores import Chosen, cancel_restore, pause_restore, resume_restore, start_restore
from backups.connectors.base import AccessRevoked, CannotBeRestored, Obstacle, PermissionMissing, ProviderBusy
from backups.engine.restore_endings import end_restores
from backups.models import Restore, RestoreObject, RestorePlace
from backups.tests.damage import changed, files_of, flipped
from backups.tests.restores_made import begun, let_write, plan, put_back, states, stock_to_restore, work
from backups.tests.scripted_restorer import ScriptedRestorer, full, refused, unclear
from jobs.models import Job
from notifications.models import OutgoingEmail

pytestmark = pytest.mark.django_db(transaction=True)

State = Restore.State


@pytest.fixture
def ada(cast):
    return cast["ada"].user


@pytest.fixture
def stock(acme, vault_store):
    """Eva's mailbox: nine messages in two folders, the first the newest."""
    stock = stock_to_restore(acme).feed("sent", "Sent", parent="inbox")
    for number in range(9):
        at = f"2026-10-{20 - number:02}T10:00:00Z"
        record = {"id": f"m{number}", "text": f"text {number}"}
        feed = "sent" if number > 5 else "inbox"
        stock.put(f"m{number}", record, feed=feed, parts={"mime": b"Hello %d" % number}, modified_at=at)
    stock.close()
    return stock


@pytest.fixture
def target():
    return ScriptedRestorer()


@pytest.fixture
def options(target):
    return {"restorers": lambda graph: {"MAIL": target}}


def _rows(restore, *names):
    return list(RestoreObject.objects.filter(part__restore=restore).order_by("object_id").values_list(*names))


def test_the_newest_come_back_first_and_what_came_is_told_in_figures_log_and_mail(stock, ada, target, options):
    stock.put("m9", {"id": "m9"}, is_odd=True, turn=1).put("m10", {"id": "m10"}, turn=-1).close()
    target.held["live"] = ("m1", "text 1")
    target.held["edited"] = ("m2", "another text")
    target.width = 1

    plain = work(plan(stock.item, ada), **options)
    restore = work(start_restore(restore=plain, actor=ada, now=timezone.now()), **options)

    assert (plain.objects_total, plain.skipped, plain.may_lack, plain.room_free) == (10, 1, {"HEADERS": 9}, 10_000)
    assert target.order == ["m0", "m2", "m3", "m4", "m5", "m6", "m7", "m8", "m9"]
    assert states(restore) == {"CREATED": 8, "SKIPPED": 1, "DEGRADED": 1}
    assert (restore.state, restore.created, restore.degraded, restore.skipped, restore.left) == ("DONE", 8, 1, 1, 0)
    assert restore.bytes_done == restore.bytes_total == sum(size for size, state in _rows(restore, "size", "state") if
                                                            state != "SKIPPED")  # fmt: skip
    assert [(one.folder, one.total, one.restored) for one in RestoreObject.objects.folders()] == [
        ("Inbox", 7, 6), ("Inbox / Sent", 3, 3),
    ]  # fmt: skip
    assert set(RestorePlace.objects.values_list("name", "value")) == {
        ("folder inbox", restore.folder), ("folder sent", restore.folder),
    }  # fmt: skip
    mail = OutgoingEmail.objects.get(kind="restore_ended")
    assert (mail.to, "is done" in mail.subject) == (ada.email, True)
    actions = AuditEntry.objects.filter(action__startswith="restore.").order_by("pk").values_list("action", flat=True)
    assert list(actions) == ["restore.planned", "restore.started", "restore.ended"]
    assert target.finished == 1


@pytest.mark.parametrize(
    ("conflict", "expected", "held"),
    [
        ("SKIP", {"CREATED": 7, "SKIPPED": 2}, 9),
        ("COPY", {"CREATED": 9}, 11),
        ("REPLACE", {"CREATED": 7, "REPLACED": 2}, 9),
    ],
)
def test_what_is_in_the_original_place_is_kept_unless_somebody_chose_otherwise(
    stock, ada, cast, target, options, conflict, expected, held
):
    target.held |= {"live": ("m1", "text 1"), "edited": ("m2", "another text")}
    ben = cast["ben"].user

    restore = put_back(stock.item, ada, planner=ben, folder="", conflict=conflict, options=options)

    assert (states(restore), len(target.held)) == (expected, held)
    assert {"live", "edited"} <= set(target.held) or conflict == "REPLACE"
    assert [code for (code,) in _rows(restore, "code") if code] == (["SAME", "OTHER"] if conflict == "SKIP" else [])


def test_broken_calls_are_looked_for_and_single_troubles_stay_single(stock, ada, target, options):
    target.script = {
        "m0 made": [unclear()],
        "m1": [unclear(), unclear()],
        "m2": [refused()],
        "m3": [PermissionMissing("Microsoft does not let us write this.")],
        "m4": [KeyError("subject")],
        "m5": [unclear() for _ in range(4)],
    }

    restore = put_back(stock.item, ada, options=options)

    assert restore.state == State.PARTIAL
    assert states(restore) == {"CREATED": 5, "FAILED": 4}
    assert [row for row in _rows(restore, "object_id", "code", "request_id") if row[1]] == [
        ("m2", "REFUSED", "req-7"), ("m3", "PermissionMissing", ""), ("m4", "ODD", ""), ("m5", "UNCLEAR", ""),
    ]  # fmt: skip
    assert target.order.count("m0") == 1
    assert "4 of 9 items did not come back" in restore.problem
    mail = OutgoingEmail.objects.get(kind="restore_ended")
    assert "is not complete" in mail.subject


def test_a_busy_provider_is_waited_for_and_nothing_is_made_twice(stock, ada, target, options):
    target.script = {f"m{number} made": [ProviderBusy("Busy.", wait=timedelta(minutes=7))] for number in range(9)}
    restore = begun(stock, ada, options)

    waiting = work(restore, until=lambda one: one.waits_until is not None, **options)
    assert waiting.waits_until - timezone.now() > timedelta(minutes=6)
    assert waiting.state == State.RUNNING
    ended = work(restore, **options)

    assert (ended.state, states(ended)) == (State.DONE, {"CREATED": 9})
    assert sorted(target.order) == sorted(f"m{number}" for number in range(9))


def test_withdrawn_consent_ends_it_and_whoever_authorizes_again_goes_on(stock, ada, target, options):
    target.script = {"m4": [AccessRevoked("Gone.")]}
    restore = work(begun(stock, ada, options), **options)

    done = restore.restored
    assert (restore.state, 4 <= done <= 8, restore.can_go_on) == (State.PARTIAL, True, True)
    assert restore.problem == (
        f"The restore stopped after {done} of 9 items. The {done} are in “{restore.folder}” and stay there."
        " Microsoft 365 withdrew our permission to write. Authorize again, then continue; nothing is restored twice."
    )
    tenant = stock.container.connection
    tenant.restore_consented_at = None
    tenant.save()
    with pytest.raises(NoConsentToWrite):
        resume_restore(restore=restore, actor=ada, now=timezone.now())
    let_write(tenant)
    # Much later: what is there is counted again, without what the restore itself has made.
    later = timezone.now() + timedelta(hours=3)
    ended = work(resume_restore(restore=restore, actor=ada, now=later), **options)

    assert (ended.state, states(ended), len(target.held)) == (State.DONE, {"CREATED": 9}, 9)
    assert (ended.objects_total, ended.created, ended.left) == (9, 9, 0)


def test_a_full_mailbox_ends_it_at_once_and_it_goes_on_when_there_is_room(stock, ada, target, options):
    target.script = {f"m{number}": [full()] for number in range(3, 9)}

    restore = put_back(stock.item, ada, options=options)

    assert (restore.state, restore.failed, restore.can_go_on) == (State.PARTIAL, 6, True)
    assert "no room left" in restore.problem
    assert len(target.order) <= 9
    target.script = {}
    ended = work(resume_restore(restore=restore, actor=ada, now=timezone.now()), **options)
    assert (ended.state, states(ended), ended.failed) == (State.DONE, {"CREATED": 9}, 0)
    assert ended.parts.get().failed == 0


def test_a_target_that_is_gone_takes_nothing_and_says_so(stock, ada, target, options):
    restore = begun(stock, ada, options)
    target.trouble = CannotBeRestored("There is no mailbox.", obstacle=Obstacle.TARGET_GONE)

    ended = work(restore, **options)

    assert (ended.state, ended.problem.startswith("There is no mailbox."), target.order) == (State.FAILED, True, [])
    assert states(ended) == {"FAILED": 9}


def test_damage_in_the_vault_is_one_objects_failure(stock, ada, target, options, vault_store):
    stock.put("m9", {"id": "m9"}, parts={"mime": os.urandom(40_000).hex().encode()}).close()
    restore = begun(stock, ada, options)
    packs = files_of(vault_store, stock.organization.uuid, "packs")
    pack = max(packs, key=lambda path: path.stat().st_mtime_ns)

    with changed(pack, flipped(pack.read_bytes(), 20_000)):
        ended = work(restore, **options)

    assert (ended.state, states(ended)) == (State.PARTIAL, {"CREATED": 9, "FAILED": 1})
    assert [row for row in _rows(ended, "object_id", "code") if row[1]] == [("m9", "DAMAGED")]


def test_what_is_made_of_many_objects_is_made_without_the_damaged_one(stock, ada, target, options, vault_store):
    stock.put("m9", {"id": "m9", "noise": os.urandom(40_000).hex()}).close()
    pack = max(files_of(vault_store, stock.organization.uuid, "packs"), key=lambda path: path.stat().st_mtime_ns)
    seen, put = [], target.put

    def looking(assignment, *arguments):
        feed = assignment.tree.feed("inbox")
        seen.extend(
            {one.id for one in found} for found in (assignment.tree.objects_of(feed), assignment.tree.chosen_of(feed))
        )
        return put(assignment, *arguments)

    target.put = looking
    restore = begun(stock, ada, options)
    with changed(pack, flipped(pack.read_bytes(), 20_000)):
        ended = work(restore, **options)

    assert seen == [{f"m{number}" for number in range(6)}] * 2 * 9
    assert states(ended) == {"CREATED": 9, "FAILED": 1}


def test_it_is_paused_goes_on_and_is_stopped_between_two_objects(stock, ada, cast, target, options):
    for number in range(10, 70):
        stock.put(f"m{number}", {"id": f"m{number}"}, modified_at="2026-01-01T10:00:00Z")
    stock.close()
    restore, ben = begun(stock, ada, options), cast["ben"].user
    target.script = {"m1": [lambda: pause_restore(restore=restore, actor=ben, now=timezone.now())]}
    options["looks_every"] = 0

    paused = work(restore, **options)
    assert (paused.state, paused.can_go_on, 0 < paused.restored < 69) == (State.PAUSED, True, True)
    next_one = RestoreObject.objects.to_come().by_turn()[0].object_id
    target.opens = True
    target.script = {next_one: [lambda: cancel_restore(restore=restore, actor=ben, now=timezone.now())]}
    ended = work(resume_restore(restore=paused, actor=ada, now=timezone.now()), **options)

    assert (ended.state, ended.left > 0, ended.can_go_on, target.finished) == (State.CANCELLED, True, True, 1)
    assert ended.problem.startswith("Ben Okafor stopped it. The ")
    whole = work(resume_restore(restore=ended, actor=ada, now=timezone.now()), **options)
    assert (whole.state, whole.created, len(target.held)) == (State.DONE, 69, 69)
    actions = AuditEntry.objects.filter(action__startswith="restore.").values_list("action", flat=True)
    assert {"restore.paused", "restore.resumed", "restore.cancelled"} <= set(actions)


def test_chosen_objects_and_folders_come_back_as_they_were_then(stock, ada, target, options):
    before = stock.snapshot()
    old = stock.reference("m1").split(":")[1:]
    stock.put("m1", {"id": "m1", "text": "edited"}).remove("m2", "mime").close()
    one = Chosen(stock.container, feeds=("sent",), objects=((stock.id_of("m1"), int(old[1])), (stock.id_of("m2"), 1)))

    restore = put_back(stock.item, ada, chosen=[one], folder="", options=options)
    whole = work(plan(stock.item, ada, snapshot=before), **options)

    assert sorted(target.order) == ["m1", "m2", "m6", "m7", "m8"]
    assert target.held["m1 again"] == ("m1", "text 1")
    assert restore.what == "Folders of Mail of Eva Lindholm"
    # Of the moment before, everything is wanted, and what is back by now is there already.
    assert (whole.objects_total, whole.skipped, whole.as_of) == (9, 5, before.taken_at)


def test_two_restores_to_one_person_take_turns(stock, ada, target, options):
    first, second = begun(stock, ada, options), begun(stock, ada, options, folder="Second")
    Restore.objects.filter(pk=first.pk).update(state=State.RUNNING)

    waiting = work(second, until=lambda one: one.problem, **options)
    assert (waiting.state, waiting.problem) == (
        State.QUEUED, "Another restore to Eva Lindholm is under way. This one waits for it."
    )  # fmt: skip
    assert work(first, **options).state == State.DONE

    ended = work(second, **options)
    assert (ended.state, ended.problem) == (State.DONE, "")


def test_what_kills_workers_is_left_out_by_name_and_given_up_work_is_ended_by_the_clock(stock, ada, target, options):
    restore = begun(stock, ada, options)
    row = RestoreObject.objects.get(part__restore=restore, object_id="m4")
    for death in range(3):
        RestoreObject.objects.filter(pk=row.pk).update(state="IN_HAND", deaths=death)
        Job.objects.filter(kind="restore", subject_id=restore.pk).update(attempts=1)
    ended = work(restore, **options)

    assert states(ended) == {"CREATED": 8, "FAILED": 1}
    assert [name for name, code in _rows(ended, "name", "code") if code == "POISON"] == ["m4"]
    assert "m4" not in target.order

    lost, old = begun(stock, ada, options, folder="Lost"), plan(stock.item, ada)
    Job.objects.filter(subject_id__in=[lost.pk, old.pk]).delete()
    end_restores(timezone.now() + timedelta(hours=25))
    lost.refresh_from_db()
    assert (lost.state, "given up" in lost.problem) == (State.FAILED, True)
    assert not Restore.objects.filter(pk=old.pk).exists()


def test_an_old_forecast_is_made_again_before_anything_is_written(stock, ada, target, options):
    restore = work(plan(stock.item, ada), **options)
    target.held["live"] = ("m1", "text 1")

    started = start_restore(restore=restore, actor=ada, now=timezone.now() + timedelta(minutes=31))
    assert (started.state, started.starts_when_counted) == (State.COUNTING, True)
    ended = work(started, **options)

    assert (ended.state, states(ended)) == (State.DONE, {"CREATED": 8, "SKIPPED": 1})
