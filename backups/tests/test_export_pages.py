"""The Exports tab: who may ask, who may fetch, how much of it, and what stops a download that goes on."""

import re
from datetime import timedelta
from functools import partial
from io import BytesIO
from uuid import uuid4
from zipfile import ZipFile

import pytest
from django.utils import timezone

from accounts.models import AuditEntry
from backups.actions.exports import Wanted, cancel_export
from backups.engine import export as export_engine
from backups.engine.export_endings import end_exports
from backups.models import Export
from backups.tests.exporting import ask, volumes_of, work
from backups.tests.runs_made import HTMX, place
from backups.tests.stocked import Stock
from backups.views.parcel_answers import DownloadCut
from conftest import sign_in_long_ago


@pytest.fixture
def stock(acme, cast, vault_store):
    """Eva's mailbox with three messages."""
    stock = Stock(acme).feed()
    for number in range(3):
        stock.mail(number)
    stock.close()
    return stock


@pytest.fixture
def ready(stock, acme, cast):
    """An export that ada asked for and that is ready."""
    return work(ask(acme, cast["ada"].user, what="Mail of Eva Lindholm"))[0]


def _file(export, number=1):
    return place("export_download", export.organization, export.uuid, number)


def _body(answer):
    return b"".join(answer.streaming_content)


def test_who_may_see_and_who_may_fetch_what_ada_exported(sign_in, acme, ready):
    pages = (place("export_list", acme), place("export_detail", acme, ready.uuid), place("export_start", acme))
    for who, status in {"ada": 200, "ben": 200, "otto": 200, "cora": 403, "pia": 404, "rita": 404}.items():
        browser = sign_in(who)
        assert {browser.get(url).status_code for url in pages} == {status}
        assert (_file(ready) in browser.get(pages[1]).content.decode()) == (who == "ada")
        assert browser.get(_file(ready)).status_code == {"ada": 200, "cora": 403}.get(who, 404)
        assert browser.get(_file(ready, 2)).status_code == (403 if who == "cora" else 404)

    assert AuditEntry.objects.filter(action="export.downloaded").count() == 1


def test_ada_asks_for_a_persons_mail_as_of_a_moment_and_watches_it(sign_in, stock, acme, cast):
    snapshot, ada = stock.snapshot(), sign_in("ada")
    start = f"{place('export_start', acme)}?item={stock.item.uuid}"

    found = ada.get(place("export_start", acme), {"q": "lindh"}).content.decode()
    assert start.replace("&", "&amp;") in found
    assert "3 objects" in ada.get(start).content.decode()
    assert ada.post(start, {"mail_format": "MBOX"}).status_code == 422
    answer = ada.post(start, {"kinds": ["MAIL"], "mail_format": "MBOX", "snapshot": str(snapshot.uuid)})

    export = Export.objects.get()
    assert answer.url == place("export_detail", acme, export.uuid)
    assert (export.what, export.mail_format, export.as_of) == ("Mail of Eva Lindholm", "MBOX", snapshot.taken_at)
    assert (export.person, export.objects_expected) == (cast["ada"].user, 3)
    assert export.parts.get().commit == snapshot.commit
    watched = ada.get(answer.url, **HTMX).content.decode()
    assert "hx-trigger" in watched
    assert "<html" not in watched
    work(export)
    assert "hx-trigger" not in ada.get(answer.url, **HTMX).content.decode()
    assert "Download" in ada.get(answer.url).content.decode()
    assert "Mail of Eva Lindholm" in ada.get(place("export_list", acme)).content.decode()
    entry = AuditEntry.objects.get(action="export.started")
    assert (entry.details, entry.organization_id) == ({"what": "Mail of Eva Lindholm", "objects": 3}, acme.pk)


def test_several_accounts_are_exported_at_once(sign_in, stock, acme):
    other = Stock(acme, name="Ida Berg", kind="CALENDAR").feed("c", "Calendar", "calendar")
    other.put("e1", {"id": "e1", "subject": "Visit"}, feed="c").close()
    ada, start = sign_in("ada"), f"{place('export_start', acme)}?item={stock.item.uuid}&item={other.item.uuid}"

    assert 'name="snapshot"' not in ada.get(start).content.decode()
    ada.post(start, {"kinds": ["MAIL", "CALENDAR"], "mail_format": "EML"})

    export, _ = work(Export.objects.get())
    assert (export.what, export.objects_done) == ("Mail, Calendar of 2 accounts", 4)


