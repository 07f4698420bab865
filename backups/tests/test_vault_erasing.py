"""What Acme asks to forget is forgotten for good: no key that is left opens it, and everybody else's data stays."""

from datetime import timedelta

import pytest

from backups.models import VaultBlob, VaultCommit, VaultManifest, VaultObject, VaultPack, VaultTombstone, VaultVersion
from backups.tests.catalogues import forget, rows_of
from backups.tests.collecting import LATER, files, let_go, names_in_store, packs_in_store
from backups.tests.memory_store import MemoryStore
from backups.tests.vault_model import blobs_of, blobs_that_open, dying_at, keys_left
from backups.tests.vaults import (
    ACME,
    BOLT,
    EVAS_MAIL,
    NOW,
    ROOT,
    back_up,
    contents_of,
    fixed_bytes,
    mail_with,
    make_vault,
    reader_of,
    version_of,
)
from backups.vault import layout, lookups
from backups.vault.certificates import certificates
from backups.vault.checking import Level, check
from backups.vault.collecting import Terms, collect
from backups.vault.erasing import erase_account, erase_objects
from backups.vault.errors import BlobDamaged, BlobMissing, Superseded, Unacceptable
from backups.vault.lookups import CatalogueIndex
from backups.vault.reading import Reader
from backups.vault.rebuilding import rebuild
from backups.vault.recipe import BlobRef
from backups.vault.vault import create_vault
from backups.vault.writer import Writer

pytestmark = pytest.mark.django_db(transaction=True)
IDAS_MAIL = "mail/ida"
EVAS, IDAS, SHARED = files("eva", 12), files("ida", 12), files("shared", 3)


class Clock:
    """The store's own clock."""

    def __init__(self):
        self.now = NOW

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def vault(clock):
    """Acme's vault with two mailboxes that share some content, in a store a thief copies all the time."""
    vault = create_vault(ACME, store=MemoryStore(clock=clock), root=ROOT, now=NOW)
    with Writer(vault) as writer:
        for account, own in ((EVAS_MAIL, EVAS), (IDAS_MAIL, IDAS)):
            for name, content in (own | SHARED).items():
                writer.put(account, name, content)
    return vault


def still_opens(vault, contents, *, only_known=True):
    """Return the blobs of ``contents`` that open with any key that is left, packs kept aside included."""
    return openable(vault, only_known=only_known) & blobs_of(vault.keys, set(contents))


def openable(vault, *, only_known=False):
    """Return every blob that opens with any key that is left, packs kept aside included."""
    packs = {name: content for name, content in vault.store.kept_aside.items() if "/packs/" in name}
    return blobs_that_open(vault, packs, keys_left(vault, only_known=only_known))


def test_an_erased_mailbox_cannot_be_read_by_anybody_and_its_neighbour_can(vault):
    assert still_opens(vault, EVAS.values())

    certificate = erase_account(vault, EVAS_MAIL, now=NOW)

    assert not still_opens(vault, EVAS.values(), only_known=False)
    assert contents_of(vault, EVAS_MAIL) == {}
    assert contents_of(vault, IDAS_MAIL) == IDAS | SHARED
    assert (certificate.objects, certificate.versions, certificate.what) == (15, 15, "account")
    assert not VaultObject.objects.filter(account=EVAS_MAIL).exists()
    assert not VaultManifest.objects.filter(account=EVAS_MAIL).exists()


def test_an_erased_object_goes_with_all_its_versions_and_its_line_in_every_manifest(vault):
    back_up(vault, EVAS_MAIL, {"eva 3": b"a later version, " * 30, "eva 4": b"changed too"})

    certificate = erase_objects(vault, EVAS_MAIL, ["eva 3"], now=NOW)

    assert certificate.versions == 2
    assert not still_opens(vault, [EVAS["eva 3"], b"a later version, " * 30], only_known=False)
    before = EVAS | SHARED
    del before["eva 3"]
    assert contents_of(vault, EVAS_MAIL, 1) == before
    assert contents_of(vault, EVAS_MAIL) == before | {"eva 4": b"changed too"}
    assert not any(b"eva 3" in plain for plain in manifests(vault))
    assert sum(b"eva 5" in plain for plain in manifests(vault)) == 1


