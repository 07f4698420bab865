"""Acme's data goes into the vault and comes back byte for byte, whatever happens in between."""

import hashlib

import pytest
from django.db import connection, transaction

from backups.models import VaultBlob, VaultManifest, VaultPack, VaultVersion
from backups.tests.vaults import (
    ACME,
    BOLT,
    EVAS_MAIL,
    NOW,
    ROOT,
    Sparse,
    back_up,
    contents_of,
    dripping,
    fixed_bytes,
    mail_with,
    make_vault,
    read,
    reader_of,
    version_of,
)
from backups.vault import lookups
from backups.vault.errors import AlreadyThere, KeyMissing, Unacceptable
from backups.vault.operations import Outcome
from backups.vault.stores.local import LocalStore
from backups.vault.vault import create_vault, open_vault
from backups.vault.writer import Writer

pytestmark = pytest.mark.django_db(transaction=True)
PHOTO, REPORT = fixed_bytes("photo", 400_000), fixed_bytes("report", 90_000)
EVERYTHING = {
    "empty": b"",
    "one byte": b"x",
    "note": b"Dear Ida, " * 30,
    "mail": mail_with(REPORT, PHOTO),
    "the same attachment, other lines": mail_with(REPORT, ending=b"\n", width=72, subject="Fwd"),
    "photo": PHOTO,
    "document": b"".join(b"%d;%s\r\n" % (number, b"open" * (number % 9)) for number in range(90_000)),
}


@pytest.fixture
def vault(tmp_path):
    return make_vault(tmp_path / "vault")


def test_everything_comes_back_byte_for_byte(vault):
    back_up(vault, EVAS_MAIL, EVERYTHING)

    assert contents_of(vault, EVAS_MAIL) == EVERYTHING


def test_a_vault_is_opened_again_from_the_catalogue(vault, tmp_path):
    back_up(vault, EVAS_MAIL, EVERYTHING)

    again = open_vault(ACME, store=LocalStore(tmp_path / "vault"), root=ROOT)

    assert again.keys == vault.keys
    assert read(again, EVAS_MAIL, "mail") == EVERYTHING["mail"]
    with pytest.raises(AlreadyThere):
        create_vault(ACME, store=vault.store, root=ROOT, now=NOW)
    with pytest.raises(KeyMissing):
        open_vault(BOLT, store=vault.store, root=ROOT)


def test_the_same_content_is_stored_once_an_organization_and_apart_from_bolt(vault, tmp_path):
    bolt = make_vault(tmp_path / "vault", BOLT)

    back_up(vault, EVAS_MAIL, {"photo": PHOTO})
    blobs = VaultBlob.objects.filter(organization=ACME).count()
    back_up(vault, "mail/ida", {"photo of Ida": PHOTO, "mail": mail_with(PHOTO)})
    back_up(bolt, "mail/pia", {"photo": PHOTO})

    # A manifest each time, and the text of the mail.
    assert VaultBlob.objects.filter(organization=ACME).count() == blobs + 2
    own = {bytes(one) for one in VaultBlob.objects.filter(organization=ACME).values_list("id", flat=True)}
    others = {bytes(one) for one in VaultBlob.objects.filter(organization=BOLT).values_list("id", flat=True)}
    assert not own & others
    assert read(bolt, "mail/pia", "photo") == read(vault, "mail/ida", "photo of Ida") == PHOTO


def test_an_attachment_is_stored_once_whatever_its_lines_look_like(vault):
    attachment = fixed_bytes("attachment", 200_000)

    back_up(vault, EVAS_MAIL, {"one": mail_with(attachment), "two": mail_with(attachment, ending=b"\n", width=60)})

    stored = sum(VaultBlob.objects.values_list("length", flat=True))
    assert stored < 205_000


