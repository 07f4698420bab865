"""Nobody begins, or goes on, to bring back or take out what is being deleted for good, or was."""

import pytest

from backups.actions.exports import ExportIsOver, Wanted, cancel_export, confirm_export, draft_export
from backups.actions.restore_refusals import BeingDeleted, RestoreIsOver
from backups.actions.restores import cancel_restore, pause_restore, resume_restore, start_restore
from backups.models import Deletion, Restore
from backups.tests.deletions_made import DAY, carry_out, held, stocked
from backups.tests.restores_made import plan, stock_to_restore
from backups.tests.test_deletions_and_readers import At
from backups.vault import faults
from notifications.models import OutgoingEmail

pytestmark = pytest.mark.django_db


@pytest.fixture
def stock(acme, cast, vault_store):
    """Ida's mailbox with three messages, at a client that lets us restore."""
    stock_to_restore(acme)
    return stocked(acme, "Ida Berg")


def test_a_plan_that_was_counted_before_is_not_started_while_it_is_deleted(stock, cast, noon, monkeypatch):
    ada, deletion = cast["ada"].user, held(stock, cast, noon)
    planned = plan(stock.item, ada)
    Restore.objects.update(state="READY", counted_at=noon, objects_total=3)

    def start():
        with pytest.raises(BeingDeleted):
            start_restore(restore=planned, actor=ada, now=noon)

    monkeypatch.setattr(faults, "_trap", trap := At("deletion.began", start))
    assert carry_out(deletion).state == Deletion.State.DONE

    assert trap.work is None


@pytest.mark.parametrize("everything", [False, True])
def test_nobody_goes_on_with_a_restore_of_what_was_deleted(stock, cast, noon, everything):
    ada = cast["ada"].user
    restore = plan(stock.item, ada)
    running = {"state": "RUNNING", "started_at": noon, "counted_at": noon, "objects_total": 3, "created": 1}
    Restore.objects.update(**running)
    other = plan(stock.item, ada)
    Restore.objects.filter(pk=other.pk).update(**running | {"state": "FAILED", "ended_at": noon})
    other.refresh_from_db()
    assert other.can_go_on

    carry_out(held(stock, cast, noon, everything=everything))

    for one in (restore, other):
        one.refresh_from_db()
        assert (one.has_ended, one.left, one.can_go_on) == (True, 2, False)
        with pytest.raises(BeingDeleted):
            resume_restore(restore=one, actor=ada, now=noon + 40 * DAY)
    assert "go on with it" not in OutgoingEmail.objects.get(kind="restore_ended").text


def test_whoever_comes_too_late_is_told_so(stock, cast, noon):
    ada, acme = cast["ada"].user, stock.organization
    planned = plan(stock.item, ada)
    draft = draft_export(organization=acme, wanted=[Wanted(stock.container)], what="Mail", actor=ada, now=noon)
    carry_out(held(stock, cast, noon))

    for change in (start_restore, pause_restore, resume_restore, cancel_restore):
        with pytest.raises(RestoreIsOver):
            change(restore=planned, actor=ada, now=noon)
    for change in (confirm_export, cancel_export):
        with pytest.raises(ExportIsOver):
            change(export=draft, actor=ada, now=noon)