def test_the_manifest_that_named_an_erased_object_cannot_be_read_by_anybody(vault):
    named = {bytes(one) for one in VaultManifest.objects.filter(account=EVAS_MAIL).values_list("blob", flat=True)}
    idas = {bytes(one) for one in VaultManifest.objects.filter(account=IDAS_MAIL).values_list("blob", flat=True)}
    assert named | idas <= openable(vault)

    erase_objects(vault, EVAS_MAIL, ["eva 3"], now=NOW)

    assert not openable(vault) & named
    assert idas <= openable(vault)


def manifests(vault):
    """Return the plain bytes of every manifest that stands."""
    rows = VaultBlob.objects.filter(id__in=[bytes(one) for one in VaultManifest.objects.values_list("blob", flat=True)])
    return list(reader_of(vault).blobs([BlobRef(bytes(row.id), row.plain_length) for row in rows]))


def test_what_retention_let_go_long_ago_is_erased_too_though_no_version_tells_of_it(vault):
    let_go(vault, EVAS_MAIL, ["eva 1"])
    collect(vault, now=NOW)
    assert still_opens(vault, [EVAS["eva 1"]])

    erase_account(vault, EVAS_MAIL, now=NOW)

    assert not still_opens(vault, [EVAS["eva 1"]], only_known=False)


def test_a_pack_that_was_given_up_before_loses_its_key_as_well(vault):
    let_go(vault, EVAS_MAIL, [f"eva {number}" for number in range(11)])
    assert collect(vault, now=NOW).given_up == 1
    assert still_opens(vault, [EVAS["eva 1"]])

    erase_objects(vault, EVAS_MAIL, ["eva 1"], now=NOW)

    assert not still_opens(vault, [EVAS["eva 1"]], only_known=False)
    assert contents_of(vault, IDAS_MAIL) == IDAS | SHARED


def test_a_copy_that_the_catalogue_does_not_know_is_found_and_erased(vault):
    """Two writers store the same new content at the same moment; one of the copies is only in its pack's footer."""
    film = fixed_bytes("film", 50_000)
    slow = Writer(vault)
    slow.put(IDAS_MAIL, "from slow", film)
    slow.put(IDAS_MAIL, "other", fixed_bytes("other", 300_000))
    slow.settle()
    back_up(vault, EVAS_MAIL, {"film": film})
    slow.commit()
    let_go(vault, IDAS_MAIL, ["from slow"])

    erase_objects(vault, EVAS_MAIL, ["film"], now=NOW)

    assert not still_opens(vault, [film], only_known=False)
    assert contents_of(vault, IDAS_MAIL) == IDAS | SHARED | {"other": fixed_bytes("other", 300_000)}


def test_chunks_are_erased_even_if_the_recipe_that_named_them_is_gone(vault):
    """Eva's film lies in a pack of which Ida keeps the most; its recipe came later, with a pack that is given up."""
    film = b"".join(fixed_bytes(f"scene {number}", 100_000) for number in range(150))
    with Writer(vault) as writer:
        writer.put(IDAS_MAIL, "trailer", film[:13_500_000])
        writer.put(EVAS_MAIL, "end", film[13_500_000:])
    back_up(vault, EVAS_MAIL, {"film": film})
    back_up(vault, EVAS_MAIL, {"film": b"cut"})
    assert let_go(vault, EVAS_MAIL, ["end"]) == 2
    assert collect(vault, now=NOW).given_up == 1
    collect(vault, now=LATER)
    only_evas = blobs_of(vault.keys, {film}) - blobs_of(vault.keys, {film[:13_500_000]})
    assert openable(vault) & only_evas

    erase_objects(vault, EVAS_MAIL, ["film"], now=NOW)

    assert not openable(vault) & only_evas
    assert contents_of(vault, EVAS_MAIL) == EVAS | SHARED
    assert contents_of(vault, IDAS_MAIL) == IDAS | SHARED | {"trailer": film[:13_500_000]}