def test_what_did_not_change_makes_no_commit_but_moves_the_cursor(vault):
    number, saved = back_up(vault, EVAS_MAIL, EVERYTHING), []

    with Writer(vault) as writer:
        placed = [writer.put(EVAS_MAIL, external_id, content) for external_id, content in EVERYTHING.items()]
        writer.cursor(lambda: saved.append(connection.in_atomic_block))

    assert {one.outcome for one in placed} == {Outcome.UNCHANGED}
    assert lookups.head(ACME)[0] == number
    assert saved == [True]
    assert VaultVersion.objects.count() == len(EVERYTHING)


def test_restore_points_see_what_was_there_then(vault):
    first = back_up(vault, EVAS_MAIL, {"a": b"one", "b": b"kept"})
    second = back_up(vault, EVAS_MAIL, {"a": b"two"})
    with Writer(vault) as writer:
        writer.delete(EVAS_MAIL, "a")
        writer.delete(EVAS_MAIL, "never stored")
    third = lookups.head(ACME)[0]
    fourth = back_up(vault, EVAS_MAIL, {"a": b"one"})

    assert [contents_of(vault, EVAS_MAIL, at) for at in (0, first, second, third, fourth)] == [
        {},
        {"a": b"one", "b": b"kept"},
        {"a": b"two", "b": b"kept"},
        {"b": b"kept"},
        {"a": b"one", "b": b"kept"},
    ]
    assert read(vault, EVAS_MAIL, "a", third) is None
    assert lookups.restore_point(ACME, NOW.replace(year=2020)) == 0


def test_a_note_alone_makes_a_version_and_stores_nothing_again(vault):
    back_up(vault, EVAS_MAIL, {"photo": PHOTO})
    packs = VaultPack.objects.count()

    with Writer(vault) as writer:
        placed = writer.put(EVAS_MAIL, "photo", PHOTO, b"folder: Archive")

    assert placed.outcome is Outcome.NOTED
    assert version_of(vault, EVAS_MAIL, "photo").meta == b"folder: Archive"
    # The manifest only.
    assert VaultPack.objects.count() == packs + 1
    assert VaultPack.objects.latest("commit").size < 1_000


def test_the_last_word_of_a_feed_counts(vault):
    back_up(vault, EVAS_MAIL, {"a": b"one", "b": b"one", "c": b"one"})

    with Writer(vault) as writer:
        for external_id, content in [("a", b"two"), ("a", b"one"), ("b", b"two"), ("b", b"three"), ("n", b"new")]:
            writer.put(EVAS_MAIL, external_id, content)
        writer.delete(EVAS_MAIL, "n")
        writer.delete(EVAS_MAIL, "c")
        writer.put(EVAS_MAIL, "c", b"back")

    assert contents_of(vault, EVAS_MAIL) == {"a": b"one", "b": b"three", "c": b"back"}
    assert VaultVersion.objects.filter(from_commit=2).count() == 2


def test_a_writer_commits_by_itself_after_a_minute_or_many_objects(vault):
    seconds = [0.0]
    with Writer(vault, clock=lambda: seconds[0], commit_objects=3) as writer:
        writer.put(EVAS_MAIL, "a", b"one")
        seconds[0] = 61
        writer.put(EVAS_MAIL, "b", b"two")
        assert lookups.head(ACME)[0] == 1
        number = 0
        # It is done beside the writing, as soon as there is a moment for it.
        while lookups.head(ACME)[0] < 2:
            for _ in range(100):
                writer.put(EVAS_MAIL, str(number), b"%d" % number)
                number += 1
            assert number < 100_000

    assert len(writer.commits) >= 2
    assert len(contents_of(vault, EVAS_MAIL)) == number + 2


def test_a_writer_commits_by_itself_after_so_many_packs(vault):
    with Writer(vault, commit_packs=1) as writer:
        for number in range(24):
            writer.put(EVAS_MAIL, str(number), fixed_bytes(f"film {number}", 4 << 20))

    assert len(writer.commits) >= 2
    assert len(contents_of(vault, EVAS_MAIL)) == 24