def test_a_selection_is_kept_until_it_is_confirmed_and_only_objects_of_this_client_are_taken(
    sign_in, stock, acme, bolt, cast
):
    foreign = Stock(bolt, name="Pia Roth").feed()
    foreign.mail(1)
    foreign.close()
    ada, select = sign_in("ada"), place("export_select", acme)

    for wrong in ("", "x", "a:b:c", f"{stock.container.uuid}:{uuid4()}:1", foreign.reference("m1"),
                  f"{stock.container.uuid}:{foreign.id_of('m1')}:1", stock.reference("m1")[:-1] + "-5",
                  stock.reference("m1") + "9" * 30):  # fmt: skip
        assert ada.post(select, {"objects": wrong}).url == place("export_list", acme)
    assert not Export.objects.exists()
    answer = ada.post(select, {"objects": [stock.reference("m1"), f"{stock.reference('m2')}\n"]})

    draft = Export.objects.get()
    assert draft.state == Export.State.DRAFT
    assert str(draft.uuid) in answer.url
    assert "2 objects" in ada.get(answer.url).content.decode()
    assert str(draft.uuid) not in ada.get(place("export_list", acme)).content.decode()
    assert sign_in("ben").get(answer.url).status_code == 404
    assert ada.post(answer.url, {"mail_format": "EML"}).url == place("export_detail", acme, draft.uuid)
    export, _ = work(draft)
    with ZipFile(BytesIO(volumes_of(export).popitem()[1])) as archive:
        assert sum(name.endswith(".eml") for name in archive.namelist()) == 2
    # One that nobody confirms is forgotten.
    ada.post(select, {"objects": stock.reference("m1")})
    end_exports(timezone.now() + timedelta(days=1, minutes=1))
    assert Export.objects.filter(state=Export.State.DRAFT).count() == 0


def test_an_old_session_has_to_prove_itself_before_it_exports(sign_in, stock, acme):
    ada = sign_in("ada")
    start = f"{place('export_start', acme)}?item={stock.item.uuid}"
    sign_in_long_ago(ada)

    asked = ada.get(start)
    sent = ada.post(start, {"kinds": ["MAIL"], "mail_format": "EML"})

    assert asked.status_code == 302
    assert asked.url.startswith("/confirm/")
    assert "next=" in asked.url
    assert sent.url == start
    assert not Export.objects.exists()


def test_a_download_can_be_cut_into_ranges_and_never_shows_what_it_is(sign_in, ready):
    ada, (name, whole) = sign_in("ada"), volumes_of(ready).popitem()

    answer = ada.get(_file(ready))

    assert _body(answer) == whole
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["Content-Disposition"] == f'attachment; filename="{name}"'
    assert (answer["Content-Length"], answer["Accept-Ranges"]) == (str(len(whole)), "bytes")
    size, etag = len(whole), answer["ETag"]
    for asked, begin, end in [("0-9", 0, 10), ("10-", 10, size), ("-5", size - 5, size), (f"5-{size * 2}", 5, size)]:
        part = ada.get(_file(ready), HTTP_RANGE=f"bytes={asked}", HTTP_IF_RANGE=etag)
        assert (part.status_code, _body(part)) == (206, whole[begin:end])
        assert part["Content-Range"] == f"bytes {begin}-{end - 1}/{size}"
    for asked in (f"{size}-", "-0", f"{10**17}-"):
        refused = ada.get(_file(ready), HTTP_RANGE=f"bytes={asked}")
        assert (refused.status_code, refused["Content-Range"]) == (416, f"bytes */{size}")
    for asked in (
        "bytes=",
        "bytes=-",
        "bytes=5-2",
        "bytes=0-1,4-5",
        "lines=0-1",
        "bytes=a-b",
        "bytes=" + "9" * 40 + "-",
    ):
        assert _body(ada.get(_file(ready), HTTP_RANGE=asked)) == whole
    other = ada.get(_file(ready), HTTP_RANGE="bytes=0-9", HTTP_IF_RANGE='"another"')
    assert (other.status_code, _body(other)) == (200, whole)
    assert ada.head(_file(ready))["Content-Length"] == str(size)
    downloads = AuditEntry.objects.filter(action="export.downloaded").order_by("pk")
    assert [entry.details["size"] for entry in downloads[:2]] == [size, 10]
    assert "Not yet" not in ada.get(place("export_detail", ready.organization, ready.uuid)).content.decode()