def test_erasing_one_of_forty_mailboxes_touches_few_packs(tmp_path):
    vault = make_vault(tmp_path / "vault")
    with Writer(vault) as writer:
        for number in range(40):
            for name, content in files(f"of {number}", 4, 700_000).items():
                writer.put(f"mail/{number}", name, content)
            writer.put(f"mail/{number}", "circular", fixed_bytes("circular", 50_000))
    packs = VaultPack.objects.count()

    certificate = erase_account(vault, "mail/17", now=NOW)

    assert packs >= 7
    # Its mails lie together, in one pack or at a border in two; its manifest lies in the last.
    assert certificate.packs <= 3
    assert contents_of(vault, "mail/16") == files("of 16", 4, 700_000) | {"circular": fixed_bytes("circular", 50_000)}


def test_bolt_is_untouched_when_acme_erases_the_same_content(vault):
    bolt = create_vault(BOLT, store=vault.store, root=ROOT, now=NOW)
    back_up(bolt, EVAS_MAIL, EVAS)
    before, rows = names_in_store(bolt), rows_of(BOLT)

    erase_account(vault, EVAS_MAIL, now=NOW)

    assert names_in_store(bolt) == before
    assert rows_of(BOLT) == rows
    assert contents_of(bolt, EVAS_MAIL) == EVAS


POINTS = ("pack.after_put", "slip.after_put", "erase.after_slips", "commit.after_put", "exchange.before_commit",
          "exchange.after_commit", "erase.before_removal", "remove.after_delete")  # fmt: skip


@pytest.mark.parametrize("point", POINTS)
def test_an_erasure_that_died_anywhere_is_run_again_and_ends_the_same(vault, clock, point):
    back_up(vault, EVAS_MAIL, {"later": b"a later one"})
    with dying_at((point, 1)):
        erase_account(vault, EVAS_MAIL, now=NOW)
    assert contents_of(vault, IDAS_MAIL) == IDAS | SHARED

    certificate = erase_account(vault, EVAS_MAIL, now=NOW)

    assert (certificate.objects, certificate.versions) == (16, 16)
    assert not still_opens(vault, EVAS.values())
    clock.now = LATER + timedelta(days=3)
    collect(vault, now=clock.now)
    collect(vault, now=clock.now + timedelta(days=3))
    assert not still_opens(vault, EVAS.values(), only_known=False)
    assert packs_in_store(vault) == {layout.pack_name(ACME, bytes(pack.digest)) for pack in VaultPack.objects.all()}
    assert contents_of(vault, IDAS_MAIL) == IDAS | SHARED


@pytest.mark.parametrize("again", [collect, lambda vault, now: erase_account(vault, "mail/nobody", now=now)])
def test_whoever_works_next_destroys_the_keys_that_a_dead_erasure_left(vault, again):
    with dying_at(("exchange.after_commit", 1)):
        erase_account(vault, EVAS_MAIL, now=NOW)
    assert still_opens(vault, EVAS.values(), only_known=False)

    again(vault, now=NOW)

    assert not still_opens(vault, EVAS.values(), only_known=False)
    assert contents_of(vault, IDAS_MAIL) == IDAS | SHARED


def test_every_copy_is_erased_wherever_it_lies_and_whatever_a_thief_kept(vault):
    """A content comes to lie in several packs: by writers at the same moment, and in packs that were given up."""
    film = fixed_bytes("film", 50_000)
    slow = [Writer(vault) for _ in range(3)]
    for number, writer in enumerate(slow):
        writer.put(IDAS_MAIL, f"copy {number}", film)
        writer.put(IDAS_MAIL, f"other {number}", fixed_bytes(f"other {number}", 20_000))
        writer.settle()
    back_up(vault, EVAS_MAIL, {"film": film})
    for writer in slow:
        writer.commit()
    let_go(vault, IDAS_MAIL, [f"copy {number}" for number in range(3)])
    # One copy is carried over and leaves its old pack behind, with its key.
    assert collect(vault, now=NOW, terms=Terms(waste=0.0, merged_packs=2)).given_up
    assert copies_of(vault, film) >= 4

    erase_objects(vault, EVAS_MAIL, ["film"], now=NOW)

    assert copies_of(vault, film) == 0
    others = {f"other {number}": fixed_bytes(f"other {number}", 20_000) for number in range(3)}
    assert contents_of(vault, IDAS_MAIL) == IDAS | SHARED | others
    assert list(check(vault, Level.CONTENT, now=NOW)) == []