def test_300_mb_pass_in_bounded_memory(vault):
    source = Sparse(300 << 20)
    peak = _peak_of(lambda: back_up(vault, "drive/eva", {"film": source}))

    version = version_of(vault, "drive/eva", "film")
    digest = hashlib.sha256()
    reading = _peak_of(lambda: [digest.update(piece) for piece in reader_of(vault).stream(version)])
    assert version.size == 300 << 20
    assert digest.digest() == version.sha256 == source.sha256()
    assert peak < 160 << 20
    assert reading < 60 << 20
    middle = reader_of(vault).read_range(version, (200 << 20) - 3, 20)
    assert middle == bytes(3) + (200 << 20).to_bytes(8, "big") + bytes(9)


def _peak_of(work) -> int:
    """Return how much Python's memory grew at most while ``work`` ran."""
    import tracemalloc

    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_stream_is_cut_like_the_same_bytes_in_hand(vault):
    content = fixed_bytes("drawing", 3_000_000)

    back_up(vault, "drive/eva", {"in hand": content, "dripping": dripping(content)})

    recipes = {bytes(one) for one in VaultVersion.objects.values_list("recipe", flat=True)}
    assert len(recipes) == 1
    assert read(vault, "drive/eva", "dripping") == content


def test_a_source_that_breaks_off_leaves_the_rest_alone(vault):
    class Broken:
        def read(self, length):
            raise ConnectionError("the line went dead")

    with Writer(vault) as writer:
        writer.put(EVAS_MAIL, "a", b"one")
        with pytest.raises(ConnectionError):
            writer.put(EVAS_MAIL, "b", Broken())
        writer.put(EVAS_MAIL, "c", b"three")

    assert contents_of(vault, EVAS_MAIL) == {"a": b"one", "c": b"three"}


def test_ranges_of_files_and_mails(vault):
    back_up(vault, EVAS_MAIL, EVERYTHING)
    reader = reader_of(vault)

    for name in ("mail", "document", "photo", "empty"):
        version, content = version_of(vault, EVAS_MAIL, name), EVERYTHING[name]
        for begin, length in [(0, 10), (100_000, 70_000), (len(content) - 5, 50), (len(content) + 9, 4), (3, 0)]:
            assert reader.read_range(version, begin, length) == content[begin : begin + length]


def test_manifests_are_kept_apart_by_account(vault):
    with Writer(vault) as writer:
        writer.put("mail/eva", "a", b"one")
        writer.put("mail/ida", "a", b"two")

    assert sorted(VaultManifest.objects.values_list("account", flat=True)) == ["mail/eva", "mail/ida"]


@pytest.mark.parametrize(
    ("account", "external_id", "meta"),
    [("", "a", b""), ("mail/eva", "", b""), ("m" * 301, "a", b""), ("mail/eva", "a\x00b", b""),
     ("mail/eva", "a\ud800", b""), ("mail/eva", "a" * 4_001, b""), ("mail/eva", "a", bytes(1 << 20))],
)  # fmt: skip
def test_names_that_cannot_be_stored_are_refused_and_the_rest_goes_on(vault, account, external_id, meta):
    with Writer(vault) as writer:
        writer.put(EVAS_MAIL, "good", b"one")
        with pytest.raises(Unacceptable, match="Nothing of the object was stored"):
            writer.put(account, external_id, b"two", meta)

    assert contents_of(vault, EVAS_MAIL) == {"good": b"one"}


def test_odd_ids_are_kept_as_they_are(vault):
    odd = {"tab\tnew\nline\\N": b"1", "Ünïcödé 📎": b"2", "\\x00": b"3", "AAMkA" * 400: b"4", '"{},': b"5"}

    back_up(vault, "mail/\\.", odd)

    assert contents_of(vault, "mail/\\.") == odd


def test_a_commit_inside_the_callers_transaction_still_works(vault):
    with transaction.atomic():
        back_up(vault, EVAS_MAIL, {"a": b"one"})
        back_up(vault, EVAS_MAIL, {"a": b"two"})

    assert read(vault, EVAS_MAIL, "a") == b"two"