@pytest.mark.parametrize("loss", ["product", "person", "session", "parcel", "time"])
def test_a_right_that_is_taken_away_cuts_the_download_and_ends_the_next(sign_in, stock, acme, cast, monkeypatch, loss):
    monkeypatch.setattr(export_engine, "write_parcel", partial(export_engine.write_parcel, part_size=100))
    ben, browser = cast["ben"], sign_in("ben")
    export, _ = work(ask(acme, ben.user))
    pieces = iter(browser.get(_file(export)).streaming_content)
    assert len(next(pieces)) == 100

    if loss == "product":
        ben.products = []
        ben.save()
    elif loss == "person":
        ben.user.is_active = False
        ben.user.save()
    elif loss == "session":
        browser.session.flush()
    elif loss == "parcel":
        Export.objects.filter(pk=export.pk).update(expires_at=timezone.now())
        end_exports(timezone.now())
    else:
        Export.objects.filter(pk=export.pk).update(expires_at=timezone.now())

    if loss == "time":
        assert len(next(pieces)) == 100
    else:
        with pytest.raises(DownloadCut):
            next(pieces)
    assert browser.get(_file(export)).status_code in (302, 403, 404)


def test_cancelling_asks_first_and_then_nothing_can_be_fetched(sign_in, stock, acme, cast):
    ada, export = sign_in("ada"), ask(acme, cast["ada"].user)
    url = place("export_cancel", acme, export.uuid)

    assert "Cancel this export?" in ada.get(url).content.decode()
    assert "<html" not in ada.get(url, **HTMX).content.decode()
    assert ada.post(url).url == place("export_detail", acme, export.uuid)
    work(export)
    again = ada.post(url, follow=True).content.decode()

    assert "ended already: cancelled" in again
    assert ada.get(_file(export)).status_code == 404
    assert re.search("Nothing was kept of this export", again)


def test_the_button_beside_an_object_prepares_it_or_asks_first_who_is_there(sign_in, stock, acme):
    ada, url = sign_in("ada"), place("object_download", acme)
    one, other = stock.reference("m1"), stock.reference("m2")

    assert ada.post(url, {"objects": f"{one} {other}"}).url == place("export_list", acme)
    assert ada.post(url, {"objects": "x"}).url == place("export_list", acme)
    begun = ada.post(url, {"objects": one, "what": "Offer 1"})
    sign_in_long_ago(ada)
    asked = ada.post(url, {"objects": other})

    export, draft = Export.objects.order_by("pk")
    assert (export.form, export.what, export.state) == ("FILE", "Offer 1", Export.State.QUEUED)
    assert begun.url == place("export_detail", acme, export.uuid)
    assert (draft.form, draft.state) == ("FILE", Export.State.DRAFT)
    assert f"draft={draft.uuid}" in asked.url
    assert sign_in("otto").post(url, {"objects": one}).status_code == 302


def test_one_object_comes_as_a_file_of_its_own(sign_in, stock, acme, cast):
    ada, commit = sign_in("ada"), int(stock.reference("m1").rpartition(":")[2])
    ada.post(place("object_download", acme), {"objects": stock.reference("m1"), "what": "Offer 1"})
    export, _ = work(Export.objects.get())

    answer = ada.get(_file(export))

    assert _body(answer).startswith(b"From: eva@acme.example")
    assert re.search(r'filename="2026-10-25 1000 Offer 1 \[\w{8}\]\.eml"', answer["Content-Disposition"])
    gone = ask(
        acme, cast["ada"].user, wanted=[Wanted(stock.container, chosen=((stock.id_of("m2"), commit),))], form="FILE"
    )
    cancel_export(export=gone, actor=cast["ada"].user, now=timezone.now())
    assert work(gone)[0].state == Export.State.CANCELLED