def copies_of(vault, content):
    """Return in how many of the packs that were ever in the store a content opens with a key that is left."""
    keys, wanted = keys_left(vault, only_known=False), blobs_of(vault.keys, {content})
    packs = {name: held for name, held in vault.store.kept_aside.items() if "/packs/" in name}
    return sum(wanted <= blobs_that_open(vault, {name: held}, keys) for name, held in packs.items())


def test_under_a_lock_the_key_dies_at_once_and_the_ciphertext_when_the_lock_ends(clock):
    vault = create_vault(ACME, store=MemoryStore(clock=clock, lock_window=timedelta(days=30)), root=ROOT, now=NOW)
    back_up(vault, EVAS_MAIL, EVAS)
    old = packs_in_store(vault)

    erase_account(vault, EVAS_MAIL, now=NOW)

    assert old <= packs_in_store(vault)
    assert not still_opens(vault, EVAS.values(), only_known=False)
    clock.now = NOW + timedelta(days=31)
    collect(vault, now=clock.now)
    assert not old & packs_in_store(vault)


def test_erasing_twice_gives_the_same_certificate_and_what_never_was_an_empty_one(vault):
    first = erase_account(vault, EVAS_MAIL, now=NOW)

    assert erase_account(vault, EVAS_MAIL, now=LATER) == first
    assert certificates(vault) == [first]
    assert erase_account(vault, "mail/nobody", now=NOW).commit == 0
    assert lookups.head(ACME)[0] == first.commit


def test_the_certificate_names_nobody_and_shows_no_content(vault):
    certificate = erase_objects(vault, EVAS_MAIL, ["eva 3"], now=NOW)

    assert "eva" not in str(certificate.as_json())
    assert certificate.packs == 1
    assert len(certificate.tombstones) == 1
    assert [one.hex() for one in map(bytes, VaultTombstone.objects.values_list("digest", flat=True))] == list(
        certificate.tombstones
    )


def test_what_a_backup_stores_after_the_erasure_counts_as_new_and_survives_a_rebuild(vault):
    erase_account(vault, EVAS_MAIL, now=NOW)
    back_up(vault, EVAS_MAIL, EVAS | SHARED)
    before = rows_of(ACME)

    forget(ACME)
    rebuilt = rebuild(ACME, store=vault.store, root=ROOT, now=NOW)

    assert rebuilt.problems == []
    assert contents_of(vault, EVAS_MAIL) == EVAS | SHARED
    assert rows_of(ACME) == before


def test_versions_committed_while_the_account_is_being_erased_are_erased_too(vault):
    newer = []

    def another_backup(what, done, total):
        if what == "carry over" and not newer:
            newer.append(back_up(vault, EVAS_MAIL, {"newer": fixed_bytes("newer", 9_000)}))

    erase_account(vault, EVAS_MAIL, now=NOW, progress=another_backup)

    assert newer
    assert contents_of(vault, EVAS_MAIL) == {}
    assert not still_opens(vault, [*EVAS.values(), fixed_bytes("newer", 9_000)], only_known=False)


def test_content_that_somebody_gets_while_it_is_being_erased_elsewhere_stays_theirs(vault):
    given = []

    def ida_gets_it(what, done, total):
        if what == "carry over" and not given:
            given.append(back_up(vault, IDAS_MAIL, {"from Eva": EVAS["eva 5"]}))

    erase_account(vault, EVAS_MAIL, now=NOW, progress=ida_gets_it)

    assert contents_of(vault, EVAS_MAIL) == {}
    assert contents_of(vault, IDAS_MAIL) == IDAS | SHARED | {"from Eva": EVAS["eva 5"]}


