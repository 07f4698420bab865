"""An export goes on whatever happens: killed workers, lost jobs, rights that are taken away, weeks that pass."""

import os
import signal
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone

from accounts.models import AuditEntry
from backups.actions.exports import Wanted, cancel_export
from backups.engine import export as engine
from backups.engine.export import Limits, export_objects
from backups.engine.export_endings import end_exports
from backups.engine.parcels import ParcelEnded, end_parcels, read_parcel
from backups.models import Export, Parcel
from backups.tests.exporting import ask, job_of, unpacked, work
from backups.tests.killing import free
from backups.tests.stocked import Stock
from jobs import claims
from jobs.models import Job
from notifications.models import OutgoingEmail

pytestmark = pytest.mark.django_db(transaction=True)

THREE = Limits(entries=3)


@pytest.fixture
def ada(cast):
    return cast["ada"].user


@pytest.fixture
def stock(acme, vault_store):
    """Eva's mailbox: ten messages in two folders."""
    stock = Stock(acme).feed().feed("sent", "Sent: Items", parent="inbox")
    stock.mimes = {number: stock.mail(number, feed="sent" if number > 6 else "inbox") for number in range(10)}
    stock.close()
    return stock


def _given(export):
    """Return {number of the message: bytes} of what was given out."""
    files, lines = unpacked(export)
    return {int(line["id"][1:]): files[line["path"]] for line in lines if not line["problem"]}, lines


def test_volumes_end_where_they_are_full_and_together_hold_everything_once(stock, acme, ada):
    export, slices = work(ask(acme, ada), limits=THREE, slice_lasts=timedelta())

    assert (export.state, export.objects_done, slices) == (Export.State.DONE, 10, 4)
    given, lines = _given(export)
    assert given == stock.mimes
    assert len(lines) == 10
    eva = stock.item.address
    assert {line["path"].rpartition("/")[0] for line in lines} == {f"{eva}/Mail/Inbox", f"{eva}/Mail/Inbox/Sent_ Items"}
    assert [one.objects_done for one in export.volumes.order_by("number")] == [3, 3, 3, 1]
    assert not [one for one in Parcel.objects.all() if one.state != "READY" or one.expires_at != export.expires_at]
    mail = OutgoingEmail.objects.get(kind="export_ready")
    assert mail.to == ada.email
    assert "is ready" in mail.subject


@pytest.mark.parametrize("volumes", [0, 1, 2])
def test_a_killed_worker_is_followed_by_one_that_goes_on_and_nothing_is_given_out_twice(stock, acme, ada, volumes):
    export = ask(acme, ada)
    job = job_of(export)
    free(job)
    connections.close_all()
    child = os.fork()
    if child == 0:
        # In the middle of a volume, after so many whole ones.
        real, seen = engine.Filler.take, []

        def take(filler, *step):
            seen.append(step)
            real(filler, *step)
            if len(seen) == 3 * volumes + 2:
                os.kill(os.getpid(), signal.SIGKILL)

        engine.Filler.take = take
        try:
            export_objects(export.pk, claims.claim(job.pk), limits=THREE)
        finally:
            os._exit(0)
    assert os.WIFSIGNALED(os.waitpid(child, 0)[1])
    assert Parcel.objects.filter(state=Parcel.State.WRITING).count() == 1
    assert export.volumes.count() == volumes
    free(job)

    export, _ = work(export, limits=THREE)

    assert (export.state, export.objects_done) == (Export.State.DONE, 10)
    given, lines = _given(export)
    assert given == stock.mimes
    assert len(lines) == 10
    # What the dead worker had begun is ended within the hour.
    end_parcels(timezone.now() + timedelta(hours=2))
    assert Parcel.objects.filter(state=Parcel.State.ENDED).count() == 1


def test_a_worker_that_lost_its_job_adds_no_volume(stock, acme, ada):
    export = ask(acme, ada)
    claim = claims.claim(job_of(export).pk)
    Job.objects.filter(pk=job_of(export).pk).update(fence=claim.fence + 1)

    with pytest.raises(claims.LeaseLost):
        export_objects(export.pk, claim, limits=THREE)

    assert not export.volumes.exists()
    assert set(Parcel.objects.values_list("state", flat=True)) == {Parcel.State.ENDED}


def test_the_client_of_a_restore_point_and_of_a_selection_is_the_one_of_that_moment(stock, acme, ada):
    before = stock.snapshot().commit
    stock.put("m1", name="Renamed", parts={"mime": b"another"}).close()
    stock.remove("m2", "mime")

    then, _ = work(ask(acme, ada, wanted=[Wanted(stock.container, before)]))
    now, _ = work(ask(acme, ada))
    versions = ((stock.id_of("m1"), before), (stock.id_of("m2"), before))
    chosen, _ = work(ask(acme, ada, wanted=[Wanted(stock.container, chosen=versions)]))
    folder, _ = work(ask(acme, ada, wanted=[Wanted(stock.container, before, feed_key="sent")]))

    assert _given(then)[0] == stock.mimes
    assert _given(now)[0] == {number: mime for number, mime in stock.mimes.items() if number != 2} | {1: b"another"}
    assert _given(chosen)[0] == {1: stock.mimes[1], 2: stock.mimes[2]}
    assert chosen.bytes_expected > len(stock.mimes[1])
    assert sorted(_given(folder)[0]) == [7, 8, 9]


def test_an_export_that_is_called_off_or_not_allowed_any_more_leaves_nothing(stock, acme, cast, ada):
    cancelled = ask(acme, ada)
    work_one_volume(cancelled)
    cancel_export(export=cancelled, actor=ada, now=timezone.now())
    cancelled, _ = work(cancelled)
    ben = cast["ben"]
    refused = ask(acme, ben.user)
    ben.products = []
    ben.save()
    refused, _ = work(refused)

    assert (cancelled.state, refused.state) == (Export.State.CANCELLED, Export.State.FAILED)
    assert "may not export" in refused.problem
    assert set(Parcel.objects.values_list("state", "sealed_key")) == {(Parcel.State.ENDED, "")}
    assert [one.to for one in OutgoingEmail.objects.filter(kind__startswith="export_")] == [ben.user.email]
    actions = [one.action for one in AuditEntry.objects.filter(action__startswith="export.").order_by("pk")]
    assert actions == ["export.started", "export.cancelled", "export.started"]


def work_one_volume(export):
    job = job_of(export)
    free(job)
    export_objects(export.pk, claims.claim(job.pk), limits=THREE, slice_lasts=timedelta())
    assert export.volumes.count() == 1


def test_after_a_week_the_keys_are_gone_and_an_export_nobody_goes_on_with_fails(stock, acme, ada):
    done, _ = work(ask(acme, ada))
    parcel = done.volumes.get().parcel
    lost = ask(acme, ada)
    Job.objects.filter(pk=job_of(lost).pk).update(state=Job.State.QUARANTINED, finished_at=timezone.now())

    end_exports(done.expires_at - timedelta(minutes=1))
    done.refresh_from_db(), lost.refresh_from_db()
    assert (done.state, lost.state) == (Export.State.DONE, Export.State.FAILED)
    assert b"".join(read_parcel(parcel))
    end_exports(done.expires_at)

    done.refresh_from_db(), parcel.refresh_from_db()
    assert (done.state, parcel.sealed_key) == (Export.State.EXPIRED, "")
    with pytest.raises(ParcelEnded):
        next(read_parcel(parcel))
