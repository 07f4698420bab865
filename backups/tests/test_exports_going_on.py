"""An export goes on whatever happens: killed workers, damage, rights that are taken away, names nobody should have."""

import os
import signal
import zipfile
from datetime import timedelta
from io import BytesIO

import pytest
from django.db import connections
from django.utils import timezone

from accounts.models import AuditEntry
from backups.actions.exports import NothingToExport, NotOfThisClient, TooMuchAtOnce, Wanted, cancel_export
from backups.engine import export as engine
from backups.engine.export import Limits, export_objects
from backups.engine.export_endings import end_exports
from backups.engine.parcels import ParcelEnded, end_parcels, read_parcel
from backups.models import Export, Parcel
from backups.tests.damage import changed, files_of, flipped
from backups.tests.exporting import ask, job_of, unpacked, volumes_of, work
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
    mail = OutgoingEmail.objects.get(kind="export_ended")
    assert mail.to == ada.email
    assert "is ready" in mail.subject


def test_an_mbox_that_is_cut_goes_on_under_another_name_and_quotes_what_looks_like_a_beginning(acme, ada, vault_store):
    stock = Stock(acme).feed()
    sent = [stock.mail(number, text=f"Hi\r\nFrom here on\r\n>From there {number}") for number in range(5)]
    stock.close()

    export, _ = work(ask(acme, ada, mail_format="MBOX"), limits=THREE)

    files, lines = unpacked(export)
    assert sorted(name.rpartition("/")[2] for name in files) == ["Inbox (2).mbox", "Inbox.mbox"]
    assert len(lines) == 5
    assert all(line["size"] for line in lines)
    written = b"".join(files[name] for name in sorted(files, reverse=True))
    messages = written.split(b"\n\nFrom ")
    assert len(messages) == 5
    unquoted = [one.replace(b"\n>From here", b"\nFrom here").replace(b"\n>>From", b"\n>From") for one in messages]
    assert {one.partition(b"\n")[2].strip() for one in unquoted} == {
        mime.replace(b"\r\n", b"\n").strip() for mime in sent
    }


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


@pytest.mark.parametrize("mail_format", ["EML", "MBOX"])
def test_what_is_damaged_is_named_and_everything_else_comes(acme, ada, vault_store, mail_format):
    stock = Stock(acme).feed()
    stock.mimes = {number: stock.mail(number, text=os.urandom(40_000).hex()) for number in range(3)}
    stock.close()
    packs = len(files_of(vault_store, acme.uuid, "packs"))
    stock.mimes[3] = stock.mail(3, text=os.urandom(40_000).hex())
    stock.close()
    new = max(files_of(vault_store, acme.uuid, "packs"), key=lambda path: path.stat().st_mtime_ns)
    assert len(files_of(vault_store, acme.uuid, "packs")) == packs + 1

    with changed(new, flipped(new.read_bytes(), 20_000)):
        export, _ = work(ask(acme, ada, mail_format=mail_format))

    files, lines = unpacked(export)
    assert (export.state, export.objects_done, export.objects_failed) == (Export.State.PARTIAL, 3, 1)
    assert [(line["id"], bool(line["problem"]), line["path"]) for line in lines if line["problem"]] == [
        ("m3", True, "")
    ]
    whole = b"".join(files.values()).replace(b"\n", b"")
    assert all(mime.replace(b"\r\n", b"") in whole.replace(b"\r", b"") for mime in list(stock.mimes.values())[:3])
    assert export.problem.startswith("1 could not be given out")


def test_a_large_file_that_breaks_off_leaves_no_half_of_it(acme, ada, vault_store, monkeypatch):
    monkeypatch.setattr("backups.engine.export_files.IN_HAND_BYTES", 1000)
    stock = Stock(acme, kind="ONEDRIVE").feed("d", "OneDrive", "drive")
    stock.put("root", feed="d", is_folder=True)
    film = os.urandom(20 << 20)
    stock.put("f", name="Film.mp4", feed="d", parent="root", parts={"content": film}).close()
    pack = max(files_of(vault_store, acme.uuid, "packs"), key=lambda path: path.stat().st_size)
    stock.put("g", name="Note.txt", feed="d", parent="root", parts={"content": b"short"}).close()

    whole, _ = work(ask(acme, ada))
    with changed(pack, flipped(pack.read_bytes(), pack.stat().st_size // 2)):
        export, _ = work(ask(acme, ada))

    root = f"{stock.item.address}/OneDrive"
    assert unpacked(whole)[0] == {f"{root}/": b"", f"{root}/Film.mp4": film, f"{root}/Note.txt": b"short"}
    files, lines = unpacked(export)
    assert files == {f"{root}/": b"", f"{root}/Note.txt": b"short"}
    assert [line["id"] for line in lines if line["problem"]] == ["f"]


def test_names_that_lead_out_of_the_folder_hide_or_collide_end_as_files_beside_each_other(acme, ada, vault_store):
    stock = Stock(acme, kind="ONEDRIVE").feed("d", "OneDrive", "drive")
    stock.put("root", feed="d", is_folder=True)
    stock.put("up", name="..", feed="d", parent="root", is_folder=True)
    names = [
        "../../etc/passwd",
        "CON",
        "a?b",
        "a*b",
        "invoice\u202efdp.exe",
        "x" * 400 + ".txt",
        "",
        "=cmd()",
        "a/b\\c",
    ]
    for number, name in enumerate(names):
        stock.put(f"f{number}", name=name or "-", feed="d", parent="up", parts={"content": b"%d" % number})
    circle = {"feed": "d", "is_folder": True}
    stock.put("c1", parent="c2", **circle).put("c2", parent="c1", **circle)
    stock.put("f9", name="lost.txt", feed="d", parent="c1", parts={"content": b"9"}).close()

    export, _ = work(ask(acme, ada))

    files, lines = unpacked(export)
    assert (export.state, export.objects_failed) == (Export.State.DONE, 0)
    contents = sorted(content for name, content in files.items() if not name.endswith("/"))
    assert contents == [b"%d" % number for number in range(10)]
    for name in files:
        assert name.startswith(f"{stock.item.address}/OneDrive/")
        assert not {"..", ".", "", "CON"} & set(name.rstrip("/").split("/"))
        assert "\u202e" not in name
        assert max(len(part.encode()) for part in name.split("/")) < 200
    with zipfile.ZipFile(BytesIO(next(iter(volumes_of(export).values())))) as archive:
        table = archive.read("manifest.csv").decode()
    assert "\n=" not in table
    assert ",=" not in table


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
    assert [one.to for one in OutgoingEmail.objects.filter(kind="export_ended")] == [ben.user.email]
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


def test_what_cannot_be_asked_for(stock, acme, bolt, ada):
    foreign = Stock(bolt, name="Pia Roth").feed()
    foreign.mail(1)
    commit = foreign.close()
    theirs = ((foreign.id_of("m1"), commit),)

    with pytest.raises(NothingToExport):
        ask(acme, ada, wanted=[Wanted(foreign.container)])
    with pytest.raises(NotOfThisClient):
        ask(acme, ada, wanted=[Wanted(stock.container, chosen=theirs)])
    with pytest.raises(TooMuchAtOnce):
        ask(acme, ada, wanted=[Wanted(stock.container, chosen=theirs * 10_001)])
    for _ in range(5):
        ask(acme, ada)
    with pytest.raises(TooMuchAtOnce):
        ask(acme, ada)

    assert Export.objects.count() == 5