@pytest.mark.parametrize("moment", ["places", "packs"])
def test_who_is_just_reading_what_lies_beside_it_reads_on(vault, moment):
    class Interrupted(CatalogueIndex):
        """Eva is erased between one question of a reader and the next."""

        def places(self, blob_ids):
            found = super().places(blob_ids)
            return self.then_erase("places", found)

        def packs(self, pack_ids):
            found = super().packs(pack_ids)
            return self.then_erase("packs", found)

        def then_erase(self, what, found):
            if what == moment and contents_of(vault, EVAS_MAIL):
                erase_account(vault, EVAS_MAIL, now=NOW)
            return found

    reader = Reader(vault.keys, vault.store, Interrupted(ACME))

    assert reader.read(version_of(vault, IDAS_MAIL, "ida 7")) == IDAS["ida 7"]
    assert contents_of(vault, EVAS_MAIL) == {}


def test_an_erasure_that_lost_its_job_erases_nothing(vault):
    with pytest.raises(Superseded):
        erase_account(vault, EVAS_MAIL, now=NOW, holds=lambda: False)

    assert contents_of(vault, EVAS_MAIL) == EVAS | SHARED
    assert not VaultPack.objects.filter(key_destroyed_at__isnull=False).exists()


def damage(vault, content):
    """Turn over a bit of a content in its pack."""
    (blob_id,) = blobs_of(vault.keys, {content})
    row = VaultBlob.objects.get(id=blob_id)
    name = layout.pack_name(ACME, bytes(VaultPack.objects.get(id=row.pack).digest))
    held, written_at = vault.store.objects[name]
    altered = bytearray(held)
    altered[row.start + 7] ^= 1
    vault.store.objects[name] = bytes(altered), written_at


def test_damage_beside_what_is_erased_stops_everything_unless_told_to_go_on(vault):
    damage(vault, IDAS["ida 4"])

    with pytest.raises(BlobDamaged):
        erase_account(vault, EVAS_MAIL, now=NOW)
    assert contents_of(vault, EVAS_MAIL) == EVAS | SHARED

    certificate = erase_account(vault, EVAS_MAIL, now=NOW, over_gaps=True)
    assert certificate.lost_blobs == 1
    assert not still_opens(vault, EVAS.values(), only_known=False)
    with pytest.raises(BlobMissing):
        contents_of(vault, IDAS_MAIL)
    whole = {name: content for name, content in IDAS.items() if name != "ida 4"}
    with Writer(vault) as writer:
        writer.delete(IDAS_MAIL, "ida 4")
    assert contents_of(vault, IDAS_MAIL) == whole | SHARED


def test_damage_in_what_is_erased_does_not_matter(vault):
    damage(vault, EVAS["eva 4"])

    erase_account(vault, EVAS_MAIL, now=NOW)

    assert not still_opens(vault, EVAS.values(), only_known=False)
    assert contents_of(vault, IDAS_MAIL) == IDAS | SHARED


def test_attachments_of_an_erased_mail_go_unless_another_mail_has_them(vault):
    own, common = fixed_bytes("own", 20_000), fixed_bytes("common", 20_000)
    back_up(vault, EVAS_MAIL, {"mail": mail_with(own, common)})
    back_up(vault, IDAS_MAIL, {"mail": mail_with(common, subject="Fwd")})

    erase_objects(vault, EVAS_MAIL, ["mail"], now=NOW)

    assert not still_opens(vault, [own], only_known=False)
    assert contents_of(vault, IDAS_MAIL)["mail"] == mail_with(common, subject="Fwd")


@pytest.mark.parametrize("account", ["", "mail/\x00", "m" * 400])
def test_names_that_no_account_can_have_are_refused(vault, account):
    with pytest.raises(Unacceptable):
        erase_account(vault, account, now=NOW)

    assert VaultVersion.objects.count() == 30
    assert VaultCommit.objects.count() == 1
