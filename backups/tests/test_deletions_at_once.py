"""Two who decide about deletions of one client at the same moment come one after the other, and both get through."""

import threading

import pytest

from backups.actions import deletions
from backups.actions.deletions import cancel_deletion
from backups.actions.restore_refusals import BeingDeleted
from backups.actions.restores import start_restore
from backups.engine import deletion, deletion_endings
from backups.models import Deletion, Restore
from backups.tests.deletions_made import ask, carry_out, held, stocked
from backups.tests.restores_made import plan, stock_to_restore
from backups.tests.standing_still import meanwhile, wait_until_somebody_waits

pytestmark = pytest.mark.django_db(transaction=True)
State = Deletion.State


def test_a_cancel_and_the_beginning_of_the_whole_client_do_not_stop_each_other(
    acme, cast, vault_store, noon, monkeypatch
):
    eva, ida, ada = stocked(acme), stocked(acme, "Ida Berg"), cast["ada"].user
    single = ask(ida, cast["ben"].user, noon)
    everything = held(eva, cast, noon, everything=True)
    has_it = threading.Event()

    def end(*facts, **named):
        # Whoever cancels has the deletion, and not yet the log; the whole client begins now.
        has_it.set()
        wait_until_somebody_waits()
        deletion_endings.end(*facts, **named)

    monkeypatch.setattr(deletions, "end", end)
    with meanwhile(lambda: cancel_deletion(deletion=single, reason="He stays.", actor=ada, now=noon)):
        assert has_it.wait(10)
        assert carry_out(everything).state == State.DONE

    single.refresh_from_db()
    assert (single.state, single.ended_because) == (State.CANCELLED, "He stays.")


def test_a_restore_that_is_started_while_a_deletion_begins_waits_and_is_refused(
    acme, cast, vault_store, noon, monkeypatch
):
    stock_to_restore(acme)
    ida, ada = stocked(acme, "Ida Berg"), cast["ada"].user
    planned = plan(ida.item, ada)
    Restore.objects.update(state="READY", counted_at=noon, objects_total=3)
    is_beginning = threading.Event()

    def record(action, *facts, **named):
        deletion_endings.record(action, *facts, **named)
        if action == "deletion.began":
            is_beginning.set()
            wait_until_somebody_waits()

    def start():
        assert is_beginning.wait(10)
        with pytest.raises(BeingDeleted):
            start_restore(restore=planned, actor=ada, now=noon)

    monkeypatch.setattr(deletion, "record", record)
    with meanwhile(start):
        assert carry_out(held(ida, cast, noon)).state == State.DONE
