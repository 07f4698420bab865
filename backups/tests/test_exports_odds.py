"""What is damaged, cut, named to do harm or not to be had at all, in an export."""

import os
import zipfile
from io import BytesIO

import pytest

from backups.actions.exports import NothingToExport, NotOfThisClient, TooMuchAtOnce, Wanted
from backups.engine.export import Limits
from backups.models import Export
from backups.tests.damage import changed, files_of, flipped
from backups.tests.exporting import ask, unpacked, volumes_of, work
from backups.tests.stocked import Stock

pytestmark = pytest.mark.django_db(transaction=True)

THREE = Limits(entries=3)


@pytest.fixture
def ada(cast):
    return cast["ada"].user


@pytest.fixture
def stock(acme, vault_store):
    """Eva's mailbox with one message."""
    stock = Stock(acme).feed()
    stock.mail(1)
    stock.close()
    return stock


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


def test_folders_of_the_same_name_have_files_of_their_own(acme, ada, vault_store):
    stock = Stock(acme)
    for number, name in enumerate(["Same", "Same", "same", "a?b", "a*b"]):
        stock.feed(f"f{number}", name)
        stock.mail(number, feed=f"f{number}")
    stock.close()

    export, _ = work(ask(acme, ada, mail_format="MBOX"), limits=THREE)

    files, lines = unpacked(export)
    assert len(files) == len({line["path"].casefold() for line in lines}) == 5
    assert {content.count(b"\nSubject: ") for content in files.values()} == {1}


@pytest.mark.parametrize("mail_format", ["EML", "MBOX"])
def test_what_is_damaged_is_named_and_everything_else_comes(acme, ada, vault_store, mail_format):
    stock = Stock(acme).feed()
    stock.mimes = {number: stock.mail(number, text=os.urandom(40_000).hex()) for number in range(3)}
    stock.close()
    before = files_of(vault_store, acme.uuid, "packs")
    stock.mimes[3] = stock.mail(3, text=os.urandom(40_000).hex())
    stock.close()
    (new,) = set(files_of(vault_store, acme.uuid, "packs")) - set(before)

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

    export, _ = work(ask(acme, ada), limits=Limits(entries=4))

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
