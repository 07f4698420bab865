"""Nobody keeps what was deleted: not whoever read it before, and not whoever began to while it was being destroyed."""

import pytest
from django.utils import timezone

from backups.actions.exports import BeingDeleted, Wanted, confirm_export, draft_export
from backups.actions.previews import open_preview
from backups.actions.restore_refusals import BeingDeleted as RestoreRefused
from backups.engine import deletion_remains, export
from backups.models import Deletion, Export, Parcel, Preview, Restore
from backups.tests.deletions_made import carry_out, held, objects_of, stocked
from backups.tests.exporting import ask as ask_export
from backups.tests.exporting import work as write_export
from backups.tests.restores_made import plan, stock_to_restore
from backups.vault import faults, lookups
from notifications.models import OutgoingEmail

pytestmark = pytest.mark.django_db
State = Export.State


@pytest.fixture
def stock(acme, cast, vault_store):
    """Ida's mailbox with three messages, at a client that lets us restore."""
    stock_to_restore(acme)
    return stocked(acme, "Ida Berg")


def look_at(stock, actor):
    """Open one of the messages."""
    version = lookups.version_at(stock.organization.uuid, stock.id_of("m1"))
    return open_preview(
        container=stock.container, object_uuid=stock.id_of("m1"), from_commit=version.from_commit, actor=actor,
        title="Offer 1", now=timezone.now(),
    )  # fmt: skip


class At:
    """Do something when a fault point is passed, once."""

    def __init__(self, point, work):
        self.point, self.work = point, work

    def step(self, point):
        if point == self.point and self.work:
            work, self.work = self.work, None
            work()


def ready(stock, actor):
    return write_export(ask_export(stock.organization, actor, item=stock.item))[0]


@pytest.mark.parametrize("everything", [False, True])
def test_what_was_read_before_goes_with_it(stock, cast, noon, everything):
    ada = cast["ada"].user
    done, waiting = ready(stock, ada), ask_export(stock.organization, ada, item=stock.item)
    planned, seen = plan(stock.item, ada), look_at(stock, ada)

    assert carry_out(held(stock, cast, noon, everything=everything)).state == Deletion.State.DONE

    done.refresh_from_db()
    waiting.refresh_from_db()
    assert (done.state, waiting.state) == (State.EXPIRED, State.FAILED)
    assert set(Parcel.objects.values_list("sealed_key", flat=True)) == {""}
    assert not Restore.objects.filter(pk=planned.pk).exists()
    assert not Preview.objects.filter(pk=seen.pk).exists()


def test_exports_are_not_called_any_more_by_the_titles_of_what_was_deleted(stock, cast, noon):
    ada = cast["ada"].user
    begun_with = lookups.version_at(stock.organization.uuid, stock.id_of("m1")).from_commit
    wanted = [Wanted(stock.container, chosen=((stock.id_of("m1"), begun_with),))]
    titled = ask_export(stock.organization, ada, wanted=wanted, what="Offer 1", form=Export.Form.FILE)
    write_export(titled)
    ask_export(stock.organization, ada, wanted=wanted, what="Offer 1", form=Export.Form.FILE)
    whole = ready(stock, ada)

    carry_out(held(stock, cast, noon))

    titled.refresh_from_db()
    assert titled.what == titled.volumes.get().name == "Deleted since"
    assert Export.objects.get(pk=whole.pk).what == whole.what
    mail = OutgoingEmail.objects.get(kind="export_failed")
    assert "Deleted since" in mail.text
    assert "Offer 1" not in mail.subject + mail.text + mail.html


def test_nothing_new_is_begun_with_what_is_being_deleted(stock, cast, noon, monkeypatch):
    ada, acme, wanted = cast["ada"].user, stock.organization, [Wanted(stock.container)]
    draft = draft_export(organization=acme, wanted=wanted, what="Mail", actor=ada, now=noon)
    deletion, refused = held(stock, cast, noon), []

    def confirm():
        with pytest.raises(BeingDeleted):
            confirm_export(export=draft, actor=ada, now=noon)
        monkeypatch.setattr(faults, "_trap", At("erase.after_slips", begin))

    def begin():
        with pytest.raises(BeingDeleted):
            draft_export(organization=acme, wanted=wanted, what="Mail", actor=ada, now=noon)
        with pytest.raises(RestoreRefused):
            plan(stock.item, ada)
        refused.append(look_at(stock, ada))

    monkeypatch.setattr(faults, "_trap", At("deletion.began", confirm))
    assert carry_out(deletion).state == Deletion.State.DONE

    assert refused
    assert not Preview.objects.exists()


def test_what_began_in_the_last_moment_before_is_ended_after_it(stock, cast, noon, monkeypatch):
    ada = cast["ada"].user
    deletion, late = held(stock, cast, noon), []

    def begin():
        # As if the question had been asked just before.
        monkeypatch.setattr("backups.actions.exports.is_being_deleted", lambda *_: False)
        late.append(ready(stock, ada))

    monkeypatch.setattr(faults, "_trap", At("erase.after_slips", begin))
    assert carry_out(deletion).state == Deletion.State.DONE

    assert Export.objects.get(pk=late[0].pk).state == State.EXPIRED
    assert set(Parcel.objects.values_list("sealed_key", flat=True)) == {""}


def test_a_worker_in_the_middle_of_a_volume_leaves_nothing(stock, cast, noon, monkeypatch):
    asked = ask_export(stock.organization, cast["ada"].user, item=stock.item)
    readme = export.readme

    def deleted_meanwhile(*facts):
        deletion_remains.stop_using([stock.container.pk], now=noon)
        return readme(*facts)

    monkeypatch.setattr(export, "readme", deleted_meanwhile)
    done, _ = write_export(asked)

    assert (done.state, done.volumes.count()) == (State.FAILED, 0)
    assert set(Parcel.objects.values_list("sealed_key", flat=True)) == {""}
    assert objects_of(stock) > 0
